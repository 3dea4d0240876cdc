/** One line of the report, as those of `measure.ts`; a goal is a bound from above or from below. */
export function reportFigure(name: string, value: number, unit: string, goal: { atMost?: number; atLeast?: number } = {}): boolean {
  const isMet = (goal.atMost === undefined || value <= goal.atMost) && (goal.atLeast === undefined || value >= goal.atLeast)
  const wanted = goal.atMost === undefined ? goal.atLeast : goal.atMost
  const direction = goal.atMost === undefined ? 'at least' : 'at most'
  const told =
    wanted === undefined ? '' : `  goal ${direction} ${format(wanted)}${unit === '' ? '' : ` ${unit}`}: ${isMet ? 'met' : 'MISSED'}`
  console.log(`${name.padEnd(76)} ${format(value).padStart(9)} ${unit}${told}`)
  return isMet
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
