import { PatchError } from './patch-error.ts'

/** Parts of a JSON pointer (RFC 6901), unescaped; the empty pointer has none. */
export function parsePointer(pointer: unknown): string[] {
  if (typeof pointer !== 'string')
    throw new PatchError('malformed', `a path must be a string, not ${pointer === undefined ? 'absent' : typeof pointer}`)
  if (pointer === '') return []
  if (!pointer.startsWith('/')) throw new PatchError('malformed', `the path ${JSON.stringify(pointer)} must start with '/'`)
  return pointer
    .slice(1)
    .split('/')
    .map((part) => unescapePart(part, pointer))
}

function unescapePart(part: string, pointer: string): string {
  if (/~(?![01])/.test(part)) throw new PatchError('malformed', `the path ${JSON.stringify(pointer)} has a '~' that is neither ~0 nor ~1`)
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}

export function formatPointer(parts: readonly string[]): string {
  return parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
