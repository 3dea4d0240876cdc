import yaml from 'js-yaml'
import { kubernetesSchema } from './yaml-dialect.ts'

export interface NodePosition {
  /** From 0, within the document. */
  line: number
  column: number
}

interface Node {
  line: number
  column: number
  result: unknown
  children: Node[]
}

/** The part of js-yaml's state that its `listener` is given, and its types do not tell. */
interface ParserState {
  line: number
  position: number
  lineStart: number
  result: unknown
  input: string
}

/** Reads a document once more, only to say where its fields are. Used for what is wrong and for lists, not for every file. */
export function readPositions(text: string): (path: readonly (string | number)[]) => NodePosition | undefined {
  const root: Node = { line: 0, column: 0, result: undefined, children: [] }
  const open: Node[] = [root]
  try {
    yaml.load(text, {
      schema: kubernetesSchema,
      listener(this: unknown, event: 'open' | 'close', state: unknown) {
        const { line, position, lineStart, result, input } = state as ParserState
        if (event === 'open') {
          // The parser stands before the blanks and line breaks that lead to the node.
          const node: Node = { ...skipBlanks(input, position, line, lineStart), result: undefined, children: [] }
          open.at(-1)?.children.push(node)
          open.push(node)
        } else {
          const node = open.pop()
          if (node !== undefined) node.result = result
        }
      },
    } as yaml.LoadOptions)
  } catch {
    // What could be read until then is still of use.
  }
  return (path) => find(root.children[0], path)
}

/** As far along the path as there are nodes: for a field that is missing, the object it is missing from. */
function find(start: Node | undefined, path: readonly (string | number)[]): NodePosition | undefined {
  let node = start
  for (const step of path) {
    const next: Node | undefined = typeof step === 'number' ? node?.children[step] : valueOf(node, step)
    if (next === undefined) break
    node = next
  }
  return node && { line: node.line, column: node.column }
}

/** A mapping's children come in pairs: a key, then its value. The key says where the field is; a scalar's own place is not needed. */
function valueOf(node: Node | undefined, field: string): Node | undefined {
  if (node === undefined) return undefined
  for (let index = 0; index + 1 < node.children.length; index += 2) {
    const key = node.children[index]
    const value = node.children[index + 1]
    if (key !== undefined && value !== undefined && String(key.result) === field) {
      return { ...value, line: key.line, column: key.column }
    }
  }
  return undefined
}

function skipBlanks(input: string, position: number, line: number, lineStart: number): NodePosition {
  let at = position
  let currentLine = line
  let currentStart = lineStart
  for (;;) {
    const character = input[at]
    if (character === '\n') {
      currentLine += 1
      currentStart = at + 1
    } else if (character === '#' && (at === currentStart || /\s/.test(input[at - 1] ?? ' '))) {
      while (at + 1 < input.length && input[at + 1] !== '\n') at++
    } else if (character !== ' ' && character !== '\t' && character !== '\r') break
    at++
  }
  return { line: currentLine, column: at - currentStart }
}
