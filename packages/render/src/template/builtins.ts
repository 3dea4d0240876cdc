import { formatValue, sprint, sprintf, sprintln } from '../go/format.ts'
import { goTypeName, isTruthy, zeroValue } from '../go/kind.ts'
import type { GoFunction, GoValue } from '../go/value.ts'
import { GoBytes, GoInt, GoStruct, JsonNumber, TypedList, TypedMap, goInt, typedList } from '../go/value.ts'
import { reflectValue } from './argument.ts'
import { comparisons } from './comparison.ts'
import type { GoRelease } from './contract.ts'
import { escapeHtml, escapeQuery, escapeScript } from './escape.ts'

/** Where they are called as any other function their arguments are evaluated already; the engine evaluates no more than it needs. */
export const and: GoFunction = logic(false)
export const or: GoFunction = logic(true)

function logic(isOr: boolean): GoFunction {
  return {
    parameters: [reflectValue, reflectValue],
    variadic: true,
    call: (...args) => args.find((arg) => isTruthy(arg) === isOr) ?? args.at(-1),
  }
}

/** How a value is printed by an action: what has no value at all says so, a pointer is followed. */
export function printable(value: GoValue): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'undefined':
      return '<no value>'
    default:
      if (value instanceof GoStruct && value.pointerText !== undefined) return value.pointerText()
      return value instanceof GoStruct && value.kind === 'ptr' && value.text === undefined
        ? formatValue(value).slice(1)
        : formatValue(value)
  }
}

/** `html`, `js` and `urlquery` print their arguments as an action does, with fmt's spaces between them. */
function escaper(escape: (bytes: string) => string): GoFunction {
  return {
    parameters: ['any'],
    variadic: true,
    call: (...args) => escape(args.length === 1 ? printable(args[0] ?? undefined) : sprint(args.map((arg) => arg ?? '<no value>'))),
  }
}

/** Go's `indexArg`: a place in a list or text of `limit` elements. */
function place(index: GoValue, limit: number): number {
  if (index === null || index === undefined) throw new Error('cannot index slice/array with nil')
  if (!(index instanceof GoInt)) throw new Error(`cannot index slice/array with type ${goTypeName(index)}`)
  // An unsigned number is read as a signed one.
  const value = BigInt.asIntN(64, index.value)
  if (value < 0n || value > BigInt(limit)) throw new Error(`index out of range: ${value}`)
  return Number(value)
}

function index(item: GoValue, ...indexes: GoValue[]): GoValue {
  if (item === null || item === undefined) throw new Error('index of untyped nil')
  let value: GoValue = item
  for (const at of indexes) {
    if (value === null || value === undefined) throw new Error('index of nil pointer')
    value = element(value, at)
  }
  return value
}

function element(item: Exclude<GoValue, null | undefined>, at: GoValue): GoValue {
  if (item instanceof Map) {
    if (at === null || at === undefined) throw new Error('value is nil; should be of type string')
    if (typeof at !== 'string') throw new Error(`value has type ${goTypeName(at)}; should be string`)
    if (item.has(at)) return item.get(at) ?? null
    return item instanceof TypedMap ? zeroValue(item.elementType) : null
  }
  if (item instanceof JsonNumber) return element(item.number, at)
  if (typeof item === 'string') {
    const position = place(at, item.length)
    if (position === item.length) throw new Error('reflect: string index out of range')
    return goInt(item.charCodeAt(position), 'uint8')
  }
  const list = item instanceof GoBytes ? item.bytes : item
  if (!Array.isArray(list) && !(list instanceof Uint8Array)) throw new Error(`can't index item of type ${goTypeName(item)}`)
  const position = place(at, list.length)
  if (position === list.length) throw new Error('reflect: slice index out of range')
  const found = list[position]
  return list instanceof Uint8Array ? goInt(Number(found), 'uint8') : (found as GoValue)
}

function slice(item: GoValue, ...indexes: GoValue[]): GoValue {
  if (item === null || item === undefined) throw new Error('slice of untyped nil')
  if (indexes.length > 3) throw new Error(`too many slice indexes: ${indexes.length}`)
  if (typeof item === 'string' && indexes.length === 3) throw new Error('cannot 3-index slice a string')
  const list = item instanceof GoBytes ? item.bytes : item
  if (typeof list !== 'string' && !Array.isArray(list) && !(list instanceof Uint8Array)) {
    throw new Error(`can't slice item of type ${goTypeName(item)}`)
  }
  const places = indexes.map((at) => place(at, list.length))
  const [start = 0, end = list.length, capacity = list.length] = places
  if (start > end) throw new Error(`invalid slice index: ${start} > ${end}`)
  if (places.length === 3 && end > capacity) throw new Error(`invalid slice index: ${end} > ${capacity}`)
  if (typeof list === 'string') return list.slice(start, end)
  if (list instanceof Uint8Array) return new GoBytes(list.subarray(start, end))
  return list instanceof TypedList ? typedList(list.elementType, Array.prototype.slice.call(list, start, end)) : list.slice(start, end)
}

function length(item: GoValue): GoValue {
  if (item === null) throw new Error('len of nil pointer')
  if (item === undefined) throw new Error('reflect: call of reflect.Value.Type on zero Value')
  if (typeof item === 'string' || Array.isArray(item)) return goInt(item.length)
  if (item instanceof JsonNumber) return goInt(item.number.length)
  if (item instanceof Map) return goInt(item.size)
  if (item instanceof GoBytes) return goInt(item.bytes.length)
  throw new Error(`len of type ${goTypeName(item)}`)
}

/** What is no function. Functions among the values are the engine's to call, and it adds how the template writes the callee. */
export const call: GoFunction = {
  parameters: [reflectValue, reflectValue],
  variadic: true,
  call: (callee, ...[written]) => {
    if (callee === null || callee === undefined) throw new Error('call of nil')
    throw new Error(`non-function ${printable(written)} of type ${goTypeName(callee)}`)
  },
}

const common: readonly (readonly [string, GoFunction])[] = [
  ['and', and],
  ['or', or],
  ['not', { parameters: [reflectValue], call: (value) => !isTruthy(value) }],
  ['len', { parameters: [reflectValue], call: length }],
  ['index', { parameters: [reflectValue, reflectValue], variadic: true, call: index }],
  ['slice', { parameters: [reflectValue, reflectValue], variadic: true, call: slice }],
  ['call', call],
  ['print', { parameters: ['any'], variadic: true, call: (...args) => sprint(args) }],
  ['println', { parameters: ['any'], variadic: true, call: (...args) => sprintln(args) }],
  // The engine has checked that the format is a string.
  ['printf', { parameters: ['string', 'any'], variadic: true, call: (format, ...args) => sprintf(format as string, args) }],
  ['html', escaper(escapeHtml)],
  ['js', escaper(escapeScript)],
  ['urlquery', escaper(escapeQuery)],
]

/** Functions of text/template that every template has, unless the caller gives others of the same name. */
export const builtins: Readonly<Record<GoRelease, ReadonlyMap<string, GoFunction>>> = {
  '1.24': new Map([...common, ...comparisons('1.24')]),
  '1.25': new Map([...common, ...comparisons('1.25')]),
}
