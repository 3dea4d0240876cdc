/** A line of a difference. Numbers count from 1; a side on which the line is not there has none. */
export interface DiffLine {
  kind: 'same' | 'del' | 'add'
  text: string
  left?: number
  right?: number
  /** The part that changed against the line it stands for, as [from, to). */
  mark?: readonly [number, number]
}

/** More edits than this are not worth finding the shortest way for. */
const mostEdits = 4_000

/** The shortest way from one text to the other, by lines (E. Myers, An O(ND) Difference Algorithm, 1986). */
export function diffLines(before: string, after: string): DiffLine[] {
  const a = before === '' ? [] : before.split('\n')
  const b = after === '' ? [] : after.split('\n')
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1

  const lines: DiffLine[] = []
  let left = 1
  let right = 1
  const same = (text: string) => lines.push({ kind: 'same', text, left: left++, right: right++ })
  for (const text of a.slice(0, start)) same(text)
  for (const step of shortestEdits(a.slice(start, a.length - end), b.slice(start, b.length - end))) {
    if (step.kind === 'same') same(step.text)
    else if (step.kind === 'del') lines.push({ kind: 'del', text: step.text, left: left++ })
    else lines.push({ kind: 'add', text: step.text, right: right++ })
  }
  for (const text of a.slice(a.length - end)) same(text)
  markChanges(lines)
  return lines
}

type Step = { kind: 'same' | 'del' | 'add'; text: string }

function shortestEdits(a: readonly string[], b: readonly string[]): Step[] {
  const most = Math.min(a.length + b.length, mostEdits)
  const offset = most + 1
  const reach = new Int32Array(2 * most + 3)
  const history: Int32Array[] = []
  for (let edits = 0; edits <= most; edits += 1) {
    history.push(reach.slice(offset - edits - 1, offset + edits + 2))
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const down = diagonal === -edits || (diagonal !== edits && at(reach, offset + diagonal - 1) < at(reach, offset + diagonal + 1))
      let x = down ? at(reach, offset + diagonal + 1) : at(reach, offset + diagonal - 1) + 1
      let y = x - diagonal
      while (x < a.length && y < b.length && a[x] === b[y]) {
        x += 1
        y += 1
      }
      reach[offset + diagonal] = x
      if (x >= a.length && y >= b.length) return walkBack(a, b, history)
    }
  }
  return [...a.map((text): Step => ({ kind: 'del', text })), ...b.map((text): Step => ({ kind: 'add', text }))]
}

function at(values: Int32Array, index: number): number {
  return values[index] ?? 0
}

function walkBack(a: readonly string[], b: readonly string[], history: readonly Int32Array[]): Step[] {
  const steps: Step[] = []
  let x = a.length
  let y = b.length
  for (let edits = history.length - 1; edits >= 0; edits -= 1) {
    const reach = history[edits] ?? new Int32Array()
    const get = (diagonal: number) => at(reach, diagonal + edits + 1)
    const diagonal = x - y
    const down = diagonal === -edits || (diagonal !== edits && get(diagonal - 1) < get(diagonal + 1))
    const previousDiagonal = down ? diagonal + 1 : diagonal - 1
    const previousX = edits === 0 ? 0 : get(previousDiagonal)
    const previousY = edits === 0 ? 0 : previousX - previousDiagonal
    while (x > previousX && y > previousY && x > 0 && y > 0) {
      steps.push({ kind: 'same', text: a[x - 1] ?? '' })
      x -= 1
      y -= 1
    }
    if (edits === 0) break
    if (down) steps.push({ kind: 'add', text: b[y - 1] ?? '' })
    else steps.push({ kind: 'del', text: a[x - 1] ?? '' })
    x = previousX
    y = previousY
  }
  return steps.toReversed()
}

/** Where lines were taken out and as many put in, says which part of each is another. */
function markChanges(lines: DiffLine[]): void {
  let at_ = 0
  while (at_ < lines.length) {
    if (lines[at_]?.kind !== 'del') {
      at_ += 1
      continue
    }
    const firstDel = at_
    while (lines[at_]?.kind === 'del') at_ += 1
    const firstAdd = at_
    while (lines[at_]?.kind === 'add') at_ += 1
    const dels = firstAdd - firstDel
    if (dels !== at_ - firstAdd) continue
    for (let index = 0; index < dels; index += 1) {
      const del = lines[firstDel + index]
      const add = lines[firstAdd + index]
      if (!del || !add) continue
      const [sharedFrom, sharedEnd] = commonEnds(del.text, add.text)
      const from = toTokenStart(del.text, sharedFrom)
      const fromEnd = del.text.length - toTokenEnd(del.text, del.text.length - sharedEnd)
      // Lines that share next to nothing are not a change of one into the other.
      if (sharedFrom + sharedEnd < Math.min(del.text.trim().length, add.text.trim().length) / 3) continue
      del.mark = [from, del.text.length - fromEnd]
      add.mark = [from, add.text.length - fromEnd]
    }
  }
}

const inToken = /[\w.+-]/

/** A value is read as a whole: 30 became 300, not a nought more. */
function toTokenStart(text: string, index: number): number {
  let start = index
  while (start > 0 && inToken.test(text[start - 1] ?? '')) start -= 1
  return start
}

function toTokenEnd(text: string, index: number): number {
  let end = index
  while (end < text.length && inToken.test(text[end] ?? '')) end += 1
  return end
}

function commonEnds(a: string, b: string): [number, number] {
  let from = 0
  while (from < a.length && from < b.length && a[from] === b[from]) from += 1
  let end = 0
  while (end < a.length - from && end < b.length - from && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1
  return [from, end]
}

export type DiffBlock = { kind: 'lines'; lines: readonly DiffLine[] } | { kind: 'fold'; lines: readonly DiffLine[] }

/** Folds what is the same, but for a few lines around each change. */
export function foldSame(lines: readonly DiffLine[], around = 3, head = 4): DiffBlock[] {
  const keep = new Uint8Array(lines.length)
  for (const [index, line] of lines.entries()) {
    if (line.kind === 'same') continue
    for (let near = Math.max(0, index - around); near <= Math.min(lines.length - 1, index + around); near += 1) keep[near] = 1
  }
  // The first lines say what it is.
  for (let index = 0; index < Math.min(head, lines.length); index += 1) keep[index] = 1
  const blocks: DiffBlock[] = []
  let from = 0
  while (from < lines.length) {
    let to = from
    while (to < lines.length && keep[to] === keep[from]) to += 1
    const part = lines.slice(from, to)
    // A fold of two lines saves nothing.
    blocks.push({ kind: keep[from] === 1 || part.length < 3 ? 'lines' : 'fold', lines: part })
    from = to
  }
  return blocks
}

/** The two sides next to each other: what was taken out stands beside what was put in. */
export function sideBySide<Line extends { kind: 'same' | 'add' | 'del' }>(
  lines: readonly Line[],
): { left: Line | undefined; right: Line | undefined }[] {
  const rows: { left: Line | undefined; right: Line | undefined }[] = []
  let index = 0
  while (index < lines.length) {
    const line = lines[index]
    if (line?.kind === 'same') {
      rows.push({ left: line, right: line })
      index += 1
      continue
    }
    const dels: Line[] = []
    const adds: Line[] = []
    for (let next = lines[index]; next && next.kind !== 'same'; next = lines[++index]) (next.kind === 'del' ? dels : adds).push(next)
    for (let row = 0; row < Math.max(dels.length, adds.length); row += 1) rows.push({ left: dels[row], right: adds[row] })
  }
  return rows
}
