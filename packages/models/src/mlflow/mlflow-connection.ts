import { PlimsollError } from '@plimsoll/api'
import { refused } from './mlflow-reference.ts'

const maxAnswerBytes = 32 * 1024 * 1024
const timeoutMs = 30_000

/** A way to MLflow's REST API 2.0, signed in. What fails names no credentials. */
export interface MlflowConnection {
  /** Without credentials, and without a slash at its end. */
  base: string
  host: string
  /** Whether it is on this machine. */
  isHere: boolean
  /** The file below `path`, whatever the status. */
  fetchFile: (path: string) => Promise<Response>
  /** JSON of a route; with a body it is posted. `what` is what is asked about, for people. Throws `invalid-request` and `repository-unreachable`. */
  ask: (what: string, path: string, options?: Asked) => Promise<unknown>
}

interface Asked {
  query?: Record<string, string>
  body?: unknown
}

export function connectMlflow(trackingUri: string, authorization: string | undefined): MlflowConnection {
  const { address, user, password } = readAddress(trackingUri)
  const base = address.href.replace(/\/+$/, '')
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(address.hostname)
  const credentials = authorization ?? (user ? `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` : undefined)

  async function send(path: string, options: Asked & { isFile?: true } = {}): Promise<Response> {
    const { query, body, isFile } = options
    const url = `${base}/api/2.0/${path}${query ? `?${new URLSearchParams(query).toString()}` : ''}`
    try {
      return await fetch(url, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          ...(credentials !== undefined && { authorization: credentials }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(!isFile && { signal: AbortSignal.timeout(timeoutMs) }),
        redirect: 'error',
      })
    } catch (error) {
      throw new PlimsollError('repository-unreachable', `MLflow at ${base} does not answer: ${reasonOf(error)}.`, {
        remedy: 'See whether it runs, and whether MLFLOW_TRACKING_URI names it.',
      })
    }
  }

  async function ask(what: string, path: string, options: Asked = {}): Promise<unknown> {
    const response = await send(path, options)
    const text = await boundedText(what, response)
    let body: unknown
    try {
      body = JSON.parse(text)
    } catch {
      throw refused(what, `${base} answered with status ${response.status} and something that is no JSON`, signIn(response.status))
    }
    if (!response.ok) {
      const { error_code: code, message } = (body ?? {}) as { error_code?: unknown; message?: unknown }
      const said = `MLflow says ${textOf(code) ?? response.status}: ${(textOf(message) ?? '').slice(0, 500).replace(/\.$/, '')}`
      throw refused(what, said, signIn(response.status))
    }
    return body
  }

  return { base, host: address.host, isHere, ask, fetchFile: (path) => send(path, { isFile: true }) }
}

function readAddress(trackingUri: string): { address: URL; user: string | undefined; password: string | undefined } {
  try {
    const address = new URL(trackingUri)
    const [user, password] = [address.username, address.password].map((part) => decodeURIComponent(part))
    address.username = address.password = ''
    return { address, user, password }
  } catch {
    throw refused('MLFLOW_TRACKING_URI', 'it is no address of a server')
  }
}

async function boundedText(what: string, response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body ?? []) {
      size += (chunk as Uint8Array).length
      if (size > maxAnswerBytes) throw refused(what, 'the answer is larger than 32 MiB')
      chunks.push(chunk as Uint8Array)
    }
  } catch (error) {
    if (error instanceof PlimsollError) throw error
    throw new PlimsollError('repository-unreachable', `${what}: MLflow broke off in its answer: ${reasonOf(error)}.`)
  }
  return Buffer.concat(chunks).toString('utf8')
}

export function signIn(status: number): string | undefined {
  return status === 401 || status === 403
    ? 'Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.'
    : undefined
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message
}
