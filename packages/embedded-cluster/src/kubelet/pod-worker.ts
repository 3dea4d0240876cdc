import { isDeepStrictEqual } from 'node:util'
import { isConflict, isNotFound } from '@plimsoll/kube'
import { formatGoDuration } from './go-duration.ts'
import type { NodeContext } from './node-context.ts'
import { allContainers, describePod, kubeTime, roleOf, type Pod, type PodStatus } from './pod.ts'
import { PodContainer, type ContainerHost } from './pod-container.ts'
import type { PodRecord } from './pod-record.ts'
import { buildPodStatus, type PodView } from './pod-status.ts'
import { restartAt } from './restart-backoff.ts'
import { simulatedAnnotation, simulationReasonOf } from './simulation.ts'
import { setUpVolumes } from './volumes/pod-volumes.ts'

const fieldManager = 'kubelet'
/** How long what is missing is waited for before it is looked for again; a change of the object itself is seen at once. */
const lookAgainMs = 5000
const mostRetryMs = 30_000
/**
 * A pod of a StatefulSet comes back under its name. `kubectl delete` (1.33, 1.34) looks twice before it waits, and tells the two apart only at
 * its first look: were the second pod there already, it would wait for its end. A kubelet of a real cluster is never this fast.
 */
const keepNameMs = 1000
/** For a pod whose object is gone: nobody said how long it may take. */
const goneGraceMs = 2000

/** One pod on this node, from its first sight to the end of its last process. Whatever happens only makes it look again at everything. */
export class PodWorker implements ContainerHost {
  readonly node: NodeContext
  readonly folder: string
  readonly #record: PodRecord
  #pod: Pod
  #containers: PodContainer[]
  #volumes: ReadonlyMap<string, string> | undefined
  #volumeProblem: string | undefined
  #volumesAreOld = true
  #failure: PodView['failure']
  #isGone = false
  #isDeleteSent = false
  #endingSince: number | undefined
  #shutDownDeadline: number | undefined
  #isLooking = false
  #lookAgain = false
  #timer: { at: number; cancel(): void } | undefined
  #renewal: { cancel(): void } | undefined
  #failures = 0
  #onEmpty: (() => void)[] = []
  /** All is over: the folder is gone. */
  readonly #onEnd: () => void

  constructor(node: NodeContext, pod: Pod, record: PodRecord | undefined, onEnd: () => void) {
    this.node = node
    this.#pod = pod
    this.#onEnd = onEnd
    this.#record = record ?? newRecord(node, pod)
    this.folder = node.records.folderOf(this.#record.uid)
    this.#containers = allContainers(pod).map((container) => {
      const role = roleOf(pod, container)
      const ofContainer = (this.#record.containers[container.name] ??= { role, attempt: 0, ports: {} })
      return new PodContainer(this, container, role, ofContainer)
    })
    if (record) this.#adopt()
  }

  get podIP(): string {
    return this.#pod.spec.hostNetwork ? this.node.hostIP : this.#record.podIP
  }

  get uid(): string {
    return this.#record.uid
  }

  get isGone(): boolean {
    return this.#isGone
  }

  pod(): Pod {
    return this.#pod
  }

  containers(): readonly PodContainer[] {
    return this.#containers
  }

