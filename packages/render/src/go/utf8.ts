/** UTF-8 in strings of bytes, as Go's `unicode/utf8` reads it: what is no UTF-8 is U+FFFD of one byte. */

export const runeError = 0xfffd
export const maxRune = 0x10ffff

/**
 * The rune that starts at `index` and its width in bytes, packed into one number so that loops over text allocate nothing:
 * `runeOf` and `widthOf` take it apart. At the end of the text the width is 0.
 */
export function decodeRune(bytes: string, index: number): number {
  const first = bytes.charCodeAt(index)
  if (first < 0x80) return pack(first, 1)
  if (Number.isNaN(first)) return pack(runeError, 0)
  if (first < 0xc2 || first > 0xf4) return pack(runeError, 1)
  const second = bytes.charCodeAt(index + 1)
  if (first < 0xe0) return isContinuation(second) ? pack(((first & 0x1f) << 6) | (second & 0x3f), 2) : pack(runeError, 1)
  // The second byte's range excludes overlong forms, surrogates and what lies above U+10FFFF.
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (!(second >= lowest && second <= highest)) return pack(runeError, 1)
  const third = bytes.charCodeAt(index + 2)
  if (!isContinuation(third)) return pack(runeError, 1)
  if (first < 0xf0) return pack(((first & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f), 3)
  const fourth = bytes.charCodeAt(index + 3)
  if (!isContinuation(fourth)) return pack(runeError, 1)
  return pack(((first & 0x07) << 18) | ((second & 0x3f) << 12) | ((third & 0x3f) << 6) | (fourth & 0x3f), 4)
}

export function runeOf(packed: number): number {
  return packed & 0x1fffff
}

export function widthOf(packed: number): number {
  return packed >>> 21
}

function pack(rune: number, width: number): number {
  return (width << 21) | rune
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte <= 0xbf
}

/** The bytes of a rune; a surrogate or a number that is no rune gives those of U+FFFD. */
export function encodeRune(rune: number): string {
  if (rune >= 0 && rune < 0x80) return String.fromCharCode(rune)
  if (rune < 0 || rune > maxRune || (rune >= 0xd800 && rune <= 0xdfff)) return '\u00ef\u00bf\u00bd'
  if (rune < 0x800) return String.fromCharCode(0xc0 | (rune >> 6), 0x80 | (rune & 0x3f))
  if (rune < 0x10000) return String.fromCharCode(0xe0 | (rune >> 12), 0x80 | ((rune >> 6) & 0x3f), 0x80 | (rune & 0x3f))
  return String.fromCharCode(0xf0 | (rune >> 18), 0x80 | ((rune >> 12) & 0x3f), 0x80 | ((rune >> 6) & 0x3f), 0x80 | (rune & 0x3f))
}

/** `utf8.RuneCountInString`. */
export function countRunes(bytes: string): number {
  let count = 0
  for (let index = 0; index < bytes.length; count += 1) {
    index += bytes.charCodeAt(index) < 0x80 ? 1 : widthOf(decodeRune(bytes, index))
  }
  return count
}
