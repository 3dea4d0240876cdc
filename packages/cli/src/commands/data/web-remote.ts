import { createReadStream, createWriteStream, readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { DvcRemote } from '@plimsoll/models'
import { Agent, type Dispatcher, request } from 'undici'
import { CommandFailure } from '../../exit-code.ts'
import type { DataRemote } from './remote.ts'

const maxRedirects = 5
/** One that is gone for a moment is asked again, as DVC does. */
const attempts = 3
const pauseMs = 300

/** `url` has no slash at its end and no credentials in it; `headers` go to its own host alone. */
export function webRemote({ name, settings }: DvcRemote, url: string, headers: Record<string, string>): DataRemote {
  const dispatcher = dispatcherFor(settings.get('ssl_verify'))
  const method = settings.get('method')?.toUpperCase() === 'PUT' ? 'PUT' : 'POST'
  const refuse = (status: number, path: string): CommandFailure =>
    new CommandFailure(`${url}/${path} answered with status ${status}.`, {
      remedy: status === 401 || status === 403 ? 'Sign in with `plimsoll login`, or set PLIMSOLL_AUTH_TOKEN.' : undefined,
    })
  const ask = (options: Asked): Promise<Dispatcher.ResponseData> =>
    askAgain(`Remote '${name}' at ${url}`, () => askFollowing(`${url}/${options.path}`, options, headers, dispatcher))
  return {
    name,
    async fetch(path, target) {
      const { statusCode, body } = await ask({ method: 'GET', path })
      if (statusCode !== 200) {
        await body.dump()
        if (statusCode === 404) return false
        throw refuse(statusCode, path)
      }
      await pipeline(body, createWriteStream(target, { flags: 'wx' }))
      return true
    },
    async has(path) {
      const { statusCode, body } = await ask({ method: 'HEAD', path })
      await body.dump()
      if (statusCode !== 200 && statusCode !== 404) throw refuse(statusCode, path)
      return statusCode === 200
    },
    async store(path, source) {
      const { size } = await stat(source)
      const { statusCode, body } = await ask({ method, path, size, content: () => createReadStream(source) })
      await body.dump()
      if (statusCode >= 300) throw refuse(statusCode, path)
    },
  }
}

interface Asked {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT'
  path: string
  size?: number
  content?: () => Readable
}

async function askFollowing(
  first: string,
  { method, size, content }: Asked,
  credentials: Record<string, string>,
  dispatcher: Dispatcher | undefined,
): Promise<Dispatcher.ResponseData> {
  let url = new URL(first)
  for (let hops = 0; ; hops++) {
    const answer = await request(url, {
      method,
      headers: {
        ...(url.origin === new URL(first).origin && credentials),
        ...(content && { 'content-type': 'application/octet-stream', 'content-length': String(size) }),
      },
      body: content?.() ?? null,
      ...(dispatcher && { dispatcher }),
    })
    const { location } = answer.headers
    if (content || answer.statusCode < 300 || answer.statusCode > 399 || typeof location !== 'string' || hops >= maxRedirects) return answer
    await answer.body.dump()
    url = new URL(location, url)
    if (url.protocol !== 'https:' && url.protocol !== new URL(first).protocol)
      throw new CommandFailure(`${first} leads to ${url.protocol}//, which is not followed.`)
  }
}

async function askAgain<T>(what: string, ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if (error instanceof CommandFailure) throw error
      if (attempt >= attempts)
        throw new CommandFailure(`${what} does not answer: ${error instanceof Error ? error.message || error.name : String(error)}.`, {
          remedy: 'See whether it runs, and whether url in .dvc/config is right.',
        })
      await new Promise((resolve) => setTimeout(resolve, pauseMs * attempt))
    }
  }
}

/** `ssl_verify` of DVC: false, or the file of a certificate. */
function dispatcherFor(verify: string | undefined): Dispatcher | undefined {
  if (verify === undefined || /^(true|1|yes|on)$/i.test(verify)) return undefined
  return new Agent({ connect: /^(false|0|no|off)$/i.test(verify) ? { rejectUnauthorized: false } : { ca: readFileSync(verify) } })
}
