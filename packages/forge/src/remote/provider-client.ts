import { PlimsollError } from '@plimsoll/api'
import { fetchOutside, type OutsideAnswer } from '@plimsoll/network'
import { fieldsOf, text } from './json-reading.ts'
import { RateLimit, retryAt } from './rate-limit.ts'
import type { RemoteForgeContext } from './remote-context.ts'

const maxAnswerBytes = 16 * 1024 * 1024
const keptBytes = 256 * 1024
/** Of all answers that are kept for one token. */
const mostKeptBytes = 16 * 1024 * 1024
const pageSize = 100
const tries = 3

export interface ProviderClient {
  /** `GitHub`, for messages. */
  readonly name: string
  /** The value of a JSON answer. `path` begins with a slash, its parts are encoded. `about` is the object, for messages: "pull request 3 of …". */
  read(path: string, about: string): Promise<unknown>
  /** As `read`; undefined for what is not there. */
  find(path: string, about: string): Promise<unknown>
  readText(path: string, about: string): Promise<string>
  send(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body: object | undefined, about: string): Promise<unknown>
  /** Every entry of a list, page by page, at most `limit`. `of` takes the list out of an answer that wraps it. */
  pages(path: string, about: string, options: { limit: number; until?: (page: unknown[]) => boolean; of?: string }): Promise<unknown[]>
}

