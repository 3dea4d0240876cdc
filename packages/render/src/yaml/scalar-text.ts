/**
 * What goyaml's emitters have to know of a text before they can say how to write it. All texts are strings of bytes.
 */
export interface ScalarTraits {
  multiline: boolean
  /** Plain outside of flow collections. */
  plain: boolean
  singleQuoted: boolean
  block: boolean
}

/** What begins without an indicator, and holds only ASCII: plain unless `: `, ` #` or a blank at the end is in it. */
const harmlessText = /^[A-Za-z0-9_/.$^()\\=+;<~][\x20-\x7e]*$/
const harmfulPart = /:(?: |$)| #| $/
const dashes = /^(?:---|\.\.\.)/

const anyStyle: ScalarTraits = { multiline: false, plain: true, singleQuoted: true, block: true }
const emptyTraits: ScalarTraits = { multiline: false, plain: true, singleQuoted: true, block: false }

/** libyaml's analysis of a scalar (emitterc.go). `tabsArePrintable` is goyaml v3's: a tab forbids plain and single quotes, but not a block. */
export function analyzeScalar(text: string, tabsArePrintable: boolean): ScalarTraits {
  if (text === '') return emptyTraits
  if (harmlessText.test(text) && !harmfulPart.test(text) && !dashes.test(text)) return anyStyle

  let indicators = dashes.test(text)
  let lineBreaks = false
  let special = false
  let tabs = false
  let leadingBlank = false
  let trailingSpace = false
  let trailingBreak = false
  let breakSpace = false
  let spaceBreak = false
  let afterBlank = true
  let afterSpace = false
  let afterBreak = false

  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at)
    const width = characterWidth(code)
    const next = at + width
    if (!indicators) indicators = isIndicator(text, at, code, afterBlank)
    if (tabsArePrintable && code === 9) tabs = true
    else if (!isPrintable(text, at, code)) special = true
    if (code === 0x20) {
      if (at === 0) leadingBlank = true
      if (next === text.length) trailingSpace = true
      if (afterBreak) breakSpace = true
      afterSpace = true
      afterBreak = false
      afterBlank = true
    } else if (isBreak(text, at, code)) {
      lineBreaks = true
      if (at === 0) leadingBlank = true
      if (next === text.length) trailingBreak = true
      if (afterSpace) spaceBreak = true
      afterSpace = false
      afterBreak = true
      afterBlank = true
    } else {
      afterSpace = false
      afterBreak = false
      afterBlank = code === 9 || code === 0
    }
    at = next
  }

  const quotes = !breakSpace && !spaceBreak && !special && !tabs
  return {
    multiline: lineBreaks,
    plain: quotes && !lineBreaks && !indicators && !leadingBlank && !trailingSpace && !trailingBreak,
    singleQuoted: quotes,
    block: !trailingSpace && !spaceBreak && !special,
  }
}

const leadingIndicators = new Set(Array.from('#,[]{}&*!|>\'"%@`', (character) => character.charCodeAt(0)))

function isIndicator(text: string, at: number, code: number, afterBlank: boolean): boolean {
  if (at === 0 && leadingIndicators.has(code)) return true
  if (code === 0x3a || (at === 0 && (code === 0x3f || code === 0x2d))) return isBlankOrEnd(text, at + 1)
  return code === 0x23 && afterBlank
}

function isBlankOrEnd(text: string, at: number): boolean {
  if (at >= text.length) return true
  const code = text.charCodeAt(at)
  return code === 0x20 || code === 9
}

export function characterWidth(first: number): number {
  if (first < 0x80) return 1
  if (first < 0xe0) return 2
  return first < 0xf0 ? 3 : 4
}

/** CR, LF, NEL, LS and PS. */
export function isBreak(text: string, at: number, code: number): boolean {
  if (code === 0x0a || code === 0x0d) return true
  if (code === 0xc2) return text.charCodeAt(at + 1) === 0x85
  return code === 0xe2 && text.charCodeAt(at + 1) === 0x80 && (text.charCodeAt(at + 2) & 0xfe) === 0xa8
}

/** libyaml's printable characters: what is beyond U+FFFF is not among them. */
export function isPrintable(text: string, at: number, code: number): boolean {
  if (code < 0x80) return code === 0x0a || (code >= 0x20 && code <= 0x7e)
  if (code === 0xc2) return text.charCodeAt(at + 1) >= 0xa0
  if (code < 0xed) return code > 0xc2
  if (code === 0xed) return text.charCodeAt(at + 1) < 0xa0
  if (code === 0xee) return true
  if (code !== 0xef) return false
  const second = text.charCodeAt(at + 1)
  const third = text.charCodeAt(at + 2)
  return !(second === 0xbb && third === 0xbf) && !(second === 0xbf && (third === 0xbe || third === 0xbf))
}
