/** Text as Go holds it: strings of bytes, in which a character may be several units. */

/** Spaces of Unicode that are no ASCII, as UTF-8: what `strings.TrimSpace` trims beyond ASCII. */
const wideSpaces = new Set([
  '\xc2\x85',
  '\xc2\xa0',
  '\xe1\x9a\x80',
  ...Array.from({ length: 11 }, (_, index) => `\xe2\x80${String.fromCharCode(0x80 + index)}`),
  '\xe2\x80\xa8',
  '\xe2\x80\xa9',
  '\xe2\x80\xaf',
  '\xe2\x81\x9f',
  '\xe3\x80\x80',
])

/** `strings.TrimSpace`. */
export function trimSpace(text: string): string {
  let start = 0
  for (let width = spaceAt(text, start); width > 0; width = spaceAt(text, start)) start += width
  let end = text.length
  for (let width = spaceBefore(text, end); width > 0 && end > start; width = spaceBefore(text, end)) end -= width
  return text.slice(start, Math.max(start, end))
}

export function isBlank(text: string): boolean {
  return trimSpace(text) === ''
}

function spaceAt(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  if (isAsciiSpace(unit)) return 1
  if (unit === 0xc2) return wideSpaces.has(text.slice(at, at + 2)) ? 2 : 0
  return unit >= 0xe1 && unit <= 0xe3 && wideSpaces.has(text.slice(at, at + 3)) ? 3 : 0
}

function spaceBefore(text: string, end: number): number {
  const unit = text.charCodeAt(end - 1)
  if (isAsciiSpace(unit)) return 1
  if (!(unit >= 0x80)) return 0
  if (wideSpaces.has(text.slice(end - 2, end))) return 2
  return wideSpaces.has(text.slice(end - 3, end)) ? 3 : 0
}

function isAsciiSpace(unit: number): boolean {
  return unit === 32 || (unit >= 9 && unit <= 13)
}

/** Bytes of a file as a string of bytes. */
export function byteString(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1')
}

/** Without the mark that some editors put before UTF-8. */
export function withoutByteOrderMark(data: Uint8Array): Uint8Array {
  return data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf ? data.subarray(3) : data
}
