/**
 * Which fields of an object somebody owns: the tree behind `fieldsV1`. Path elements are kept in the form in which the
 * API writes them (`f:name`, `k:{"name":"web"}`, `v:"a"`, `i:0`), so that equal elements are equal strings.
 * Sets are never changed once built; operations share what stays the same.
 */
export type FieldSet = ReadonlyMap<string, FieldNode>

/** `member`: the element itself belongs to the set. `children`: what below it does; never empty. */
export interface FieldNode {
  readonly member: boolean
  readonly children: FieldSet | undefined
}

export type MutableFieldSet = Map<string, FieldNode>

export const emptyFieldSet: FieldSet = new Map()

/** The node of most members: owned, nothing below. */
export const leaf: FieldNode = { member: true, children: undefined }

export function makeNode(member: boolean, children: FieldSet | undefined): FieldNode | undefined {
  if (children !== undefined && children.size > 0) return { member, children }
  return member ? leaf : undefined
}

/** A set of the given paths, each a list of path elements. */
export function fieldSetOf(...paths: readonly (readonly string[])[]): FieldSet {
  const set: MutableFieldSet = new Map()
  for (const path of paths) insertPath(set, path)
  return set
}

/** Changes `set`, which must not be shared yet, nor any of its children. The root itself has no owner. */
export function insertPath(set: MutableFieldSet, path: readonly string[], length = path.length): void {
  let at = set
  for (let index = 0; index < length; index++) {
    const element = path[index] as string
    const node = at.get(element)
    if (index === length - 1) {
      if (node === undefined) at.set(element, leaf)
      else if (!node.member) at.set(element, { member: true, children: node.children })
      return
    }
    if (node?.children !== undefined) {
      at = node.children as MutableFieldSet
    } else {
      const children: MutableFieldSet = new Map()
      at.set(element, { member: node !== undefined, children })
      at = children
    }
  }
}

export function unite(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || b.size === 0) return a
  if (a.size === 0) return b
  let result: MutableFieldSet | undefined
  for (const [element, other] of b) {
    const mine = a.get(element)
    const node = mine === undefined ? other : uniteNodes(mine, other)
    if (node !== mine) (result ??= new Map(a)).set(element, node)
  }
  return result ?? a
}

function uniteNodes(a: FieldNode, b: FieldNode): FieldNode {
  if (a === b) return a
  const children = a.children === undefined ? b.children : b.children === undefined ? a.children : unite(a.children, b.children)
  const member = a.member || b.member
  return member === a.member && children === a.children ? a : { member, children }
}

export function intersect(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a
  if (a.size > b.size) return intersect(b, a)
  const result: MutableFieldSet = new Map()
  for (const [element, mine] of a) {
    const other = b.get(element)
    if (other === undefined) continue
    const children = mine.children !== undefined && other.children !== undefined ? intersect(mine.children, other.children) : undefined
    const node = makeNode(mine.member && other.member, children)
    if (node !== undefined) result.set(element, node)
  }
  return result
}

/** What is in `a` and not in `b`. A parent in `b` takes no children away. */
export function subtract(a: FieldSet, b: FieldSet): FieldSet {
  return difference(a, b, false)
}

/** What is in `a` and neither itself nor below something in `b`. */
export function subtractBelow(a: FieldSet, b: FieldSet): FieldSet {
  return difference(a, b, true)
}

function difference(a: FieldSet, b: FieldSet, below: boolean): FieldSet {
  if (a.size === 0 || b.size === 0) return a
  let result: MutableFieldSet | undefined
  for (const [element, mine] of a) {
    const other = b.get(element)
    if (other === undefined) continue
    let children = mine.children
    if (below && other.member) children = undefined
    else if (children !== undefined && other.children !== undefined) children = difference(children, other.children, below)
    const member = mine.member && !other.member
    if (member === mine.member && children === mine.children) continue
    result ??= new Map(a)
    const node = makeNode(member, children)
    if (node === undefined) result.delete(element)
    else result.set(element, node)
  }
  return result ?? a
}

export function isSubset(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true
  for (const [element, mine] of a) {
    const other = b.get(element)
    if (other === undefined || (mine.member && !other.member)) return false
    if (mine.children !== undefined && (other.children === undefined || !isSubset(mine.children, other.children))) return false
  }
  return true
}

export function isSameSet(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true
  if (a.size !== b.size) return false
  for (const [element, mine] of a) {
    const other = b.get(element)
    if (other === mine) continue
    if (other === undefined || other.member !== mine.member) return false
    if (mine.children === undefined || other.children === undefined) {
      if (mine.children !== other.children) return false
    } else if (!isSameSet(mine.children, other.children)) return false
  }
  return true
}

export function hasPath(set: FieldSet, path: readonly string[]): boolean {
  let at: FieldSet | undefined = set
  for (let index = 0; index < path.length; index++) {
    const node: FieldNode | undefined = at?.get(path[index] as string)
    if (node === undefined) return false
    if (index === path.length - 1) return node.member
    at = node.children
  }
  return false
}

/** The members that have no members below them. */
export function leavesOf(set: FieldSet): FieldSet {
  const result: MutableFieldSet = new Map()
  for (const [element, node] of set) {
    if (node.children === undefined) result.set(element, node)
    else {
      const below = makeNode(false, leavesOf(node.children))
      if (below !== undefined) result.set(element, below)
    }
  }
  return result
}

/** Every member, parents before children. The path is reused between calls: copy it to keep it. */
export function eachPath(set: FieldSet, visit: (path: readonly string[]) => void, prefix: string[] = []): void {
  for (const [element, node] of set) {
    prefix.push(element)
    if (node.member) visit(prefix)
    if (node.children !== undefined) eachPath(node.children, visit, prefix)
    prefix.pop()
  }
}

export function countMembers(set: FieldSet): number {
  let count = 0
  for (const node of set.values()) count += (node.member ? 1 : 0) + (node.children === undefined ? 0 : countMembers(node.children))
  return count
}
