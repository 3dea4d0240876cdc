/** When a result agrees with a recorded one: numbers within a tolerance, everything else exactly. */
export interface Tolerance {
  readonly absolute: number
  readonly relative: number
}

const spelled = new Map<unknown, number>([
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
])

/** JSON has no words for three numbers; vectors spell them as text. */
export function decodeNumbers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decodeNumbers)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, decodeNumbers(one)]))
  return spelled.get(value) ?? value
}

/** Where and how `got` differs from `expected`, or undefined when it agrees. */
export function disagreement(got: unknown, expected: unknown, tolerance: Tolerance, path = ''): string | undefined {
  const where = path === '' ? '' : `${path}: `
  const differ = (): string => `${where}got ${show(got)}, expected ${show(expected)}`
  const wanted = spelled.get(expected) ?? expected
  if (typeof wanted === 'number') {
    if (typeof got !== 'number') return differ()
    if (Object.is(got, wanted) || got === wanted || (Number.isNaN(got) && Number.isNaN(wanted))) return undefined
    return Math.abs(got - wanted) <= tolerance.absolute + tolerance.relative * Math.abs(wanted) && Number.isFinite(wanted)
      ? undefined
      : differ()
  }
  if (Array.isArray(wanted)) {
    if (!Array.isArray(got) || got.length !== wanted.length) return differ()
    for (const [index, one] of wanted.entries()) {
      const found = disagreement(got[index], one, tolerance, `${path}[${index}]`)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof got !== 'object' || got === null || Array.isArray(got)) return differ()
    const entries = new Map(Object.entries(got))
    for (const [key, one] of Object.entries(wanted)) {
      if (!entries.has(key)) return `${where}got no '${key}', expected ${show(one)}`
      const found = disagreement(entries.get(key), one, tolerance, path === '' ? key : `${path}.${key}`)
      if (found !== undefined) return found
      entries.delete(key)
    }
    const [extra] = entries.keys()
    return extra === undefined ? undefined : `${where}got '${extra}', which is not expected`
  }
  return got === wanted ? undefined : differ()
}

export function show(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  const text =
    JSON.stringify(value, (_, one: unknown) => (typeof one === 'number' && !Number.isFinite(one) ? String(one) : one)) ?? 'nothing'
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
