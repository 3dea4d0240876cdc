import { RenderError } from '../../engine/tree.ts'
import { isObject, type JsonValue } from '../json.ts'

/** The kinds of YAML nodes, under goyaml's names. */
export type NodeKind = 'MappingNode' | 'SequenceNode' | 'ScalarNode'

/** Undefined for what is not there, and for null, which fits everywhere. */
export function kindOf(value: JsonValue | undefined): NodeKind | undefined {
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value)) return 'SequenceNode'
  return isObject(value) ? 'MappingNode' : 'ScalarNode'
}

/** Throws kyaml's error when there is a value of another kind. */
export function requireKind(value: JsonValue | undefined, expected: NodeKind): void {
  const kind = kindOf(value)
  if (kind === undefined || kind === expected) return
  const content =
    typeof value === 'string' ? value : JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each))
  throw new RenderError(`wrong node kind: expected ${expected} but got ${kind}: node contents:\n${content.slice(0, 1_000)}\n`)
}
