import { compareQuantities as compare, formatQuantity, tryParseQuantity } from '@plimsoll/kube'

const canonicalForms = new Map<string, string | undefined>()

/** `1000m` → `1`, `0.5` → `500m`, `1024Mi` → `1Gi`; undefined for what is no quantity. */
export function canonicalQuantity(text: string): string | undefined {
  if (canonicalForms.has(text)) return canonicalForms.get(text)
  const quantity = text.length > 100 ? undefined : tryParseQuantity(text)
  const canonical = quantity === undefined ? undefined : formatQuantity(quantity)
  // The same few amounts come again and again.
  if (canonicalForms.size > 2000) canonicalForms.clear()
  canonicalForms.set(text, canonical)
  return canonical
}

/** Negative, zero or positive as `a` is less than, equal to or more than `b`; 0 when one of them is no quantity. */
export function compareQuantities(a: string, b: string): number {
  const left = tryParseQuantity(a)
  const right = tryParseQuantity(b)
  return left === undefined || right === undefined ? 0 : compare(left, right)
}

/** Whether an amount is a whole number: of GPUs, of pods. In canonical form such an amount has no small suffix. */
export function isWholeQuantity(text: string): boolean {
  const canonical = canonicalQuantity(text)
  return canonical !== undefined && !/[num]$/.test(canonical)
}
