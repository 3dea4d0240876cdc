import type { ListSchema } from '../schema/type-schema.ts'

/**
 * Writes one element of a path as structured-merge-diff does (fieldpath/serialize-pe.go): the JSON in it is Go's, which
 * escapes `<`, `>`, `&` and the two line separators.
 */
export function valueElement(value: string | number | boolean): string {
  return `v:${goJson(value)}`
}

/** The name of a list item by its keys or, in a set, by its value; an explanation when it has none. */
export function itemElement(list: ListSchema, item: unknown): string | ElementError {
  if (list.keys.length === 0) {
    if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') return valueElement(item)
    if (item === null || item === undefined) return { error: "associative list without keys has an element that's an explicit null" }
    if (Array.isArray(item)) return { error: 'not supported: associative list with lists as elements' }
    return { error: "associative list without keys has an element that's a map type" }
  }
  if (item === null || item === undefined) return { error: 'associative list with keys may not have a null element' }
  if (typeof item !== 'object' || Array.isArray(item)) return { error: 'associative list with keys may not have non-map elements' }
  let text = ''
  for (const key of list.keys) {
    let value: unknown = Object.hasOwn(item, key) ? (item as Record<string, unknown>)[key] : undefined
    if (value === undefined) value = list.element.map?.fields.get(key)?.default
    // A key that is absent and has no default is left out: such an item differs from all that have it.
    if (value === undefined || (value === null && !Object.hasOwn(item, key))) continue
    text += text === '' ? `k:{${keyName(key)}${goJson(value)}` : `,${keyName(key)}${goJson(value)}`
  }
  if (text === '') {
    const names = `[${list.keys.map((key) => JSON.stringify(key)).join(' ')}]`
    return {
      error: `associative list with keys has an element that omits all key fields ${names} (and doesn't have default values for any key fields)`,
    }
  }
  return `${text}}`
}

export interface ElementError {
  error: string
}

const keyNames = new Map<string, string>()

function keyName(key: string): string {
  let name = keyNames.get(key)
  if (name === undefined) {
    name = `${goJson(key)}:`
    // Keys come from schemas, of which there are few; a cluster full of CRDs must still not grow this for ever.
    if (keyNames.size < 10_000) keyNames.set(key, name)
  }
  return name
}

const plain = /^[\w .:/@,=+*()-]*$/
const escaped = /[<>&\u2028\u2029]/g

function goJson(value: unknown): string {
  if (typeof value === 'string' && plain.test(value)) return `"${value}"`
  if (typeof value === 'number') return String(value)
  const sorted = typeof value === 'object' && value !== null ? sortKeys(value) : value
  return JSON.stringify(sorted).replace(escaped, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function sortKeys(value: object): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => (typeof item === 'object' && item !== null ? sortKeys(item) : item))
  const entries = Object.entries(value).map(
    ([key, item]: [string, unknown]) => [key, typeof item === 'object' && item !== null ? sortKeys(item) : item] as const,
  )
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

const canonical = new Map<string, string>()

/**
 * An element that somebody else wrote, in our spelling. Undefined for kinds of elements that nobody knows yet: they are
 * dropped, as the reference does. Throws for what is no element.
 */
export function readElement(text: string): string | undefined {
  if (text.length < 2) throw new Error('key must be 2 characters long:')
  if (text.charCodeAt(1) !== 58) throw new Error(`missing colon: ${text}`)
  switch (text.charCodeAt(0)) {
    case 102: // f
      return text
    case 107: // k
    case 118: {
      // v
      let known = canonical.get(text)
      if (known === undefined) {
        known = rewriteElement(text)
        if (canonical.size >= 10_000) canonical.clear()
        canonical.set(text, known)
      }
      return known
    }
    case 105: // i
      if (!/^i:[+-]?\d+$/.test(text)) throw new Error(`strconv.Atoi: parsing ${JSON.stringify(text.slice(2))}: invalid syntax`)
      return `i:${Number(text.slice(2))}`
    default:
      return undefined
  }
}

function rewriteElement(text: string): string {
  const value: unknown = JSON.parse(text.slice(2))
  if (text.startsWith('k:') && (typeof value !== 'object' || Array.isArray(value))) throw new Error(`the keys of ${text} are not an object`)
  return text.slice(0, 2) + goJson(value ?? (text.startsWith('k:') ? {} : null))
}

/** For people: `.spec.containers[name="web"].image`, as conflicts and causes print paths. */
export function printPath(path: readonly string[]): string {
  return path.map(printElement).join('')
}

function printElement(element: string): string {
  const body = element.slice(2)
  switch (element.charAt(0)) {
    case 'f':
      return `.${body}`
    case 'k':
      return `[${Object.entries(JSON.parse(body) as Record<string, unknown>)
        .map(([key, value]) => `${key}=${printValue(value)}`)
        .join(',')}]`
    case 'v':
      return `[=${printValue(JSON.parse(body))}]`
    default:
      return `[${body}]`
  }
}

function printValue(value: unknown): string {
  return JSON.stringify(value)
}

/** The order in which the API writes elements: fields, keys, values, indexes; numbers by size. */
export function compareElements(a: string, b: string): number {
  const kind = a.charCodeAt(0)
  if (kind !== b.charCodeAt(0)) return elementOrder.indexOf(a.charAt(0)) - elementOrder.indexOf(b.charAt(0))
  if (kind === 102) return a < b ? -1 : a > b ? 1 : 0
  if (kind === 105) return Number(a.slice(2)) - Number(b.slice(2))
  return compareValues(readValue(a), readValue(b))
}

const values = new Map<string, unknown>()

/** The JSON in an element. The same few elements are sorted again and again. */
function readValue(element: string): unknown {
  let value = values.get(element)
  if (value === undefined) {
    value = JSON.parse(element.slice(2)) as unknown
    if (values.size >= 10_000) values.clear()
    values.set(element, value)
  }
  return value
}

const elementOrder = 'fkvi'

function compareValues(a: unknown, b: unknown): number {
  const rank = rankOf(a) - rankOf(b)
  if (rank !== 0) return rank
  if (typeof a === 'number') return a - (b as number)
  if (typeof a === 'string') return a < (b as string) ? -1 : a > (b as string) ? 1 : 0
  if (typeof a === 'boolean') return Number(a) - Number(b)
  if (a === null) return 0
  return compareEntries(Object.entries(a as object), Object.entries(b as object))
}

function compareEntries(a: [string, unknown][], b: [string, unknown][]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const [nameA, valueA] = a[index] as [string, unknown]
    const [nameB, valueB] = b[index] as [string, unknown]
    if (nameA !== nameB) return nameA < nameB ? -1 : 1
    const order = compareValues(valueA, valueB)
    if (order !== 0) return order
  }
  return a.length - b.length
}

function rankOf(value: unknown): number {
  if (typeof value === 'number') return 0
  if (typeof value === 'string') return 1
  if (typeof value === 'boolean') return 2
  if (Array.isArray(value)) return 3
  return value === null ? 5 : 4
}
