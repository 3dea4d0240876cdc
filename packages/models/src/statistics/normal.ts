/** The normal distribution's functions, to about 1e-15. */

/** 1 − erf(x): a power series near 0, Lentz's continued fraction beyond. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return Number.NaN
  if (x < 0) return 2 - erfc(-x)
  if (x > 27.3) return 0 // below the smallest double
  if (x < 2) {
    let term = x
    let sum = x
    for (let n = 1; Math.abs(term) > 1e-18 * sum; n++) {
      term *= (-x * x) / n
      sum += term / (2 * n + 1)
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum
  }
  // erfc(x) = exp(−x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))), evaluated from its end.
  let fraction = x
  for (let n = 120; n >= 1; n--) fraction = x + n / 2 / fraction
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction
}

/** Chance that a standard normal value is above z. */
export function normalTail(z: number): number {
  return erfc(z / Math.SQRT2) / 2
}

/** How many standard errors a two-sided interval of this confidence reaches to each side. */
export function normalReach(confidence: number): number {
  if (confidence === 0.95) return 1.959963984540054
  const tail = (1 - confidence) / 2
  let low = 0
  let high = 40
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2
    if (normalTail(middle) > tail) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** 95 % quantile of χ² with d degrees of freedom, by Wilson and Hilferty 1931; 0 for d = 0. */
export function chiSquare95(d: number): number {
  if (d <= 0) return 0
  const step = 2 / (9 * d)
  return d * (1 - step + 1.6448536269514722 * Math.sqrt(step)) ** 3
}
