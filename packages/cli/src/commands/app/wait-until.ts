import { setTimeout as sleep } from 'node:timers/promises'
import type { Application, ApplicationWatchEvent } from '@plimsoll/api'
import { ApiFailure, type ApiClient } from '../../client/api-client.ts'
import { CommandFailure, exitCodes } from '../../exit-code.ts'
import { resourceStates, type ResourceState } from '../../output/application.ts'
import { note } from '../../output/print.ts'
import { printable } from '../../output/table.ts'
import { type ApplicationArgument, calledName } from '../arguments.ts'
import { isSelected, type ResourceSelector } from './resource-selector.ts'

export interface WaitConditions {
  sync?: boolean
  health?: boolean
  suspended?: boolean
  degraded?: boolean
  operation?: boolean
  delete?: boolean
}

export interface WaitRequest {
  conditions: WaitConditions
  /** 0: for as long as it takes. */
  timeoutSeconds: number
  resources?: readonly ResourceSelector[]
  /** Only what the server says of the application from this version on counts: the answer to what was asked for. */
  notBefore?: Application
  /** Lines about what changes, on standard error. */
  progress: boolean
}

const reconnectMs = 500
const silentMs = 10_000

/**
 * Follows an application until it is as asked for, with the meaning of `argocd app wait`. Undefined when it was waited for to be gone. Survives
 * a server that is restarted meanwhile. Throws with exit code 1 when the time is up, or when health turns bad while health is waited for.
 */
export async function waitUntil(client: ApiClient, argument: ApplicationArgument, request: WaitRequest): Promise<Application | undefined> {
  const { timeoutSeconds, conditions } = request
  const signal = timeoutSeconds > 0 ? AbortSignal.timeout(timeoutSeconds * 1000) : undefined
  try {
    return conditions.delete ? await untilGone(client, argument, signal) : await untilReached(client, argument, request, signal)
  } catch (error) {
    if (!signal?.aborted) throw error
    throw new CommandFailure(`timed out (${timeoutSeconds}s) waiting for app '${calledName(argument)}' to match the desired state`, {
      exitCode: exitCodes.notSo,
      remedy: `\`plimsoll app get ${calledName(argument)}\` shows what it is waiting for.`,
    })
  }
}

/** Asked again and again: what is gone has no events. */
async function untilGone(client: ApiClient, argument: ApplicationArgument, signal: AbortSignal | undefined): Promise<undefined> {
  while (!(await isGone(client, argument))) await sleep(reconnectMs, undefined, { ...(signal && { signal }) })
}

async function untilReached(
  client: ApiClient,
  argument: ApplicationArgument,
  request: WaitRequest,
  signal: AbortSignal | undefined,
): Promise<Application> {
  const progress = new Progress(request)
  const { name, appNamespace } = argument
  let hasAnswered = false
  for (;;) {
    // The beginning tells every application there is; where it does not tell ours, that was deleted before.
    const silence = new AbortController()
    const timer = setTimeout(() => silence.abort(), silentMs)
    const either = AbortSignal.any([silence.signal, ...(signal ? [signal] : [])])
    try {
      for await (const { type, application } of client.stream<ApplicationWatchEvent>(
        '/api/v1/stream/applications',
        { name, appNamespace },
        either,
      )) {
        if (application.metadata.name !== name) continue
        clearTimeout(timer)
        hasAnswered = true
        if (type === 'DELETED') throw new WaitOver(`application '${name}' was deleted meanwhile`)
        progress.tell(application)
        if (request.notBefore !== undefined && isOlder(application, request.notBefore)) continue
        const settled = request.conditions.operation && isUnsettled(application) ? await lookAgain(client, argument) : application
        if (isReached(settled, request)) return settled
      }
    } catch (error) {
      if (signal?.aborted || !(silence.signal.aborted || (hasAnswered && isLost(error)))) throw error
      if (silence.signal.aborted && (await isGone(client, argument))) throw new WaitOver(`application '${name}' does not exist any more`)
    } finally {
      clearTimeout(timer)
    }
    // The server had answered and went away: it is being restarted.
    await sleep(reconnectMs, undefined, { ...(signal && { signal }) })
  }
}

