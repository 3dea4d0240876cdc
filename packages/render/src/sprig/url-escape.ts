import { quote } from '../go/quote.ts'

/** Parts of a URL, which differ in what may stand in them as it is. */
export type UrlPart = 'path' | 'host' | 'zone' | 'user' | 'fragment'

const unreserved = /^[A-Za-z0-9\-_.~]$/
const plain: Readonly<Record<UrlPart, string>> = {
  path: '$&+,/:;=@',
  host: '!$&\'()*+,;=:[]<>"',
  zone: '!$&\'()*+,;=:[]<>"',
  user: '$&+,;=',
  fragment: '$&+,/:;=?@!()*',
}

function mustEscape(byte: string, part: UrlPart): boolean {
  return !unreserved.test(byte) && !plain[part].includes(byte)
}

/** net/url `escape`. */
export function escapeUrl(text: string, part: UrlPart): string {
  let escaped = ''
  for (const byte of text) escaped += mustEscape(byte, part) ? `%${hex(byte)}` : byte
  return escaped
}

function hex(byte: string): string {
  return byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')
}

/** net/url `unescape`. Throws in its words. */
export function unescapeUrl(text: string, part: UrlPart): string {
  const isHost = part === 'host' || part === 'zone'
  let plainText = ''
  for (let index = 0; index < text.length; index += 1) {
    const byte = text.charAt(index)
    if (byte !== '%') {
      if (isHost && byte < '\x80' && mustEscape(byte, part)) throw new Error(`invalid character ${quote(byte)} in host name`)
      plainText += byte
      continue
    }
    const escape = text.slice(index, index + 3)
    const value = /^%[0-9a-fA-F]{2}$/.test(escape) ? String.fromCharCode(Number.parseInt(escape.slice(1), 16)) : undefined
    // In a host only what is not ASCII may be written so, and the percent sign before a zone.
    const isRefused =
      value === undefined ||
      (part === 'host' && value < '\x80' && escape !== '%25') ||
      (part === 'zone' && escape !== '%25' && value !== ' ' && mustEscape(value, 'host'))
    if (isRefused) throw new Error(`invalid URL escape ${quote(escape)}`)
    plainText += value
    index += 2
  }
  return plainText
}
