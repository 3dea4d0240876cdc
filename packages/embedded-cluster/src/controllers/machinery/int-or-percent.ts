/** `IntOrString` against a total: `25%` of 10 is 3 rounded up, 2 rounded down. Unreadable text counts as 0, as in `intstr`. */
export function scaledValue(value: number | string | undefined, total: number, rounding: 'up' | 'down', absent: number | string): number {
  const given = value ?? absent
  if (typeof given === 'number') return given
  const match = /^(\d{1,9})%$/.exec(given)
  if (match === null) return 0
  const exact = (Number(match[1]) * total) / 100
  return rounding === 'up' ? Math.ceil(exact) : Math.floor(exact)
}
