import type { JsonPatchOperation } from '../client/kube-client.ts'
import type { JsonMap } from '../schema/json-value.ts'
import { cloneJson, isEqualJson, isMap, own, setOwn } from '../schema/json-value.ts'
import { formatPointer, parsePointer } from './json-pointer.ts'
import { PatchError } from './patch-error.ts'

/** As the API server: one patch cannot be used to make it copy for minutes. */
const maxOperations = 10_000

/** What copies in one patch may add, in JSON characters; a few of them double an object each. */
const maxCopiedLength = 8 * 1024 * 1024

/**
 * Applies a JSON patch (RFC 6902) to a copy of `document`: all operations or none.
 * @throws PatchError naming the operation, its path and what is wrong.
 */
export function applyJsonPatch<T>(document: T, patch: readonly JsonPatchOperation[]): T {
  if (!Array.isArray(patch)) throw new PatchError('malformed', 'a JSON patch is a list of operations')
  if (patch.length > maxOperations)
    throw new PatchError('malformed', `a JSON patch may have ${maxOperations} operations, this one has ${patch.length}`)
  const root = { document: cloneJson(document) as unknown, copied: 0 }
  for (const [index, operation] of (patch as readonly unknown[]).entries()) {
    try {
      applyOperation(root, operation)
    } catch (error) {
      if (error instanceof PatchError) throw new PatchError(error.reason, `operation ${index + 1} of the JSON patch: ${error.message}`)
      throw error
    }
  }
  return root.document as T
}

interface Root {
  document: unknown
  copied: number
}

function applyOperation(root: Root, operation: unknown): void {
  if (!isMap(operation)) throw new PatchError('malformed', 'an operation must be an object')
  const op = own(operation, 'op')
  const path = parsePointer(own(operation, 'path'))
  switch (op) {
    case 'add':
      return add(root, path, cloneJson(valueOf(operation)))
    case 'replace':
      return replace(root, path, cloneJson(valueOf(operation)))
    case 'test':
      if (isEqualJson(read(root, path), valueOf(operation))) return
      throw new PatchError('notApplicable', `testing value ${formatPointer(path)} failed`)
    case 'remove':
      remove(root, path)
      return
    case 'copy': {
      const value = read(root, parsePointer(own(operation, 'from')))
      root.copied += JSON.stringify(value).length
      if (root.copied > maxCopiedLength) throw new PatchError('malformed', `copies add more than ${maxCopiedLength} characters`)
      return add(root, path, cloneJson(value))
    }
    case 'move': {
      const from = parsePointer(own(operation, 'from'))
      if (from.length < path.length && from.every((part, index) => part === path[index]))
        throw new PatchError('notApplicable', `${formatPointer(from)} cannot be moved into itself`)
      // Where it goes is checked on the document without it, as RFC 6902 defines a move.
      const value = read(root, from)
      if (isEqualJson(from, path)) return
      remove(root, from)
      return add(root, path, value)
    }
    default:
      throw new PatchError('malformed', `the op ${JSON.stringify(op)} is none of add, remove, replace, move, copy, test`)
  }
}

function valueOf(operation: JsonMap): unknown {
  if (!Object.hasOwn(operation, 'value')) throw new PatchError('malformed', `an operation ${String(operation['op'])} needs a value`)
  return operation['value']
}

function read(root: Root, path: readonly string[]): unknown {
  return path.reduce((value, part, index) => member(value, part, path.slice(0, index + 1)), root.document)
}

/** The container that a path ends in. */
function parentOf(root: Root, path: readonly string[]): unknown {
  return read(root, path.slice(0, -1))
}

function member(value: unknown, part: string, path: readonly string[]): unknown {
  if (Array.isArray(value)) return value[indexOf(part, value.length - 1, path)] as unknown
  if (!isMap(value) || !Object.hasOwn(value, part)) throw missing(path)
  return value[part]
}

