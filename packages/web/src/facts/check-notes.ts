import type { Check, CheckAnnotation } from '@plimsoll/api'

/** What a check says about a line of the head. */
export interface CheckNote extends CheckAnnotation {
  check: string
}

/** More than this of one file would bury its lines: the check itself has them all. */
const mostOfFile = 50

export function notesByPath(checks: readonly Check[]): Map<string, CheckNote[]> {
  const found = new Map<string, CheckNote[]>()
  for (const { name, annotations = [] } of checks) {
    for (const one of annotations) {
      const notes = found.get(one.path) ?? []
      if (notes.length < mostOfFile) notes.push({ ...one, check: name })
      found.set(one.path, notes)
    }
  }
  return found
}
