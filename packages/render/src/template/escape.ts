/** `html`, `js` and `urlquery`. */
import { sprintf } from '../go/format.ts'
import { isPrint } from '../go/unicode.ts'
import { decodeRune, runeOf, widthOf } from '../go/utf8.ts'
import { goInt } from '../go/value.ts'

const htmlCharacters: ReadonlyMap<string, string> = new Map([
  // NUL becomes U+FFFD.
  ['\0', '\u00ef\u00bf\u00bd'],
  ['"', '&#34;'],
  ["'", '&#39;'],
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
])

export function escapeHtml(bytes: string): string {
  // oxlint-disable-next-line no-control-regex -- NUL is one of what is escaped
  return bytes.replace(/["'&<>\0]/g, (character) => htmlCharacters.get(character) ?? character)
}

const scriptCharacters: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ["'", "\\'"],
  ['"', '\\"'],
  ['<', '\\u003C'],
  ['>', '\\u003E'],
  ['&', '\\u0026'],
  ['=', '\\u003D'],
])

export function escapeScript(bytes: string): string {
  let escaped = ''
  for (let index = 0; index < bytes.length;) {
    const packed = decodeRune(bytes, index)
    const rune = runeOf(packed)
    const end = index + widthOf(packed)
    const character = bytes.slice(index, end)
    const known = scriptCharacters.get(character)
    if (known !== undefined) escaped += known
    else if (rune < 0x20) escaped += `\\u00${rune.toString(16).toUpperCase().padStart(2, '0')}`
    else if (rune < 0x80 || isPrint(rune)) escaped += character
    else escaped += sprintf('\\u%04X', [goInt(rune)])
    index = end
  }
  return escaped
}

/** `url.QueryEscape`. */
export function escapeQuery(bytes: string): string {
  return bytes.replace(/[^A-Za-z0-9_.~-]/g, (character) =>
    character === ' ' ? '+' : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}
