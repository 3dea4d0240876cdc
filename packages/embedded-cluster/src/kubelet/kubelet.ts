import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { cpus, totalmem } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import {
  KubeApiError,
  systemClock,
  type CacheChange,
  type ClusterCache,
  type Clock,
  type KubeClient,
  type KubeObject,
} from '@plimsoll/kube'
import type { Logger } from 'pino'
import type { ClusterPart, NodeAgent, PortResolver } from '../contract.ts'
import { createEventRecorder } from '../controllers/machinery/event-recorder.ts'
import { attachTo } from './attached-session.ts'
import { startSession } from './command-session.ts'
import { configNamesOf, createConfigReader } from './config-reader.ts'
import type { ServiceAddress } from './container-environment.ts'
import { readContainerLog } from './container-log.ts'
import { createHostPorts } from './host-ports.ts'
import type { NodeContext } from './node-context.ts'
import { createNodeRegistration } from './node-registration.ts'
import type { Pod } from './pod.ts'
import { createAddressPool } from './pod-addresses.ts'
import type { PodContainer } from './pod-container.ts'
import { openPodRecords, type PodRecord } from './pod-record.ts'
import { podOfRecord, PodWorker } from './pod-worker.ts'
import { kubeletBackoff, type BackoffLimits } from './restart-backoff.ts'
import { reclaimVolume } from './volumes/reclaim-volume.ts'

export interface KubeletOptions {
  client: KubeClient
  cache: ClusterCache
  clock?: Clock
  log: Logger
  /** The cluster's own directory; pods live in `kubelet/pods`, persistent volume claims in `kubelet/claims` below it. */
  dataDir: string
  nodeName: string
  /** Where processes listen. Default 127.0.0.1. */
  hostIP?: string
  /** Shorter ones are for tests. */
  backoff?: BackoffLimits
  /** How long containers may take to end when the cluster is stopped, whatever their own grace. Default 10 s. */
  shutdownGraceMs?: number
  /** Folders of this machine that pods may mount by hostPath. Default: none. */
  allowedHostPaths?: string[]
  /** Bytes of a container's log before it is cut; twice this is kept. Default 10 MiB. */
  logLimitBytes?: number
  /** Where a port of a Service is reached from this machine, for NAME_SERVICE_HOST and _PORT. */
  serviceAddress?: (namespace: string, name: string, port: number) => ServiceAddress
  /** For projected service account tokens; without it they are left out. */
  serviceAccountToken?: (pod: Pod, audience: string | undefined, expirationSeconds: number) => Promise<string | undefined>
}

export type Kubelet = ClusterPart & NodeAgent & PortResolver

const podKind = { group: '', kind: 'Pod' }

/**
 * The node: runs the pods that are bound to it as processes of this machine.
 * `stop` ends all of them; after a crash they go on, and the next kubelet on the same `dataDir` takes them over.
 */
