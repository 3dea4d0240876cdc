import type { KubeObject } from '@plimsoll/kube'
import { copyContainer, mainContainer } from './pod-manifest.ts'
import type { PodService } from './pod-services.ts'

export type PodState =
  /** `patienceMs`: it hardly gets better by itself, and is given up after so long. */
  { kind: 'waits'; why: string; patienceMs?: number } | { kind: 'ready' } | { kind: 'over'; why: string }

interface Terminated {
  exitCode: number
  reason?: string
  message?: string
}

interface ContainerStatus {
  name: string
  ready?: boolean
  containerID?: string
  state?: { waiting?: { reason?: string; message?: string }; running?: object; terminated?: Terminated }
}

interface PodStatus {
  phase?: string
  reason?: string
  message?: string
  conditions?: { type: string; status: string; reason?: string; message?: string }[]
  containerStatuses?: ContainerStatus[]
  initContainerStatuses?: ContainerStatus[]
}

const pullPatienceMs = 90_000
const startPatienceMs = 15_000
const pullReasons = new Set(['ErrImagePull', 'ImagePullBackOff', 'ImageInspectError', 'RegistryUnavailable', 'SignatureValidationFailed'])
const hopelessReasons = new Set(['InvalidImageName', 'ErrImageNeverPull', 'CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']) // prettier-ignore

/** What a job's pod is at, for its start and for why it has ended. */
export function readPodState(pod: KubeObject, services: readonly PodService[]): PodState {
  const status = (pod['status'] ?? {}) as PodStatus
  const name = nameOf(pod)
  const over = whyOver(pod, status)
  if (over !== undefined) return { kind: 'over', why: over }
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  const what = (container: string): string => wordsFor(container, services)
  if (containers.some(({ containerID }) => containerID?.startsWith('simulated:'))) {
    const names = containers.filter(({ containerID }) => containerID?.startsWith('simulated:')).map((one) => what(one.name))
    return { kind: 'over', why: `${list(names)} cannot run in this cluster: it only simulates images that come without a command, and nothing is true of what it shows.` } // prettier-ignore
  }
  for (const { name: container, state } of containers) {
    const { reason = '', message } = state?.waiting ?? {}
    if (pullReasons.has(reason)) return waits(`The image of ${what(container)} could not be pulled`, message ?? reason, pullPatienceMs)
    if (hopelessReasons.has(reason)) return waits(`${capital(what(container))} could not be started`, `${reason}${message ? `, ${message}` : ''}`, startPatienceMs) // prettier-ignore
  }
  const unscheduled = status.conditions?.find(({ type, status: holds }) => type === 'PodScheduled' && holds === 'False')
  if (unscheduled) return waits(`No node takes pod ${name}`, unscheduled.message ?? unscheduled.reason ?? 'no reason is given')
  const main = status.containerStatuses?.find((one) => one.name === mainContainer)
  if (!main?.state?.running) return { kind: 'waits', why: `Pod ${name} is being started` }
  for (const service of services) {
    const found = status.containerStatuses?.find((one) => one.name === service.container.name)
    if (found?.state?.terminated) return { kind: 'over', why: `Service '${service.name}' has ended: ${howEnded(found.state.terminated)}` }
    if (found?.ready !== true) return { kind: 'waits', why: `Service '${service.name}' is not ready yet` }
  }
  return { kind: 'ready' }
}

/** True when containers of this pod are no containers: a cluster of ours runs them as processes of its machine. */
export function runsAsProcesses(pod: KubeObject): boolean {
  const { containerStatuses = [] } = (pod['status'] ?? {}) as PodStatus
  return containerStatuses.some(({ containerID }) => containerID?.startsWith('process:'))
}

/** Undefined while it may still run. */
function whyOver(pod: KubeObject, status: PodStatus): string | undefined {
  const name = nameOf(pod)
  const ended = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].find(
    (one) =>
      (one.name === mainContainer && one.state?.terminated) ||
      (one.name === copyContainer && one.state?.terminated && one.state.terminated.exitCode !== 0),
  )?.state?.terminated
  if (ended?.reason === 'OOMKilled')
    return `The job used more memory than its pod ${name} may (OOMKilled). Have it use less, or the operator raise the limit.`
  if (status.reason === 'DeadlineExceeded') return `Pod ${name} ran longer than it may: ${status.message ?? 'its deadline has passed'}.`
  // The node's or the cluster's doing.
  const disruption = status.conditions?.find(({ type, status: holds }) => type === 'DisruptionTarget' && holds === 'True')
  if (status.reason !== undefined && (status.phase === 'Failed' || status.reason === 'NodeLost'))
    return `Pod ${name} was ended by its cluster (${status.reason}): ${status.message ?? disruption?.message ?? 'it says no more'}`
  if (disruption)
    return `Pod ${name} was ended by its cluster (${disruption.reason ?? 'disruption'}): ${disruption.message ?? 'it says no more'}`
  if (pod.metadata.deletionTimestamp !== undefined) return `Pod ${name} was deleted while its job ran, and not by Plimsoll.`
  if (ended) return `Pod ${name} has ended: ${howEnded(ended)}`
  if (status.phase === 'Failed' || status.phase === 'Succeeded') return `Pod ${name} has ended (${status.phase}).`
  return undefined
}

function howEnded({ exitCode, reason, message }: Terminated): string {
  return `exit code ${exitCode}${reason ? ` (${reason})` : ''}${message ? `, ${message.trim().slice(-1000)}` : ''}`
}

function waits(what: string, why: string, patienceMs?: number): PodState {
  return { kind: 'waits', why: `${what}: ${why.slice(0, 1000)}`, ...(patienceMs !== undefined && { patienceMs }) }
}

function wordsFor(container: string, services: readonly PodService[]): string {
  const service = services.find((one) => one.container.name === container)
  return service ? `service '${service.name}'` : container === copyContainer ? 'the container that brings Node.js' : 'the job'
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function list(names: readonly string[]): string {
  return capital(names.join(' and '))
}

export function nameOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}
