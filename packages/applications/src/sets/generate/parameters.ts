import type { Parameters } from '@plimsoll/render'
import { formatFloat } from '@plimsoll/render'
import { PlimsollError } from '@plimsoll/api'
import { isObject } from '../../json.ts'

export type { Parameters } from '@plimsoll/render'

/** A `map[string]string` of Go, which templates tell from a map of anything. */
export type StringMap = Map<string, string>

/** Go's `%v` of what JSON can say. */
export function goText(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return formatFloat(value)
  if (typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`
  if (value instanceof Map || isObject(value)) {
    const entries = value instanceof Map ? [...(value as StringMap)] : Object.entries(value)
    const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return `map[${sorted.map(([key, item]) => `${key}:${goText(item)}`).join(' ')}]`
  }
  return '<nil>'
}

/** Nested maps and lists by dotted names (`a.b.0`), each value as text: jeremywohl/flatten, as Argo CD uses it. What is empty is left out. */
export function flattened(parameters: Parameters): Record<string, string> {
  const flat: [string, string][] = []
  const walk = (value: unknown, name: string): void => {
    if (value instanceof Map) for (const [key, item] of value as StringMap) walk(item, `${name}.${key}`)
    else if (Array.isArray(value)) value.forEach((item, index) => walk(item, `${name}.${index}`))
    else if (isObject(value)) for (const [key, item] of Object.entries(value)) walk(item, `${name}.${key}`)
    else flat.push([name, goText(value)])
  }
  for (const [key, value] of Object.entries(parameters)) walk(value, key)
  return Object.fromEntries(flat)
}

/** The second over the first: maps are merged as deep as both have them, anything else of the second wins (imdario/mergo, with override). */
export function mergedParameters(under: Parameters, over: Parameters): Record<string, unknown> {
  return merge(under, over) as Record<string, unknown>
}

function merge(under: unknown, over: unknown): unknown {
  if (under instanceof Map && over instanceof Map) return new Map([...(under as StringMap), ...(over as StringMap)])
  if (!isMapLike(under) || !isMapLike(over)) return over
  const entries = new Map<string, unknown>(entriesOf(under))
  for (const [key, value] of entriesOf(over)) entries.set(key, entries.has(key) ? merge(entries.get(key), value) : value)
  return Object.fromEntries(entries)
}

function isMapLike(value: unknown): value is Record<string, unknown> | StringMap {
  return value instanceof Map || isObject(value)
}

function entriesOf(value: Record<string, unknown> | StringMap): Iterable<[string, unknown]> {
  return value instanceof Map ? value : Object.entries(value)
}

/** Both as texts in one; a name that both have must have one value. For the older dialect. */
export function combinedTexts(first: Parameters, second: Parameters): Record<string, string> {
  const combined = new Map(Object.entries(first).map(([name, value]) => [name, goText(value)]))
  for (const [name, value] of Object.entries(second)) {
    const text = goText(value)
    const known = combined.get(name)
    if (known !== undefined && known !== text) {
      throw new PlimsollError(
        'generator-failed',
        `The two generators of a matrix give '${name.slice(0, 80)}' different values: '${known.slice(0, 80)}' and '${text.slice(0, 80)}'.`,
        { remedy: 'Give one of them another name (pathParamPrefix for two Git generators), or use goTemplate, where the first one wins.' },
      )
    }
    combined.set(name, text)
  }
  return Object.fromEntries(combined)
}

/** A set's parameters under some names, as one text: equal values, equal text. */
export function keyOf(parameters: Parameters, names: readonly string[]): string {
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, sorted(Object.hasOwn(parameters, name) ? parameters[name] : null)])))
}

function sorted(value: unknown): unknown {
  if (value instanceof Map) return sorted(Object.fromEntries(value as StringMap))
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value ?? null
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, item]) => [key, sorted(item)]),
  )
}
