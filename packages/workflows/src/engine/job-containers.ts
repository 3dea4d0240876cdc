import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StepFailure } from '../actions/action-call.ts'
import type { JobLimits } from '../job/job-spec.ts'
import type { ValueMap } from '../language/contract.ts'
import type { LineKind } from '../log/job-log.ts'
import { type Usage, usageOf } from '../sandbox/usage.ts'
import { mapOf } from '../step/values.ts'
import { printLogs } from './container-facts.ts'
import { confinement, labels, variables, type Variables } from './create-arguments.ts'
import { askEngine, type ContainerEngine, describeEngine, whyOf } from './engine.ts'
import { giveBack } from './give-back.ts'
import type { ImageCall } from './images.ts'
import { jobLabel, removeLabelled } from './left-behind.ts'
import type { EngineSource } from './probe-engine.ts'
import type { SayLine } from './say-lines.ts'

export interface JobContainersOptions {
  engines: EngineSource
  jobId: string
  /** Of the job, not shown to steps. */
  folder: string
  /** By whose name the workspace goes. */
  repository: string
  limits: JobLimits
  isOutside: boolean
  /** The operator lets runs from outside use an engine that runs as root. */
  outsideContainers: boolean
}

/** Where lines go, and what ends the work. */
export interface Telling {
  say(text: string, kind?: LineKind): void
  /** What an engine or a container prints. */
  readonly line: SayLine
  signal: AbortSignal
}

/** The container that the steps of a job run in. */
export interface StepsContainer {
  readonly engine: ContainerEngine
  readonly id: string
  readonly image: string
  /** What the workflow has set for it, and where it looks for programs. */
  readonly env: ReadonlyMap<string, string>
  readonly path: string
}

export interface Service {
  readonly name: string
  readonly id: string
  readonly image: string
  /** The container's to those where steps meet them. */
  readonly ports: readonly (readonly [string, string])[]
  hasFailed: boolean
}

/** One that is only being started has no process yet. */
const watchTries = 100
const watchEveryMs = 100

/** All that one job has of containers. Nothing is asked of an engine before something is needed. */
export class JobContainers {
  readonly options: JobContainersOptions
  /** Undefined until it is started, and when steps run on the machine. */
  steps: StepsContainer | undefined
  readonly services: Service[] = []
  /** Of services, by the names that they have on the network. */
  readonly addresses: [string, string][] = []
  readonly #images = new Set<string>()
  readonly #watched = new Set<number>()
  readonly #closing = new AbortController()
  #engine: ContainerEngine | undefined
  #network: string | undefined
  #closed: Promise<string[]> | undefined

  constructor(options: JobContainersOptions) {
    this.options = options
  }

  /** `job.container` and `job.services`. */
  get contexts(): [string, ValueMap][] {
    const network = this.#network
    if (network === undefined) return []
    const container = mapOf([...(this.steps ? [['id', this.steps.id] as const] : []), ['network', network]])
    const services = this.services.map(({ name, id, ports }) => [name, mapOf([['id', id], ['network', network], ['ports', mapOf(ports)]])] as const) // prettier-ignore
    return [['container', container], ...(services.length > 0 ? [['services', mapOf(services)] as [string, ValueMap]] : [])]
  }

