import { createReadStream } from 'node:fs'
import { readFile, realpath, stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { PlimsollError } from '@plimsoll/api'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { consolePolicy, makeNonce } from '../http/security-headers.ts'
import type { Http } from './route-context.ts'

const contentTypes: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}
const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

/** The built console: its files, and its one page for every address that is not a file's. */
export function consoleRoutes(http: Http, webRoot: string | undefined): void {
  const policy = { who: 'anyone', why: 'The console is public; what it shows comes from the API.' } as const

  http.route({ method: ['GET', 'HEAD'], url: '/*', config: { policy }, schema: { hide: true }, handler: answer })

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const path = decodedPath(request)
    if (path === undefined || /^\/(?:api|git|metrics|healthz)(?:\/|$)/.test(path)) throw noSuchPage()
    if (webRoot === undefined) {
      if (path !== '/') throw noSuchPage()
      return reply.type('text/plain; charset=utf-8').send('Plimsoll is running. The console is not built: run `npm run build`.\n')
    }
    const file = path === '/' || path.endsWith('/index.html') ? undefined : await fileBelow(webRoot, path)
    if (file !== undefined) return sendFile(request, reply, file, path)
    // A missing file is an error; an address of the console is its page.
    if (extname(path) !== '' && !(request.headers.accept ?? '').includes('text/html')) throw noSuchPage()
    return sendPage(reply, webRoot)
  }
}

function decodedPath(request: FastifyRequest): string | undefined {
  const end = request.url.indexOf('?')
  try {
    const path = decodeURIComponent(end < 0 ? request.url : request.url.slice(0, end))
    return path.includes('\0') || path.includes('\\') ? undefined : path
  } catch {
    return undefined
  }
}

/** The real path of a regular file below the root; undefined for anything else, also for what a link leads out to. */
async function fileBelow(root: string, path: string): Promise<string | undefined> {
  const parts = path.split('/').filter((part) => part !== '')
  if (parts.some((part) => part.startsWith('.') || part.includes(sep))) return undefined
  try {
    const [realRoot, realFile] = await Promise.all([realpath(root), realpath(join(root, ...parts))])
    if (!realFile.startsWith(realRoot + sep)) return undefined
    return (await stat(realFile)).isFile() ? realFile : undefined
  } catch {
    return undefined
  }
}

async function sendFile(request: FastifyRequest, reply: FastifyReply, file: string, path: string): Promise<FastifyReply> {
  reply.type(contentTypes[extname(file)] ?? 'application/octet-stream')
  // The build puts a digest into the names of what it puts there.
  reply.header('cache-control', path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
  reply.header('vary', 'accept-encoding')
  const accepted = request.headers['accept-encoding'] ?? ''
  for (const [encoding, suffix] of encodings) {
    if (!accepted.includes(encoding)) continue
    const size = await sizeOf(file + suffix)
    if (size === undefined) continue
    return reply
      .header('content-encoding', encoding)
      .header('content-length', size)
      .send(createReadStream(file + suffix))
  }
  return reply.header('content-length', (await stat(file)).size).send(createReadStream(file))
}

async function sizeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    (facts) => (facts.isFile() ? facts.size : undefined),
    () => undefined,
  )
}

/** With a nonce of its own for each answer: libraries that make style elements read it from the meta element. */
async function sendPage(reply: FastifyReply, root: string): Promise<FastifyReply> {
  const page = await readFile(join(root, 'index.html'), 'utf8').catch(() => undefined)
  if (page === undefined) throw noSuchPage()
  const nonce = makeNonce()
  reply.raw.setHeader('content-security-policy', consolePolicy(nonce))
  return reply
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-cache')
    .send(page.replace(/<head([^>]*)>/i, (head) => `${head}<meta name="csp-nonce" content="${nonce}">`))
}

function noSuchPage(): PlimsollError {
  return new PlimsollError('not-found', 'There is no such page.', { remedy: 'Check the address.' })
}
