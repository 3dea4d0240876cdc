import type { GoBytes, GoFunction, GoInt, GoList, GoMap, GoStruct, GoValue, ParameterType } from '../go/value.ts'

/** A nil list or map arrives as null or undefined, as it does in Go where the parameter can be nil. */
interface Kinds {
  any: GoValue
  string: string
  bool: boolean
  int: GoInt
  int64: GoInt
  uint32: GoInt
  float64: number
  list: GoList | null | undefined
  map: GoMap | null | undefined
  '[]byte': GoBytes
  'time.Time': GoStruct
  'time.Duration': GoInt
  'time.Month': GoInt
  '*semver.Version': GoStruct
  'sprig.certificate': GoStruct
}

type Argument<Parameter> = Parameter extends keyof Kinds ? Kinds[Parameter] : GoValue
type Arguments<Parameters extends readonly ParameterType[]> = { [Index in keyof Parameters]: Argument<Parameters[Index]> }

/** A function of fixed parameters; the engine has checked the arguments against them when it calls. */
export function fixed<const Parameters extends readonly (keyof Kinds)[]>(
  parameters: Parameters,
  call: (...values: Arguments<Parameters>) => GoValue,
): GoFunction {
  return { parameters, call: call as GoFunction['call'] }
}

/** The last parameter's type is that of each further argument. */
export function variadic<const Parameters extends readonly (keyof Kinds)[], const Rest extends keyof Kinds>(
  parameters: Parameters,
  rest: Rest,
  call: (...values: [...Arguments<Parameters>, ...Kinds[Rest][]]) => GoValue,
): GoFunction {
  return { parameters: [...parameters, rest], variadic: true, call: call as GoFunction['call'] }
}

/** Functions by the names that templates call them by. */
export type FunctionTable = Readonly<Record<string, GoFunction>>

export const nilPointer = 'runtime error: invalid memory address or nil pointer dereference'

export function isNil(value: GoValue): value is null | undefined {
  return value === null || value === undefined
}

/** The same function under several names. */
export function named(names: readonly string[], goFunction: GoFunction): FunctionTable {
  return Object.fromEntries(names.map((name) => [name, goFunction]))
}
