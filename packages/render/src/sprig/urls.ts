import { isIPv4, isIPv6 } from 'node:net'
import { goKind } from '../go/format.ts'
import { quote } from '../go/quote.ts'
import type { GoMap } from '../go/value.ts'
import { fixed, isNil, nilPointer, type FunctionTable } from './go-function.ts'
import { escapeUrl, unescapeUrl } from './url-escape.ts'

/** Go's net/url. `isStrict` is what Go 1.25.2 and Helm 4 with it brought: only an IPv6 address stands in brackets. */
export function urlFunctions(isStrict: boolean): FunctionTable {
  return {
    urlParse: fixed(['string'], (text) => {
      try {
        return toDict(parseUrl(text, isStrict))
      } catch (error) {
        throw new Error(`unable to parse url: ${messageOf(error)}`)
      }
    }),
    urlJoin: fixed(['map'], (dict) => joinUrl(dict, isStrict)),
  }
}

interface Url {
  scheme: string
  opaque: string
  user: User | undefined
  host: string
  path: string
  query: string
  fragment: string
}

interface User {
  name: string
  password: string | undefined
}

/** Throws `parse "URL": …`. */
function parseUrl(text: string, isStrict: boolean): Url {
  const hash = text.indexOf('#')
  const bare = hash < 0 ? text : text.slice(0, hash)
  const url = saying(bare, () => parseWithoutFragment(bare, isStrict))
  if (hash >= 0) url.fragment = saying(text, () => unescapeUrl(text.slice(hash + 1), 'fragment'))
  return url
}

function saying<Result>(text: string, parse: () => Result): Result {
  try {
    return parse()
  } catch (error) {
    throw new Error(`parse ${quote(text)}: ${messageOf(error)}`)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function parseWithoutFragment(text: string, isStrict: boolean): Url {
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[\x00-\x1f\x7f]/.test(text)) throw new Error('net/url: invalid control character in URL')
  const url: Url = { scheme: '', opaque: '', user: undefined, host: '', path: '', query: '', fragment: '' }
  if (text === '*') return { ...url, path: '*' }
  if (text.startsWith(':')) throw new Error('missing protocol scheme')
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1]
  url.scheme = scheme?.toLowerCase() ?? ''
  let rest = scheme === undefined ? text : text.slice(scheme.length + 1)
  const question = rest.indexOf('?')
  if (question >= 0) {
    url.query = rest.slice(question + 1)
    rest = rest.slice(0, question)
  }
  if (!rest.startsWith('/')) {
    if (url.scheme !== '') return { ...url, opaque: rest }
    if (/^[^/]*:/.test(rest)) throw new Error('first path segment in URL cannot contain colon')
  }
  if (rest.startsWith('//') && (url.scheme !== '' || !rest.startsWith('///'))) {
    const end = rest.indexOf('/', 2)
    const authority = rest.slice(2, end < 0 ? rest.length : end)
    rest = end < 0 ? '' : rest.slice(end)
    const at = authority.lastIndexOf('@')
    url.host = parseHost(authority.slice(at + 1), isStrict)
    if (at >= 0) url.user = parseUser(authority.slice(0, at))
  }
  url.path = unescapeUrl(rest, 'path')
  return url
}

function parseUser(text: string): User {
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(text)) throw new Error('net/url: invalid userinfo')
  const colon = text.indexOf(':')
  if (colon < 0) return { name: unescapeUrl(text, 'user'), password: undefined }
  return { name: unescapeUrl(text.slice(0, colon), 'user'), password: unescapeUrl(text.slice(colon + 1), 'user') }
}

