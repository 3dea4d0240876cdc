// A job may have 100,000 indexes at most (batch/v1 JobSpec.completionMode).
const indexAtMost = 1_000_000

/** `0,2-4` → {0, 2, 3, 4}. Parts that cannot be read are left out. */
export function parseIndexes(text: string | undefined): Set<number> {
  const indexes = new Set<number>()
  for (const part of (text ?? '').split(',')) {
    const match = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(part.trim())
    if (match === null) continue
    const last = Math.min(Number(match[2] ?? match[1]), indexAtMost)
    for (let index = Number(match[1]); index <= last; index++) indexes.add(index)
  }
  return indexes
}

/** {0, 2, 3, 4} → `0,2-4`: two in a row are listed, three and more are a range. */
export function formatIndexes(indexes: Iterable<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b)
  const parts: string[] = []
  for (let start = 0; start < sorted.length;) {
    let end = start
    while (sorted[end + 1] === (sorted[end] ?? 0) + 1) end++
    if (end === start) parts.push(`${sorted[start]}`)
    else parts.push(end === start + 1 ? `${sorted[start]},${sorted[end]}` : `${sorted[start]}-${sorted[end]}`)
    start = end + 1
  }
  return parts.join(',')
}
