import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { KubeObject } from '@plimsoll/kube'
import { type ApiServer, createApiServer, type ListeningApi } from './create-api-server.ts'

export interface TestAnswer {
  status: number
  headers: IncomingHttpHeaders
  text: string
  /** Body as JSON; an object without fields when it is none. */
  body: KubeObject & { items: KubeObject[]; message: string; reason: string; code: number; details: Record<string, unknown> }
}

export interface TestWatch {
  /** The next event; undefined when the stream has ended. */
  next(): Promise<{ type: string; object: KubeObject } | undefined>
  stop(): void
}

/** An API server of its own over HTTPS, in a directory that goes with it. */
export class TestApi {
  readonly dataDir: string
  api: ApiServer
  listening: ListeningApi

  private constructor(dataDir: string, api: ApiServer, listening: ListeningApi) {
    this.dataDir = dataDir
    this.api = api
    this.listening = listening
  }

  static async start(): Promise<TestApi> {
    const dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-api-'))
    const api = await createApiServer({ dataDir })
    return new TestApi(dataDir, api, await api.listen({ port: 0 }))
  }

  async restart(): Promise<void> {
    await this.api.close()
    this.api = await createApiServer({ dataDir: this.dataDir })
    this.listening = await this.api.listen({ port: 0 })
  }

  async stop(): Promise<void> {
    await this.api.close()
    await rm(this.dataDir, { recursive: true })
  }

  /** `body` is sent as JSON unless it is text. */
  call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<TestAnswer> {
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const asked = request(
        `${this.listening.url}${path}`,
        {
          method,
          ca: this.listening.ca,
          agent: false,
          headers: {
            Authorization: `Bearer ${this.listening.token}`,
            'User-Agent': 'test-client/1.0',
            ...(text === '' ? {} : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(text)) }),
            ...headers,
          },
        },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () => {
            const answer = Buffer.concat(chunks).toString()
            const isJson =
              String(response.headers['content-type']).startsWith('application/json') && response.headers['content-encoding'] === undefined
            const value = (isJson && answer !== '' ? JSON.parse(answer) : {}) as TestAnswer['body']
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text: answer, body: value })
          })
        },
      )
      asked.on('error', reject)
      asked.end(text)
    })
  }

  /** Resolves when the server has sent the headers. */
  watch(path: string, headers: Record<string, string> = {}): Promise<TestWatch> {
    return new Promise((resolve, reject) => {
      const asked = request(
        `${this.listening.url}${path}${path.includes('?') ? '&' : '?'}watch=true`,
        { ca: this.listening.ca, agent: false, headers: { Authorization: `Bearer ${this.listening.token}`, ...headers } },
        (response) => {
          response.on('error', () => undefined)
          const lines = createInterface({ input: response })[Symbol.asyncIterator]()
          resolve({
            next: async () => {
              const line = await lines.next()
              return line.done === true ? undefined : (JSON.parse(line.value) as { type: string; object: KubeObject })
            },
            stop: () => asked.destroy(),
          })
        },
      )
      asked.on('error', reject)
      asked.end()
    })
  }
}

export function configMap(name: string, data: Record<string, string> = {}, labels?: Record<string, string>): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...(labels === undefined ? {} : { labels }) }, data }
}

export const configMaps = '/api/v1/namespaces/default/configmaps'
export const applyType = { 'Content-Type': 'application/apply-patch+yaml' }
export const mergeType = { 'Content-Type': 'application/merge-patch+json' }
