import type { ChangedFile, DiffHunk } from '@plimsoll/api'

/** As built in: a file with more than this is named, and not shown. */
const mostLines = 20_000
const mostBytes = 1024 * 1024

/** Hunks of one file's patch, from its first `@@` on. Undefined when it is too large to be shown. */
export function readHunks(patch: string): DiffHunk[] | undefined {
  if (patch.length > mostBytes) return undefined
  const hunks: DiffHunk[] = []
  const lines = patch.split('\n')
  if (lines.length > mostLines) return undefined
  if (lines.at(-1) === '') lines.pop()
  for (const line of lines) {
    const head = /^@@ -(\d{1,9})(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@ ?(.*)$/.exec(line)
    if (head) hunks.push({ oldStart: Number(head[1]), newStart: Number(head[2]), heading: head[3] ?? '', lines: [] })
    else hunks.at(-1)?.lines.push(line)
  }
  return hunks
}

export function countLines(hunks: readonly DiffHunk[]): { additions: number; deletions: number } {
  const lines = hunks.flatMap((hunk) => hunk.lines)
  return {
    additions: lines.filter((line) => line.startsWith('+')).length,
    deletions: lines.filter((line) => line.startsWith('-')).length,
  }
}

/** What a file shows, from its patch: hunks, or why there are none. */
export function shownPatch(patch: string | undefined): Pick<ChangedFile, 'hunks' | 'isTooLarge'> {
  const hunks = patch === undefined ? undefined : readHunks(patch)
  return hunks ? { hunks } : { isTooLarge: true }
}

/** Patches of `git diff`, by the new path of each file (the old one where it was removed). */
export function splitDiff(diff: string): Map<string, { patch: string; isBinary: boolean }> {
  const found = new Map<string, { patch: string; isBinary: boolean }>()
  for (const part of diff.split(/^diff --git /m).slice(1)) {
    const start = part.search(/^@@ /m)
    const head = start === -1 ? part : part.slice(0, start)
    const after = /^\+\+\+ (?:"b\/(.*)"|b\/(.*?))\t?$/m.exec(head)
    const before = /^--- (?:"a\/(.*)"|a\/(.*?))\t?$/m.exec(head)
    const both = /^"?a\/(.*?)"? "?b\/(.*?)"?$/.exec(head.split('\n')[0] ?? '')
    const path = after?.[1] ?? after?.[2] ?? before?.[1] ?? before?.[2] ?? both?.[2]
    if (path === undefined) continue
    found.set(unquoted(path), { patch: start === -1 ? '' : part.slice(start), isBinary: /^(GIT binary patch|Binary files )/m.test(head) })
  }
  return found
}

/** Git writes other bytes than ASCII, and quotes, as C does (`core.quotePath`). */
function unquoted(path: string): string {
  if (!path.includes('\\')) return path
  const bytes: number[] = []
  for (const [one] of path.matchAll(/\\[0-7]{3}|\\.|[^\\]/gsu)) {
    if (/^\\[0-7]{3}$/.test(one)) bytes.push(Number.parseInt(one.slice(1), 8) & 0xff)
    else if (one.startsWith('\\')) bytes.push(...Buffer.from({ '\\n': '\n', '\\t': '\t' }[one] ?? one.slice(1)))
    else bytes.push(...Buffer.from(one))
  }
  return Buffer.from(bytes).toString('utf8')
}
