/**
 * What a title must not have: control characters, ends of lines, and those that turn the direction of what follows (Unicode TR 9, explicit
 * directional formatting), by which a title reads otherwise than it is written.
 */
export const unshown = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u
const allUnshown = new RegExp(`${unshown.source}+`, 'gu')

/** A title of a text that somebody pushed. */
export function oneLine(text: string): string {
  return text.replace(allUnshown, ' ').trim().slice(0, 256)
}
