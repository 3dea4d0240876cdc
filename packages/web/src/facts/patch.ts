import type { ChangedFile, DiffHunk } from '@plimsoll/api'
import { changedParts, likeness, type Range } from './intra-line.ts'

/** A line of a changed file. Numbers count from 1; a side on which the line is not there has none. */
export interface PatchLine {
  kind: 'same' | 'del' | 'add'
  text: string
  left?: number
  right?: number
  /** What of it is another than in the line that it stands for. */
  marks?: readonly Range[]
  /** There is no newline after it, which Git says. */
  isUnended?: boolean
}

/** What is not shown between two hunks. It is the same on both sides. */
export interface Gap {
  left: number
  right: number
  /** Unknown after the last hunk, until the file has been read. */
  count: number | undefined
}

export type PatchPart = { kind: 'lines'; heading: string; lines: readonly PatchLine[] } | { kind: 'gap'; gap: Gap }

/** Hunks and the gaps between them, from the first line of the file to its last. */
export function toParts(file: Pick<ChangedFile, 'hunks' | 'status'>): PatchPart[] {
  const parts: PatchPart[] = []
  let left = 1
  let right = 1
  for (const hunk of file.hunks ?? []) {
    // Git counts a side that has no lines from the line before.
    const start = hunkStart(hunk)
    if (start.right > right && start.left > left) parts.push({ kind: 'gap', gap: { left, right, count: start.right - right } })
    const lines = linesOf(hunk)
    parts.push({ kind: 'lines', heading: hunk.heading, lines })
    for (const line of lines) {
      if (line.left !== undefined) left = line.left + 1
      if (line.right !== undefined) right = line.right + 1
    }
    if (lines.length === 0) ({ left, right } = start)
  }
  const isWhole = file.status === 'added' || file.status === 'removed'
  if (parts.length > 0 && !isWhole) parts.push({ kind: 'gap', gap: { left, right, count: undefined } })
  return parts
}

function hunkStart({ oldStart, newStart, lines }: DiffHunk): { left: number; right: number } {
  const hasOld = lines.some((line) => line[0] === ' ' || line[0] === '-')
  const hasNew = lines.some((line) => line[0] === ' ' || line[0] === '+')
  return { left: hasOld ? oldStart : oldStart + 1, right: hasNew ? newStart : newStart + 1 }
}

function linesOf(hunk: DiffHunk): PatchLine[] {
  let { left, right } = hunkStart(hunk)
  const lines: PatchLine[] = []
  for (const raw of hunk.lines) {
    const text = raw.slice(1)
    if (raw[0] === '+') lines.push({ kind: 'add', text, right: right++ })
    else if (raw[0] === '-') lines.push({ kind: 'del', text, left: left++ })
    else if (raw[0] === '\\') {
      const last = lines.at(-1)
      if (last) last.isUnended = true
    } else lines.push({ kind: 'same', text, left: left++, right: right++ })
  }
  markChanges(lines)
  return lines
}

/** Where lines were taken out and others put in, what is another in those that stand for each other. */
function markChanges(lines: PatchLine[]): void {
  let index = 0
  while (index < lines.length) {
    if (lines[index]?.kind !== 'del') {
      index += 1
      continue
    }
    const dels: PatchLine[] = []
    const adds: PatchLine[] = []
    for (let line = lines[index]; line?.kind === 'del'; line = lines[++index]) dels.push(line)
    for (let line = lines[index]; line?.kind === 'add'; line = lines[++index]) adds.push(line)
    for (const [del, add] of counterparts(dels, adds)) {
      const { before, after } = changedParts(del.text, add.text)
      if (before.length > 0) del.marks = before
      if (after.length > 0) add.marks = after
    }
  }
}

/** Larger blocks of unequal length are not worth finding out which lines stand for which. */
const mostCompared = 8

/** Line by line where as many were taken out as put in; else those that are most alike, in their order. */
function counterparts(dels: readonly PatchLine[], adds: readonly PatchLine[]): [PatchLine, PatchLine][] {
  const pair = (del: PatchLine | undefined, add: PatchLine | undefined): [PatchLine, PatchLine][] => (del && add ? [[del, add]] : [])
  if (dels.length === adds.length) return dels.flatMap((del, index) => pair(del, adds[index]))
  if (Math.max(dels.length, adds.length) > mostCompared) return []
  const width = adds.length + 1
  const best = new Float64Array((dels.length + 1) * width)
  const at = (row: number, column: number) => best[row * width + column] ?? 0
  const alike = (row: number, column: number) => likeness(dels[row]?.text ?? '', adds[column]?.text ?? '')
  for (let row = dels.length - 1; row >= 0; row -= 1) {
    for (let column = adds.length - 1; column >= 0; column -= 1) {
      best[row * width + column] = Math.max(at(row + 1, column), at(row, column + 1), at(row + 1, column + 1) + alike(row, column))
    }
  }
  const pairs: [PatchLine, PatchLine][] = []
  let row = 0
  let column = 0
  while (row < dels.length && column < adds.length) {
    if (at(row, column) === at(row + 1, column)) row += 1
    else if (at(row, column) === at(row, column + 1)) column += 1
    else pairs.push(...pair(dels[row++], adds[column++]))
  }
  return pairs
}

/** How many lines a press opens. */
export const openedAtOnce = 20

/** Which lines of a gap are open: so many from its beginning, and so many before its end. */
export interface Opened {
  top: number
  bottom: number
}

/** Lines of a gap from the new side's text; a gap whose length is unknown reaches to the end of the file. */
export function openGap(gap: Gap, text: string, opened: Opened): { top: PatchLine[]; hidden: Gap | undefined; bottom: PatchLine[] } {
  const all = text.split('\n')
  // A text ends with a newline: there is no line after it.
  if (all.at(-1) === '') all.pop()
  const count = Math.max(0, Math.min(gap.count ?? Infinity, all.length - gap.right + 1))
  const line = (at: number): PatchLine => ({
    kind: 'same',
    text: all[gap.right - 1 + at] ?? '',
    left: gap.left + at,
    right: gap.right + at,
  })
  const top = Math.min(opened.top, count)
  const bottom = Math.min(opened.bottom, count - top)
  const rest = count - top - bottom
  return {
    top: Array.from({ length: top }, (_, at) => line(at)),
    hidden: rest > 0 ? { left: gap.left + top, right: gap.right + top, count: rest } : undefined,
    bottom: Array.from({ length: bottom }, (_, at) => line(count - bottom + at)),
  }
}

export function lineCount(file: Pick<ChangedFile, 'hunks'>): number {
  return (file.hunks ?? []).reduce((sum, { lines }) => sum + lines.length, 0)
}

/** Changes when what is shown of a file does: a mark that it was seen is good for what was seen. FNV-1a, 32 bits. */
export function fingerprint(file: ChangedFile): string {
  let hash = 0x811c9dc5
  const add = (text: string) => {
    for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
    hash = Math.imul(hash ^ 10, 0x01000193)
  }
  add(`${file.status} ${file.previousPath ?? ''} ${file.additions} ${file.deletions}`)
  for (const { lines } of file.hunks ?? []) for (const line of lines) if (line[0] !== ' ') add(line)
  return (hash >>> 0).toString(16)
}
