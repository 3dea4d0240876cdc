import { isObject } from '../json.ts'
import type { KeyPath } from './removal.ts'

/** The names of a JSON pointer (RFC 6901): `~1` is a slash, `~0` a tilde. */
export function pointerNames(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll(/~[01]/g, (escaped) => (escaped === '~1' ? '/' : '~')))
}

/**
 * Where a pointer leads in an object; undefined when nothing is there. As the library behind Argo CD reads it (evanphx/json-patch 4): a place counts
 * from the end when it is negative, and one that starts with no slash is the last name alone.
 */
export function resolvePointer(object: unknown, pointer: string): KeyPath | undefined {
  const names = pointerNames(pointer)
  if (names.length === 0) return undefined
  const path: (string | number)[] = []
  let current = object
  for (const name of names) {
    if (Array.isArray(current)) {
      if (!/^[+-]?\d+$/.test(name)) return undefined
      const place = Number(name) < 0 ? Number(name) + current.length : Number(name)
      if (place < 0 || place >= current.length) return undefined
      path.push(place)
      current = (current as unknown[])[place]
    } else if (isObject(current) && Object.hasOwn(current, name)) {
      path.push(name)
      current = current[name]
    } else return undefined
  }
  return path
}
