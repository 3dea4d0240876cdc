/**
 * Signs that have no shape and change how a line reads: what turns the direction of text (N. Boucher, R. Anderson, Trojan Source, 2021), what
 * joins or parts words without a gap, and control characters but for the tab.
 */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g

/** A carriage return at the end of a line is how some systems end lines. */
const lineEnd = /\r$/

export function hasHiddenSigns(text: string): boolean {
  return text.replace(lineEnd, '').search(hidden) >= 0
}

/** The text with each of them by its number, so that it reads as it runs. */
export function showHiddenSigns(text: string): string {
  return text
    .replace(lineEnd, '')
    .replaceAll(hidden, (sign) => `\u2039U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}\u203a`)
}
