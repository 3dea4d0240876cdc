import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Agent, request } from 'node:https'
import type { AddressInfo } from 'node:net'

export type Fault = 'none' | 'hang' | 'garbage' | 'refuse' | 'busy'

/** A cluster behind somebody who may let nothing through, or something else. Its address is plain HTTP: who asks it is its administrator. */
export interface FaultyCluster {
  server: string
  /** What happens to requests from now on. Streams that are open end. */
  become(fault: Fault): void
  /** Its requests about one kind, by plural, are never answered, or are as a conversion webhook that fails has it; undefined: all are well again. */
  breakKind(plural: string | undefined, how?: 'hang' | 'conversion'): void
  /** How many requests were refused with 429. */
  refused(): number
  stop(): Promise<void>
}

/** How many requests `busy` lets through at once. */
const roomWhenBusy = 2

export async function startFaultyCluster(kubeconfig: string): Promise<FaultyCluster> {
  const config = JSON.parse(readFileSync(kubeconfig, 'utf8')) as {
    clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
    users: { user: { token: string } }[]
  }
  const cluster = config.clusters[0]?.cluster
  const ca = Buffer.from(cluster?.['certificate-authority-data'] ?? '', 'base64')
  const authorization = `Bearer ${config.users[0]?.user.token ?? ''}`
  const agent = new Agent({ keepAlive: true, ca })
  const open = new Set<ServerResponse>()
  let fault: Fault = 'none'
  let broken: { plural: string; how: 'hang' | 'conversion' } | undefined
  let running = 0
  let refused = 0

  function pass(asked: IncomingMessage, answer: ServerResponse): void {
    const isStream = asked.url?.includes('watch=true') === true
    if (!isStream) running++
    answer.on('close', () => {
      if (!isStream) running--
    })
    const { host: _host, ...headers } = asked.headers
    const inner = request(
      `${cluster?.server ?? ''}${asked.url ?? ''}`,
      { method: asked.method, agent, headers: { ...headers, authorization } },
      (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers)
        // A watch is open before its first event.
        answer.flushHeaders()
        response.on('error', () => answer.destroy())
        response.pipe(answer)
      },
    )
    inner.on('error', () => answer.destroy())
    answer.on('close', () => inner.destroy())
    asked.pipe(inner)
  }

  const server = createServer((asked, answer) => {
    open.add(answer)
    answer.on('close', () => open.delete(answer))
    if (fault === 'hang') return
    if (fault === 'garbage') return void answer.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>')
    if (fault === 'refuse')
      return void answer.writeHead(401, { 'content-type': 'application/json' }).end('{"kind":"Status","message":"Unauthorized","code":401}')
    if (fault === 'busy' && running >= roomWhenBusy && !asked.url?.includes('watch=true')) {
      refused++
      return void answer
        .writeHead(429, { 'retry-after': '0', 'content-type': 'text/plain' })
        .end('Too many requests, please try again later.\n')
    }
    if (broken && new RegExp(`/${broken.plural}(\\?|/|$)`).test(asked.url ?? '')) {
      if (broken.how === 'hang') return
      const message = 'conversion webhook for example.com/v1, Kind=Oven failed: Post "https://hooks.example:443": connection refused'
      const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason: 'InternalError', code: 500 }
      return void answer.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify(status))
    }
    pass(asked, answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    become(next) {
      fault = next
      for (const answer of open) answer.destroy()
    },
    breakKind(plural, how = 'conversion') {
      broken = plural === undefined ? undefined : { plural, how }
      for (const answer of open) answer.destroy()
    },
    refused: () => refused,
    async stop() {
      for (const answer of open) answer.destroy()
      agent.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
