import { Composer, isAlias, isMap, isPair, isScalar, isSeq, Lexer, Parser, type CST, type Node } from 'yaml'
import type { Position, Problem } from '../contract.ts'
import type { MappingNode, ScalarNode, SourceNode } from './source-node.ts'

/** GitHub's limits for a file: characters, and nodes with each alias counted as what it stands for (actions/runner, ParseOptions). */
const longestFile = 1024 * 1024
const mostNodes = 50_000
/** GitHub counts 50 levels in its own model; brackets count here, so a little more. */
const deepest = 64
/** Pieces of text that the parser looks at; a file with as many nodes as are allowed has fewer. */
const mostPieces = 300_000

export interface YamlFile {
  readonly text: string
  readonly root?: SourceNode
  readonly problems: Problem[]
  /** Of a place in the text. */
  position(offset: number): Position
}

/** Lines of a quoted text that are moved in, before it is taken for unclosed; in a file that is not large. */
const mostMoved = 10
const largestMoved = 128 * 1024
const margin = ' '.repeat(80)

/**
 * Never throws for what the text holds. Without `root` there is a problem. YAML 1.2 wants the lines of a quoted text indented deeper
 * than its key; GitHub's reader (libyaml's rules) takes them at any column, and folds their indentation away. So do we: such
 * lines are moved in, and places in them moved back.
 */
export function readYaml(text: string): YamlFile {
  const first = readOnce(text, new Set())
  let [attempt, current] = [first, text]
  const moved = new Set<number>()
  while (attempt.unindented !== undefined && moved.size < mostMoved && text.length <= largestMoved) {
    moved.add(lineFinder(current)(attempt.unindented).line)
    current = current.slice(0, attempt.unindented) + margin + current.slice(attempt.unindented)
    attempt = readOnce(current, moved)
  }
  return attempt.root ? attempt : first
}

/** `unindented`: where a line begins that ends a quoted text, for its indentation alone. */
function readOnce(text: string, moved: ReadonlySet<number>): YamlFile & { unindented?: number } {
  const problems: Problem[] = []
  const find = lineFinder(text)
  const position = (offset: number): Position => {
    const { line, column } = find(offset)
    return { line, column: moved.has(line) ? Math.max(1, column - margin.length) : column }
  }
  const fail = (message: string, at: Position = { line: 1, column: 1 }): YamlFile => {
    problems.push({ message, severity: 'error', ...at })
    return { text, problems, position }
  }
  if (text.length > longestFile) return fail(`file is larger than 1 MiB (${text.length} characters)`)
  const tokens = tokenize(text)
  if ('problem' in tokens) return fail(tokens.problem, position(tokens.offset))
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  })
  const [document] = composer.compose(tokens)
  if (!document) return fail('file is empty')
  for (const error of document.errors.slice(0, 10)) {
    problems.push({ message: `YAML: ${sentence(error.message)}`, severity: 'error', ...position(error.pos[0]) })
  }
  if (problems.length > 0) {
    const [error] = document.errors
    const unindented = error?.code === 'MISSING_CHAR' && /quote/.test(error.message) ? nextLine(text, error.pos[0]) : undefined
    return { text, problems, position, ...(unindented !== undefined && { unindented }) }
  }
  if (!document.contents) return fail('file is empty')

  const anchors = new Map<string, { node: SourceNode; size: number; depth: number }>()
  let nodes = 0
  try {
    const { node } = convert(document.contents, 0)
    return { text, root: node, problems, position }
  } catch (error) {
    if (error instanceof Refusal) return fail(error.message, position(error.offset))
    throw error
  }

  function convert(from: Node | null, depth: number): { node: SourceNode; size: number; depth: number } {
    const offset = from?.range?.[0] ?? 0
    if (depth > deepest) throw new Refusal(`YAML is nested more than ${deepest} deep`, offset)
    if (isAlias(from)) {
      const known = anchors.get(from.source)
      if (!known) throw new Refusal(`there is no anchor '&${from.source}' before this alias`, offset)
      spend(known.size, offset)
      if (depth + known.depth > deepest) throw new Refusal(`YAML is nested more than ${deepest} deep`, offset)
      return known
    }
    spend(1, offset)
    const made = build(from, depth, offset)
    if (from && 'anchor' in from && from.anchor) anchors.set(from.anchor, made)
    return made
  }

  function build(from: Node | null, depth: number, offset: number): { node: SourceNode; size: number; depth: number } {
    const at = position(offset)
    if (from === null || isScalar(from)) return { node: scalar(from, offset, at), size: 1, depth: 1 }
    if (isSeq(from)) {
      const items = from.items.map((item) => convert(item as Node | null, depth + 1))
      return { node: { kind: 'sequence', items: items.map((item) => item.node), ...at }, ...sum(items) }
    }
    if (!isMap(from)) throw new Refusal('unexpected YAML', offset)
    const parts: { size: number; depth: number }[] = []
    const entries: { key: ScalarNode; value: SourceNode }[] = []
    for (const pair of from.items) {
      if (!isPair(pair)) throw new Refusal('unexpected YAML', offset)
      const key = convert(pair.key as Node | null, depth + 1)
      if (key.node.kind !== 'scalar') throw new Refusal('a key must be text', (pair.key as Node | null)?.range?.[0] ?? offset)
      const value = convert(pair.value as Node | null, depth + 1)
      // A value that is left out stands where its key does: the parser gives it no place of its own.
      const isMissing = pair.value === null
      entries.push({ key: key.node, value: isMissing ? { ...value.node, line: key.node.line, column: key.node.column } : value.node })
      parts.push(key, value)
    }
    const node: MappingNode = { kind: 'mapping', entries, ...at }
    return { node, ...sum(parts) }
  }

  function scalar(from: Node | null, offset: number, at: Position): ScalarNode {
    if (!from || !isScalar(from)) return { kind: 'scalar', value: null, text: '', style: 'plain', start: offset, end: offset, ...at }
    const [start, end] = from.range ?? [offset, offset]
    const style =
      from.type === 'QUOTE_SINGLE' ? 'single' : from.type === 'QUOTE_DOUBLE' ? 'double' : from.type?.startsWith('BLOCK') ? 'block' : 'plain'
    const value: unknown = from.value
    if (typeof value === 'string' || typeof value === 'boolean' || value === null) {
      const written = typeof value === 'string' ? value : (from.source ?? '')
      return { kind: 'scalar', value, text: written, style, start, end, ...at }
    }
    if (typeof value === 'number') return { kind: 'scalar', value, text: from.source ?? String(value), style, start, end, ...at }
    throw new Refusal(`YAML tag '${from.tag ?? ''}' is not supported`, offset)
  }

  function spend(size: number, offset: number): void {
    nodes += size
    if (nodes > mostNodes) throw new Refusal(`YAML has more than ${mostNodes} nodes, aliases counted as what they stand for`, offset)
  }
}

