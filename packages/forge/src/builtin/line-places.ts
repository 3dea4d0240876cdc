import type { ChangedFile } from '@plimsoll/api'

/**
 * Where a line of the older side of a difference stands on the newer one: undefined when it was changed or taken away. Files that are not
 * among the changed ones stand as they stood.
 */
export function placeOfLine(files: readonly ChangedFile[], path: string, line: number): { path: string; line: number } | undefined {
  const file = files.find((one) => (one.previousPath ?? one.path) === path && one.status !== 'added' && one.status !== 'copied')
  if (file === undefined) return { path, line }
  if (file.status === 'removed' || file.isBinary || file.hunks === undefined) {
    return file.status === 'renamed' && file.additions + file.deletions === 0 ? { path: file.path, line } : undefined
  }
  let shift = 0
  for (const hunk of file.hunks) {
    let old = hunk.oldStart
    let fresh = hunk.newStart
    // A hunk of additions alone names the line that it follows.
    if (line < old) break
    for (const text of hunk.lines) {
      if (text.startsWith('\\')) continue
      const sign = text[0]
      if (sign !== '+') {
        if (old === line) return sign === ' ' ? { path: file.path, line: fresh } : undefined
        old += 1
      }
      if (sign !== '-') fresh += 1
    }
    shift = fresh - old
  }
  return { path: file.path, line: line + shift }
}
