import type { GoValue } from '../../../go/value.ts'
import { isObject } from '../json-kind.ts'
import type { Node } from './node.ts'

/** Properties and items of a value that no schema has looked at yet, for `unevaluatedProperties` and `unevaluatedItems`; kept only where someone asks. */
export class Unevaluated {
  properties: Set<string> | undefined
  items: Set<number> | undefined

  constructor(value: GoValue, node: Node, isAsked: boolean) {
    if (isObject(value)) {
      if (node.additionalProperties === undefined && (isAsked || node.unevaluatedProperties !== undefined))
        this.properties = new Set(value.keys())
    } else if (Array.isArray(value) && (isAsked || node.unevaluatedItems !== undefined)) {
      const evaluated = evaluatedItems(node)
      if (evaluated < value.length) this.items = new Set(Array.from({ length: value.length - evaluated }, (_, index) => index + evaluated))
    }
  }

  get isEmpty(): boolean {
    return (this.properties?.size ?? 0) === 0 && (this.items?.size ?? 0) === 0
  }

  /** What another schema for the same value has looked at is no longer left over here. */
  keepOnly(other: Unevaluated): void {
    for (const key of this.properties ?? []) if (other.properties?.has(key) !== true) this.properties?.delete(key)
    for (const index of this.items ?? []) if (other.items?.has(index) !== true) this.items?.delete(index)
  }
}

/** Items that the schema's own keywords stand for, from the first on. */
function evaluatedItems(node: Node): number {
  if (node.draft >= 2020) return node.items2020 === undefined ? node.prefixItems.length : Infinity
  if (node.additionalItems !== undefined) return Infinity
  if (node.items === undefined) return 0
  return 'length' in node.items ? node.items.length : Infinity
}
