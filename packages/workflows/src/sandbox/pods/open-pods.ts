import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Duplex } from 'node:stream'
import type { Sandboxes } from '../probe.ts'
import { openPod, type PodsContext } from './open-pod.ts'
import type { PodCluster } from './pod-cluster.ts'
import { labels } from './pod-labels.ts'
import { podScripts } from './pod-scripts.ts'

export interface PodsOptions {
  cluster: PodCluster
  /** Of jobs that name none. */
  image?: string
  /** Merged over each pod (strategic merge patch of a Pod): node selectors, tolerations, pull secrets, resources. */
  template?: Record<string, unknown>
  /** Where pods reach the server. Undefined: through their own connection, without any way from the cluster to the server. */
  serverUrl?: string
  /** How long a pod may take until its first step. Default 10 min. */
  startMs?: number
  /** How long a job outlives that its pod cannot be reached. Default 5 min. */
  lostAfterMs?: number
}

interface Surroundings {
  options: PodsOptions
  /** Of runs: here it is kept who we are. */
  dataDir: string
  memoryBytes: number
  diskBytes: number
  serverUrl(): string
  connect?: () => Duplex
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
}

export const defaultImage = 'node:22-bookworm'
const minute = 60_000
/** Jobs wait so long for that what is left of others is gone. */
const cleaningMs = 10_000

/** Pods for jobs. What a start of this server before has left in the cluster is deleted, as soon as the cluster answers. */
export async function openPodSandboxes({ options, dataDir, log, ...rest }: Surroundings): Promise<Sandboxes> {
  const { cluster } = options
  const server = await installation(join(dataDir, 'pods-of'))
  const start = randomBytes(6).toString('hex')
  const connect = options.serverUrl === undefined ? rest.connect : undefined
  const context: PodsContext = {
    cluster,
    namespace: cluster.namespace,
    image: options.image ?? defaultImage,
    server,
    start,
    memoryBytes: rest.memoryBytes,
    diskBytes: rest.diskBytes,
    startMs: options.startMs ?? 10 * minute,
    lostAfterMs: options.lostAfterMs ?? 5 * minute,
    scripts: await podScripts(),
    ...(options.template && { template: options.template }),
    ...(connect && { connectToServer: connect }),
    serverUrl: () => rest.serverUrl(),
    ...(options.serverUrl !== undefined && { stepsServerUrl: options.serverUrl }),
    log,
  }
  const closed = new AbortController()
  const cleaned = removeLeftovers()

  async function removeLeftovers(): Promise<void> {
    for (let attempt = 0; !closed.signal.aborted; attempt++) {
      try {
        const left = await cluster.list(`${labels.server}=${server},${labels.start}!=${start}`)
        for (const pod of left) await cluster.delete(pod)
        if (left.length > 0) log.info({ pods: left.map(({ metadata }) => metadata.name) }, 'pods of jobs that were left behind are deleted')
        return
      } catch (error) {
        if (attempt === 0) log.warn({ error: String(error) }, 'the cluster could not be asked yet for pods that were left behind')
        await wait(Math.min(minute, 2000 * 2 ** Math.min(attempt, 6)), undefined, { signal: closed.signal }).catch(() => undefined)
      }
    }
  }

  return {
    isolation: 'pod',
    async open(request) {
      // What is run again must not meet what was left of it.
      await Promise.race([cleaned, aborted(request.signal), wait(cleaningMs, undefined, { ref: false })])
      return openPod(context, request)
    },
    close: () => closed.abort(),
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(signal.reason as Error)
    if (signal.aborted) fail()
    else signal.addEventListener('abort', fail, { once: true })
  })
}

/** By which our pods are told from those of others in the same namespace: made once, and kept. */
async function installation(file: string): Promise<string> {
  const made = randomBytes(8).toString('hex')
  await writeFile(file, made, { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const kept = await readFile(file, 'utf8')
  if (!/^[0-9a-f]{16}$/.test(kept)) throw new Error(`${file} does not hold the name of this installation: delete it.`)
  return kept
}
