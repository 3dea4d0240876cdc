import { fieldOf, isDeepEqual, isObject } from '../json.ts'

/** One step into an object: a field, an element of a list by its keys, by its value (sets), or by its place. */
export type PathStep = { field: string } | { keys: Record<string, unknown> } | { value: unknown } | { index: number }
export type FieldPath = readonly PathStep[]

/** `spec.template.spec.containers[api].image`, for people. */
export function formatPath(path: FieldPath): string {
  let text = ''
  for (const step of path) {
    if ('field' in step) text += /^[A-Za-z_][\w-]*$/.test(step.field) ? `${text ? '.' : ''}${step.field}` : `["${step.field}"]`
    else if ('keys' in step) text += `[${Object.values(step.keys).map(String).join('/')}]`
    else if ('value' in step) text += `[${typeof step.value === 'string' ? step.value : JSON.stringify(step.value)}]`
    else text += `[${step.index}]`
  }
  return text
}

/** The element of a list that a step names, and its place; undefined when there is none. */
export function elementAt(list: readonly unknown[], step: PathStep): { index: number; value: unknown } | undefined {
  if ('field' in step) return undefined
  const index =
    'index' in step
      ? step.index
      : list.findIndex((item) =>
          'value' in step
            ? isDeepEqual(item, step.value)
            : isObject(item) && Object.entries(step.keys).every(([name, value]) => isDeepEqual(fieldOf(item, name), value)),
        )
  return index >= 0 && index < list.length ? { index, value: list[index] } : undefined
}

/** What is at a path, or undefined. */
export function valueAt(root: unknown, path: FieldPath): unknown {
  let current = root
  for (const step of path) {
    if ('field' in step) current = fieldOf(current, step.field)
    else current = Array.isArray(current) ? elementAt(current, step)?.value : undefined
    if (current === undefined) return undefined
  }
  return current
}

/** A copy of `root` in which the value at `path` is `value`, or is gone when that is undefined. What is not on the path is shared. */
export function withValueAt(root: unknown, path: FieldPath, value: unknown): unknown {
  const [step, ...rest] = path
  if (!step) return value
  if ('field' in step) {
    const copy: Record<string, unknown> = { ...(isObject(root) ? root : {}) }
    const next = withValueAt(fieldOf(root, step.field), rest, value)
    if (next === undefined) delete copy[step.field]
    // A field may be called `__proto__`: it is defined, never assigned.
    else Object.defineProperty(copy, step.field, { value: next, enumerable: true, configurable: true, writable: true })
    return copy
  }
  const list = Array.isArray(root) ? [...(root as unknown[])] : []
  const found = elementAt(list, step)
  const next = withValueAt(found?.value, rest, value)
  if (next === undefined) {
    if (found) list.splice(found.index, 1)
  } else if (found) list[found.index] = next
  else list.push(next)
  return list
}
