import { isIP } from 'node:net'
import { checkLabelName, checkSubdomain } from '../names.ts'

/** OpenAPI formats that a custom resource's schema may name (apiextensions `pkg/apiserver/validation/formats.go`). Unknown ones hold always. */
const checks: ReadonlyMap<string, (text: string) => boolean> = new Map<string, (text: string) => boolean>([
  ['bsonobjectid', (text) => /^[0-9a-fA-F]{24}$/.test(text)],
  ['uri', (text) => text.startsWith('/') || URL.canParse(text)],
  ['email', (text) => text.length <= 320 && /^[^\s@<>]+@[^\s@<>]+$/.test(text)],
  [
    'hostname',
    (text) => text.length <= 253 && text.split('.').every((part) => /^[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?$/.test(part)),
  ],
  ['ipv4', (text) => isIP(text) === 4],
  ['ipv6', (text) => isIP(text) === 6],
  ['cidr', isCidr],
  ['mac', (text) => /^([0-9A-Fa-f]{2}[:-]){5}([0-9A-Fa-f]{2})$/.test(text)],
  ['uuid', (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text)],
  ['uuid3', (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text)],
  ['uuid4', (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i.test(text)],
  ['uuid5', (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i.test(text)],
  ['isbn', (text) => /^[-\dXx ]{10,17}$/.test(text)],
  ['isbn10', (text) => /^\d{9}[\dXx]$/.test(text.replaceAll('-', ''))],
  ['isbn13', (text) => /^\d{13}$/.test(text.replaceAll('-', ''))],
  ['creditcard', (text) => /^\d{13,16}$/.test(text.replaceAll(/\D/g, ''))],
  ['ssn', (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text)],
  ['hexcolor', (text) => /^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/.test(text)],
  ['rgbcolor', (text) => /^rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/.test(text)],
  ['byte', (text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)],
  ['date', (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))],
  ['datetime', isDateTime],
  ['date-time', isDateTime],
  ['duration', (text) => /^[-+]?(\d+(\.\d*)?|\.\d+)\s*[a-zµμ]+((\d+(\.\d*)?|\.\d+)[a-zµμ]+)*$/i.test(text) || text === '0'],
  ['k8s-short-name', (text) => checkLabelName(text).length === 0],
  ['k8s-long-name', (text) => checkSubdomain(text).length === 0],
])

export function hasFormat(text: string, format: string): boolean {
  // All of these are short; what is longer is none of them but base64.
  if (text.length > 4096 && format !== 'byte') return !checks.has(format)
  return checks.get(format)?.(text) ?? true
}

function isCidr(text: string): boolean {
  const [ip = '', bits = '', ...more] = text.split('/')
  const version = isIP(ip)
  return version !== 0 && more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)
}

function isDateTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,12})?([Zz]|[-+]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text))
}
