import { deepEqual, goKind, goTypeName } from '../go/format.ts'
import { fixed, type FunctionTable } from './go-function.ts'

export const reflectionFunctions: FunctionTable = {
  typeOf: fixed(['any'], goTypeName),
  typeIs: fixed(['string', 'any'], (name, value) => name === goTypeName(value)),
  typeIsLike: fixed(['string', 'any'], (name, value) => [name, `*${name}`].includes(goTypeName(value))),
  kindOf: fixed(['any'], goKind),
  kindIs: fixed(['string', 'any'], (name, value) => name === goKind(value)),
  deepEqual: fixed(['any', 'any'], deepEqual),
}
