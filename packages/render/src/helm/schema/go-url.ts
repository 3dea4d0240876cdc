/** What the schema libraries ask Go's `url.Parse` for. */
export interface GoUrl {
  scheme: string
  host: string
  /** The path as it was written, where that is not how Go would write it; else empty. */
  rawPath: string
  path: string
}

/** Parses as Go's net/url does, which takes much more than a browser; the message where it does not. Text is a string of bytes. */
export function parseUrl(text: string): GoUrl | string {
  const fail = (reason: string): string => `parse ${JSON.stringify(text)}: ${reason}`
  const hash = text.indexOf('#')
  const whole = hash < 0 ? text : text.slice(0, hash)
  // oxlint-disable-next-line no-control-regex -- Go refuses ASCII control characters
  if (/[\x00-\x1f\x7f]/.test(text)) return fail('net/url: invalid control character in URL')
  if (hash >= 0 && badEscape(text.slice(hash + 1)) !== undefined) return fail(`invalid URL escape "${badEscape(text.slice(hash + 1))}"`)
  if (whole === '*') return { scheme: '', host: '', rawPath: '', path: '*' }

  const colon = /^[^/?#]*?:/.exec(whole)?.[0]
  let scheme = ''
  let rest = whole
  if (colon !== undefined) {
    const name = colon.slice(0, -1)
    if (name === '') return fail('missing protocol scheme')
    if (/^[a-zA-Z][a-zA-Z0-9+.-]*$/.test(name)) {
      scheme = name.toLowerCase()
      rest = whole.slice(colon.length)
    } else if (/^[0-9+.-]/.test(name) || !/[^a-zA-Z0-9+.-]/.test(name)) return fail('first path segment in URL cannot contain colon')
  }
  const query = rest.indexOf('?')
  if (query >= 0) rest = rest.slice(0, query)
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { scheme, host: '', rawPath: '', path: '' }
    if (/^[^/]*:/.test(rest)) return fail('first path segment in URL cannot contain colon')
  }
  let host = ''
  if (rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'))) {
    const slash = rest.indexOf('/', 2)
    const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash)
    rest = slash < 0 ? '' : rest.slice(slash)
    host = authority.slice(authority.lastIndexOf('@') + 1)
    const hostFault = checkHost(host)
    if (hostFault !== undefined) return fail(hostFault)
    const user = authority.slice(0, Math.max(0, authority.lastIndexOf('@')))
    if (/[^a-zA-Z0-9\-._:~!$&'()*+,;=%@]/.test(user)) return fail('net/url: invalid userinfo')
  }
  const escape = badEscape(rest)
  if (escape !== undefined) return fail(`invalid URL escape ${JSON.stringify(escape)}`)
  const isUsual = /^(?:[a-zA-Z0-9\-_.~$&+,/:;=@!'()*[\]]|%[0-9A-F]{2})*$/.test(rest)
  return { scheme, host, rawPath: isUsual && !/[!'()*[\]]/.test(rest) ? '' : isUsual ? rest : '', path: rest }
}

function badEscape(text: string): string | undefined {
  const found = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(text)
  return found?.[0]
}

function checkHost(host: string): string | undefined {
  if (host.startsWith('[')) {
    const end = host.lastIndexOf(']')
    if (end < 0) return "missing ']' in host"
    const port = host.slice(end + 1)
    return /^(?::\d*)?$/.test(port) ? undefined : `invalid port ${JSON.stringify(port)} after host`
  }
  const port = /:[^:]*$/.exec(host)?.[0]
  if (port !== undefined && !/^:\d*$/.test(port)) return `invalid port ${JSON.stringify(port)} after host`
  const escape = badEscape(host)
  if (escape !== undefined) return `invalid URL escape ${JSON.stringify(escape)}`
  // Bytes beyond ASCII pass, as do the sub-delimiters of RFC 3986.
  // oxlint-disable-next-line no-control-regex -- everything that is not ASCII
  return /[^a-zA-Z0-9\-._~!$&'()*+,;=:[\]<>"%\x80-\xff]/.test(host) ? 'invalid character in host name' : undefined
}
