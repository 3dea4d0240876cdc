import { PlimsollError } from '@plimsoll/api'
import { at, isObject, textAt } from '../../json.ts'

export interface ForgeAnswer {
  status: number
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>
  body: string
}

/** Dials out; what it may dial is decided behind it. Rejects with `PlimsollError`. */
export type AskForge = (
  url: URL,
  request: { headers: Readonly<Record<string, string>>; method?: 'GET' | 'POST'; ca?: string },
) => Promise<ForgeAnswer>

export interface RestOptions {
  /** `GitHub`, for messages. */
  name: string
  /** Of the API; paths are added to it. */
  base: string
  headers: Readonly<Record<string, string>>
  ca?: string
  ask: AskForge
}

/**
 * How a list says that there is more: `link`: a header (RFC 8288); `next`: an address in the answer; `start`: where the next page begins; `skip`: as long
 * as pages are full.
 */
export type Paging = 'link' | 'next' | 'start' | 'skip'

export interface Rest {
  /** Rejects with `not-found` for 404, and with `generator-failed` for anything else that is no answer. */
  get(path: string, query?: Query): Promise<unknown>
  /** Undefined for what is not there. */
  find(path: string, query?: Query): Promise<unknown>
  /** All of a list, or a failure. `of`: the field that it stands in. */
  all(path: string, options: { paging: Paging; of?: string; query?: Query }): Promise<unknown[]>
}

type Query = Readonly<Record<string, string>>

const pageSize = 100
const maxPages = 100

/** One provider's API, read only, and each list to its end. */
export function createRest({ name, base, headers, ca, ask }: RestOptions): Rest {
  const root = base.replace(/\/+$/, '')

  async function answerTo(path: string, query: Query = {}): Promise<{ value: unknown; headers: ForgeAnswer['headers'] }> {
    const address = `${root}${path}`
    if (!URL.canParse(address)) throw failed(`'${root.slice(0, 200)}' is no address of an API`)
    const url = new URL(address)
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value)
    const answer = await ask(url, { headers: { accept: 'application/json', ...headers }, ...(ca !== undefined && { ca }) })
    if (answer.status < 200 || answer.status > 299) throw refusal(answer, url)
    try {
      return { value: JSON.parse(answer.body) as unknown, headers: answer.headers }
    } catch {
      throw failed(`${shown(url)} answers with something that is no JSON`)
    }
  }

  function refusal({ status, body }: ForgeAnswer, url: URL): PlimsollError {
    const said = saidIn(body)
    const words = `${name} does not show ${shown(url)}: ${said === '' ? '' : `${said} `}(${status}).`
    if (status === 404)
      return new PlimsollError('not-found', words, {
        remedy: 'Check the names, and that the token may read it: what it may not see is answered like this, too.',
      })
    const remedy =
      status === 401 || status === 403
        ? 'Check the token, and what it may read.'
        : 'Wait until it answers again; until then nothing is changed.'
    return new PlimsollError('generator-failed', words, { remedy })
  }

  function failed(why: string): PlimsollError {
    return new PlimsollError('generator-failed', `${name}: ${why}.`)
  }

  return {
    get: async (path, query) => (await answerTo(path, query)).value,
    async find(path, query) {
      try {
        return (await answerTo(path, query)).value
      } catch (error) {
        if (error instanceof PlimsollError && error.code === 'not-found') return undefined
        throw error
      }
    },
    async all(path, { paging, of, query = {} }) {
      const found: unknown[] = []
      let more: Query | undefined = { ...query, ...firstPage(paging) }
      for (let page = 1; more !== undefined; page += 1) {
        if (page > maxPages) throw failed(`${path} has more than ${maxPages * pageSize} entries`)
        const { value, headers: said } = await answerTo(path, more)
        const entries = of === undefined ? value : at(value, of)
        if (!Array.isArray(entries)) throw failed(`${path} answers with something that is no list`)
        found.push(...(entries as unknown[]))
        more = nextPage(paging, more, { value, link: said['link'], count: entries.length })
      }
      return found
    },
  }
}

function firstPage(paging: Paging): Query {
  if (paging === 'link') return { per_page: String(pageSize), limit: '50' }
  if (paging === 'next') return { pagelen: '50' }
  return paging === 'start' ? { limit: String(pageSize) } : { $top: String(pageSize), $skip: '0' }
}

/** Of an address that an answer names only the query is taken: where the token goes is not for an answer to say. */
function nextPage(
  paging: Paging,
  query: Query,
  { value, link, count }: { value: unknown; link: string | undefined; count: number },
): Query | undefined {
  if (paging === 'skip') return count < pageSize ? undefined : { ...query, $skip: String(Number(query['$skip'] ?? 0) + count) }
  if (paging === 'start') {
    const start = at(value, 'nextPageStart')
    return at(value, 'isLastPage') === false && typeof start === 'number' ? { ...query, start: String(start) } : undefined
  }
  const address = paging === 'next' ? textAt(value, 'next') : link?.slice(0, 8192).match(/<([^<>]*)>;[^<>]*\brel="?next"?/)?.[1]
  if (address === undefined || !URL.canParse(address, 'http://any')) return undefined
  return { ...query, ...Object.fromEntries(new URL(address, 'http://any').searchParams) }
}

function saidIn(body: string): string {
  try {
    const value: unknown = JSON.parse(body)
    const said = textAt(value, 'message') ?? textAt(value, 'error') ?? textAt(value, 'error', 'message')
    return said?.slice(0, 300) ?? ''
  } catch {
    return ''
  }
}

/** Never with its query, which may be signed. */
function shown(url: URL): string {
  return `${url.origin}${url.pathname}`
}

/** An entry of a list, which must be an object that has these texts. */
export function requireTexts<Name extends string>(
  entry: unknown,
  paths: Readonly<Record<Name, readonly string[]>>,
  what: string,
): Record<Name, string> {
  const names = Object.keys(paths) as Name[]
  return Object.fromEntries(
    names.map((name) => {
      const value = textAt(entry, ...paths[name])
      if (!isObject(entry) || value === undefined) {
        throw new PlimsollError('generator-failed', `${what} has no ${paths[name].join('.')}: the answer is not understood.`)
      }
      return [name, value]
    }),
  ) as Record<Name, string>
}

/** A part of a path. */
export function part(text: string): string {
  return encodeURIComponent(text)
}

/** A path of a repository, whose slashes stay. */
export function pathParts(path: string): string {
  return path
    .split('/')
    .filter((one) => one !== '' && one !== '.')
    .map(part)
    .join('/')
}
