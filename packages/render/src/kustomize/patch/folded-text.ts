/**
 * What becomes of a folded text (`>`) that kustomize reads and writes again, which it does with every resource. goyaml's writer decides by the
 * beginning of the text, and not by the next line, whether a line break must be doubled to survive (goyaml v3, `emitterc.go`,
 * `yaml_emitter_write_folded_scalar`): before an indented line a break too many appears, and in a text that begins with a blank breaks are lost.
 */
export function foldAgain(text: string): string {
  if (!isBlockAllowed(text)) return text
  return readFolded(writeFolded(text), text.endsWith('\n') ? (/(?:^|\n)\n$/.test(text) ? 'keep' : 'clip') : 'strip')
}

/** Other texts are written in quotes, which lose nothing. */
function isBlockAllowed(text: string): boolean {
  return text.includes('\n') && !/ (?:\n|$)/.test(text) && !notPrintable.test(text)
}

// oxlint-disable-next-line no-control-regex -- YAML 1.1, 4.1.1: what is printable, without the byte order mark
const notPrintable = /[^\t\n\r -~\u0085\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u

function writeFolded(text: string): string {
  const begin = text.replace(/^\n+/, '')
  const doubles = begin !== '' && !/^[ \t]/.test(begin)
  if (!doubles) return text
  let written = ''
  let isBreakBefore = true
  let isIndented = true
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at)
    if (char === '\n') {
      if (!isBreakBefore && !isIndented) written += '\n'
      isBreakBefore = true
    } else {
      if (isBreakBefore) isIndented = char === ' ' || char === '\t'
      isBreakBefore = false
    }
    written += char
  }
  return written
}

/** YAML 1.1, 9.6: between lines that are not indented one break is a space, and of several the first goes. */
function readFolded(written: string, chomping: 'strip' | 'clip' | 'keep'): string {
  let text = ''
  let lineBreak = ''
  let wasIndented = false
  let at = 0
  const takeBreaks = () => {
    const start = at
    while (written[at] === '\n') at += 1
    return written.slice(start, at)
  }
  let emptyLines = takeBreaks()
  while (at < written.length) {
    const isIndented = written[at] === ' ' || written[at] === '\t'
    if (lineBreak === '' || wasIndented || isIndented) text += lineBreak
    else if (emptyLines === '') text += ' '
    text += emptyLines
    wasIndented = isIndented
    const found = written.indexOf('\n', at)
    const end = found === -1 ? written.length : found
    text += written.slice(at, end)
    at = end
    lineBreak = at < written.length ? '\n' : ''
    at += lineBreak.length
    emptyLines = takeBreaks()
  }
  return text + (chomping === 'strip' ? '' : lineBreak) + (chomping === 'keep' ? emptyLines : '')
}
