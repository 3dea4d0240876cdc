/** Both sides together; beyond this the middle is shown as one replacement, since the table grows with the product. */
const maxCells = 4_000_000
const context = 3

type Line = { sign: ' ' | '-' | '+'; text: string; before: number; after: number }

/** A unified difference of two texts, as diff(1) writes it with `-u`; '' when they are equal. */
export function unifiedDiff(before: string, after: string, names: { before: string; after: string }): string {
  const lines = compareLines(splitLines(before), splitLines(after))
  if (lines.every(({ sign }) => sign === ' ')) return ''
  const out = [`--- ${names.before}`, `+++ ${names.after}`]
  for (const hunk of hunksOf(lines)) {
    const old = hunk.filter(({ sign }) => sign !== '+')
    const fresh = hunk.filter(({ sign }) => sign !== '-')
    const first = hunk[0]
    const range = (start: number, count: number): string => `${count === 0 ? start : start + 1},${count}`
    out.push(`@@ -${range(first?.before ?? 0, old.length)} +${range(first?.after ?? 0, fresh.length)} @@`)
    out.push(...hunk.map(({ sign, text }) => `${sign}${text}`))
  }
  return out.join('\n')
}

function splitLines(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function compareLines(a: readonly string[], b: readonly string[]): Line[] {
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++

  const lines: Line[] = []
  let before = 0
  let after = 0
  const push = (sign: Line['sign'], text: string): void => {
    lines.push({ sign, text, before, after })
    if (sign !== '+') before++
    if (sign !== '-') after++
  }
  for (const text of a.slice(0, start)) push(' ', text)
  for (const [sign, text] of middle(a.slice(start, a.length - end), b.slice(start, b.length - end))) push(sign, text)
  for (const text of a.slice(a.length - end)) push(' ', text)
  return lines
}

/** The longest common subsequence, by the table of its lengths. */
function middle(a: readonly string[], b: readonly string[]): [Line['sign'], string][] {
  if (a.length * b.length > maxCells)
    return [...a.map((text) => ['-', text] as [Line['sign'], string]), ...b.map((text) => ['+', text] as [Line['sign'], string])]
  const width = b.length + 1
  const lengths = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const out: [Line['sign'], string][] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push([' ', a[i] ?? ''])
      i++
      j++
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) out.push(['-', a[i++] ?? ''])
    else out.push(['+', b[j++] ?? ''])
  }
  return out
}

function hunksOf(lines: readonly Line[]): Line[][] {
  const near = lines.map((_, index) => lines.slice(Math.max(0, index - context), index + context + 1).some(({ sign }) => sign !== ' '))
  const hunks: Line[][] = []
  for (const [index, line] of lines.entries()) {
    if (!near[index]) continue
    if (near[index - 1]) hunks.at(-1)?.push(line)
    else hunks.push([line])
  }
  return hunks
}
