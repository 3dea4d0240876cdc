/** `math.Pow(10, exponent)` of an integer exponent as Go computes it: by squares of 0.625 × 2⁴, whose last bit is not JavaScript's. */
export function powerOfTen(exponent: number): number {
  let fraction = 1
  let power = 0
  let square = 0.625
  let squarePower = 4
  for (let rest = Math.abs(exponent); rest !== 0; rest = Math.floor(rest / 2)) {
    if (squarePower < -4096 || squarePower > 4096) {
      power += squarePower
      break
    }
    if (rest % 2 === 1) {
      fraction *= square
      power += squarePower
    }
    square *= square
    squarePower *= 2
    if (square < 0.5) {
      square += square
      squarePower -= 1
    }
  }
  return exponent < 0 ? scale(1 / fraction, -power) : scale(fraction, power)
}

/** `math.Ldexp`: in two steps, so that neither leaves the range of a double before the product does. */
function scale(fraction: number, power: number): number {
  if (power > 1100) return Infinity
  if (power < -1200) return 0
  const half = Math.trunc(power / 2)
  return fraction * 2 ** half * 2 ** (power - half)
}
