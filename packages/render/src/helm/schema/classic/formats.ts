import { Pattern } from '../../../sprig/pattern.ts'
import { parseUrl } from '../go-url.ts'
import { checkIp } from '../ip-address.ts'

/** gojsonschema's formats; an unknown one fits everything, and a number fits none of these. */
const formats = new Map<string, (text: string) => boolean>([
  ['date', isDate],
  ['time', isTime],
  ['date-time', isDateTime],
  ['hostname', (text) => hostname.test(text) && text.length < 256],
  ['email', isEmail],
  ['idn-email', isEmail],
  ['ipv4', (text) => text.includes('.') && checkIp(text) !== undefined],
  ['ipv6', (text) => text.includes(':') && checkIp(text) !== undefined],
  ['uri', isUri],
  ['uri-reference', isReference],
  ['iri', isUri],
  ['iri-reference', isReference],
  ['uri-template', isTemplate],
  ['uuid', (text) => /^[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$/.test(text)],
  ['regex', isPattern],
  ['json-pointer', (text) => /^(?:\/(?:[^~/]|~0|~1)*)*$/.test(text)],
  ['relative-json-pointer', (text) => /^(?:0|[1-9][0-9]*)(?:#|(?:\/(?:[^~/]|~0|~1)*)*)$/.test(text)],
])

export function isFormat(name: string, value: string | undefined): boolean {
  const check = formats.get(name)
  return check === undefined || (value !== undefined && check(value))
}

const hostname = /^(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9]))*$/

function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)
  if (match === null) return false
  const [year = 0, month = 0, day = 0] = match.slice(1).map(Number)
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
  return month >= 1 && month <= 12 && day >= 1 && day <= days
}

/** time.Parse takes one digit for the hour, and any number of digits for a fraction. */
function isTime(text: string): boolean {
  const match = /^(\d\d?):(\d\d):(\d\d)(?:[.,]\d+)?(?:Z|[-+](\d\d):(\d\d))?$/.exec(text)
  if (match === null) return false
  const [hour = 0, minute = 0, second = 0, zoneHour = 0, zoneMinute = 0] = match.slice(1).map((part) => Number(part ?? 0))
  return hour < 24 && minute < 60 && second < 60 && zoneHour <= 24 && zoneMinute <= 60
}

function isDateTime(text: string): boolean {
  if (isTime(text) || isDate(text)) return true
  const at = text.indexOf('T')
  const time = text.slice(at + 1)
  return at === 10 && isDate(text.slice(0, at)) && isTime(time) && /(?:Z|[-+]\d\d:\d\d)$/.test(time)
}

const atom = String.raw`[^\x00-\x20()<>\[\]:;@\\,."\x7f]+`
const local = String.raw`(?:${atom}(?:\.${atom})*|"(?:[^"\\\r\n]|\\.)*")`
const address = String.raw`${local}@(?:${atom}(?:\.${atom})*|\[[^\[\]\\]*\])`
const mailbox = new RegExp(String.raw`^\s*(?:${address}|[^<>]*<${address}>)\s*$`)

/** net/mail's ParseAddress, comments and groups aside. */
function isEmail(text: string): boolean {
  return text.length < 2000 && mailbox.test(text)
}

function isUri(text: string): boolean {
  const url = parseUrl(text)
  return typeof url !== 'string' && url.scheme !== '' && !text.includes('\\')
}

function isReference(text: string): boolean {
  return typeof parseUrl(text) !== 'string' && !text.includes('\\')
}

function isTemplate(text: string): boolean {
  const url = parseUrl(text)
  if (typeof url === 'string' || text.includes('\\')) return false
  return !/\{[^}]*$/.test(url.path)
}

function isPattern(text: string): boolean {
  try {
    return text === '' || new Pattern(text) instanceof Pattern
  } catch {
    return false
  }
}
