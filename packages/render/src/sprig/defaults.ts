import { isEmpty } from '../go/format.ts'
import type { GoValue } from '../go/value.ts'
import { fixed, variadic, type FunctionTable } from './go-function.ts'

export const defaultFunctions: FunctionTable = {
  default: variadic(['any'], 'any', (fallback, ...given) => (isEmpty(given[0]) ? (fallback ?? null) : given[0])),
  empty: fixed(['any'], isEmpty),
  coalesce: variadic([], 'any', (...values) => values.find((value) => !isEmpty(value)) ?? null),
  all: variadic([], 'any', (...values) => values.every(isPresent)),
  any: variadic([], 'any', (...values) => values.some(isPresent)),
  ternary: fixed(['any', 'any', 'bool'], (whenTrue, whenFalse, condition) => (condition ? whenTrue : whenFalse) ?? null),
}

function isPresent(value: GoValue): boolean {
  return !isEmpty(value)
}
