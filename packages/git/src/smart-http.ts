import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { PlimsollError } from '@plimsoll/api'
import type { GitPrincipal, PushRules } from './contract.ts'
import { GitFailure, killGit, runGit, startGit } from './git-command.ts'
import { durability, isRepositoryName, type HostedOnDisk } from './hosted-repositories.ts'
import { BodyRefused, receiveBody, type ReceivedBody } from './request-body.ts'
import { receivePush } from './push/receive-push.ts'
import { hostedNameFromPath } from './repository-url.ts'
import type { Log } from './time-and-log.ts'
import type { Turnstile } from './turnstile.ts'

export interface SmartHttpContext {
  hosted: HostedOnDisk
  log: Log
  /** How many git processes answer clients at once. */
  places: Turnstile
  spoolDir: string
  maxPushBytes: number
  timeoutMs: number
  rules: PushRules | undefined
}

type Service = 'git-upload-pack' | 'git-receive-pack'

const maxNegotiationBytes = 32 * 1024 * 1024
const maxReportBytes = 16 * 1024 * 1024

/** What a push must not bring in; faults that old tools left in honest histories are let through. */
const receiveSettings = [
  'receive.advertisePushOptions=true',
  'receive.advertiseAtomic=true',
  'receive.fsckObjects=true',
  'receive.denyNonFastForwards=false',
  'receive.denyDeletes=false',
  'receive.autogc=false',
  ...['zeroPaddedFilemode', 'missingSpaceBeforeDate', 'badTimezone', 'zeroPaddedDate', 'missingEmail', 'missingNameBeforeEmail'].map(
    (fault) => `receive.fsck.${fault}=warn`,
  ),
]

/** Git's smart HTTP protocol (gitprotocol-http(5)): two services, an advertisement and a call for each. The dumb protocol is not spoken. */
export async function answerGit(
  request: IncomingMessage,
  response: ServerResponse,
  principal: GitPrincipal,
  context: SmartHttpContext,
): Promise<void> {
  try {
    const call = parseCall(request)
    if (call === undefined) return refuse(response, 404, 'There is no such page.')
    const exists = await context.hosted.has(call.name)
    // What may not be read is answered as what is not there.
    if (exists && !(await principal.canRead(call.name))) return refuse(response, 404, notFound(call.name))
    let create = false
    let canWrite = false
    if (call.service === 'git-receive-pack') {
      canWrite = !exists || (await principal.canWrite(call.name))
      if (!canWrite && (await principal.canPropose?.(call.name)) !== true)
        return refuse(response, 403, `${principal.username} may not push to '${call.name}'.`)
      create = !exists && (await principal.canCreate(call.name))
    }
    if (!exists && !create) return refuse(response, 404, notFound(call.name))

    const gitDir = exists ? context.hosted.gitDirOf(call.name) : await context.hosted.emptyRepository()
    const protocol = protocolOf(request)
    if (call.isAdvertisement) await advertise(response, call.service, gitDir, protocol, context)
    else if (call.service === 'git-upload-pack') await uploadPack(request, response, gitDir, protocol, context)
    else await receivePack(request, response, { ...call, create, canWrite, principal }, protocol, context)
  } catch (error) {
    answerFailure(response, error, context.log)
  }
}

/** Reading alone. `gitDirOf` sees to it that what it gives is fresh where refs are asked for. */
export async function answerReader(
  request: IncomingMessage,
  response: ServerResponse,
  context: SmartHttpContext,
  gitDirOf: (options: { isFresh: boolean }) => Promise<string>,
): Promise<void> {
  try {
    const call = serviceOf(request)
    if (call?.service !== 'git-upload-pack') return refuse(response, call ? 403 : 404, 'This repository is to be read only.')
    const gitDir = await gitDirOf({ isFresh: call.isAdvertisement })
    const protocol = protocolOf(request)
    if (call.isAdvertisement) await advertise(response, call.service, gitDir, protocol, context)
    else await uploadPack(request, response, gitDir, protocol, context)
  } catch (error) {
    answerFailure(response, error, context.log)
  }
}

function parseCall(request: IncomingMessage): { name: string; service: Service; isAdvertisement: boolean } | undefined {
  const call = serviceOf(request)
  const match = call && /\/git\/(.+?)\/(?:info\/refs|git-upload-pack|git-receive-pack)$/.exec(call.path)
  if (!call || !match) return undefined
  const name = hostedNameFromPath(match[1] ?? '')
  return isRepositoryName(name) ? { name, service: call.service, isAdvertisement: call.isAdvertisement } : undefined
}

/** What is asked for, whichever repository it is about. */
function serviceOf(request: IncomingMessage): { path: string; service: Service; isAdvertisement: boolean } | undefined {
  let url: URL
  let path: string
  try {
    url = new URL(request.url ?? '', 'http://host')
    path = decodeURIComponent(url.pathname)
  } catch {
    return undefined
  }
  const match = /\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(path)
  if (match === null) return undefined
  const isAdvertisement = match[1] === 'info/refs'
  const service = isAdvertisement ? url.searchParams.get('service') : match[1]
  if (service !== 'git-upload-pack' && service !== 'git-receive-pack') return undefined
  if (request.method !== (isAdvertisement ? 'GET' : 'POST')) return undefined
  return { path, service, isAdvertisement }
}

