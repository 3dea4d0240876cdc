const binary: Readonly<Record<string, number>> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 }
const decimal: Readonly<Record<string, number>> = { n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 }

/** A `resource.Quantity` as a number, exact enough to compare: `500m` is 0.5. What cannot be read counts as 0. */
export function quantityValue(text: string | number | undefined): number {
  if (typeof text === 'number') return text
  const match = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:[eE]([+-]?\d{1,3})|([A-Za-z]{0,2}))$/.exec(text ?? '')
  if (match === null) return 0
  const number = Number(match[1])
  if (match[2] !== undefined) return number * 10 ** Number(match[2])
  const suffix = match[3] ?? ''
  const factor = Object.hasOwn(binary, suffix) ? binary[suffix] : Object.hasOwn(decimal, suffix) ? decimal[suffix] : undefined
  return factor === undefined ? 0 : number * factor
}
