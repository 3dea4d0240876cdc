import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import {
  adoptProcess,
  listeningPorts,
  openOutputLog,
  ProcessStartError,
  startProcess,
  type OutputLog,
  type ProcessExit,
  type ProcessHandle,
} from '@plimsoll/processes'
import type { TerminalSize } from '../contract.ts'
import { runCommand, type CommandPlace } from './command-session.ts'
import { choosePorts, containerPortOf, realPortOf } from './container-ports.ts'
import { ContainerSurroundings } from './container-surroundings.ts'
import type { NodeContext } from './node-context.ts'
import type { Container, ContainerRole, ContainerState, LifecycleHandler, Pod, Probe, Terminated } from './pod.ts'
import { kubeTime } from './pod.ts'
import type { ContainerRecord, RunRecord } from './pod-record.ts'
import type { ContainerView } from './pod-status.ts'
import { checkProbe, type ProbeTarget } from './probe-check.ts'
import type { ProbeKind } from './probe-machine.ts'
import { startProber, type Prober } from './prober.ts'
import { nextBackoff } from './restart-backoff.ts'
import { reasonToSimulate, simulatedEnd, simulatedReadyAt, writeSimulatedLog } from './simulation.ts'
import { inTerminal, resizeTerminal } from './terminal.ts'
import { terminationMessage } from './termination-message.ts'
import { layOutContainer } from './volumes/container-root.ts'

/** What a container needs from its pod. */
export interface ContainerHost {
  readonly node: NodeContext
  readonly folder: string
  readonly podIP: string
  /** The newest form of the pod. */
  pod(): Pod
  /** The pod's record has changed and must be on disk before this returns. */
  save(): void
  /** Something about the container has changed. */
  wake(): void
  event(type: 'Normal' | 'Warning', reason: string, message: string): void
}

/** How long after its start a container is looked at for the ports it listens on, in milliseconds. */
const lookForPortsAfter = [150, 400, 1000, 2500, 6000, 15_000, 60_000]
/** pkg/kubelet/kuberuntime, minimumGracePeriodInSeconds: what a container has after its preStop hook at the least. */
const leastGraceMs = 2000
/**
 * A pod that is deleted gets no new request from the moment the gateway knows; this long it has for those that it is working on, because many
 * servers simply stop at SIGTERM. In a real cluster a preStop hook that sleeps has to do this.
 */
const drainMs = 120

/** One container of a pod: starts and stops its process, watches it, and knows what the API should show of it. */
export class PodContainer {
  /** Changes when the pod does. */
  container: Container
  readonly role: ContainerRole
  readonly record: ContainerRecord
  /** Why it does not run, while it does not. */
  waiting: { reason: string; message?: string } | undefined
  #host: ContainerHost
  #handle: ProcessHandle | undefined
  #log: OutputLog | undefined
  #probers = new Map<ProbeKind, Prober>()
  #listening = new Set<number>()
  readonly #surroundings: ContainerSurroundings
  #timers = new Set<{ cancel(): void }>()
  #isHookRunning = false
  #ending: { kill: { cancel(): void } | undefined; deadline: number; isSignalled: boolean } | undefined
  /** Ready before a restart of the kubelet. */
  #wasReady = false

  constructor(host: ContainerHost, container: Container, role: ContainerRole, record: ContainerRecord) {
    this.#host = host
    this.container = container
    this.role = role
    this.record = record
    this.#surroundings = new ContainerSurroundings(host, () => ({ container: this.container, root: this.#root, ports: this.record.ports }))
  }

  get isRunning(): boolean {
    return this.record.run !== undefined && this.record.run.finished === undefined
  }

  get isSimulated(): boolean {
    return this.record.run?.isSimulated === true
  }