  save(): void {
    this.node.records.save(this.#record)
  }

  event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.node.events.event(this.#pod, type, reason, message)
  }

  /** The object has changed. */
  update(pod: Pod): void {
    const { labels, annotations } = this.#pod.metadata
    if (!isDeepStrictEqual([labels, annotations], [pod.metadata.labels, pod.metadata.annotations])) this.#volumesAreOld = true
    this.#pod = pod
    for (const container of allContainers(pod)) {
      const known = this.#containers.find((it) => it.container.name === container.name)
      if (known) known.container = container
    }
    this.wake()
  }

  /** The object is no more. */
  remove(): void {
    this.#isGone = true
    this.wake()
  }

  /** Something that the pod reads has changed. */
  refresh(): void {
    this.#volumesAreOld = true
    this.wake()
  }

  /** Ends all processes because the cluster stops; the pod itself goes on at the next start. */
  shutDown(deadline: number): Promise<void> {
    this.#shutDownDeadline = deadline
    return new Promise((resolve) => {
      this.#onEmpty.push(resolve)
      this.wake()
    })
  }

  wake(): void {
    this.#lookAgain = true
    if (!this.#isLooking) void this.#look()
  }

  release(): void {
    this.#timer?.cancel()
    this.#renewal?.cancel()
    for (const container of this.#containers) container.release()
  }

  async #look(): Promise<void> {
    this.#isLooking = true
    while (this.#lookAgain) {
      this.#lookAgain = false
      try {
        await this.#sync()
        this.#failures = 0
      } catch (error) {
        this.#failures++
        this.node.log.error({ err: error, pod: describePod(this.#pod) }, 'pod could not be brought up to date; trying again')
        this.#wakeAt(this.node.clock.now() + Math.min(500 * 2 ** this.#failures, mostRetryMs))
      }
    }
    this.#isLooking = false
  }

  async #sync(): Promise<void> {
    const { metadata, spec, status } = this.#pod
    const now = this.node.clock.now()
    if (this.#shutDownDeadline !== undefined) return this.#syncShutDown(this.#shutDownDeadline)
    if (this.#isGone) return this.#syncGone(now)
    if (metadata.deletionTimestamp !== undefined) return this.#syncTerminating(now)
    if (status?.phase === 'Succeeded' || status?.phase === 'Failed') {
      // Over for good, also when our own files do not know it.
      this.#stopAll(now + this.#graceMs(), 'Stopping')
      if (this.#containers.some(({ record }) => record.run)) await this.#writeStatus()
      return
    }
    this.#checkDeadline(now)
    if (this.#failure) this.#stopAll(now + (spec.terminationGracePeriodSeconds ?? 30) * 1000, 'Stopping')
    else {
      this.save()
      await this.#bringVolumesUp()
      if (this.#volumes) await this.#bringContainersUp(this.#volumes)
    }
    await this.#markSimulated()
    // A failed pod is shown as such when nothing of it runs any more.
    if (!this.#failure || !this.#isAnyRunning()) await this.#writeStatus()
  }

  #syncShutDown(deadline: number): void {
    for (const it of this.#containers) it.stop(deadline, `Stopping container ${it.container.name}`, { isShutDown: true })
    if (this.#containers.some((it) => it.isRunning && !it.isSimulated)) return
    for (const resolve of this.#onEmpty.splice(0)) resolve()
  }

  #syncGone(now: number): void {
    this.#stopAll(now + goneGraceMs, 'Stopping', { withoutHook: true })
    if (this.#isAnyRunning()) return
    this.release()
    for (const container of this.#containers) container.releasePorts()
    this.node.addresses.release(this.#record.podIP)
    this.node.records.remove(this.#record.uid)
    this.#onEnd()
  }

  async #syncTerminating(now: number): Promise<void> {
    const { metadata, spec } = this.#pod
    const graceMs = (metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30) * 1000
    const end = metadata.deletionTimestamp === undefined ? now + graceMs : Date.parse(metadata.deletionTimestamp)
    // deletionTimestamp has whole seconds, which must not cut a grace of one second to nothing.
    this.#stopAll(Math.min(now + graceMs, Math.max(end + 1000, now)), 'Stopping', { drains: true })
    this.#endingSince ??= now
    if (this.#isAnyRunning() || this.#isDeleteSent) return
    await this.#writeStatus()
    const comesBack = metadata.ownerReferences?.some(({ kind, controller }) => kind === 'StatefulSet' && controller)
    if (comesBack && now < this.#endingSince + keepNameMs) return this.#wakeAt(this.#endingSince + keepNameMs)
    this.#isDeleteSent = true
    try {
      const ref = { namespace: this.#record.namespace, name: this.#record.name }
      await this.node.client.delete(this.node.podType, ref, { gracePeriodSeconds: 0, preconditions: { uid: this.#record.uid } })
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return
      this.#isDeleteSent = false
      throw error
    }
  }

  /** Containers first, then the sidecars, the last one first (Kubernetes documentation, "Sidecar containers"). */
  #stopAll(deadline: number, verb: string, options: { withoutHook?: boolean; drains?: boolean } = {}): void {
    const stop = (it: PodContainer) => it.stop(deadline, `${verb} container ${it.container.name}`, options)
    const others = this.#containers.filter(({ role }) => role !== 'sidecar')
    for (const it of others) stop(it)
    if (others.some(({ isRunning }) => isRunning)) return
    const last = this.#containers.findLast(({ role, isRunning }) => role === 'sidecar' && isRunning)
    if (last) stop(last)
  }

  #checkDeadline(now: number): void {
    const seconds = this.#pod.spec.activeDeadlineSeconds
    if (seconds === undefined || this.#failure) return
    const end = Date.parse(this.#record.startTime) + seconds * 1000
    if (now < end) return this.#wakeAt(end)
    this.#failure = { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' }
    this.event('Normal', 'DeadlineExceeded', this.#failure.message)
  }

  async #bringVolumesUp(): Promise<void> {
    if (!this.#volumesAreOld && this.#volumes) return
    this.#volumesAreOld = false
    const { node } = this
    const result = await setUpVolumes(this.#pod, {
      folder: `${this.folder}/volumes`,
      claimsFolder: node.claimsFolder,
      allowedHostPaths: node.allowedHostPaths,
      reader: node.reader,
      addresses: { podIP: this.podIP, hostIP: node.hostIP },
      machine: node.machine,
      serviceAccountToken: node.serviceAccountToken,
    })
    if ('paths' in result) {
      this.#volumes = result.paths
      this.#volumeProblem = undefined
      this.#planTokenRenewal()
      return
    }
    // Containers that run keep what they have, as in a real cluster.
    if (this.#volumes) return
    if (this.#volumeProblem !== result.problem) this.event('Warning', 'FailedMount', result.problem)
    this.#volumeProblem = result.problem
    this.#volumesAreOld = true
    this.#wakeAt(node.clock.now() + lookAgainMs)
  }

  /** Kubelet, token manager: a projected token is made anew after 80 % of its life. */
  #planTokenRenewal(): void {
    const lives = (this.#pod.spec.volumes ?? []).flatMap(({ projected }) =>
      (projected?.sources ?? []).flatMap(({ serviceAccountToken }) =>
        serviceAccountToken ? [serviceAccountToken.expirationSeconds ?? 3600] : [],
      ),
    )
    if (lives.length === 0 || this.node.serviceAccountToken === undefined) return
    this.#renewal?.cancel()
    this.#renewal = this.node.clock.setTimeout(() => this.refresh(), Math.min(...lives) * 800)
  }

  async #bringContainersUp(volumes: ReadonlyMap<string, string>): Promise<void> {
    const mains = this.#containers.filter(({ role }) => role === 'main')
    const hasBegun = mains.some(({ record }) => record.run !== undefined)
    if (mains.every((it) => it.record.run?.finished && !this.#restarts(it))) {
      for (const it of mains) it.waiting = undefined
      const last = this.#containers.findLast(({ role, isRunning }) => role === 'sidecar' && isRunning)
      last?.stop(this.node.clock.now() + this.#graceMs(), `Stopping container ${last.container.name}`)
      return
    }
    for (const it of this.#containers) {
      if (it.role === 'main') continue
      if (it.role === 'sidecar') {
        await this.#bringUp(it, volumes)
        if (!it.isStarted && !hasBegun) return
        continue
      }
      if (hasBegun || it.record.run?.finished?.exitCode === 0) continue
      await this.#bringUp(it, volumes)
      // A simulated one may be through already.
      if ((it.record.run?.finished as { exitCode: number } | undefined)?.exitCode !== 0) return
    }
    for (const it of mains) await this.#bringUp(it, volumes)
  }

  async #bringUp(it: PodContainer, volumes: ReadonlyMap<string, string>): Promise<void> {
    const { clock, backoff } = this.node
    const { run } = it.record
    if (it.isRunning) {
      if (run && run.image !== (it.container.image ?? '')) {
        it.stop(clock.now() + this.#graceMs(), `Container ${it.container.name} definition changed, will be restarted`)
      }
      return
    }
    if (run?.finished) {
      if (!this.#restarts(it)) {
        it.waiting = undefined
        return
      }
      const at = run.wasShutDown ? 0 : restartAt(it.record.backoff, run.finished.finishedAt, backoff)
      if (clock.now() < at) {
        const wait = formatGoDuration(it.record.backoff?.delayMs ?? backoff.baseMs)
        if (it.waiting?.reason !== 'CrashLoopBackOff') {
          this.event('Warning', 'BackOff', `Back-off restarting failed container ${it.container.name} in pod ${describePod(this.#pod)}`)
        }
        it.waiting = {
          reason: 'CrashLoopBackOff',
          message: `back-off ${wait} restarting failed container=${it.container.name} pod=${describePod(this.#pod)}`,
        }
        return this.#wakeAt(at)
      }
    }
    await it.start(volumes)
    if (it.waiting?.reason === 'CreateContainerConfigError') this.#wakeAt(clock.now() + lookAgainMs)
    else if (it.waiting) {
      // It could not be started at all: it is restarted or over, as after any other end.
      if (this.#restarts(it)) this.#lookAgain = true
      else it.waiting = undefined
    }
  }

  #restarts(it: PodContainer): boolean {
    const finished = it.record.run?.finished
    if (finished === undefined || it.role === 'sidecar') return true
    const policy = this.#pod.spec.restartPolicy ?? 'Always'
    if (it.role === 'init') return finished.exitCode !== 0 && policy !== 'Never'
    return policy === 'Always' || (policy === 'OnFailure' && finished.exitCode !== 0)
  }

  #isAnyRunning(): boolean {
    return this.#containers.some(({ isRunning }) => isRunning)
  }

  #graceMs(): number {
    return (this.#pod.spec.terminationGracePeriodSeconds ?? 30) * 1000
  }

  async #markSimulated(): Promise<void> {
    const reason = simulationReasonOf(this.#pod)
    if (reason === undefined || this.#pod.metadata.annotations?.[simulatedAnnotation] !== undefined) return
    this.event('Warning', 'Simulated', `simulated: ${reason}`)
    const patch = { metadata: { uid: this.#record.uid, annotations: { [simulatedAnnotation]: reason } } }
    await this.#patch(patch)
  }

  async #writeStatus(): Promise<void> {
    const hasInits = this.#containers.some(({ role }) => role !== 'main')
    const simulated = simulationReasonOf(this.#pod)
    const view: PodView = {
      containers: this.#containers.map((it) => it.view(hasInits ? 'PodInitializing' : 'ContainerCreating')),
      podIP: this.podIP,
      hostIP: this.node.hostIP,
      startTime: this.#record.startTime,
      isPrepared: this.#volumes !== undefined,
      ...(this.#failure ? { failure: this.#failure } : {}),
      ...(simulated === undefined ? {} : { simulated }),
    }
    const status = buildPodStatus(this.#pod, view, this.node.clock.now())
    const before = this.#pod.status
    if (before?.phase === 'Succeeded' || before?.phase === 'Failed') {
      // A pod that is over stays as it ended, whatever becomes of its sidecars.
      status.phase = before.phase
      if (before.reason !== undefined) status.reason = before.reason
      if (before.message !== undefined) status.message = before.message
    }
    const patch = differenceOf((this.#pod.status ?? {}) as Record<string, unknown>, status)
    if (patch) await this.#patch({ metadata: { uid: this.#record.uid }, status: patch }, 'status')
  }

  async #patch(patch: Record<string, unknown>, subresource?: 'status'): Promise<void> {
    const ref = { namespace: this.#record.namespace, name: this.#record.name }
    try {
      const options = subresource ? { fieldManager, subresource } : { fieldManager }
      const answer = (await this.node.client.patch(this.node.podType, ref, { type: 'merge', patch }, options)) as Pod
      if (answer.metadata.uid !== this.#record.uid) return
      this.#pod = answer
      this.node.observe(answer)
    } catch (error) {
      // Gone, or another pod of this name by now: the cache is about to say so.
      if (isNotFound(error) || isConflict(error)) return
      throw error
    }
  }

  #adopt(): void {
    const statuses = [...(this.#pod.status?.containerStatuses ?? []), ...(this.#pod.status?.initContainerStatuses ?? [])]
    for (const it of this.#containers) {
      const known = statuses.find(({ name }) => name === it.container.name)
      it.adopt(known?.ready === true && known.state.running !== undefined && known.restartCount === it.record.attempt)
    }
  }

  #wakeAt(time: number): void {
    if (this.#timer && this.#timer.at <= time) return
    this.#timer?.cancel()
    const scheduled = this.node.clock.setTimeout(
      () => {
        this.#timer = undefined
        this.wake()
      },
      Math.max(time - this.node.clock.now(), 0),
    )
    this.#timer = { at: time, cancel: () => scheduled.cancel() }
  }
}

/** Fields of a status that only a node writes; what of them is not there any more must be taken away. */
const ownFields = [
  'phase',
  'conditions',
  'reason',
  'message',
  'hostIP',
  'hostIPs',
  'podIP',
  'podIPs',
  'startTime',
  'initContainerStatuses',
  'containerStatuses',
  'qosClass',
] as const

/** A merge patch from what the API shows to what is, undefined when they are the same. */
function differenceOf(before: Record<string, unknown>, status: PodStatus): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {}
  for (const field of ownFields) {
    const value: unknown = status[field]
    if (value === undefined ? before[field] !== undefined : !isDeepStrictEqual(plain(before[field]), plain(value)))
      patch[field] = value ?? null
  }
  return Object.keys(patch).length === 0 ? undefined : patch
}

/** As JSON, so that neither prototypes nor undefined members count. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown)
}

function newRecord(node: NodeContext, pod: Pod): PodRecord {
  return {
    uid: pod.metadata.uid ?? '',
    namespace: pod.metadata.namespace ?? '',
    name: pod.metadata.name,
    podIP: node.addresses.take(),
    startTime: pod.status?.startTime ?? kubeTime(node.clock.now()),
    graceSeconds: pod.spec.terminationGracePeriodSeconds ?? 30,
    containers: Object.create(null) as PodRecord['containers'],
  }
}

/** A pod of which only our own record is left, as far as it takes to end its processes. */
export function podOfRecord(record: PodRecord): Pod {
  const names = (isMain: boolean) =>
    Object.entries(record.containers).flatMap(([name, { role, run }]) =>
      (role === 'main') === isMain
        ? [{ name, image: run?.image ?? '', command: ['true'], ...(role === 'sidecar' ? { restartPolicy: 'Always' } : {}) }]
        : [],
    )
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: record.name, namespace: record.namespace, uid: record.uid },
    spec: { containers: names(true), initContainers: names(false) },
  }
}
