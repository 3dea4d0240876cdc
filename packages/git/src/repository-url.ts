import { PlimsollError } from '@plimsoll/api'

/** Where a repository is, once its address has passed the grammar. */
export type RepositoryAddress =
  /** Ours: read from disk under its name, never dialled. */
  | { kind: 'hosted'; name: string; normal: string }
  | { kind: 'remote'; protocol: 'https' | 'http' | 'ssh'; host: string; port: string; dial: string; normal: string }
  | { kind: 'file'; path: string; dial: string; normal: string }

/** `git@host:path`, as scp writes it. No `//` may follow the colon, or it is a URL with a scheme. */
const scpForm = /^([A-Za-z0-9._~-]+)@([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\]):(?!\/\/)([^\\]+)$/
const defaultPorts: Record<string, string> = { https: '443', http: '80', ssh: '22' }
const loopbackNames = new Set(['127.0.0.1', 'localhost', '[::1]', '::1'])
const maxLength = 2048

/** Throws `invalid-request` with what is wrong; credentials are never part of the message. */
export function parseRepositoryURL(text: string, options: { baseUrl: string; allowFileUrls: boolean }): RepositoryAddress {
  const refuse = (why: string): PlimsollError =>
    new PlimsollError('invalid-request', `Repository URL '${maskCredentials(text.slice(0, 200))}' ${why}`, {
      remedy: 'Use https://HOST/PATH, http://HOST/PATH, ssh://USER@HOST/PATH or USER@HOST:PATH.',
    })
  if (typeof text !== 'string' || text.trim() === '') throw refuse('is empty.')
  if (text.length > maxLength) throw refuse(`is longer than ${maxLength} characters.`)
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[\u0000-\u001f\u007f\s]/.test(text.trim()) || /\p{Surrogate}/u.test(text)) throw refuse('has spaces or control characters in it.')
  const trimmed = text.trim()
  if (trimmed.startsWith('-')) throw refuse('begins with a dash.')
  // `ext::sh -c …` and its like name a program, not a place (git-remote-ext(1)).
  if (/^[A-Za-z0-9+.-]+::/.test(trimmed)) throw refuse('names a remote helper, which is not allowed.')

  if (trimmed.startsWith('/') || /^file:/i.test(trimmed)) return fileAddress(trimmed, options.allowFileUrls, refuse)
  const scp = scpForm.exec(trimmed)
  if (scp !== null && !/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed)) {
    // scpForm has these groups wherever it matches.
    return remoteAddress('ssh', scp[1]!, scp[2]!.toLowerCase(), '', `/${scp[3]!.replace(/^\/+/, '')}`, refuse, trimmed)
  }
  return urlAddress(trimmed, options.baseUrl, refuse)
}

function urlAddress(text: string, baseUrl: string, refuse: (why: string) => PlimsollError): RepositoryAddress {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw refuse('is not a URL.')
  }
  const protocol = url.protocol.slice(0, -1)
  if (protocol !== 'https' && protocol !== 'http' && protocol !== 'ssh') throw refuse(`has the scheme '${protocol}', which is not allowed.`)
  if (url.hostname === '' || url.hostname.startsWith('-')) throw refuse('names no host.')
  if (url.search !== '' || url.hash !== '') throw refuse('has a query or a fragment.')
  if (url.username.startsWith('-')) throw refuse('has a user name that begins with a dash.')
  const hosted = hostedName(url, baseUrl)
  if (hosted !== undefined) return { kind: 'hosted', name: hosted, normal: hostedURL(baseUrl, hosted) }
  const [user] = [url.username, url.password].map((part) => {
    try {
      return decodeURIComponent(part)
    } catch {
      throw refuse('has credentials that are not encoded as a URL wants it.')
    }
  })
  return remoteAddress(protocol, user ?? '', url.hostname.toLowerCase(), url.port, url.pathname, refuse, url.href)
}

function remoteAddress(
  protocol: 'https' | 'http' | 'ssh',
  user: string,
  host: string,
  port: string,
  path: string,
  refuse: (why: string) => PlimsollError,
  dial: string,
): RepositoryAddress {
  const bare = path.replace(/\/+$/, '').replace(/\.git$/, '')
  if (bare === '' || bare === '/') throw refuse('has no path.')
  if (bare.startsWith('/-')) throw refuse('has a path that begins with a dash.')
  const where = port === '' || port === defaultPorts[protocol] ? host : `${host}:${port}`
  // Over SSH the user says which account is asked; over HTTP it only says who asks.
  const account = protocol === 'ssh' && user !== '' ? `${user}@` : ''
  return {
    kind: 'remote',
    protocol,
    host: host.replace(/^\[|\]$/g, ''),
    port: port || (defaultPorts[protocol] ?? ''),
    dial,
    normal: `${protocol}://${account}${where}${bare}`,
  }
}

function fileAddress(text: string, allowed: boolean, refuse: (why: string) => PlimsollError): RepositoryAddress {
  if (!allowed) throw refuse('is a path on this machine, which is not allowed here.')
  let path: string
  try {
    path = text.startsWith('/') ? text : decodeURIComponent(new URL(text).pathname)
  } catch {
    throw refuse('is not a URL.')
  }
  const bare = path.replace(/\/+$/, '')
  if (bare === '' || bare.split('/').includes('..')) throw refuse('is not an absolute path.')
  return { kind: 'file', path: bare, dial: `file://${bare.split('/').map(encodeURIComponent).join('/')}`, normal: `file://${bare}` }
}

/** The name of a repository of ours that a URL means, in any spelling of this server's address. */
function hostedName(url: URL, baseUrl: string): string | undefined {
  if (baseUrl === '') return undefined
  const base = new URL(baseUrl)
  const port = (of: URL): string => of.port || (defaultPorts[of.protocol.slice(0, -1)] ?? '')
  if (url.protocol !== base.protocol || port(url) !== port(base)) return undefined
  const host = url.hostname.toLowerCase()
  const isOurs = host === base.hostname.toLowerCase() || (loopbackNames.has(host) && loopbackNames.has(base.hostname.toLowerCase()))
  const prefix = `${base.pathname.replace(/\/+$/, '')}/git/`
  if (!isOurs || !url.pathname.startsWith(prefix)) return undefined
  try {
    return hostedNameFromPath(decodeURIComponent(url.pathname.slice(prefix.length)))
  } catch {
    return undefined
  }
}

/** `demo.git/`, `demo.git`, `demo` are one. */
export function hostedNameFromPath(path: string): string {
  return path.replace(/\/+$/, '').replace(/\.git$/, '')
}

export function hostedURL(baseUrl: string, name: string): string {
  return `${baseUrl.replace(/\/+$/, '')}/git/${name}.git`
}

/** User names and passwords out of every URL in a text: `https://user:token@host` becomes `https://***@host`. */
export function maskCredentials(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s'"]*@/gi, '$1***@')
    .replace(/(^|['"\s])[^\s/'"@:]+:[^\s/'"@]+@/g, '$1***@')
    .replace(/\b(bearer|basic) [A-Za-z0-9+/=._~-]{8,}/gi, '$1 ***')
}
