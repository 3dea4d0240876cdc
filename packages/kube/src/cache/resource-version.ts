/**
 * Negative when `a` is older. Undefined when that cannot be told: the API promises an order only for decimal numbers
 * (KEP-5504, comparable resource versions), which can be longer than a double can hold.
 */
export function compareResourceVersions(a: string | undefined, b: string | undefined): number | undefined {
  if (a === undefined || b === undefined) return undefined
  if (a === b) return 0
  if (!isNumber(a) || !isNumber(b)) return undefined
  return a.length === b.length ? (a < b ? -1 : 1) : a.length - b.length
}

function isNumber(text: string): boolean {
  return /^(?:0|[1-9]\d*)$/.test(text)
}