/** Headers of a provider; the token is in one of them. */
export function createProviderClient(
  name: string,
  apiUrl: string,
  headers: Readonly<Record<string, string>>,
  context: RemoteForgeContext,
): ProviderClient {
  const base = apiUrl.replace(/\/+$/, '')
  const sleep = context.sleep ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)))
  const limit = new RateLimit(name, () => context.clock.now(), sleep)
  const kept = new Map<string, { etag: string; answer: OutsideAnswer }>()
  let keptNow = 0

  async function ask(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body: object | undefined, about: string) {
    const url = new URL(base + path)
    const known = method === 'GET' ? kept.get(url.href) : undefined
    for (let attempt = 1; ; attempt++) {
      await limit.pass(about)
      const answer = await fetchOutside(url, {
        policy: context.policy,
        method,
        maxBytes: maxAnswerBytes,
        headers: {
          accept: 'application/json',
          ...headers,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(known && { 'if-none-match': known.etag }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(context.ca !== undefined && { ca: context.ca }),
      })
      if (answer.status === 304 && known) return known.answer
      if (answer.status < 300) {
        keep(method, url.href, answer)
        return answer
      }
      const content = answer.body.toString('utf8')
      const at = retryAt(answer.status, answer.headers, content, context.clock.now())
      if (at === undefined) throw refusal(answer.status, content, method, about)
      limit.refusedUntil(at)
      // What was refused for its number has had no effect: it may be said again, whatever it is.
      if (attempt >= tries) throw refusal(429, content, method, about)
    }
  }

  /** Unchanged answers cost nothing of GitHub's limit ("Conditional requests"). The newest are kept. */
  function keep(method: string, url: string, answer: OutsideAnswer): void {
    const { etag } = answer.headers
    forget(url)
    if (method !== 'GET' || etag === undefined || answer.body.length > keptBytes) return
    kept.set(url, { etag, answer })
    keptNow += sizeOf(answer)
    for (const oldest of kept.keys()) {
      if (keptNow <= mostKeptBytes) break
      forget(oldest)
    }
  }

  function forget(url: string): void {
    const known = kept.get(url)
    if (!known) return
    kept.delete(url)
    keptNow -= sizeOf(known.answer)
  }

  function refusal(status: number, content: string, method: string, about: string): PlimsollError {
    const said = mask(messageIn(content))
    const words = `${name} ${method === 'GET' ? 'does not show' : 'does not change'} ${about}: ${said === '' ? `HTTP ${status}` : `${said} (${status})`}`
    // GitLab says "unauthorized" of what a good token may not do: merge, approve one's own.
    if (status === 401 && method === 'GET')
      return new PlimsollError('repository-unreachable', `${name} does not take the token that is set here (${about}).`, {
        remedy: 'Make a new token there, and set it with `plimsoll repo connect URL --token-stdin`.',
      })
    if (status === 401 || status === 403)
      return new PlimsollError('permission-denied', `${words}.`, {
        remedy: `Give the token that the repository is connected with the right to do it (docs/how-to/connect-github.md), or do it on ${name}.`,
      })
    if (status === 404 || status === 410)
      return new PlimsollError('not-found', `${words}.`, {
        remedy:
          'Check the number and the address, and that the token may read the repository: what it may not see is answered like this, too.',
      })
    // GitHub, "Merge a pull request": the base may move between the check and the merge.
    if (status === 405 && /was modified/i.test(said)) return new PlimsollError('conflict', `${words}.`)
    if (status === 405 || (status === 422 && /cannot be merged/i.test(said))) return new PlimsollError('merge-blocked', `${words}.`)
    if (status === 409 || status === 412) return new PlimsollError('conflict', `${words}.`)
    if (status === 413) return new PlimsollError('payload-too-large', `${words}.`)
    if (status === 429) return new PlimsollError('too-many-attempts', `${words}.`)
    if (status >= 500 || status < 400) return new PlimsollError('repository-unreachable', `${words}.`)
    return new PlimsollError('invalid-request', `${words}.`)
  }

  function mask(said: string): string {
    return said.replaceAll(context.token, '***').slice(0, 300)
  }

  function valueOf(answer: OutsideAnswer, about: string): unknown {
    if (answer.body.length === 0) return undefined
    try {
      return JSON.parse(answer.body.toString('utf8')) as unknown
    } catch {
      throw new PlimsollError('repository-unreachable', `${name} answers about ${about} with something that is no JSON.`, {
        remedy: `Check that ${base} is the address of ${name}'s API, and not that of a page for people.`,
      })
    }
  }

  async function read(path: string, about: string): Promise<unknown> {
    return valueOf(await ask('GET', path, undefined, about), about)
  }

  return {
    name,
    read,
    async find(path, about) {
      try {
        return await read(path, about)
      } catch (error) {
        if (error instanceof PlimsollError && error.code === 'not-found') return undefined
        throw error
      }
    },
    async readText(path, about) {
      return (await ask('GET', path, undefined, about)).body.toString('utf8')
    },
    async send(method, path, body, about) {
      // What we have changed is not answered from what we saw before.
      const answer = await ask(method, path, body, about)
      return valueOf(answer, about)
    },
    async pages(path, about, { limit: most, until, of }) {
      const found: unknown[] = []
      const size = Math.min(pageSize, most)
      const [plain = '', query = ''] = path.split('?', 2)
      const parameters = new URLSearchParams(query)
      parameters.set('per_page', String(size))
      // Gitea's name for the same.
      parameters.set('limit', String(size))
      let before: string | undefined
      for (let page = 1; found.length < most && page <= Math.ceil(most / size) * 2; page++) {
        const answer = await ask('GET', `${plain}?${parameters.toString()}`, undefined, about)
        const value = valueOf(answer, about)
        const entries = of === undefined ? value : fieldsOf(value)[of]
        if (!Array.isArray(entries) || entries.length === 0) break
        // A list that knows no pages is the same again.
        const first = JSON.stringify(entries[0])
        if (first === before) break
        before = first
        found.push(...entries)
        if (until?.(entries)) break
        const next = nextPage(answer.headers['link'])
        // Some of Gitea's lists have pages, and say only how many entries there are.
        const total = Number(answer.headers['x-total-count'] ?? fieldsOf(value)['total_count'])
        if (next === undefined && !(total > found.length)) break
        parameters.set('page', String(page + 1))
        // Only the query is taken: where the token goes is not for an answer to say.
        for (const [key, one] of next ?? []) parameters.set(key, one)
      }
      return found.slice(0, most)
    },
  }
}

/** With what the entry itself takes. */
function sizeOf({ body }: OutsideAnswer): number {
  return body.length + 1000
}

/** RFC 8288: `<https://…?page=2>; rel="next"`. */
function nextPage(link: string | undefined): URLSearchParams | undefined {
  const target = link?.slice(0, 8192).match(/<([^<>]*)>;[^<>]*\brel="?next"?/)?.[1]
  if (target === undefined) return undefined
  try {
    return new URL(target, 'http://any').searchParams
  } catch {
    return undefined
  }
}

/** GitHub and Gitea say `message` (GitHub with `errors`), GitLab `message` or `error`, each as text or as lists by field. */
function messageIn(content: string): string {
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch {
    return ''
  }
  const fields = fieldsOf(value)
  const { message, errors, error } = fields
  const said = typeof message === 'string' ? message : message === undefined ? text(fields, 'error') || plain(error) : plain(message)
  return [said, plain(errors)].filter(Boolean).join(': ')
}

function plain(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.slice(0, 5).map(plain).filter(Boolean).join('; ')
  if (typeof value !== 'object') return JSON.stringify(value) ?? ''
  const { message, field, code } = value as Record<string, unknown>
  if (typeof message === 'string') return message
  if (typeof field === 'string') return `${field} ${typeof code === 'string' ? code : ''}`.trim()
  return Object.entries(value)
    .slice(0, 5)
    .map(([name, one]) => `${name} ${plain(one)}`)
    .join('; ')
}
