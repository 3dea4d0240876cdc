/**
 * Tails of the binomial distribution, relative to its most likely count, so that neither factorials overflow nor (1 − p)ⁿ underflows.
 * Both take O(n) and are exact to about 1e-13 relative.
 */
export interface BinomialTails {
  /** P(X <= k) */
  readonly atMost: number
  /** P(X >= k) */
  readonly atLeast: number
}

export function binomialTails(n: number, p: number, k: number): BinomialTails {
  if (k < 0) return { atMost: 0, atLeast: 1 }
  if (k > n) return { atMost: 1, atLeast: 0 }
  if (p <= 0) return { atMost: 1, atLeast: k === 0 ? 1 : 0 }
  if (p >= 1) return { atMost: k === n ? 1 : 0, atLeast: 1 }
  const odds = p / (1 - p)
  const mode = Math.min(n, Math.floor((n + 1) * p))
  let below = 0
  let at = 0
  let above = 0
  const add = (count: number, term: number): void => {
    if (count < k) below += term
    else if (count > k) above += term
    else at += term
  }
  // Upwards, then downwards, until a term no longer is a number of its own.
  for (let count = mode, term = 1; term > 0; count++) {
    add(count, term)
    if (count === n) break
    term *= ((n - count) / (count + 1)) * odds
  }
  for (let count = mode, term = 1; count > 0 && term > 0; count--) {
    term *= count / (n - count + 1) / odds
    add(count - 1, term)
  }
  const total = below + at + above
  return { atMost: Math.min(1, (below + at) / total), atLeast: Math.min(1, (at + above) / total) }
}

/** Clopper and Pearson's upper limit: the p with P(Bin(n, p) <= k) = (1 − confidence)/2, by bisection; 1 if k = n. */
export function upperLimit(n: number, k: number, confidence: number): number {
  if (k >= n) return 1
  const tail = (1 - confidence) / 2
  let low = 0
  let high = 1
  for (let i = 0; i < 100 && high - low > 0; i++) {
    const middle = (low + high) / 2
    if (middle === low || middle === high) break
    if (binomialTails(n, middle, k).atMost > tail) low = middle
    else high = middle
  }
  return (low + high) / 2
}