  /** Aborted when all of it ends. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /** Throws `StepFailure` where there is none, or not for this run. `what` begins the sentence. */
  async need(what: string): Promise<ContainerEngine> {
    if (this.#engine) return this.#engine
    const found = await this.options.engines.get()
    if ('why' in found)
      throw new StepFailure(
        `${what}, and there is no container engine for jobs on this machine (${found.why}). Install Docker or Podman, or name one with --container-engine.`,
      )
    const { engine } = found
    if (this.options.isOutside && engine.confinedBy === undefined && !this.options.outsideContainers)
      throw new StepFailure(
        `${what}. This run is from outside, and ${describeEngine(engine)}, is no place for it: what broke out of a container would be root here. Use a rootless engine, or let such runs have this one with --outside-containers.`,
      )
    return (this.#engine = engine)
  }

  /** Of this job alone. */
  async network(): Promise<string> {
    if (this.#network !== undefined) return this.#network
    const engine = await this.need('The job needs a network')
    const name = `plimsoll-${randomUUID().replaceAll('-', '').slice(0, 16)}`
    // Docker keeps networks apart by itself.
    const apart = engine.kind === 'podman' ? ['--opt=isolate=true'] : []
    const made = await askEngine(engine, ['network', 'create', ...apart, ...this.labels(engine), name], { signal: this.closing })
    if (made.code !== 0) throw new StepFailure(`A network for the job's containers could not be made: ${whyOf(made)}.`)
    return (this.#network = name)
  }

  labels(engine: ContainerEngine): string[] {
    return labels(engine, this.options.jobId)
  }

  /** Arguments of every container of the job, whatever it is for. Options of the workflow come after them. */
  async common(engine: ContainerEngine, image: string): Promise<string[]> {
    this.#images.add(image)
    return [
      '--pull=never',
      ...this.labels(engine),
      `--network=${await this.network()}`,
      ...confinement(engine, this.options.limits),
      // Not every engine knows names on its networks: Podman needs a plug-in for it.
      ...this.addresses.map(([name, address]) => `--add-host=${name}:${address}`),
    ]
  }

  imageCall(engine: ContainerEngine, telling: Telling): ImageCall {
    const { folder, isOutside } = this.options
    return {
      engine,
      folder,
      isOutside,
      say: (text) => telling.say(text),
      line: telling.line,
      signal: AbortSignal.any([telling.signal, this.closing]),
    }
  }

  /** Has a container looked at, where the engine itself keeps it to no limit. */
  async watch(engine: ContainerEngine, id: string): Promise<void> {
    if (engine.keeps.memory && engine.keeps.processes) return
    for (let tries = 0; tries < watchTries && !this.closing.aborted; tries++) {
      const { code, stdout } = await askEngine(engine, ['inspect', '--type=container', '--format={{.State.Pid}}', id])
      const pid = code === 0 ? Number(stdout.trim()) : 0
      if (pid > 0) return void this.#watched.add(pid)
      await sleep(watchEveryMs)
    }
  }

  /** Of those that are looked at. */
  usage(): Usage {
    const sum = { processes: 0, memoryBytes: 0 }
    for (const pid of this.#watched) {
      const usage = usageOf(pid)
      if (!usage) this.#watched.delete(pid)
      sum.processes += usage?.processes ?? 0
      sum.memoryBytes += usage?.memoryBytes ?? 0
    }
    return sum
  }

  /** As `variables`, and told of what is left out. */
  variables(env: ReadonlyMap<string, string>, telling: Pick<Telling, 'say'>): Variables {
    const folder = join(this.options.folder, 'variables')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const given = variables(env, folder)
    if (given.leftOut.length > 0)
      telling.say(`Not handed to the container, because they have several lines: ${given.leftOut.join(', ')}. Give them as inputs, or encoded.`, 'warning') // prettier-ignore
    return given
  }

  /** At the end of the job: what services have said, and then nothing is left. */
  async stop(telling: Omit<Telling, 'signal'>): Promise<void> {
    const engine = this.#engine
    if (!engine || this.closing.aborted) return
    for (const { name, id, hasFailed } of this.services) {
      if (hasFailed) continue
      telling.say(`Print service container logs: ${name}`, 'group')
      await printLogs(engine, id, telling.line)
      telling.say('', 'endgroup')
    }
    for (const { image } of [...(this.steps ? [this.steps] : []), ...this.services]) telling.say(`Stop and remove container: ${image}`)
    if (this.#network !== undefined) telling.say(`Remove container network: ${this.#network}`)
    for (const problem of await this.close()) telling.say(problem, 'warning')
  }

  /** Removes all that the job has made of an engine, at once. Never rejects; gives what could not be removed. */
  close(): Promise<string[]> {
    return (this.#closed ??= this.#remove())
  }

  async #remove(): Promise<string[]> {
    this.#closing.abort()
    const engine = this.#engine
    if (!engine) return []
    const { jobId, folder, limits } = this.options
    const job = { images: this.#images, labels: this.labels(engine), limits }
    return removeLabelled(engine, jobLabel(engine.instance, jobId), () => giveBack(engine, folder, job))
  }
}
