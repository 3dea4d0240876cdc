import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { KubeApiError, type KubeObject } from '@plimsoll/kube'
import type { SandboxRequest } from '../probe.ts'
import type { PodCluster } from './pod-cluster.ts'
import { podOf, type PodSettings } from './pod-manifest.ts'
import type { PodService } from './pod-services.ts'
import { nameOf, readPodState } from './pod-state.ts'

export interface StartContext extends PodSettings {
  cluster: PodCluster
  log: { warn(fields: object, message: string): void }
}

const lookEveryMs = { least: 100, most: 2_000 }
const createAgainMs = 5_000
const deletions = 3

/** A pod of this job that runs, with all of its services. Rejects with why there is none; then nothing of it is left behind. */
export async function startPod(context: StartContext, request: SandboxRequest, services: readonly PodService[]): Promise<KubeObject> {
  const until = Date.now() + context.startMs
  const pod = podOf(`job-${request.jobId}-${randomBytes(4).toString('hex')}`, request, services, context)
  try {
    await create(context, request, pod, until)
    return await untilReady(context, request, pod, services, until)
  } catch (error) {
    if (!isRefusal(error)) await removePod(context, pod)
    throw error
  }
}

/** It is there once, also when the answer was lost on its way. */
async function create({ cluster }: StartContext, request: SandboxRequest, pod: KubeObject, until: number): Promise<void> {
  const { signal } = request
  const { name } = pod.metadata
  for (let told = ''; !signal.aborted;) {
    const problem = await attempt()
    if (problem === undefined) return
    // Of another try of ours, whose answer we have not got: nobody else knows this name.
    const mayBeThere = !(problem instanceof KubeApiError) || problem.code === 409
    if (mayBeThere && (await cluster.get(name).catch(() => undefined))) return
    if (!mayPass(problem) || Date.now() > until)
      throw new PodRefused(`The pod of this job could not be made: ${problem.message}`, { cause: problem })
    if (problem.message !== told) request.say(`The pod of this job cannot be made yet: ${problem.message}`)
    told = problem.message
    await wait(createAgainMs, undefined, { signal }).catch(() => undefined)
  }
  signal.throwIfAborted()

  async function attempt(): Promise<Error | undefined> {
    try {
      await cluster.prepare()
      await cluster.create(pod)
      return undefined
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }
}

class PodRefused extends Error {}

/** The cluster has said that there is none. */
function isRefusal(error: unknown): boolean {
  return error instanceof PodRefused && error.cause instanceof KubeApiError
}

/** A quota has room again when other pods have ended. */
function mayPass(error: Error): boolean {
  if (!(error instanceof KubeApiError)) return true
  return error.code >= 500 || error.code === 429 || (error.code === 403 && error.message.includes('exceeded quota'))
}

async function untilReady(
  { cluster, startMs }: StartContext,
  request: SandboxRequest,
  pod: KubeObject,
  services: readonly PodService[],
  until: number,
): Promise<KubeObject> {
  const { signal } = request
  const name = nameOf(pod)
  let told = ''
  let worseSince: number | undefined
  for (let pauseMs = lookEveryMs.least; ; pauseMs = Math.min(pauseMs * 1.5, lookEveryMs.most)) {
    signal.throwIfAborted()
    const now = await cluster.get(pod.metadata.name).catch((error: Error) => error)
    if (now === undefined) throw new Error(`Pod ${name} was deleted before its job began, and not by Plimsoll.`)
    const state = now instanceof Error ? { kind: 'waits' as const, why: now.message } : readPodState(now, services)
    if (state.kind === 'ready') return now as KubeObject
    if (state.kind === 'over') throw new Error(state.why)
    const { why, patienceMs } = state
    worseSince = patienceMs === undefined ? undefined : (worseSince ?? Date.now())
    if (worseSince !== undefined && Date.now() - worseSince >= (patienceMs ?? 0)) throw new Error(why)
    if (Date.now() > until) throw new Error(`The job's pod did not start within ${Math.round(startMs / 1000)} s. ${why}`)
    if (why !== told) request.say(why)
    told = why
    await wait(pauseMs, undefined, { signal })
  }
}

/** What cannot be deleted now is found by the next start of this server. */
export async function removePod({ cluster, log }: StartContext, pod: KubeObject): Promise<void> {
  for (let attempt = 1; attempt <= deletions; attempt++) {
    try {
      return await cluster.delete(pod)
    } catch (error) {
      log.warn({ pod: nameOf(pod), attempt, error: String(error) }, 'a pod of a job could not be deleted yet')
      if (attempt < deletions) await wait(attempt * 1000)
    }
  }
}