function missing(path: readonly string[]): PatchError {
  return new PatchError('notApplicable', `there is nothing at ${formatPointer(path)}`)
}

/** Digits without a leading zero, at most `last`. */
function indexOf(part: string, last: number, path: readonly string[]): number {
  if (!/^(0|[1-9]\d{0,9})$/.test(part)) throw new PatchError('notApplicable', `${formatPointer(path)} is no index of a list`)
  const index = Number(part)
  if (index > last) throw new PatchError('notApplicable', `the index of ${formatPointer(path)} is behind the end of the list`)
  return index
}

function add(root: Root, path: readonly string[], value: unknown): void {
  const part = path.at(-1)
  if (part === undefined) {
    root.document = value
    return
  }
  const parent = parentOf(root, path)
  if (Array.isArray(parent)) {
    if (part === '-') parent.push(value)
    else parent.splice(indexOf(part, parent.length, path), 0, value)
  } else if (isMap(parent)) setOwn(parent, part, value)
  else throw missing(path.slice(0, -1))
}

function replace(root: Root, path: readonly string[], value: unknown): void {
  const part = path.at(-1)
  if (part === undefined) {
    root.document = value
    return
  }
  const parent = parentOf(root, path)
  member(parent, part, path)
  if (Array.isArray(parent)) parent[Number(part)] = value
  else setOwn(parent as JsonMap, part, value)
}

function remove(root: Root, path: readonly string[]): void {
  const part = path.at(-1)
  if (part === undefined) throw new PatchError('notApplicable', 'the whole document cannot be removed')
  const parent = parentOf(root, path)
  member(parent, part, path)
  if (Array.isArray(parent)) parent.splice(Number(part), 1)
  else delete (parent as JsonMap)[part]
}

/** Operations that turn `before` into `after`. Lists are compared by position, with the common head and tail left out. */
export function createJsonPatch(before: unknown, after: unknown): JsonPatchOperation[] {
  const operations: JsonPatchOperation[] = []
  diff(before, after, [], operations)
  return operations
}

function diff(before: unknown, after: unknown, path: string[], operations: JsonPatchOperation[]): void {
  if (isEqualJson(before, after)) return
  if (isMap(before) && isMap(after)) diffMaps(before, after, path, operations)
  else if (Array.isArray(before) && Array.isArray(after)) diffLists(before, after, path, operations)
  else operations.push({ op: 'replace', path: formatPointer(path), value: cloneJson(after) })
}

function diffMaps(before: JsonMap, after: JsonMap, path: string[], operations: JsonPatchOperation[]): void {
  for (const key of Object.keys(before)) {
    const here = [...path, key]
    if (Object.hasOwn(after, key)) diff(before[key], after[key], here, operations)
    else operations.push({ op: 'remove', path: formatPointer(here) })
  }
  for (const key of Object.keys(after)) {
    if (!Object.hasOwn(before, key)) operations.push({ op: 'add', path: formatPointer([...path, key]), value: cloneJson(after[key]) })
  }
}

function diffLists(before: readonly unknown[], after: readonly unknown[], path: string[], operations: JsonPatchOperation[]): void {
  let head = 0
  while (head < before.length && head < after.length && isEqualJson(before[head], after[head])) head++
  let tail = 0
  while (
    tail < before.length - head &&
    tail < after.length - head &&
    isEqualJson(before[before.length - 1 - tail], after[after.length - 1 - tail])
  )
    tail++
  const common = Math.min(before.length, after.length) - tail
  for (let index = head; index < common; index++) diff(before[index], after[index], [...path, String(index)], operations)
  // From the end, so that the indexes of what is still to be removed stay true.
  for (let index = before.length - tail - 1; index >= Math.max(common, head); index--)
    operations.push({ op: 'remove', path: formatPointer([...path, String(index)]) })
  for (let index = Math.max(common, head); index < after.length - tail; index++) {
    operations.push({ op: 'add', path: formatPointer([...path, String(index)]), value: cloneJson(after[index]) })
  }
}