export function createKubelet(options: KubeletOptions): Kubelet {
  const { client, cache, log, nodeName } = options
  const clock = options.clock ?? systemClock
  const hostIP = options.hostIP ?? '127.0.0.1'
  const folder = join(options.dataDir, 'kubelet')
  const claimsFolder = join(folder, 'claims')
  const machine = { cpus: cpus().length, memoryBytes: totalmem() }
  const workers = new Map<string, PodWorker>()
  /** By `NAMESPACE/NAME`; of two pods with one name, the newer. */
  const workersByName = new Map<string, PodWorker>()
  const events = createEventRecorder({ client, clock, component: 'kubelet', host: nodeName })
  const registration = createNodeRegistration({ client, clock, log, nodeName, hostIP, machine })
  let node: NodeContext | undefined
  let unsubscribe = () => {}
  let isStopping = false

  async function start(): Promise<void> {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const podType = await client.typeOf('v1', 'Pod')
    if (podType === undefined) throw new Error('the cluster does not serve pods')
    node = {
      client,
      clock,
      log,
      events,
      machine,
      podType,
      hostIP,
      reader: createConfigReader(client, cache),
      records: openPodRecords(join(folder, 'pods')),
      addresses: createAddressPool(),
      hostPorts: createHostPorts(),
      backoff: options.backoff ?? kubeletBackoff,
      claimsFolder,
      allowedHostPaths: options.allowedHostPaths ?? [],
      logLimitBytes: options.logLimitBytes ?? 10 * 1024 * 1024,
      machineEnv: machineEnvironment(),
      serviceAddress: options.serviceAddress ?? (() => undefined),
      serviceAccountToken: options.serviceAccountToken,
      observe: (pod) => cache.observe(pod),
    }
    await registration.start()
    const records = new Map(node.records.all().map((record) => [record.uid, record]))
    for (const record of records.values()) node.addresses.claim(record.podIP)
    unsubscribe = cache.subscribe(onChange)
    for (const pod of cache.ofKind(podKind)) consider(pod as Pod, records)
    for (const [uid, record] of records) if (!workers.has(uid)) await endOrphan(node, record)
  }

  /** Only what the API itself denies is an orphan; a cache may be behind. */
  async function endOrphan(context: NodeContext, record: PodRecord): Promise<void> {
    const pod = await client.get(context.podType, { namespace: record.namespace, name: record.name })
    if (workers.has(record.uid)) return
    if (pod?.metadata.uid === record.uid) return addWorker(context, pod as Pod, record)
    addWorker(context, podOfRecord(record), record)
    workers.get(record.uid)?.remove()
  }

  function addWorker(context: NodeContext, pod: Pod, record: PodRecord | undefined): void {
    const uid = pod.metadata.uid ?? ''
    const name = `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`
    const worker: PodWorker = new PodWorker(context, pod, record, () => {
      workers.delete(uid)
      if (workersByName.get(name) === worker) workersByName.delete(name)
    })
    workers.set(uid, worker)
    workersByName.set(name, worker)
    worker.wake()
  }

  function consider(pod: Pod, records?: ReadonlyMap<string, PodRecord>): void {
    const { uid } = pod.metadata
    if (node === undefined || isStopping || uid === undefined || pod.spec?.nodeName !== nodeName) return
    try {
      const known = workers.get(uid)
      if (known) known.update(pod)
      else addWorker(node, pod, records?.get(uid))
    } catch (error) {
      // One pod that nobody can make sense of must not stop the others.
      log.error({ err: error, namespace: pod.metadata.namespace, pod: pod.metadata.name }, 'pod could not be taken in')
    }
  }

  function onChange({ key, previous, current }: CacheChange): void {
    if (key.group !== '') return
    if (key.kind === 'Pod') {
      const before = previous?.metadata.uid
      if (before !== undefined && before !== current?.metadata.uid) workers.get(before)?.remove()
      if (current) consider(current as Pod)
    } else if (key.kind === 'PersistentVolume' && previous !== undefined && current === undefined) {
      reclaimVolume(previous, { client, claimsFolder }).catch((error: unknown) =>
        log.warn({ err: error, volume: key.name }, 'the data of a deleted volume is still there'),
      )
    } else if (key.kind === 'ConfigMap' || key.kind === 'Secret' || key.kind === 'PersistentVolumeClaim') {
      const name = `${key.kind}/${key.name}`
      for (const worker of workers.values()) {
        if (worker.pod().metadata.namespace === key.namespace && configNamesOf(worker.pod()).has(name)) worker.refresh()
      }
    }
  }

  async function stop(): Promise<void> {
    isStopping = true
    unsubscribe()
    registration.stop()
    const deadline = clock.now() + (options.shutdownGraceMs ?? 10_000)
    await Promise.all([...workers.values()].map((worker) => worker.shutDown(deadline)))
    for (const worker of workers.values()) worker.release()
    await events.flush()
  }

  function workerOf(pod: KubeObject): PodWorker {
    const worker = workers.get(pod.metadata.uid ?? '')
    if (worker === undefined) throw new KubeApiError(404, 'NotFound', `pod ${pod.metadata.name} is not on node ${nodeName} (yet)`)
    return worker
  }

  function containerOf(pod: KubeObject, wanted: string | undefined): PodContainer {
    const { name, annotations } = pod.metadata
    const all = workerOf(pod).containers()
    const mains = all.filter(({ role }) => role === 'main')
    const choice =
      wanted || annotations?.['kubectl.kubernetes.io/default-container'] || (mains.length === 1 ? mains[0]?.container.name : undefined)
    if (choice === undefined) {
      const names = (role: boolean) => all.filter((it) => (it.role === 'main') === role).map((it) => it.container.name)
      const inits = names(false).length > 0 ? ` or one of the init containers: [${names(false).join(' ')}]` : ''
      throw new KubeApiError(
        400,
        'BadRequest',
        `a container name must be specified for pod ${name}, choose one of: [${names(true).join(' ')}]${inits}`,
      )
    }
    const found = all.find(({ container }) => container.name === choice)
    if (found === undefined) throw new KubeApiError(400, 'BadRequest', `container ${choice} is not valid for pod ${name}`)
    return found
  }

  return {
    name: 'kubelet',
    start,
    stop,

    logs(pod, logOptions) {
      return Promise.resolve().then(() => {
        const container = containerOf(pod, logOptions.container)
        const { name } = container.container
        const open = container.openLog(logOptions.previous === true)
        if (open === undefined) {
          if (logOptions.previous)
            throw new KubeApiError(400, 'BadRequest', `previous terminated container "${name}" in pod "${pod.metadata.name}" not found`)
          const reason = container.view('ContainerCreating').state.waiting?.reason ?? 'ContainerCreating'
          throw new KubeApiError(400, 'BadRequest', `container "${name}" in pod "${pod.metadata.name}" is waiting to start: ${reason}`)
        }
        return readContainerLog(open.log, logOptions, clock.now())
      })
    },

    async exec(pod, execOptions) {
      const container = containerOf(pod, execOptions.container)
      if (!container.isRunning) throw new KubeApiError(400, 'BadRequest', `container ${container.container.name} is not running`)
      if (container.isSimulated) {
        throw new KubeApiError(
          400,
          'BadRequest',
          `container ${container.container.name} is simulated: it has no command that could run on this node`,
        )
      }
      const place = await container.place(execOptions.command)
      if ('problem' in place) throw new KubeApiError(500, 'InternalError', place.problem)
      return startSession(place, execOptions.tty)
    },

    attach: (pod, execOptions) =>
      Promise.resolve().then(() => attachTo(containerOf(pod, execOptions.container), execOptions, pod.metadata.name, clock.now())),

    async connect(pod, port) {
      const address = addressIn(workerOf(pod), port)
      if (address === undefined) throw new KubeApiError(400, 'BadRequest', `pod ${pod.metadata.name} has no process behind port ${port}`)
      return new Promise((resolve, reject) => {
        const socket = connect(address.port, address.host, () => {
          socket.removeListener('error', reject)
          resolve(socket)
        })
        socket.once('error', reject)
      })
    },

    addressOf(ref, containerPort) {
      const worker = workersByName.get(`${ref.namespace ?? ''}/${ref.name}`)
      return worker && !worker.isGone ? addressIn(worker, containerPort) : undefined
    },
  }
}

function addressIn(worker: PodWorker, containerPort: number): { host: string; port: number } | undefined {
  for (const container of worker.containers()) {
    const address = container.addressOf(containerPort)
    if (address) return address
  }
  // A Service may name a port that no container does.
  for (const container of worker.containers()) {
    const address = container.unnamedAddress()
    if (address) return address
  }
  return undefined
}

/** What a process needs to find the programs of this machine, `node` above all. Nothing else of our own environment. */
function machineEnvironment(): Record<string, string> {
  const own = process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'
  const nodeFolder = dirname(process.execPath)
  const env: Record<string, string> = { PATH: own.split(delimiter).includes(nodeFolder) ? own : `${own}${delimiter}${nodeFolder}` }
  for (const name of ['LANG', 'TZ', 'TMPDIR', 'SSL_CERT_FILE']) if (process.env[name] !== undefined) env[name] = process.env[name]
  return env
}
