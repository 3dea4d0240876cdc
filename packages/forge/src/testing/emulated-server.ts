import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { EmulatedRepository } from './emulated-repository.ts'

export interface Call {
  method: string
  /** Decoded parts of the path below the API's root. */
  parts: string[]
  query: URLSearchParams
  body: Record<string, unknown>
}

export interface Reply {
  status?: number
  body?: unknown
  /** Is sent page by page. `under`: the field that the list stands in. */
  list?: readonly unknown[]
  under?: string
  /** Says how many there are, and not where the next page is. */
  isCounted?: boolean
  text?: string
}

export interface EmulatedServer {
  url: string
  /** The address of the repository that people see. */
  address: string
  repository: EmulatedRepository
  /** The account whose token it takes. */
  account: string
  /** What it takes: another one, and the one before was revoked. */
  token: string
  /** `GET /repos/…`, in their order, with whether the token came along. */
  seen: { line: string; headers: IncomingMessage['headers'] }[]
  /** Answers the next requests with this, and what it stands for does not happen. */
  fail(...replies: (Reply & { headers?: Record<string, string> })[]): void
  close(): Promise<void>
}

export interface EmulatedProvider {
  /** `/api/v4` */
  root: string
  mostOnPage: number
  isAuthentic(headers: IncomingMessage['headers'], token: string): boolean
  answer(call: Call, repository: EmulatedRepository, account: string, url: string): Reply
}

export const notFound: Reply = { status: 404, body: { message: 'Not Found' } }

/** A provider that keeps its state in memory and behaves as its documentation says: token, pages, ETags, errors. */
export async function startEmulatedServer(
  provider: EmulatedProvider,
  { path = 'acme/shop', isApp = false }: { path?: string; isApp?: boolean } = {},
): Promise<EmulatedServer> {
  const repository = new EmulatedRepository(path)
  const token = `${isApp ? 'ghs_' : ''}canary-${createHash('sha1').update(path).digest('hex')}`
  const account = isApp ? 'plimsoll[bot]' : 'plimsoll-bot'
  const failures: (Reply & { headers?: Record<string, string> })[] = []
  const seen: EmulatedServer['seen'] = []
  let url = ''

  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const asked = new URL(request.url ?? '/', url)
      seen.push({ line: `${request.method} ${asked.pathname}${asked.search}`, headers: request.headers })
      const failure = failures.shift()
      const reply = failure ?? replyTo(request, asked, Buffer.concat(chunks).toString('utf8'))
      const headers: Record<string, string> = { ...failure?.headers }
      let value = reply.body
      if (reply.list) {
        const size = Math.min(Number(asked.searchParams.get('limit') ?? asked.searchParams.get('per_page') ?? 30), provider.mostOnPage)
        const page = Number(asked.searchParams.get('page') ?? 1)
        const entries = reply.list.slice((page - 1) * size, page * size)
        if (reply.isCounted) headers['x-total-count'] = String(reply.list.length)
        else if (reply.list.length > page * size) {
          asked.searchParams.set('page', String(page + 1))
          headers['link'] = `<${asked.href}>; rel="next"`
        }
        value = reply.under === undefined ? entries : { total_count: reply.list.length, [reply.under]: entries }
      }
      const content = reply.text ?? (value === undefined ? '' : JSON.stringify(value))
      const status = reply.status ?? 200
      const etag = `"${createHash('sha1').update(content).digest('hex')}"`
      if (request.method === 'GET' && status === 200) {
        headers['etag'] = etag
        if (request.headers['if-none-match'] === etag) {
          response.writeHead(304, headers).end()
          return
        }
      }
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(content)
    })
  })

  function replyTo(request: IncomingMessage, asked: URL, content: string): Reply {
    if (!provider.isAuthentic(request.headers, emulated.token)) return { status: 401, body: { message: 'Bad credentials' } }
    if (!asked.pathname.startsWith(`${provider.root}/`)) return notFound
    const parts = asked.pathname
      .slice(provider.root.length + 1)
      .split('/')
      .map(decodeURIComponent)
    const body = content === '' ? {} : (JSON.parse(content) as Record<string, unknown>)
    return provider.answer({ method: request.method ?? 'GET', parts, query: asked.searchParams, body }, repository, account, url)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const emulated: EmulatedServer = {
    url,
    address: `${url}/${path}`,
    repository,
    account,
    token,
    seen,
    fail: (...replies) => failures.push(...replies),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return emulated
}

export function textOf(body: Record<string, unknown>, name: string): string {
  const value = body[name]
  return typeof value === 'string' ? value : ''
}
