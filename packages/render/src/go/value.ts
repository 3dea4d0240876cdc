import { isAscii as isAsciiBuffer } from 'node:buffer'
/**
 * Go's values as the template engine holds them. Templates see the difference between an `int` and a `float64`, between two kinds of nil,
 * between a `map[string]interface {}` and a `map[string]string`; so do we, and nothing more.
 *
 * | Go                                   | here                                                                        |
 * |--------------------------------------|-----------------------------------------------------------------------------|
 * | string                               | `string` of bytes: each UTF-16 unit is one byte (0 to 255) of the UTF-8 text  |
 * | bool                                 | `boolean`                                                                   |
 * | float64                              | `number`                                                                    |
 * | int, int64, int32, uint8 …           | `GoInt`, always within the range of its type                                |
 * | []interface {}                       | `Array`                                                                     |
 * | []string, []int …                    | `TypedList`, an `Array` that knows its element type                           |
 * | []byte                               | `GoBytes`                                                                   |
 * | map[string]interface {}              | `Map`, keys are strings of bytes                                            |
 * | map[string]string, chartutil.Values … | `TypedMap`, a `Map` that knows its type                                     |
 * | struct, pointer to struct, named types | `GoStruct`: fields, methods                                                 |
 * | json.Number                          | `JsonNumber`: numbers of a chart's values.yaml under Helm 3.18.0              |
 * | nil inside an interface; a missing key | `null`: it has a type (`interface {}`), a field of it is an error           |
 * | func                                 | `GoCallable`, for `call`: only notifications have any                        |
 * | no value at all (reflect's zero Value) | `undefined`: what a pipeline, a variable or an argument makes of nil        |
 */
export type GoValue = string | boolean | number | GoInt | GoBytes | GoStruct | GoList | GoMap | null | undefined
export type GoList = GoValue[]
export type GoMap = Map<string, GoValue>

export type IntType =
  | 'int'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'uintptr'
  | 'time.Duration'
  | 'time.Month'
  | 'time.Weekday'

/** An integer of one of Go's types. Arithmetic wraps as Go's does: make the result by `goInt`. */
export class GoInt {
  readonly value: bigint
  readonly type: IntType

  constructor(value: bigint, type: IntType) {
    this.value = value
    this.type = type
  }
}

const small: GoInt[] = []

/** Wraps to the type's width. `int` has 64 bits. */
export function goInt(value: number | bigint, type: IntType = 'int'): GoInt {
  if (type === 'int' && typeof value === 'number' && value >= 0 && value < 1024 && Number.isInteger(value)) {
    return (small[value] ??= new GoInt(BigInt(value), 'int'))
  }
  const wide = typeof value === 'bigint' ? value : BigInt(Math.trunc(value))
  const bits = widths[type]
  return new GoInt(type.startsWith('uint') ? BigInt.asUintN(bits, wide) : BigInt.asIntN(bits, wide), type)
}

const widths: Record<IntType, number> = {
  int: 64,
  int8: 8,
  int16: 16,
  int32: 32,
  int64: 64,
  uint: 64,
  uint8: 8,
  uint16: 16,
  uint32: 32,
  uint64: 64,
  uintptr: 64,
  'time.Duration': 64,
  'time.Month': 64,
  'time.Weekday': 64,
}

/** `[]byte`. Prints as `[104 105]`, and is no string. */
export class GoBytes {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

/** A slice whose element type is not `interface {}`; `elementType` as Go prints it: `string`, `int`, `map[string]interface {}`. */
export class TypedList extends Array<GoValue> {
  elementType = 'interface {}'
  /** What `%T` prints for a named type (`chartutil.VersionSet`), and its methods (`.Has`). */
  type: string | undefined = undefined
  methods: ReadonlyMap<string, GoFunction> | undefined = undefined
  /** A nil slice: empty, false and printed `[]` as any empty one, but `null` in JSON and YAML. */
  isNil = false

  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }
}

export function typedList(elementType: string, items: Iterable<GoValue>): TypedList {
  const list = new TypedList()
  list.elementType = elementType
  for (const item of items) list.push(item)
  return list
}

/** What sprig makes of nothing: `rest` of an empty list, `concat` of empty lists, `regexFindAll` without a match. */
export function nilList(elementType = 'interface {}'): TypedList {
  const list = new TypedList()
  list.elementType = elementType
  list.isNil = true
  return list
}

/**
 * A map of another type than `map[string]interface {}`. `type` is what `%T` prints, `elementType` that of its values; `methods` are those of a
 * named type (`.Files.Get`), bound to this map.
 */
export class TypedMap extends Map<string, GoValue> {
  readonly type: string
  readonly elementType: string
  readonly methods: ReadonlyMap<string, GoFunction> | undefined
  /** A nil map: empty as any other, but `null` in JSON and YAML, and `set` into it is an error. */
  readonly isNil: boolean

