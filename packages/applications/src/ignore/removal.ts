import { isObject } from '../json.ts'

export type Key = string | number
/** Names and places, in the object as it is. */
export type KeyPath = readonly Key[]

/** What of an object is left out of a comparison, as a tree over the object as it is: places of items do not shift when others go. */
export interface Removal {
  /** The rule that says so; undefined: only something below is left out. */
  rule: string | undefined
  /** Not left out but shown as something else: a jq expression has put it there. */
  shownAs: { value: unknown } | undefined
  children: Map<Key, Removal>
}

export function noRemoval(): Removal {
  return { rule: undefined, shownAs: undefined, children: new Map() }
}

export function isNothingRemoved(removal: Removal): boolean {
  return removal.rule === undefined && removal.shownAs === undefined && removal.children.size === 0
}

export interface RemovedField {
  path: KeyPath
  rule: string
  shownAs?: { value: unknown } | undefined
}

/** Leaves fields out. Their paths are all over what is left before any of them, which is why they are added together. */
export function addRemovals(root: Removal, fields: readonly RemovedField[]): void {
  const places = fields.map((field) => ({ field, ...originalPath(root, field.path) }))
  for (const { field, node, rest } of places) {
    if (node.shownAs && rest.length > 0) {
      node.shownAs = { value: changed(node.shownAs.value, { ...field, path: rest }) }
      continue
    }
    const at = nodeAt(node, rest)
    at.rule ??= field.rule
    at.shownAs = field.shownAs
    at.children.clear()
  }
}

/** Follows a path over what is left, as far as the tree goes already; `rest` is the part below it, in places of the object as it is. */
function originalPath(root: Removal, path: KeyPath): { node: Removal; rest: KeyPath } {
  let node = root
  for (const [depth, key] of path.entries()) {
    if (node.shownAs) return { node, rest: path.slice(depth) }
    const original = typeof key === 'number' ? originalPlace(node, key) : key
    const child = node.children.get(original)
    if (!child) return { node, rest: [original, ...path.slice(depth + 1)] }
    node = child
  }
  return { node, rest: [] }
}

function originalPlace(node: Removal, place: number): number {
  const gone = [...node.children].flatMap(([key, child]) => (typeof key === 'number' && isGone(child) ? [key] : []))
  let original = place
  for (const key of gone.toSorted((a, b) => a - b)) if (key <= original) original++
  return original
}

export function isGone(removal: Removal): boolean {
  return removal.rule !== undefined && removal.shownAs === undefined
}

function nodeAt(node: Removal, path: KeyPath): Removal {
  let at = node
  for (const key of path) {
    let child = at.children.get(key)
    if (!child) at.children.set(key, (child = noRemoval()))
    at = child
  }
  return at
}

/** The object without what is left out. A copy along the way, the rest is shared; undefined when nothing stays. */
export function without(value: unknown, removal: Removal): unknown {
  if (removal.shownAs) return removal.shownAs.value
  if (removal.rule !== undefined) return undefined
  if (removal.children.size === 0) return value
  if (Array.isArray(value)) {
    const list = value as unknown[]
    return list.flatMap((item, index) => {
      const child = removal.children.get(index)
      if (!child) return [item]
      const kept = without(item, child)
      return kept === undefined && isGone(child) ? [] : [kept]
    })
  }
  if (!isObject(value)) return value
  const copy: Record<string, unknown> = {}
  for (const name of Object.keys(value)) {
    const child = removal.children.get(name)
    const kept = child ? without(value[name], child) : value[name]
    if (kept !== undefined) define(copy, name, kept)
  }
  for (const [name, child] of removal.children) {
    if (child.shownAs && typeof name === 'string' && !Object.hasOwn(copy, name)) define(copy, name, child.shownAs.value)
  }
  return copy
}

/** A field may be called `__proto__`: it is defined, never assigned. */
export function define(object: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}

function changed(value: unknown, { path, rule, shownAs }: RemovedField): unknown {
  const removal = noRemoval()
  const at = nodeAt(removal, path)
  at.rule = rule
  at.shownAs = shownAs
  return without(value, removal)
}

/** Each field that is left out, the shallowest only. */
export function removedFields(removal: Removal, path: KeyPath = []): RemovedField[] {
  if (removal.rule !== undefined) return [{ path, rule: removal.rule, shownAs: removal.shownAs }]
  return [...removal.children].flatMap(([key, child]) => removedFields(child, [...path, key]))
}
