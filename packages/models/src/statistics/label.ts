/** A class, a group or a slice's value, as the file had it. Two labels are the same only if they are strictly equal: 1 is not "1". */
export type Label = string | number | boolean

const ranks: Record<string, number> = { boolean: 0, number: 1, string: 2 }

/**
 * Ascending: numbers numerically, text by code point (what comparing the UTF-8 bytes gives, and comparing UTF-16 units does not).
 * A column that mixes kinds has truth values first, then numbers, then text.
 */
export function compareLabels(a: Label, b: Label): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'))
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  return (ranks[typeof a] ?? 3) - (ranks[typeof b] ?? 3)
}

/** Rows of each distinct label, labels ascending, rows in the order given. */
export function rowsByLabel(labels: readonly Label[]): { label: Label; rows: Int32Array }[] {
  const rows = new Map<Label, number[]>()
  labels.forEach((label, row) => {
    const known = rows.get(label)
    if (known === undefined) rows.set(label, [row])
    else known.push(row)
  })
  return [...rows.entries()].toSorted(([a], [b]) => compareLabels(a, b)).map(([label, of]) => ({ label, rows: Int32Array.from(of) }))
}