/** The server went away, or is not ready again yet. */
function isLost(error: unknown): boolean {
  if (error instanceof ApiFailure) return [502, 503, 504].includes(error.status)
  return error instanceof CommandFailure && !(error instanceof WaitOver)
}

/** Nothing more can come of it. */
class WaitOver extends CommandFailure {
  constructor(message: string, remedy?: string) {
    super(message, { exitCode: exitCodes.notSo, remedy })
  }
}

export async function isGone(client: ApiClient, { name, appNamespace }: ApplicationArgument): Promise<boolean> {
  try {
    await client.get(`/api/v1/applications/${encodeURIComponent(name)}`, { appNamespace })
    return false
  } catch (error) {
    return error instanceof ApiFailure && error.status === 404
  }
}

function isReached(application: Application, { conditions, resources = [] }: WaitRequest): boolean {
  if (conditions.operation && isOperating(application)) return false
  if (resources.length === 0) {
    return matches(conditions, application.status?.sync?.status ?? '', application.status?.health?.status ?? '')
  }
  const states = resourceStates(application).filter((state) => isSelected(state, resources))
  return states.every((state) => matches(conditions, state.status, state.health))
}

function matches({ sync, health, suspended, degraded }: WaitConditions, syncStatus: string, healthStatus: string): boolean {
  if (sync && syncStatus !== 'Synced') return false
  if (!health && !suspended && !degraded) return true
  return (
    (health && healthStatus === 'Healthy') ||
    (suspended && healthStatus === 'Suspended') ||
    (degraded && healthStatus === 'Degraded') ||
    false
  )
}

function isOperating({ operation, status }: Application): boolean {
  return operation !== undefined || (status?.operationState !== undefined && status.operationState.finishedAt === undefined)
}

/** The operation is over, and the look that tells what it changed is not. */
function isUnsettled(application: Application): boolean {
  const { operationState: state, reconciledAt } = application.status ?? {}
  if (isOperating(application) || state?.finishedAt === undefined || state.operation.sync?.dryRun) return false
  return reconciledAt === undefined || Date.parse(reconciledAt) < Date.parse(state.finishedAt)
}

async function lookAgain(client: ApiClient, { name, appNamespace }: ApplicationArgument): Promise<Application> {
  return client.get<Application>(`/api/v1/applications/${encodeURIComponent(name)}`, { appNamespace, refresh: 'normal' })
}

/** Resource versions of one object grow (Kubernetes 1.35 promises it; storage has always worked so). */
function isOlder(application: Application, reference: Application): boolean {
  const [a = '', b = ''] = [application.metadata.resourceVersion, reference.metadata.resourceVersion]
  return /^\d+$/.test(a) && /^\d+$/.test(b) && BigInt(a) < BigInt(b)
}

/** Tells each resource's state when it changes; ends the wait for health when a resource turns bad. */
class Progress {
  readonly #request: WaitRequest
  readonly #before = new Map<string, ResourceState>()

  constructor(request: WaitRequest) {
    this.#request = request
  }

  tell(application: Application): void {
    const { progress, conditions, resources = [] } = this.#request
    for (const state of resourceStates(application)) {
      if (resources.length > 0 && !isSelected(state, resources)) continue
      const key = `${state.group}/${state.kind}/${state.namespace}/${state.name}`
      const before = this.#before.get(key)
      this.#before.set(key, state)
      if (progress && lineOf(state) !== (before && lineOf(before))) note(`${new Date().toTimeString().slice(0, 8)}  ${lineOf(state)}`)
      const turnedBad = before !== undefined && !['Unknown', 'Degraded', ''].includes(before.health) && state.health === 'Degraded'
      if (conditions.health && !conditions.degraded && turnedBad) {
        throw new WaitOver(
          `application '${application.metadata.name}' health state has transitioned from ${before.health} to Degraded: ${state.kind}/${state.name}`,
          `\`plimsoll app logs ${application.metadata.name}\` and \`plimsoll app get ${application.metadata.name} -o tree\` show why.`,
        )
      }
    }
  }
}

function lineOf({ kind, namespace, name, status, health, hook, message }: ResourceState): string {
  const where = namespace === '' ? name : `${namespace}/${name}`
  return printable([`${kind}/${where}`, status, health, hook, message].filter((word) => word !== '').join('  '))
}
