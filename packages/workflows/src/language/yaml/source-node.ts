import type { Position } from '../contract.ts'

/** A YAML document with everything resolved that could grow: aliases are shared nodes, counted. */
export type SourceNode = ScalarNode | SequenceNode | MappingNode

export interface ScalarNode extends Position {
  readonly kind: 'scalar'
  /** By the core schema of YAML 1.2, as GitHub reads it. */
  readonly value: null | boolean | number | string
  /** The text without quotes and folding. */
  readonly text: string
  readonly style: 'plain' | 'single' | 'double' | 'block'
  /** Where in the file it stands, from its quote or the header of its block. */
  readonly start: number
  readonly end: number
}

export interface SequenceNode extends Position {
  readonly kind: 'sequence'
  readonly items: readonly SourceNode[]
}

export interface MappingNode extends Position {
  readonly kind: 'mapping'
  readonly entries: readonly { readonly key: ScalarNode; readonly value: SourceNode }[]
}

/**
 * Where the character at an offset of a scalar's text stands in the file. Quotes, escapes and folding keep the order of what is
 * not blank, so the two are walked by counting that. Offsets that ascend cost one walk in all.
 */
export function sourceOffsets(file: string, node: ScalarNode): (offset: number) => number {
  const first = contentStart(file, node)
  let walked = 0
  let at = first
  return (offset) => {
    if (offset < walked) [walked, at] = [0, first]
    for (; walked < offset; walked++) {
      if (/\s/.test(node.text.charAt(walked))) continue
      at = skipBlanks(file, at, node)
      at += unitWidth(file, at, node.style)
    }
    return Math.min(skipBlanks(file, at, node), node.end)
  }
}

function contentStart(file: string, node: ScalarNode): number {
  if (node.style === 'plain') return node.start
  if (node.style !== 'block') return node.start + 1
  const line = file.indexOf('\n', node.start)
  return line < 0 || line > node.end ? node.start : line + 1
}

function skipBlanks(file: string, from: number, node: ScalarNode): number {
  let at = from
  while (at < node.end) {
    const width = blankWidth(file, at, node.style)
    if (width === 0) break
    at += width
  }
  return at
}

function blankWidth(file: string, at: number, style: ScalarNode['style']): number {
  if (/\s/.test(file.charAt(at))) return 1
  if (style !== 'double' || file.charAt(at) !== '\\') return 0
  return /[ntr \t\r\n]/.test(file.charAt(at + 1)) ? 2 : 0
}

function unitWidth(file: string, at: number, style: ScalarNode['style']): number {
  if (style === 'single' && file.startsWith("''", at)) return 2
  if (style !== 'double' || file.charAt(at) !== '\\') return 1
  return { x: 4, u: 6, U: 10 }[file.charAt(at + 1)] ?? 2
}
