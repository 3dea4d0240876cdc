import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LaunchedCluster, launchCluster } from '@plimsoll/embedded-cluster'

export interface ClusterAnswer {
  status: number
  headers: IncomingHttpHeaders
  bytes: Buffer
  /** The body as JSON; an object without fields where it is none. */
  body: LooseObject
}

/** An object as a test reads it; what is not there is undefined. */
export interface LooseObject {
  apiVersion?: string
  kind?: string
  metadata: {
    name: string
    namespace?: string
    uid?: string
    resourceVersion: string
    generation?: number
    continue?: string
    labels?: Record<string, string>
    annotations?: Record<string, string>
    managedFields?: { manager: string; operation: string; subresource?: string }[]
    [field: string]: unknown
  }
  items: LooseObject[]
  data?: Record<string, string>
  // What else an object has depends on its kind: the test that made it knows.
  spec?: Record<string, unknown>
  status?: unknown
  message?: string
  reason?: string
  details?: { causes?: { field?: string; reason?: string; message?: string }[]; retryAfterSeconds?: number }
  [field: string]: unknown
}

export interface ClusterEvent {
  type: string
  object: LooseObject
}

export interface ClusterWatch {
  /** Everything so far. */
  events: ClusterEvent[]
  /** Resolves when the stream has ended, by whomever. */
  ended: Promise<void>
  /** Begins to read one that was opened paused. */
  read(): void
  stop(): void
}

/** An embedded cluster alone, with a directory that goes with it, and the plainest of clients. */
export interface TestCluster {
  dataDir: string
  kubeconfig: string
  pid: number
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ClusterAnswer>
  /** Resolves when the server has begun to answer. */
  watch(path: string, options?: { paused?: boolean }): Promise<ClusterWatch>
  /** kill -9, and nothing else. */
  kill(): Promise<void>
  /** Starts it again where it was. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export const applyType = { 'Content-Type': 'application/apply-patch+yaml' }
export const mergeType = { 'Content-Type': 'application/merge-patch+json' }

export async function startCluster(): Promise<TestCluster> {
  const dataDir = mkdtempSync(join(tmpdir(), 'plimsoll-cluster-'))
  let launched: LaunchedCluster = await launchCluster({ dataDir })
  const agent = new Agent({ keepAlive: true, maxSockets: 100 })
  const access = (): { token: string; ca: Buffer } => {
    const config = JSON.parse(readFileSync(launched.kubeconfig, 'utf8')) as {
      clusters: { cluster: { 'certificate-authority-data': string } }[]
      users: { user: { token: string } }[]
    }
    return {
      token: config.users[0]?.user.token ?? '',
      ca: Buffer.from(config.clusters[0]?.cluster['certificate-authority-data'] ?? '', 'base64'),
    }
  }
  const { token, ca } = access()

  return {
    dataDir,
    get kubeconfig() {
      return launched.kubeconfig
    },
    get pid() {
      return launched.pid
    },
    call: (method, path, body, headers = {}) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
        const asked = request(
          `${launched.apiUrl}${path}`,
          {
            method,
            ca,
            agent,
            headers: {
              authorization: `Bearer ${token}`,
              'user-agent': 'clients-test/1.0',
              ...(text !== undefined && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
              ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
            },
          },
          (response) => {
            const chunks: Buffer[] = []
            response.on('data', (chunk: Buffer) => chunks.push(chunk))
            response.on('error', reject)
            response.on('end', () => {
              const bytes = Buffer.concat(chunks)
              const isJson = String(response.headers['content-type']).startsWith('application/json') && bytes.length > 0
              const value = (isJson ? JSON.parse(bytes.toString('utf8')) : {}) as LooseObject
              resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, body: value })
            })
          },
        )
        asked.on('error', reject)
        asked.end(text)
      }),
    watch: (path, options = {}) =>
      new Promise((resolve, reject) => {
        const events: ClusterEvent[] = []
        const asked = request(
          `${launched.apiUrl}${path}`,
          { ca, agent: false, headers: { authorization: `Bearer ${token}` } },
          (response) => {
            const read = (): void => {
              let rest = ''
              response.setEncoding('utf8')
              response.on('data', (text: string) => {
                const lines = `${rest}${text}`.split('\n')
                rest = lines.pop() ?? ''
                for (const line of lines) events.push(JSON.parse(line) as ClusterEvent)
              })
            }
            if (options.paused !== true) read()
            // A server that is killed ends in the middle of an answer.
            response.on('error', () => undefined)
            resolve({
              events,
              ended: new Promise((done) => response.on('close', () => done())),
              read,
              stop: () => asked.destroy(),
            })
          },
        )
        asked.on('error', reject)
        asked.end()
      }),
    async kill() {
      process.kill(launched.pid, 'SIGKILL')
      await launched.waitForExit()
    },
    async restart() {
      launched = await launchCluster({ dataDir })
    },
    async stop() {
      agent.destroy()
      await launched.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