function parseHost(host: string, isStrict: boolean): string {
  if (isStrict && host.lastIndexOf('[') > 0) throw new Error('invalid IP-literal')
  if (!host.startsWith('[')) {
    const colon = host.lastIndexOf(':')
    if (colon >= 0) checkPort(host.slice(colon))
    return unescapeUrl(host, 'host')
  }
  const end = host.lastIndexOf(']')
  if (end < 0) throw new Error("missing ']' in host")
  const port = host.slice(end + 1)
  checkPort(port)
  const zone = host.slice(0, end).indexOf('%25')
  const address =
    zone < 0
      ? unescapeUrl(host.slice(1, end), 'host')
      : unescapeUrl(host.slice(1, zone), 'host') + unescapeUrl(host.slice(zone, end), 'zone')
  if (isStrict) checkAddress(address)
  return `[${address}]${unescapeUrl(port, 'host')}`
}

function checkAddress(address: string): void {
  if (isIPv4(address)) throw new Error('invalid IP-literal')
  const zone = address.indexOf('%')
  const bare = zone < 0 ? address : address.slice(0, zone)
  const problem = (reason: string): Error => new Error(`invalid host: ParseAddr(${quote(address)}): ${reason}`)
  if (zone === address.length - 1 && zone >= 0 && bare.includes(':')) throw problem('zone must be a non-empty string')
  if (!isIPv6(bare)) throw problem('unable to parse IP')
}

function checkPort(port: string): void {
  if (!/^(?::[0-9]*)?$/.test(port)) throw new Error(`invalid port ${quote(port)} after host`)
}

function toDict(url: Url): GoMap {
  return new Map([
    ['scheme', url.scheme],
    ['host', url.host],
    ['hostname', hostname(url.host)],
    ['path', url.path],
    ['query', url.query],
    ['opaque', url.opaque],
    ['fragment', url.fragment],
    ['userinfo', userText(url.user)],
  ])
}

function hostname(host: string): string {
  const bare = host.replace(/:[0-9]*$/, '')
  return bare.startsWith('[') && bare.endsWith(']') ? bare.slice(1, -1) : bare
}

function userText(user: User | undefined): string {
  if (user === undefined) return ''
  return escapeUrl(user.name, 'user') + (user.password === undefined ? '' : `:${escapeUrl(user.password, 'user')}`)
}

function joinUrl(dict: GoMap | null | undefined, isStrict: boolean): string {
  const part = (key: string): string => {
    const value = dict?.get(key)
    if (value === undefined && dict?.has(key) !== true) return ''
    if (isNil(value)) throw new Error(nilPointer)
    if (typeof value === 'string') return value
    throw new Error(`unable to parse ${key} key, must be of type string, but ${goKind(value)} found`)
  }
  const [scheme, host, path, query, opaque, fragment] = ['scheme', 'host', 'path', 'query', 'opaque', 'fragment'].map(part)
  const user = userOf(part('userinfo'), isStrict)
  let text = scheme === '' ? '' : `${scheme}:`
  text += opaque !== '' ? opaque : hierarchy({ scheme: scheme ?? '', host: host ?? '', path: path ?? '', user })
  if (query !== '') text += `?${query}`
  return fragment === '' ? text : `${text}#${escapeUrl(fragment ?? '', 'fragment')}`
}

function userOf(text: string, isStrict: boolean): User | undefined {
  if (text === '') return undefined
  try {
    return parseUrl(`proto://${text}@host`, isStrict).user
  } catch (error) {
    throw new Error(`unable to parse userinfo in dict: ${messageOf(error)}`)
  }
}

function hierarchy({ scheme, host, path, user }: Pick<Url, 'scheme' | 'host' | 'path' | 'user'>): string {
  const escaped = path === '*' ? path : escapeUrl(path, 'path')
  let text = ''
  if (host !== '' || user !== undefined || (scheme !== '' && path !== '')) {
    text = `//${user === undefined ? '' : `${userText(user)}@`}${escapeUrl(host, 'host')}`
  }
  if (escaped !== '' && !escaped.startsWith('/') && host !== '') text += '/'
  // A first segment with a colon would be read as a scheme.
  if (text === '' && scheme === '' && /^[^/]*:/.test(escaped)) text = './'
  return text + escaped
}