  get isReady(): boolean {
    const { run } = this.record
    if (this.role === 'init') return run?.finished?.exitCode === 0
    if (!this.isRunning || this.#ending || run === undefined || !this.isStarted) return false
    if (this.isSimulated) return this.#host.node.clock.now() >= simulatedReadyAt(this.container, run.startedAt).ready
    return this.container.readinessProbe === undefined || this.#probers.get('readiness')?.verdict === true
  }

  get isStarted(): boolean {
    const { run } = this.record
    if (!this.isRunning || run === undefined || this.#isHookRunning) return false
    if (this.isSimulated) return this.#host.node.clock.now() >= simulatedReadyAt(this.container, run.startedAt).started
    return this.container.startupProbe === undefined || this.#probers.get('startup')?.verdict === true
  }

  view(defaultReason: string): ContainerView {
    const { attempt, last } = this.record
    const lastState: ContainerState = last ? { terminated: last } : {}
    const current = this.#state(defaultReason)
    const containerID = this.#containerID()
    const isEndedAndWaits = current.waiting && this.record.run?.finished
    return {
      container: this.container,
      role: this.role,
      state: current,
      lastState: isEndedAndWaits ? { terminated: this.terminated() } : lastState,
      ready: this.isReady,
      started: this.isStarted,
      restartCount: attempt,
      ...(containerID === undefined ? {} : { containerID }),
    }
  }

  /** How the current run ended. Only for one that did. */
  terminated(): Terminated {
    const { run } = this.record
    const finished = run?.finished ?? { exitCode: 137, finishedAt: 0, reason: 'ContainerStatusUnknown' }
    const containerID = this.#containerID()
    return {
      exitCode: finished.exitCode,
      reason: finished.reason,
      ...(finished.message ? { message: finished.message } : {}),
      startedAt: kubeTime(run?.startedAt ?? 0),
      finishedAt: kubeTime(finished.finishedAt),
      ...(containerID === undefined ? {} : { containerID }),
    }
  }

  /** Takes over what ran, or ended, before this kubelet was started. */
  adopt(wasReady: boolean): void {
    const { run } = this.record
    for (const port of Object.values(this.record.ports)) this.#host.node.hostPorts.claim(port)
    if (run === undefined || run.finished !== undefined) return
    this.#wasReady = wasReady
    if (run.isSimulated) return this.#planSimulation(run)
    const handle = adoptProcess(this.#stateDir(this.record.attempt))
    if (handle === undefined) {
      // Written down, but cut off before the process existed: this run has not begun.
      delete this.record.run
      return
    }
    this.#follow(handle, run)
  }

  /**
   * Starts the container, anew when it ran before. Does nothing but say so in `waiting` when its configuration is not there yet.
   */
  async start(volumes: ReadonlyMap<string, string>): Promise<void> {
    const { node } = this.#host
    const pod = this.#host.pod()
    const { record, container } = this
    const ports = await choosePorts(pod, container, record.ports, node.hostPorts)
    record.ports = ports
    const environment = await this.#surroundings.environment(pod)
    if ('problem' in environment) return this.#refuse('CreateContainerConfigError', environment.problem)
    const laidOut = layOutContainer(container, this.#root, this.#host.folder, volumes, environment.env)
    if ('problem' in laidOut) return this.#refuse('CreateContainerConfigError', laidOut.problem)

    const previous = record.run
    if (previous?.finished) {
      record.last = this.terminated()
      if (!previous.wasShutDown) record.backoff = nextBackoff(record.backoff, previous.finished.finishedAt, node.clock.now(), node.backoff)
      record.attempt++
    }
    this.waiting = undefined
    this.#listening = new Set()
    this.#wasReady = false
    const stateDir = this.#stateDir(record.attempt)
    rmSync(stateDir, { recursive: true, force: true })
    rmSync(this.#stateDir(record.attempt - 2), { recursive: true, force: true })
    const run: RunRecord = { image: container.image ?? '', startedAt: node.clock.now() }
    const isSimulated = reasonToSimulate(container) !== undefined
    if (isSimulated) run.isSimulated = true
    record.run = run
    // Before the process exists: after a crash right now it is found again instead of being started twice.
    this.#host.save()
    this.#host.event('Normal', 'Pulled', `Container image "${container.image ?? ''}" already present on machine`)
    this.#host.event('Normal', 'Created', `Created container: ${container.name}`)
    if (isSimulated) {
      writeSimulatedLog(stateDir, container)
      this.#host.event('Normal', 'Started', `Started container ${container.name}`)
      return this.#planSimulation(run)
    }

    const place = this.#surroundings.placeOf(environment.env)
    const [command = '', ...args] = (container.tty ? inTerminal(place.command) : undefined) ?? place.command
    const env = container.tty ? { TERM: 'xterm', ...place.env } : place.env
    // A terminal without anybody at it is not a terminal that is closed.
    const hasInput = container.stdin === true || container.tty === true
    try {
      const handle = await startProcess({ stateDir, command, args, env, workingDir: place.workingDir, hasInput })
      this.#host.event('Normal', 'Started', `Started container ${container.name}`)
      this.#follow(handle, run)
      this.#runPostStart(run)
    } catch (error) {
      if (!(error instanceof ProcessStartError)) throw error
      const message = `failed to start container "${container.name}": ${error.message}`
      this.#host.event('Warning', 'Failed', `Error: ${message}`)
      this.waiting = { reason: 'RunContainerError', message }
      run.finished = { exitCode: error.exitCode, finishedAt: node.clock.now(), reason: 'StartError', message }
      this.#host.save()
    }
  }

  /**
   * Ends the container: preStop hook, SIGTERM, and SIGKILL at `deadline`. Called again, it can only bring the deadline forward.
   * `isShutDown`: because the cluster stops, not the pod. `drains`: requests that are under way get a moment to finish.
   */
  stop(deadline: number, message: string, options: { isShutDown?: boolean; withoutHook?: boolean; drains?: boolean } = {}): void {
    const { run } = this.record
    if (!this.isRunning || run === undefined) return
    if (options.isShutDown) {
      run.wasShutDown = true
      this.#host.save()
    }
    if (this.#ending) {
      if (deadline < this.#ending.deadline) {
        this.#ending.deadline = deadline
        this.#armKill()
      }
      return
    }
    const servesRequests = options.drains === true && this.isReady && (this.container.ports?.length ?? 0) > 0
    this.#stopProbers()
    this.#ending = { kill: undefined, deadline, isSignalled: false }
    if (run.isSimulated) return this.#finish({ exitCode: 0, finishedAt: this.#host.node.clock.now(), reason: 'Completed' })
    this.#host.event('Normal', 'Killing', message)
    this.#armKill()
    const hook = options.withoutHook ? undefined : this.container.lifecycle?.preStop
    if (hook) void this.#runPreStop(hook)
    else if (servesRequests && deadline - this.#host.node.clock.now() > leastGraceMs) this.#later(drainMs, () => this.#terminate())
    else this.#terminate()
  }

  openLog(previous: boolean): { log: OutputLog; isLive: boolean } | undefined {
    if (!previous && this.#log && this.isRunning) return { log: this.#log, isLive: true }
    const attempt = previous ? this.record.attempt - 1 : this.record.attempt
    if (attempt < 0 || (!previous && (this.record.run === undefined || this.record.run.finished?.reason === 'StartError'))) return undefined
    const log = openOutputLog(join(this.#stateDir(attempt), 'output.log'))
    log.close()
    return { log, isLive: false }
  }

  /** Whoever is attached types in here; undefined when the container was not made for it, or its input is over. */
  get input(): Writable | undefined {
    const input = this.container.stdin ? this.#handle?.input : undefined
    return input?.writable ? input : undefined
  }

  /** Milliseconds since 1970, of the current run. */
  get startedAt(): number | undefined {
    return this.record.run?.startedAt
  }

  resizeTerminal(size: TerminalSize): void {
    if (this.container.tty && this.isRunning && this.#handle) resizeTerminal(this.#handle.pid, size)
  }

  /** Where a container port really is; undefined while nothing runs behind it. */
  addressOf(containerPort: number): { host: string; port: number } | undefined {
    if (!this.isRunning || this.isSimulated || this.role === 'init') return undefined
    const port = realPortOf(this.record.ports, containerPort, this.#listening)
    return port === undefined ? undefined : { host: this.#host.node.hostIP, port }
  }

  /** The port in `PORT` of a container that names no ports. */
  unnamedAddress(): { host: string; port: number } | undefined {
    return this.container.ports?.length ? undefined : (this.addressOf(0) ?? this.#first())
  }

  /** Environment and directory of the container, for a command beside it. */
  place(command: string[]): Promise<CommandPlace | { problem: string }> {
    return this.#surroundings.commandIn(command)
  }

  /** Stops watching, without touching the process. */
  release(): void {
    this.#stopProbers()
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
    this.#log?.close()
    this.#ending?.kill?.cancel()
  }

  releasePorts(): void {
    for (const port of Object.values(this.record.ports)) this.#host.node.hostPorts.release(port)
  }

  get #root(): string {
    return join(this.#host.folder, 'containers', this.container.name, 'rootfs')
  }

  #stateDir(attempt: number): string {
    return join(this.#host.folder, 'containers', this.container.name, String(attempt))
  }

  #first(): { host: string; port: number } | undefined {
    const port = Object.values(this.record.ports)[0]
    return port === undefined || !this.isRunning || this.isSimulated || this.role === 'init'
      ? undefined
      : { host: this.#host.node.hostIP, port }
  }

  #state(defaultReason: string): ContainerState {
    const { run } = this.record
    if (this.waiting) return { waiting: this.waiting }
    if (run === undefined) return { waiting: { reason: defaultReason } }
    return run.finished ? { terminated: this.terminated() } : { running: { startedAt: kubeTime(run.startedAt) } }
  }

  #containerID(): string | undefined {
    const { run, attempt } = this.record
    if (run === undefined || run.finished?.reason === 'StartError') return undefined
    return `${run.isSimulated ? 'simulated' : 'process'}://${this.#host.pod().metadata.uid ?? ''}/${this.container.name}/${attempt}`
  }

  #refuse(reason: string, message: string): void {
    if (this.waiting?.message !== message) this.#host.event('Warning', 'Failed', `Error: ${message}`)
    this.waiting = { reason, message }
  }

  #follow(handle: ProcessHandle, run: RunRecord): void {
    this.#handle = handle
    this.#log = openOutputLog(handle.logFile, { limitBytes: this.#host.node.logLimitBytes })
    void handle.exited
      .then((exit) => this.#onExit(exit, run))
      .catch((error: unknown) => this.#host.node.log.error({ err: error }, 'container end was not recorded'))
    this.#startProbers(run)
    for (const ms of lookForPortsAfter) this.#later(ms, () => this.#lookForPorts())
  }

  async #onExit(exit: ProcessExit, run: RunRecord): Promise<void> {
    if (this.record.run !== run) return
    this.#log?.close()
    const exitCode = exit.code ?? 137
    const message = await terminationMessage(this.container, this.#root, exitCode, this.#log)
    this.#finish({
      exitCode,
      finishedAt: exit.finishedAt,
      ...(exit.code === undefined
        ? { reason: 'ContainerStatusUnknown', message: 'The container could not be located when the pod was terminated' }
        : { reason: exitCode === 0 ? 'Completed' : 'Error', ...(message ? { message } : {}) }),
    })
  }

  #finish(finished: NonNullable<RunRecord['finished']>): void {
    const { run } = this.record
    if (run === undefined || run.finished) return
    this.release()
    this.#ending = undefined
    this.#isHookRunning = false
    run.finished = finished
    this.#host.save()
    this.#host.wake()
  }

  #planSimulation(run: RunRecord): void {
    const { clock } = this.#host.node
    const { started, ready } = simulatedReadyAt(this.container, run.startedAt)
    const end = simulatedEnd(this.#host.pod(), this.role, run.startedAt)
    const finish = () => this.#finish({ exitCode: 0, finishedAt: end ?? clock.now(), reason: 'Completed', message: 'simulated' })
    if (end !== undefined && end <= clock.now()) return finish()
    for (const time of new Set([started, ready])) if (time > clock.now()) this.#later(time - clock.now(), () => this.#host.wake())
    if (end !== undefined) this.#later(end - clock.now(), finish)
  }

  #startProbers(run: RunRecord): void {
    if (this.role === 'init' || this.#ending || this.record.run !== run) return
    const { startupProbe, livenessProbe, readinessProbe } = this.container
    const isStartupOver = startupProbe === undefined || this.#probers.get('startup')?.verdict === true || this.#wasReady
    if (!isStartupOver) return this.#addProber('startup', startupProbe, run)
    if (startupProbe && !this.#probers.has('startup')) this.#addProber('startup', startupProbe, run)
    if (readinessProbe) this.#addProber('readiness', readinessProbe, run)
    if (livenessProbe) this.#addProber('liveness', livenessProbe, run)
  }

  #addProber(kind: ProbeKind, probe: Probe, run: RunRecord): void {
    if (this.#probers.has(kind)) return
    const { clock } = this.#host.node
    const label = `${kind[0]?.toUpperCase() ?? ''}${kind.slice(1)}`
    const prober = startProber({
      clock,
      kind,
      probe,
      startedAt: run.startedAt,
      before: this.#wasReady && kind !== 'liveness' ? true : undefined,
      check: (timeoutMs) => checkProbe(probe, this.#target(), timeoutMs),
      onFailure: (message) => {
        this.#lookForPorts()
        this.#host.event('Warning', 'Unhealthy', `${label} probe failed: ${message}`)
      },
      onVerdict: (isSuccess) => {
        if (kind === 'startup' && isSuccess) this.#startProbers(run)
        if (kind !== 'readiness' && !isSuccess) {
          const graceMs = (probe.terminationGracePeriodSeconds ?? this.#host.pod().spec.terminationGracePeriodSeconds ?? 30) * 1000
          this.stop(clock.now() + graceMs, `Container ${this.container.name} failed ${kind} probe, will be restarted`)
        }
        this.#host.wake()
      },
    })
    this.#probers.set(kind, prober)
  }

  #target(): ProbeTarget {
    return {
      podIP: this.#host.podIP,
      addressOf: (port) => {
        const containerPort = containerPortOf(this.container, port)
        const address = containerPort === undefined ? undefined : this.addressOf(containerPort)
        return address && containerPort !== undefined ? { ...address, containerPort } : undefined
      },
      run: async (command, signal) => {
        const place = await this.place(command)
        if ('problem' in place) throw new Error(place.problem)
        return runCommand(place, signal)
      },
    }
  }

  #stopProbers(): void {
    for (const prober of this.#probers.values()) prober.stop()
    this.#probers.clear()
  }

  #lookForPorts(): void {
    if (this.#handle === undefined || !this.isRunning || this.isSimulated) return
    const given = Object.values(this.record.ports)
    // Once it listens where it was told to there is nothing more to find out.
    if (given.length > 0 && given.every((port) => this.#listening.has(port))) return
    this.#listening = listeningPorts(this.#handle.pid)
  }

  #runPostStart(run: RunRecord): void {
    const hook = this.container.lifecycle?.postStart
    if (hook === undefined) return
    this.#isHookRunning = true
    void this.#runHook(hook, 60_000).then((problem) => {
      if (this.record.run !== run || !this.isRunning) return
      this.#isHookRunning = false
      if (problem !== undefined) {
        this.#host.event('Warning', 'FailedPostStartHook', `PostStartHook failed: ${problem}`)
        this.stop(this.#host.node.clock.now() + leastGraceMs, `FailedPostStartHook`, { withoutHook: true })
      }
      this.#host.wake()
    })
  }

  async #runPreStop(hook: LifecycleHandler): Promise<void> {
    const { clock } = this.#host.node
    const ending = this.#ending
    const problem = await this.#runHook(hook, Math.max((ending?.deadline ?? 0) - clock.now(), 1))
    if (this.#ending !== ending || ending === undefined) return
    if (problem !== undefined) this.#host.event('Warning', 'FailedPreStopHook', `PreStopHook failed: ${problem}`)
    ending.deadline = Math.max(ending.deadline, clock.now() + leastGraceMs)
    this.#armKill()
    this.#terminate()
  }

  /** What went wrong, or undefined. */
  async #runHook(hook: LifecycleHandler, timeoutMs: number): Promise<string | undefined> {
    if (hook.sleep) {
      const ms = Math.min(hook.sleep.seconds * 1000, timeoutMs)
      await new Promise<void>((resolve) => this.#later(ms, resolve))
      return undefined
    }
    const result = await checkProbe(hook, this.#target(), timeoutMs).catch((error: Error) => ({
      ok: false as const,
      message: error.message,
    }))
    return result.ok ? undefined : result.message
  }

  #terminate(): void {
    if (this.#ending) this.#ending.isSignalled = true
    this.#handle?.signal('SIGTERM')
  }

  #armKill(): void {
    const ending = this.#ending
    if (ending === undefined) return
    ending.kill?.cancel()
    ending.kill = this.#host.node.clock.setTimeout(
      () => this.#handle?.signal('SIGKILL'),
      Math.max(ending.deadline - this.#host.node.clock.now(), 0),
    )
  }

  #later(ms: number, run: () => void): void {
    const timer = this.#host.node.clock.setTimeout(() => {
      this.#timers.delete(timer)
      run()
    }, ms)
    this.#timers.add(timer)
  }
}
