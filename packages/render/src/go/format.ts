/** Go's package `fmt`. Every text is a string of bytes. */
import { printFormat } from './format-string.ts'
import { formatFloat } from './number.ts'
import { Printer } from './printer.ts'
import type { GoValue } from './value.ts'
import { GoInt, JsonNumber } from './value.ts'

export { deepEqual, goKind, goTypeName, isEmpty, isTruthy } from './kind.ts'
export { formatFloat } from './number.ts'
export { quote } from './quote.ts'

/** `fmt.Sprintf`. What is wrong with the format is said in the text, as Go does: `%!d(string=hi)`, `%!s(MISSING)`, `%!(EXTRA int=1)`. */
export function sprintf(format: string, args: readonly GoValue[]): string {
  if (format === '%s-%s' && args.length === 2 && typeof args[0] === 'string' && typeof args[1] === 'string') {
    // The commonest format of public charts: release and chart.
    return `${args[0]}-${args[1]}`
  }
  const printer = new Printer()
  printFormat(printer, format, args)
  return printer.text
}

/** `fmt.Sprint`: a space goes between two operands that are both no strings. */
export function sprint(args: readonly GoValue[]): string {
  if (args.length === 1) return formatValue(args[0])
  let text = ''
  let wasString = true
  for (const arg of args) {
    const isString = typeof arg === 'string' || arg instanceof JsonNumber
    if (!isString && !wasString) text += ' '
    text += formatValue(arg)
    wasString = isString
  }
  return text
}

/** `fmt.Sprintln`. */
export function sprintln(args: readonly GoValue[]): string {
  return `${args.map(formatValue).join(' ')}\n`
}

/** `%v` of one value. */
export function formatValue(value: GoValue): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
      return formatFloat(value)
    case 'boolean':
      return value ? 'true' : 'false'
    default:
  }
  if (value === null || value === undefined) return '<nil>'
  if (value instanceof GoInt && !value.type.startsWith('time.')) return value.value.toString()
  const printer = new Printer()
  printer.printArgument(value, 'v')
  return printer.text
}
