/** What a Jsonnet text imports: `import` is evaluated in turn, the others are read as they are. */
export interface JsonnetImport {
  kind: 'import' | 'importstr' | 'importbin'
  path: string
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/**
 * The imports of a Jsonnet text (jsonnet.org/ref/spec.html, "Lexing"). They are literals by the language, so that everything a program can read is known
 * before it runs. Undefined for what cannot be told: a text that is cut off, or an import that is no literal.
 */
export function scanImports(text: string): JsonnetImport[] | undefined {
  const imports: JsonnetImport[] = []
  let pending: JsonnetImport['kind'] | undefined
  let at = 0
  while (at < text.length) {
    const end = skipBlank(text, at)
    if (end === undefined) return undefined
    if (end > at) {
      at = end
      continue
    }
    const literal = readText(text, at)
    if (literal === undefined) return undefined
    if (literal !== 'none') {
      // The programs refuse a block here, or read it without its indent.
      if (pending !== undefined && text.startsWith('|||', at)) return undefined
      if (pending !== undefined) imports.push({ kind: pending, path: literal.value })
      pending = undefined
      at = literal.end
      continue
    }
    if (pending !== undefined) return undefined
    const word = /[A-Za-z_][A-Za-z0-9_]*|./suy
    word.lastIndex = at
    const [found = ''] = word.exec(text) ?? []
    if (found === 'import' || found === 'importstr' || found === 'importbin') pending = found
    at += Math.max(1, found.length)
  }
  return pending === undefined ? imports : undefined
}

/** Past blanks and comments; undefined for a comment without an end. */
function skipBlank(text: string, start: number): number | undefined {
  const blank = /[ \t\r\n]+|(?:\/\/|#)[^\n]*/y
  blank.lastIndex = start
  if (blank.test(text)) return blank.lastIndex
  if (!text.startsWith('/*', start)) return start
  const end = text.indexOf('*/', start + 2)
  return end < 0 ? undefined : end + 2
}

function readText(text: string, at: number): { value: string; end: number } | 'none' | undefined {
  if (text.startsWith('|||', at)) return readBlock(text, at)
  const quote = text[at]
  if (quote === '@' && (text[at + 1] === '"' || text[at + 1] === "'")) return readVerbatim(text, at + 1)
  if (quote !== '"' && quote !== "'") return 'none'
  let value = ''
  for (let next = at + 1; next < text.length; next++) {
    const character = text[next] ?? ''
    if (character === quote) return { value, end: next + 1 }
    if (character !== '\\') {
      value += character
      continue
    }
    const escaped = text[++next] ?? ''
    if (escaped === 'u') {
      const digits = text.slice(next + 1, next + 5)
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) return undefined
      value += String.fromCharCode(Number.parseInt(digits, 16))
      next += 4
    } else value += escapes[escaped] ?? escaped
  }
  return undefined
}

/** `@'it''s'`: only the quote is doubled. */
function readVerbatim(text: string, at: number): { value: string; end: number } | undefined {
  const quote = text[at] ?? ''
  let value = ''
  for (let next = at + 1; next < text.length; next++) {
    if (text[next] !== quote) value += text[next]
    else if (text[next + 1] === quote) value += text[next++]
    else return { value, end: next + 1 }
  }
  return undefined
}

/**
 * `|||`, a line break, lines that begin as the first one does, and `|||` on a line that does not. As the programs read it (`lexer.cpp`, `lexer.go`): a line
 * is blank only when nothing at all is on it, so that one of blanks alone sets the indent, or ends the block.
 */
function readBlock(text: string, at: number): { value: string; end: number } | undefined {
  const opening = /\|\|\|-?[ \t\r]*\n/y
  opening.lastIndex = at
  if (!opening.test(text)) return undefined
  let next = opening.lastIndex
  const first = /\n*([ \t]+)/y
  first.lastIndex = next
  const prefix = first.exec(text)?.[1]
  if (prefix === undefined) return undefined
  const start = next
  for (;;) {
    const newline = text.indexOf('\n', next)
    if (newline !== next && !text.startsWith(prefix, next)) break
    if (newline < 0) return undefined
    next = newline + 1
  }
  const closing = /[ \t]*\|\|\|/y
  closing.lastIndex = next
  return closing.test(text) ? { value: text.slice(start, next), end: closing.lastIndex } : undefined
}
