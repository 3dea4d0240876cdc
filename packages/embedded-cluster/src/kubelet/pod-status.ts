import type { Container, ContainerRole, ContainerState, ContainerStatus, Pod, PodCondition, PodStatus } from './pod.ts'
import { kubeTime } from './pod.ts'
import { qosClassOf } from './qos-class.ts'

/** A container as its node sees it now. */
export interface ContainerView {
  container: Container
  role: ContainerRole
  state: ContainerState
  lastState: ContainerState
  ready: boolean
  started: boolean
  restartCount: number
  containerID?: string
}

export interface PodView {
  containers: ContainerView[]
  podIP?: string
  hostIP: string
  startTime?: string
  /** Directories, address and volumes are there. */
  isPrepared: boolean
  /** The pod is over, whatever its containers say. */
  failure?: { reason: string; message: string }
  /** Why containers of this pod are only simulated. */
  simulated?: string
}

export const simulatedCondition = 'plimsoll.dev/Simulated'

/** What the API shows of a pod (pkg/kubelet/kubelet_pods.go, generateAPIPodStatus). Conditions that others set are kept. */
export function buildPodStatus(pod: Pod, view: PodView, now: number): PodStatus {
  const phase = view.failure ? 'Failed' : phaseOf(pod, view.containers)
  const before = pod.status?.conditions ?? []
  const own = conditionsOf(pod, view, phase)
  const conditions = own.map((condition) => withTransition(condition, before, now))
  const ownTypes = new Set(own.map(({ type }) => type))
  for (const condition of before) if (!ownTypes.has(condition.type) && condition.type !== simulatedCondition) conditions.push(condition)

  const inits = view.containers.filter(({ role }) => role !== 'main')
  return {
    phase,
    conditions,
    ...(view.failure ? { reason: view.failure.reason, message: view.failure.message } : {}),
    hostIP: view.hostIP,
    hostIPs: [{ ip: view.hostIP }],
    ...(view.podIP === undefined ? {} : { podIP: view.podIP, podIPs: [{ ip: view.podIP }] }),
    ...(view.startTime === undefined ? {} : { startTime: view.startTime }),
    ...(inits.length > 0 ? { initContainerStatuses: inits.map(statusOf) } : {}),
    containerStatuses: view.containers.filter(({ role }) => role === 'main').map(statusOf),
    qosClass: qosClassOf(pod),
  }
}

function statusOf(view: ContainerView): ContainerStatus {
  const image = view.container.image ?? ''
  return {
    name: view.container.name,
    state: view.state,
    lastState: view.lastState,
    ready: view.ready,
    restartCount: view.restartCount,
    image,
    imageID: '',
    ...(view.containerID === undefined ? {} : { containerID: view.containerID }),
    started: view.started,
  }
}

/** pkg/kubelet/kubelet_pods.go, getPhase. */
export function phaseOf(pod: Pod, containers: readonly ContainerView[]): NonNullable<PodStatus['phase']> {
  const policy = pod.spec.restartPolicy ?? 'Always'
  let pendingInitialization = 0
  let failedInitialization = 0
  for (const { role, state, lastState, started } of containers) {
    if (role === 'sidecar' && !started && !state.terminated) pendingInitialization++
    if (role !== 'init') continue
    const ended = state.terminated ?? (state.waiting ? lastState.terminated : undefined)
    if (ended === undefined) pendingInitialization++
    else if (ended.exitCode !== 0) {
      failedInitialization++
      if (policy !== 'Never') pendingInitialization++
    }
  }
  const main = containers.filter(({ role }) => role === 'main')
  const running = main.filter(({ state }) => state.running).length
  const succeeded = main.filter(({ state }) => state.terminated?.exitCode === 0).length
  const stopped = main.filter(({ state, lastState }) => state.terminated ?? (state.waiting && lastState.terminated)).length
  const waiting = main.length - running - stopped

  if (failedInitialization > 0 && policy === 'Never') return 'Failed'
  if (pendingInitialization > 0 && running === 0 && stopped === 0) return 'Pending'
  if (waiting > 0) return 'Pending'
  if (running > 0) return 'Running'
  if (policy === 'Always') return 'Running'
  if (stopped === succeeded) return 'Succeeded'
  return policy === 'Never' ? 'Failed' : 'Running'
}

type BareCondition = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>

function conditionsOf(pod: Pod, view: PodView, phase: string): BareCondition[] {
  const isOver = phase === 'Succeeded' || phase === 'Failed'
  const incomplete = view.containers.filter((it) => (it.role === 'init' && !it.ready) || (it.role === 'sidecar' && !it.started)).map(nameOf)
  const unready = view.containers.filter(({ role, ready }) => role !== 'init' && !ready).map(nameOf)
  const hasBegun = view.containers.some(
    ({ role, state, lastState }) => role === 'main' && (state.running ?? state.terminated ?? lastState.terminated),
  )

  const initialized: BareCondition =
    phase === 'Succeeded'
      ? { type: 'Initialized', status: 'True', reason: 'PodCompleted' }
      : incomplete.length === 0 || hasBegun
        ? { type: 'Initialized', status: 'True' }
        : {
            type: 'Initialized',
            status: 'False',
            reason: 'ContainersNotInitialized',
            message: `containers with incomplete status: [${incomplete.join(' ')}]`,
          }

  const containersReady: Omit<BareCondition, 'type'> =
    phase === 'Succeeded'
      ? { status: 'False', reason: 'PodCompleted' }
      : phase === 'Failed'
        ? { status: 'False', reason: 'PodFailed' }
        : unready.length > 0
          ? { status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` }
          : { status: 'True' }

  const gates = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const found = pod.status?.conditions?.find(({ type }) => type === conditionType)
    if (found?.status === 'True') return []
    return [
      found
        ? `the status of pod readiness gate "${conditionType}" is not "True", but ${found.status}`
        : `corresponding condition of pod readiness gate "${conditionType}" does not exist.`,
    ]
  })
  const ready =
    containersReady.status === 'True' && gates.length > 0
      ? { status: 'False' as const, reason: 'ReadinessGatesNotReady', message: gates.join(', ') }
      : containersReady

  return [
    { type: 'PodReadyToStartContainers', status: view.isPrepared && !isOver ? 'True' : 'False' },
    initialized,
    { type: 'Ready', ...ready },
    { type: 'ContainersReady', ...containersReady },
    { type: 'PodScheduled', status: 'True' },
    ...(view.simulated === undefined
      ? []
      : [{ type: simulatedCondition, status: 'True' as const, reason: 'ImageCannotRunHere', message: view.simulated }]),
  ]
}

/** The time of a condition is that of its last change of status. */
function withTransition(condition: BareCondition, before: readonly PodCondition[], now: number): PodCondition {
  const previous = before.find(({ type }) => type === condition.type)
  const lastTransitionTime = previous?.status === condition.status ? (previous.lastTransitionTime ?? kubeTime(now)) : kubeTime(now)
  return { ...condition, lastProbeTime: null, lastTransitionTime }
}

function nameOf(view: ContainerView): string {
  return view.container.name
}