class Refusal extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

function sum(parts: readonly { size: number; depth: number }[]): { size: number; depth: number } {
  let size = 1
  let depth = 0
  for (const part of parts) {
    size += part.size
    depth = Math.max(depth, part.depth)
  }
  return { size, depth: depth + 1 }
}

/**
 * The concrete syntax of the one document. Its parser needs no recursion, what composes nodes of it does: depth and size are
 * bounded here.
 */
function tokenize(text: string): CST.Token[] | { problem: string; offset: number } {
  const parser = new Parser()
  const tokens: CST.Token[] = []
  let pieces = 0
  let hasDocument = false
  const take = (token: CST.Token): boolean => {
    tokens.push(token)
    const isSecond = hasDocument && token.type === 'document'
    hasDocument ||= token.type === 'document'
    return !isSecond
  }
  const second = { problem: 'file holds more than one YAML document (a line `---`)', offset: 0 }
  for (const piece of new Lexer().lex(text)) {
    if (++pieces > mostPieces) return { problem: `YAML has more than ${mostPieces} words, signs and blanks`, offset: parser.offset }
    for (const token of parser.next(piece)) if (!take(token)) return { ...second, offset: token.offset }
    // The stack holds the document, each collection, and the scalar that is being read.
    if (parser.stack.length > deepest + 2) return { problem: `YAML is nested more than ${deepest} deep`, offset: parser.offset }
  }
  for (const token of parser.end()) if (!take(token)) return { ...second, offset: token.offset }
  return tokens
}

/** Where the next line with something on it begins. */
function nextLine(text: string, from: number): number | undefined {
  const content = /\S/g
  content.lastIndex = from
  const found = content.exec(text)
  return found ? text.lastIndexOf('\n', found.index) + 1 : undefined
}

function lineFinder(text: string): (offset: number) => Position {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: Math.max(1, offset - (starts[low] ?? 0) + 1) }
  }
}

function sentence(message: string): string {
  return message.replace(/\s+/g, ' ').replace(/ at line .*$/, '')
}
