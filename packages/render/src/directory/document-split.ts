/** One YAML document of a file. `line` is that of its first line, from 0. */
export interface TextDocument {
  text: string
  line: number
}

/**
 * Cuts a file at its `---` lines, as Kubernetes does (apimachinery `util/yaml/decoder.go`, YAMLReader): only blanks and a comment may follow the
 * dashes; any other line that begins with them belongs to the document.
 */
export function splitDocuments(text: string): TextDocument[] {
  const documents: TextDocument[] = []
  let start = 0
  let startLine = 0
  let line = 0
  for (let at = 0; at <= text.length; line++) {
    const newline = text.indexOf('\n', at)
    const end = newline < 0 ? text.length : newline
    if (text.startsWith('---', at) && /^\s*(?:#.*)?$/.test(text.slice(at + 3, end))) {
      documents.push({ text: text.slice(start, at), line: startLine })
      start = Math.min(end + 1, text.length)
      startLine = line + 1
    }
    if (newline < 0) break
    at = newline + 1
  }
  documents.push({ text: text.slice(start), line: startLine })
  // A directive (`%YAML 1.1`) stands before the dashes of its document; nothing here depends on it.
  return documents.filter(({ text: content }) => firstContent(content) !== undefined)
}

/** Where the first line is that is neither blank nor a comment nor a directive: line and column from 0. */
export function firstContent(text: string): { line: number; column: number } | undefined {
  let line = 0
  for (let at = 0; at < text.length; line++) {
    const newline = text.indexOf('\n', at)
    const end = newline < 0 ? text.length : newline
    let column = at
    while (column < end && (text[column] === ' ' || text[column] === '\t' || text[column] === '\r')) column++
    if (column < end && text[column] !== '#' && text[column] !== '%') return { line, column: column - at }
    if (newline < 0) break
    at = newline + 1
  }
  return undefined
}