  constructor(
    type: string,
    options: {
      elementType?: string
      methods?: ReadonlyMap<string, GoFunction>
      entries?: Iterable<readonly [string, GoValue]>
      isNil?: boolean
    } = {},
  ) {
    super(options.entries ?? [])
    this.isNil = options.isNil ?? false
    this.type = type
    this.elementType = options.elementType ?? 'interface {}'
    this.methods = options.methods
  }
}

const noFields: ReadonlyMap<string, GoValue> = new Map()
const noMethods: ReadonlyMap<string, GoFunction> = new Map()

/** A struct, or a pointer to one: what can be asked by name. */
export class GoStruct {
  /** What `%T` prints: `*semver.Version`, `time.Time`, `sprig.certificate`. */
  readonly type: string
  /** reflect's Kind: `struct`, `ptr` for a pointer to one, `string` only for `JsonNumber`. */
  readonly kind: 'struct' | 'ptr' | 'string'
  /** Exported fields in the order of their declaration. */
  readonly fields: ReadonlyMap<string, GoValue>
  readonly methods: ReadonlyMap<string, GoFunction>
  /** What `fmt` prints for it where it is a Stringer or an error; undefined prints its fields as Go does. */
  readonly text: (() => string) | undefined
  /** What an action prints for a field that can be addressed, where only the pointer is a Stringer: fmt, given the value, prints its fields. */
  readonly pointerText: (() => string) | undefined
  /** What encoding/json writes for it, where that is not its fields by their names; `toYaml` reads that again. */
  readonly json: (() => string) | undefined
  /** What is behind it, for the functions that make and take it (a time, a version). */
  readonly inner: unknown

  constructor(
    type: string,
    options: {
      kind?: 'struct' | 'ptr' | 'string'
      fields?: Iterable<readonly [string, GoValue]>
      methods?: Iterable<readonly [string, GoFunction]>
      text?: () => string
      pointerText?: () => string
      json?: () => string
      inner?: unknown
    } = {},
  ) {
    this.type = type
    this.kind = options.kind ?? 'struct'
    this.fields = options.fields === undefined ? noFields : new Map(options.fields)
    this.methods = options.methods === undefined ? noMethods : new Map(options.methods)
    this.text = options.text
    this.pointerText = options.pointerText
    this.json = options.json
    this.inner = options.inner
  }
}

/** A function that a template holds as a value, and calls by `call`. */
export class GoCallable extends GoStruct {
  readonly function: GoFunction

  constructor(called: GoFunction) {
    super('func', { text: () => 'func' })
    this.function = called
  }
}

/**
 * encoding/json's `Number`: a string by its kind (never empty, so never false; `eq` and `lt` compare it as text, and not with numbers), a number
 * to JSON, YAML and spf13/cast (`int`, `float64`, `add`). Helm 3.18.0, and no other version, reads values.yaml with `UseNumber`.
 */
export class JsonNumber extends GoStruct {
  /** As JSON writes it: `1000000`, `0.5`, `1e+21`. */
  readonly number: string

  constructor(number: string) {
    const write = (): string => number
    super('json.Number', { kind: 'string', text: write, json: write })
    this.number = number
  }
}

/** Go's types of parameters, as far as the engine has to check an argument against them. `any` is `interface {}` and takes nil. */
export type ParameterType = 'any' | 'string' | 'bool' | 'int' | 'int64' | 'float64' | 'list' | 'map' | '[]string' | '[]byte' | (string & {})

/**
 * A function that a template may call. The engine checks the number and the types of the arguments as Go's reflection would before it calls,
 * and says so in Go's words. `call` throws `TemplateError` (or any `Error`, whose message is then Go's `error calling NAME: MESSAGE`).
 */
export interface GoFunction {
  /** One entry for each parameter; with `variadic` the last one is the type of each further argument. */
  parameters: readonly ParameterType[]
  variadic?: boolean
  call(...args: GoValue[]): GoValue
}

/** Text of JavaScript to a string of bytes (UTF-8). */
export function toBytes(text: string): string {
  if (text.length <= longText) return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
  const bytes = Buffer.from(text, 'utf8')
  return bytes.length === text.length ? text : bytes.toString('latin1')
}

/** A string of bytes to text; bytes that are not UTF-8 become U+FFFD. */
export function fromBytes(bytes: string): string {
  if (bytes.length <= longText) return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8')
  const buffer = Buffer.from(bytes, 'latin1')
  return isAsciiBuffer(buffer) ? bytes : buffer.toString('utf8')
}

/** The same text with memory of its own: a slice keeps all of the text alive that it was cut from. What a cache holds has to be such. */
export function ownText(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('latin1')
}

/** From here on a call of a library costs less than it saves. */
const longText = 256

export function isAscii(text: string): boolean {
  // UTF-8 has more bytes than units as soon as one is not ASCII. `Buffer.byteLength` is fast only where V8 has compiled its caller.
  if (text.length > longText) return Buffer.from(text, 'utf8').length === text.length
  // oxlint-disable-next-line no-control-regex -- ASCII is from 0 to 127, control characters and all
  return /^[\x00-\x7f]*$/.test(text)
}
