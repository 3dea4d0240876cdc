const binary: Record<string, number> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 }
const decimal: Record<string, number> = { n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 }

/** The number a resource quantity stands for (apimachinery resource.Quantity), undefined when it is none. */
export function parseQuantity(quantity: string | number): number | undefined {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d{1,3})|([A-Za-z]{0,2}))$/.exec(String(quantity))
  if (!match) return undefined
  const [, digits = '', exponent = '', suffix = ''] = match
  const factor = Object.hasOwn(binary, suffix) ? binary[suffix] : Object.hasOwn(decimal, suffix) ? decimal[suffix] : undefined
  return factor === undefined ? undefined : Number(digits + exponent) * factor
}
