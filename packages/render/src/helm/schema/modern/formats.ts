import { quoteRune } from '../../../go/quote.ts'
import { checkIp } from '../ip-address.ts'
import { parseUrl } from '../go-url.ts'

/** Why a text is not of a format; undefined where it is. */
export type FormatCheck = (text: string) => string | undefined

/** santhosh-tekuri/jsonschema v6's formats. They count up to draft 7 only. */
const formats = new Map<string, FormatCheck>([
  ['json-pointer', jsonPointer],
  ['relative-json-pointer', relativeJsonPointer],
  ['uuid', uuid],
  ['duration', duration],
  ['period', period],
  ['ipv4', ipv4],
  ['ipv6', ipv6],
  ['hostname', hostname],
  ['email', email],
  ['date', date],
  ['time', time],
  ['date-time', dateTime],
  ['uri', uri],
  ['iri', uri],
  ['uri-reference', uriReference],
  ['iri-reference', uriReference],
  ['uri-template', uriTemplate],
  ['semver', semver],
])

export function formatNamed(name: string): FormatCheck | undefined {
  return formats.get(name)
}

export function checkFormat(name: string, text: string): string | undefined {
  return formats.get(name)?.(text)
}

function invalidCharacter(text: string, allowed: RegExp, suffix = ''): string | undefined {
  for (const character of Buffer.from(text, 'latin1').toString('utf8')) {
    if (!allowed.test(character)) return `invalid character ${quoteRune(character.codePointAt(0) ?? 0)}${suffix}`
  }
  return undefined
}

function jsonPointer(text: string): string | undefined {
  if (text === '') return undefined
  if (!text.startsWith('/')) return 'not starting with /'
  return /~(?![01])/.test(text) ? '~ must be followed by 0 or 1' : undefined
}

function relativeJsonPointer(text: string): string | undefined {
  const digits = /^\d*/.exec(text)?.[0] ?? ''
  if (digits === '') return 'must start with non-negative integer'
  if (digits.length > 1 && digits.startsWith('0')) return 'starts with zero'
  const rest = text.slice(digits.length)
  return rest === '#' ? undefined : jsonPointer(rest)
}

function uuid(text: string): string | undefined {
  const lengths = [8, 4, 4, 4, 12]
  const groups = text.split('-')
  if (groups.length !== lengths.length) return `must have ${lengths.length} elements`
  for (const [index, group] of groups.entries()) {
    if (group.length !== lengths[index]) return `element ${index + 1} must be ${lengths[index]} characters long`
    const found = invalidCharacter(group, /^[0-9a-fA-F]$/)
    if (found !== undefined) return found.replace('invalid', 'non-hex')
  }
  return undefined
}

function duration(text: string): string | undefined {
  if (!text.startsWith('P')) return 'must start with P'
  const rest = text.slice(1)
  if (rest === '') return 'nothing after P'
  if (rest.endsWith('W')) return rest === 'W' ? 'no number in week' : /^\d+W$/.test(rest) ? undefined : 'invalid week'
  const allUnits = ['YMD', 'HMS']
  for (const [index, part] of rest.split('T').entries()) {
    if (index !== 0 && part === '') return 'no time elements'
    let units = allUnits[index]
    if (units === undefined) return 'more than one T'
    for (let left = part; left !== ''; left = left.slice(1)) {
      const digits = /^\d*/.exec(left)?.[0] ?? ''
      if (digits === '') return 'missing number'
      left = left.slice(digits.length)
      if (left === '') return 'missing unit'
      const unit = left.charAt(0)
      const found = units.indexOf(unit)
      if (found < 0) {
        const quoted = quoteRune(unit.charCodeAt(0))
        return (allUnits[index] ?? '').includes(unit) ? `unit ${quoted} out of order` : `invalid unit ${quoted}`
      }
      units = units.slice(found + 1)
    }
  }
  return undefined
}

function period(text: string): string | undefined {
  const slash = text.indexOf('/')
  if (slash < 0) return 'missing slash'
  const start = text.slice(0, slash)
  const end = text.slice(slash + 1)
  const wrap = (name: string, found: string | undefined): string | undefined =>
    found === undefined ? undefined : `invalid ${name}: ${found}`
  if (start.startsWith('P')) return wrap('start duration', duration(start)) ?? wrap('end date-time', dateTime(end))
  const startFault = wrap('start date-time', dateTime(start))
  if (startFault !== undefined) return startFault
  return end.startsWith('P') ? wrap('end duration', duration(end)) : wrap('end date-time', dateTime(end))
}

