import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { KubeApiError, KubeConnectionError, type KubeObject } from '@plimsoll/kube'
import type { PodCluster } from '../sandbox/pods/pod-cluster.ts'

interface Container {
  name: string
  image: string
  command?: string[]
  env?: { name: string; value: string }[]
  volumeMounts?: { mountPath: string }[]
}

interface RunningPod {
  object: KubeObject
  folder: string
  process: ChildProcess
  bridges: Set<ChildProcess>
}

/** A cluster whose pods are real processes of their manifests, with folders in the place of mounts, and whose faults a test decides. */
export class PodsForTests implements PodCluster {
  readonly namespace = 'ci'
  readonly pods = new Map<string, RunningPod>()
  /** All that were ever made, as they were asked for. */
  readonly made: KubeObject[] = []
  /** Over the status that a pod has: what its cluster says of it. */
  status: (pod: KubeObject) => object | undefined = () => undefined
  /** Nothing answers. */
  isAway = false
  /** Thrown at the next creation, before or after it has its effect. */
  refuses: { error: Error; isMade?: boolean }[] = []
  /** Pods start, and nobody gets in. */
  isShut = false
  connections = 0
  readonly #ending: Promise<void>[] = []

  prepare(): Promise<void> {
    return this.#answer(undefined)
  }

  async create(pod: KubeObject): Promise<KubeObject> {
    await this.#answer(undefined)
    const refused = this.refuses.shift()
    if (refused && refused.isMade !== true) throw refused.error
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-pod-'))
    const main = this.#main(pod)
    for (const { mountPath } of main.volumeMounts ?? []) mkdirSync(join(folder, mountPath), { recursive: true })
    const [program = '', ...args] = main.command ?? []
    const child = spawn(program, args, { cwd: '/', env: this.#env(pod, folder), detached: true, stdio: ['ignore', 'ignore', 'inherit'] })
    const object = { ...pod, metadata: { ...pod.metadata, uid: folder } }
    this.made.push(object)
    this.pods.set(pod.metadata.name, { object, folder, process: child, bridges: new Set() })
    if (refused) throw refused.error
    return object
  }

  async get(name: string): Promise<KubeObject | undefined> {
    await this.#answer(undefined)
    const pod = this.pods.get(name)
    if (!pod) return undefined
    const { process: child, object } = pod
    const code = child.exitCode ?? (child.signalCode === null ? undefined : 137)
    const { containers } = object['spec'] as { containers: Container[] }
    const state = code === undefined ? { running: {} } : { terminated: { exitCode: code, reason: 'Error' } }
    const containerStatuses = containers.map((one) => ({ name: one.name, ready: true, containerID: 'containerd://1', state }))
    return { ...object, status: { phase: code === undefined ? 'Running' : 'Failed', containerStatuses, ...this.status(object) } }
  }

  async list(labelSelector: string): Promise<KubeObject[]> {
    await this.#answer(undefined)
    const wanted = labelSelector.split(',').map((one) => one.split(/(!?=)/))
    return [...this.pods.values()]
      .map(({ object }) => object)
      .filter(({ metadata }) => wanted.every(([key = '', sign, value]) => (metadata.labels?.[key] === value) === (sign === '=')))
  }

  async delete({ metadata }: KubeObject): Promise<void> {
    await this.#answer(undefined)
    this.kill(metadata.name)
  }

  async connect(name: string, _container: string, command: readonly string[]): Promise<Duplex> {
    await this.#answer(undefined)
    const pod = this.pods.get(name)
    if (!pod) throw new KubeApiError(404, 'NotFound', `pods "${name}" not found`)
    if (this.isShut) await new Promise(() => undefined)
    this.connections++
    const child = spawn(command[0] ?? '', command.slice(1), {
      cwd: '/',
      env: this.#env(pod.object, pod.folder),
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    pod.bridges.add(child)
    const stream = Duplex.from({ readable: child.stdout, writable: child.stdin })
    child.stdin.on('error', () => undefined)
    child.once('exit', () => stream.destroy())
    stream.once('close', () => child.kill())
    stream.on('error', () => undefined)
    return stream
  }

  /** Every connection into a pod breaks. */
  drop(): void {
    for (const { bridges } of this.pods.values()) for (const bridge of bridges) bridge.kill('SIGKILL')
  }

  kill(name: string): void {
    const pod = this.pods.get(name)
    this.pods.delete(name)
    if (!pod) return
    for (const bridge of pod.bridges) bridge.kill('SIGKILL')
    this.#ending.push(this.#end(pod))
  }

  async close(): Promise<void> {
    for (const name of this.pods.keys()) this.kill(name)
    await Promise.all(this.#ending)
  }

  async #end({ process: child, folder }: RunningPod): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) {
      // The agent ends what it has started.
      child.kill('SIGTERM')
      await new Promise((resolve) => child.once('exit', resolve))
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }

  async #answer<T>(value: T): Promise<T> {
    await new Promise((resolve) => setImmediate(resolve))
    if (this.isAway) throw new KubeConnectionError('The cluster at https://ci refuses connections.')
    return value
  }

  #main(pod: KubeObject): Container {
    const [main] = (pod['spec'] as { containers: Container[] }).containers
    if (!main) throw new Error('a pod without containers')
    return main
  }

  #env(pod: KubeObject, folder: string): Record<string, string> {
    const { env = [], volumeMounts = [] } = this.#main(pod)
    const isMount = (value: string): boolean => volumeMounts.some(({ mountPath }) => value === mountPath)
    const plain = (value: string): string => value.replaceAll('$$', () => '$')
    return {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      IMAGE_SETS: 'this',
      ...Object.fromEntries(env.map(({ name, value }) => [name, isMount(value) ? join(folder, value) : plain(value)])),
    }
  }
}
