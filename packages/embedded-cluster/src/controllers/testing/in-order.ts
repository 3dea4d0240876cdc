/** A copy in an order that does not depend on chance, to compare what came in any order. */
export function inOrder<T>(items: readonly T[]): T[] {
  const key = (item: T): string => JSON.stringify(item) ?? ''
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}