function ipv4(text: string): string | undefined {
  const groups = text.split('.')
  if (groups.length !== 4) return 'expected four decimals'
  for (const group of groups) {
    if (group.length > 1 && group.startsWith('0')) return 'leading zeros'
    if (!/^[-+]?\d+$/.test(group)) return `strconv.Atoi: parsing ${JSON.stringify(group)}: invalid syntax`
    if (Number(group) < 0 || Number(group) > 255) return 'decimal must be between 0 and 255'
  }
  return undefined
}

function ipv6(text: string): string | undefined {
  if (!text.includes(':')) return 'missing colon'
  if (text.includes('%')) return 'zone id is not a part of ipv6 address'
  return checkIp(text) === 6 ? undefined : `ParseAddr(${JSON.stringify(text)}): unable to parse IP`
}

function hostname(text: string): string | undefined {
  const name = text.replace(/\.$/, '')
  if (name.length > 253) return 'more than 253 characters long'
  for (const label of name.split('.')) {
    if (label.length < 1 || label.length > 63) return 'label must be 1 to 63 characters long'
    if (label.startsWith('-')) return 'label starts with hyphen'
    if (label.endsWith('-')) return 'label ends with hyphen'
    const found = invalidCharacter(label, /^[a-zA-Z0-9-]$/)
    if (found !== undefined) return found
  }
  return undefined
}