async function advertise(
  response: ServerResponse,
  service: Service,
  gitDir: string,
  protocol: Record<string, string>,
  context: SmartHttpContext,
): Promise<void> {
  const command = service.slice('git-'.length)
  const output = await context.places.run(() =>
    runGit([command, '--stateless-rpc', '--advertise-refs', gitDir], { env: protocol, config: configFor(service, context) }),
  )
  const isVersion2 = protocol['GIT_PROTOCOL']?.split(':').includes('version=2') === true && service === 'git-upload-pack'
  const head = isVersion2 ? '' : `${packetLine(`# service=${service}\n`)}0000`
  response.writeHead(200, { 'content-type': `application/x-${service}-advertisement`, ...uncached })
  response.end(Buffer.concat([Buffer.from(head), output]))
}

async function uploadPack(
  request: IncomingMessage,
  response: ServerResponse,
  gitDir: string,
  protocol: Record<string, string>,
  context: SmartHttpContext,
): Promise<void> {
  const body = await take(request, 'git-upload-pack', maxNegotiationBytes, context)
  try {
    await context.places.run(async () => {
      if (response.destroyed) return
      const child = startGit(['upload-pack', '--stateless-rpc', '--strict', gitDir], {
        env: protocol,
        config: configFor('git-upload-pack', context),
      })
      const timer = setTimeout(() => killGit(child), context.timeoutMs)
      response.on('close', () => killGit(child))
      child.on('error', () => response.destroy())
      child.stderr.resume()
      body.read().pipe(child.stdin)
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result', ...uncached })
      // A reader that goes away is no failure of ours.
      await pipeline(child.stdout, response).catch(() => killGit(child))
      clearTimeout(timer)
    })
  } finally {
    await body.dispose()
  }
}

async function receivePack(
  request: IncomingMessage,
  response: ServerResponse,
  push: { name: string; create: boolean; canWrite: boolean; principal: GitPrincipal },
  protocol: Record<string, string>,
  context: SmartHttpContext,
): Promise<void> {
  const body = await take(request, 'git-receive-pack', context.maxPushBytes, context)
  try {
    const report = await context.places.run(() =>
      context.hosted.change(push.name, { create: push.create, pusher: push.principal.username }, async (gitDir) =>
        receivePush(body.read(), {
          repository: push.name,
          by: push.principal,
          canWrite: push.canWrite,
          refs: (await context.hosted.refs(push.name)).refs,
          rules: context.rules,
          receive: (input) =>
            runGit(['receive-pack', '--stateless-rpc', gitDir], {
              env: protocol,
              config: configFor('git-receive-pack', context),
              input,
              timeoutMs: context.timeoutMs,
              maxOutputBytes: maxReportBytes,
            }),
        }),
      ),
    )
    response.writeHead(200, { 'content-type': 'application/x-git-receive-pack-result', 'content-length': report.length, ...uncached })
    response.end(report)
  } finally {
    await body.dispose()
  }
}

/** The media type is one that no page of another origin can send without being asked about (CORS, "simple requests"). */
async function take(request: IncomingMessage, service: Service, maxBytes: number, context: SmartHttpContext): Promise<ReceivedBody> {
  if (request.headers['content-type'] !== `application/x-${service}-request`) {
    throw new BodyRefused(415, `The content type must be application/x-${service}-request.`)
  }
  return receiveBody(request, { maxBytes, memoryBytes: 1024 * 1024, idleMs: 60_000, spoolDir: context.spoolDir })
}

function configFor(service: Service, context: SmartHttpContext): string[] {
  if (service === 'git-upload-pack')
    return ['uploadpack.allowFilter=true', 'uploadpack.allowReachableSHA1InWant=true', 'transfer.hideRefs=refs/plimsoll']
  return [...receiveSettings, ...durability, `receive.maxInputSize=${context.maxPushBytes}`, 'transfer.hideRefs=refs/plimsoll']
}

function protocolOf(request: IncomingMessage): Record<string, string> {
  const asked = request.headers['git-protocol']
  return typeof asked === 'string' && /^[a-z0-9=:._-]{1,200}$/.test(asked) ? { GIT_PROTOCOL: asked } : {}
}

const uncached = { 'cache-control': 'no-cache, max-age=0, must-revalidate', 'x-content-type-options': 'nosniff' }

function packetLine(text: string): string {
  return (text.length + 4).toString(16).padStart(4, '0') + text
}

function notFound(name: string): string {
  return `There is no repository '${name}'.`
}

function refuse(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  // What is left of the request is not read.
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close', ...uncached })
  response.end(`${message}\n`)
}

function answerFailure(response: ServerResponse, error: unknown, log: Log): void {
  if (error instanceof BodyRefused) return refuse(response, error.status, error.message)
  if (error instanceof PlimsollError) return refuse(response, error.facts.status, error.message)
  if (error instanceof GitFailure) {
    log.warn({ reason: error.reason, said: error.stderr.slice(0, 500) }, 'git ended with a failure while it answered a client')
    return refuse(response, error.reason === 'timeout' ? 504 : 500, error.reason === 'exit' ? 'git refused the request.' : error.message)
  }
  log.error({ err: error }, 'answering a git client failed')
  refuse(response, 500, 'Something went wrong here; the server log says what.')
}
