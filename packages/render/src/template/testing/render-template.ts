import { sprint } from '../../go/format.ts'
import type { GoFunction, GoValue } from '../../go/value.ts'
import { GoInt, fromBytes, goInt, toBytes } from '../../go/value.ts'
import type { TemplateLimits, TemplateOptions, TemplateSet } from '../contract.ts'
import { newTemplateSet } from '../template-set.ts'

export const generousLimits: TemplateLimits = { outputBytes: 1_000_000, steps: 1_000_000, depth: 500 }

/** Functions with parameters of every kind, and Helm's `include`; `fail` throws what it is told. */
export function functionsFor(include: (name: string, data: GoValue) => string): Map<string, GoFunction> {
  return new Map<string, GoFunction>([
    ['include', { parameters: ['string', 'any'], call: (name, data) => include(sprint([name]), data) }],
    ['list', { parameters: ['any'], variadic: true, call: (...items) => items }],
    ['dict', { parameters: ['any'], variadic: true, call: (...items) => pairs(items) }],
    ['upper', { parameters: ['string'], call: (text) => sprint([text]).toUpperCase() }],
    ['double', { parameters: ['int'], call: (int) => (int instanceof GoInt ? goInt(int.value * 2n) : int) }],
    ['float', { parameters: ['float64'], call: (float) => float }],
    ['flag', { parameters: ['bool'], call: (flag) => flag }],
    ['size', { parameters: ['map'], call: (map) => goInt(map instanceof Map ? map.size : 0) }],
    ['count', { parameters: ['list'], call: (list) => goInt(Array.isArray(list) ? list.length : 0) }],
    ['join', { parameters: ['string', 'string'], variadic: true, call: joinTexts }],
    ['fail', { parameters: ['string'], call: fail }],
  ])
}

function joinTexts(separator: GoValue, ...parts: GoValue[]): GoValue {
  return parts.map((part) => sprint([part])).join(sprint([separator]))
}

function fail(message: GoValue): never {
  throw new Error(sprint([message]))
}

function pairs(items: readonly GoValue[]): GoValue {
  const map = new Map<string, GoValue>()
  for (let index = 0; index + 1 < items.length; index += 2) map.set(sprint([items[index]]), items[index + 1])
  return map
}

/** A set with the functions above; `include` runs a template of the set. */
export function newSet(options: Partial<TemplateOptions> = {}): TemplateSet {
  const functions = functionsFor((name, data) => set.execute(name, data))
  const set: TemplateSet = newTemplateSet({ functions, missingKey: 'zero', limits: generousLimits, ...options })
  return set
}

/** Runs one text with data out of JSON, in text and not in bytes. */
export function render(text: string, data: unknown = {}, options: Partial<TemplateOptions> = {}): string {
  const set = newSet(options)
  set.parse('chart/a.yaml', toBytes(text))
  return fromBytes(set.execute('chart/a.yaml', fromJson(data)))
}

/** The message that a text ends with. */
export function renderError(text: string, data: unknown = {}, options: Partial<TemplateOptions> = {}): string {
  try {
    return `no error: ${render(text, data, options)}`
  } catch (error) {
    return error instanceof Error ? fromBytes(error.message) : String(error)
  }
}

/** JSON as Helm has values: every number is a float64. What is no JSON (an int) stays. */
export function fromJson(value: unknown): GoValue {
  if (typeof value === 'string') return toBytes(value)
  if (Array.isArray(value) && value.constructor === Array) return value.map(fromJson)
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return new Map(Object.entries(value).map(([key, item]) => [toBytes(key), fromJson(item)]))
  }
  return value as GoValue
}