function email(text: string): string | undefined {
  if (text.length > 254) return 'more than 255 characters long'
  const at = text.lastIndexOf('@')
  if (at < 0) return 'missing @'
  const local = text.slice(0, at)
  const domain = text.slice(at + 1)
  if (local.length > 64) return 'local part more than 64 characters long'
  if (local.length > 1 && local.startsWith('"')) {
    if (/[\\"]/.test(local.slice(1, -1))) return 'backslash and quote are not allowed within quoted local part'
  } else {
    if (local.startsWith('.')) return 'starts with dot'
    if (local.endsWith('.')) return 'ends with dot'
    if (local.includes('..')) return 'consecutive dots'
    const found = invalidCharacter(local, /^[a-zA-Z0-9.!#$%&'*+\-/=?^_`{|}~]$/)
    if (found !== undefined) return found
  }
  if (domain.startsWith('[') && domain.endsWith(']')) {
    const address = domain.slice(1, -1)
    const isV6 = address.startsWith('IPv6:')
    const found = isV6 ? ipv6(address.slice(5)) : ipv4(address)
    return found === undefined ? undefined : `invalid ${isV6 ? 'ipv6' : 'ipv4'} address: ${found}`
  }
  const found = hostname(domain)
  return found === undefined ? undefined : `invalid domain: ${found}`
}

function date(text: string): string | undefined {
  const quoted = JSON.stringify(text)
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)
  if (match === null) return `parsing time ${quoted} as "2006-01-02": cannot parse ${quoted} as "2006"`
  const [year = 0, month = 0, day = 0] = match.slice(1).map(Number)
  if (month < 1 || month > 12) return `parsing time ${quoted}: month out of range`
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
  return day < 1 || day > days ? `parsing time ${quoted}: day out of range` : undefined
}

function time(text: string): string | undefined {
  if (text.length < 9) return 'less than 9 characters long'
  if (text[2] !== ':' || text[5] !== ':') return 'missing colon in correct place'
  const parts = text.slice(0, 8).split(':')
  for (const part of parts) {
    if (!/^[-+]?\d+$/.test(part)) return 'invalid hour/min/sec'
    if (Number(part) < 0) return 'non-positive hour/min/sec'
  }
  const [hour = 0, minute = 0, second = 0] = parts.map(Number)
  if (hour > 23 || minute > 59 || second > 60) return 'hour/min/sec out of range'
  let rest = text.slice(8)
  if (rest.startsWith('.')) {
    const digits = /^\d*/.exec(rest.slice(1))?.[0] ?? ''
    if (digits === '') return 'no digits in second fraction'
    rest = rest.slice(1 + digits.length)
  }
  let total = hour * 60 + minute
  if (rest !== 'z' && rest !== 'Z') {
    if (rest.length !== 6) return 'offset must be 6 characters long'
    if (rest[0] !== '+' && rest[0] !== '-') return 'offset must begin with plus/minus'
    if (rest[3] !== ':') return 'missing colon in offset in correct place'
    const offset = rest.slice(1).split(':')
    for (const part of offset) {
      if (!/^[-+]?\d+$/.test(part)) return 'invalid hour/min in offset'
      if (Number(part) < 0) return 'non-positive hour/min in offset'
    }
    const [hours = 0, minutes = 0] = offset.map(Number)
    if (hours > 23 || minutes > 59) return 'hour/min in offset out of range'
    total += (rest[0] === '+' ? -1 : 1) * (hours * 60 + minutes)
    if (total < 0) total += 24 * 60
  }
  const isLastMinute = Math.floor(total / 60) === 23 && total % 60 === 59
  return second >= 60 && !isLastMinute ? 'invalid leap second' : undefined
}

function dateTime(text: string): string | undefined {
  if (text.length < 20) return 'less than 20 characters long'
  if (text[10] !== 't' && text[10] !== 'T') return '11th character must be t or T'
  const dateFault = date(text.slice(0, 10))
  if (dateFault !== undefined) return `invalid date element: ${dateFault}`
  const timeFault = time(text.slice(11))
  return timeFault === undefined ? undefined : `invalid time element: ${timeFault}`
}

function uri(text: string): string | undefined {
  const url = parseUrl(text)
  if (typeof url === 'string') return url
  return hostFault(url.host) ?? (url.scheme === '' ? 'relative url' : undefined)
}

function uriReference(text: string): string | undefined {
  if (text.includes('\\')) return 'contains \\'
  const url = parseUrl(text)
  return typeof url === 'string' ? url : hostFault(url.host)
}

function hostFault(host: string): string | undefined {
  const name = /^\[(.*)\](?::\d*)?$/.exec(host)?.[1]
  if (name === undefined) return host.replace(/:\d*$/, '').includes(':') ? 'ipv6 address not enclosed in brackets' : undefined
  if (!name.includes(':')) return undefined
  const found = ipv6(name)
  return found === undefined ? undefined : `invalid ipv6 address: ${found}`
}

function uriTemplate(text: string): string | undefined {
  const url = parseUrl(text)
  if (typeof url === 'string') return url
  for (const part of url.rawPath.split('/')) {
    let isOpen = false
    for (const character of part) {
      if (character !== '{' && character !== '}') continue
      if ((character === '{') === isOpen) return 'nested curly braces'
      isOpen = !isOpen
    }
    if (isOpen) return 'no matching closing brace'
  }
  return undefined
}

function semver(text: string): string | undefined {
  const [withoutBuild = '', ...builds] = text.split('+')
  const build = builds.length === 0 ? undefined : text.slice(withoutBuild.length + 1)
  if (build === '') return 'build is empty'
  for (const part of build?.split('.') ?? []) {
    if (part === '') return 'build identifier is empty'
    const found = invalidCharacter(part, /^[0-9A-Za-z-]$/, ' in build identifier')
    if (found !== undefined) return found
  }
  const dash = withoutBuild.indexOf('-')
  for (const part of dash < 0 ? [] : withoutBuild.slice(dash + 1).split('.')) {
    if (part === '') return 'pre-release identifier is empty'
    const found = invalidCharacter(part, /^[0-9A-Za-z-]$/, ' in pre-release identifier')
    if (found !== undefined) return found
    if (/^0\d+$/.test(part)) return 'pre-release numeric identifier starts with zero'
  }
  const versions = (dash < 0 ? withoutBuild : withoutBuild.slice(0, dash)).split('.')
  if (versions.length !== 3) return 'versionCore must have 3 numbers separated by dot'
  for (const [index, version] of versions.entries()) {
    const name = ['major', 'minor', 'patch'][index] ?? ''
    if (version === '') return `${name} is empty`
    if (version.length > 1 && version.startsWith('0')) return `${name} starts with zero`
    if (!/^\d+$/.test(version)) return `${name} contains non-digit`
  }
  return undefined
}
