import { createHash } from 'node:crypto'
import { fixed, type FunctionTable } from './go-function.ts'

export const encodingFunctions: FunctionTable = {
  b64enc: fixed(['string'], (text) => bytesOf(text).toString('base64')),
  b64dec: fixed(['string'], (text) => {
    const decoded = decodeBase64(text)
    return typeof decoded === 'string' ? decoded : `illegal base64 data at input byte ${decoded}`
  }),
  b32enc: fixed(['string'], encodeBase32),
  b32dec: fixed(['string'], (text) => {
    const decoded = decodeBase32(text)
    return typeof decoded === 'string' ? decoded : `illegal base32 data at input byte ${decoded}`
  }),
  sha1sum: fixed(['string'], (text) => digest('sha1', text)),
  sha256sum: fixed(['string'], (text) => digest('sha256', text)),
  sha512sum: fixed(['string'], (text) => digest('sha512', text)),
  adler32sum: fixed(['string'], (text) => String(adler32(text))),
}

export function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function digest(algorithm: string, text: string): string {
  return createHash(algorithm).update(text, 'latin1').digest('hex')
}

function adler32(text: string): number {
  let [low, high] = [1, 0]
  for (let index = 0; index < text.length; index += 1) {
    low = (low + text.charCodeAt(index)) % 65521
    high = (high + low) % 65521
  }
  return high * 65536 + low
}

const base64Letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const base32Letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The decoded bytes, or where Go's `base64.StdEncoding` finds the first fault. New lines are skipped. */
export function decodeBase64(text: string): string | number {
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) return Buffer.from(text, 'base64').toString('latin1')
  return decodeQuanta(text)
}

function decodeQuanta(text: string): string | number {
  let letters = ''
  let at = 0
  while (at < text.length) {
    let count = 0
    while (count < 4) {
      if (at === text.length) {
        if (count === 0) return Buffer.from(letters, 'base64').toString('latin1')
        return at - count
      }
      const letter = text.charAt(at)
      at += 1
      if (letter === '\n' || letter === '\r') continue
      if (letter === '=') {
        const padded = readPadding(text, at, count)
        return typeof padded === 'number' ? padded : Buffer.from(letters, 'base64').toString('latin1')
      }
      if (!base64Letters.includes(letter)) return at - 1
      letters += letter
      count += 1
    }
  }
  return Buffer.from(letters, 'base64').toString('latin1')
}

/** After the first `=` at `at - 1`: with two letters before it there must be a second one, and then nothing but new lines. */
function readPadding(text: string, after: number, count: number): number | undefined {
  let at = after
  const skip = (): void => {
    while (text[at] === '\n' || text[at] === '\r') at += 1
  }
  if (count < 2) return at - 1
  if (count === 2) {
    skip()
    if (at === text.length) return text.length
    if (text[at] !== '=') return at - 1
    at += 1
  }
  skip()
  return at < text.length ? at : undefined
}

function encodeBase32(text: string): string {
  let encoded = ''
  for (let index = 0; index < text.length; index += 5) {
    const chunk = text.slice(index, index + 5)
    let bits = 0n
    for (let byte = 0; byte < 5; byte += 1) bits = (bits << 8n) | BigInt(chunk.charCodeAt(byte) || 0)
    const digits = Math.ceil((chunk.length * 8) / 5)
    for (let digit = 0; digit < 8; digit += 1) {
      encoded += digit < digits ? base32Letters.charAt(Number((bits >> BigInt(35 - digit * 5)) & 31n)) : '='
    }
  }
  return encoded
}

/** The same of `base32.StdEncoding`; places are counted without new lines. */
function decodeBase32(text: string): string | number {
  const source = text.replace(/[\r\n]/g, '')
  const bytes: number[] = []
  let at = 0
  while (at < source.length) {
    let bits = 0n
    let count = 0
    while (count < 8) {
      if (at === source.length) return at - count
      const letter = source.charAt(at)
      at += 1
      const rest = source.length - at
      if (letter === '=' && count >= 2 && rest < 8) {
        if (rest + count < 7) return source.length
        const fault = /[^=]/.exec(source.slice(at, at + 7 - count))
        if (fault !== null) return at + fault.index - 1
        if (count === 3 || count === 6) return at - 1
        break
      }
      const value = base32Letters.indexOf(letter)
      if (value < 0) return at - 1
      bits = (bits << 5n) | BigInt(value)
      count += 1
    }
    const whole = Math.floor((count * 5) / 8)
    bits >>= BigInt(count * 5 - whole * 8)
    for (let byte = whole - 1; byte >= 0; byte -= 1) bytes.push(Number((bits >> BigInt(byte * 8)) & 255n))
    if (count < 8) break
  }
  return Buffer.from(bytes).toString('latin1')
}
