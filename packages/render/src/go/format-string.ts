import { goTypeName } from './kind.ts'
import type { Printer } from './printer.ts'
import { decodeRune, encodeRune, runeOf, widthOf } from './utf8.ts'
import type { GoValue } from './value.ts'
import { GoInt } from './value.ts'

/** Above it, fmt ignores a width or precision. */
const largestWidth = 1_000_000

/** Go's `doPrintf`: reads a format, and has each verb printed with its argument. */
export function printFormat(printer: Printer, format: string, args: readonly GoValue[]): void {
  let next = 0
  let isReordered = false
  let index = 0
  while (index < format.length) {
    const percent = format.indexOf('%', index)
    if (percent < 0) {
      printer.text += format.slice(index)
      break
    }
    printer.text += format.slice(index, percent)
    index = percent + 1
    printer.clearFlags()
    index = readFlags(printer, format, index)
    let isGoodIndex = true
    let afterIndex = false
    const readIndex = (): void => {
      afterIndex = false
      if (format[index] !== '[') return
      isReordered = true
      const read = readArgumentIndex(format, index)
      index = read.end
      if (read.value !== undefined && read.value >= 0 && read.value < args.length) {
        next = read.value
        afterIndex = true
        return
      }
      isGoodIndex = false
      afterIndex = read.value !== undefined
    }
    readIndex()
    if (format[index] === '*') {
      index += 1
      const given = intArgument(args, next)
      if (next < args.length) next += 1
      printer.hasWidth = given !== undefined
      printer.width = given ?? 0
      if (!printer.hasWidth) printer.text += '%!(BADWIDTH)'
      if (printer.width < 0) {
        printer.width = -printer.width
        printer.minus = true
        printer.zero = false
      }
      afterIndex = false
    } else {
      const read = readNumber(format, index)
      index = read.end
      printer.hasWidth = read.value !== undefined
      printer.width = read.value ?? 0
      if (afterIndex && printer.hasWidth) isGoodIndex = false
    }
    if (format[index] === '.' && index + 1 < format.length) {
      index += 1
      if (afterIndex) isGoodIndex = false
      readIndex()
      if (format[index] === '*') {
        index += 1
        const given = intArgument(args, next)
        if (next < args.length) next += 1
        printer.hasPrecision = given !== undefined && given >= 0
        printer.precision = printer.hasPrecision ? (given ?? 0) : 0
        if (!printer.hasPrecision) printer.text += '%!(BADPREC)'
        afterIndex = false
      } else {
        const read = readNumber(format, index)
        index = read.end
        printer.hasPrecision = true
        printer.precision = read.value ?? 0
      }
    }
    if (!afterIndex) readIndex()
    if (index >= format.length) {
      printer.text += '%!(NOVERB)'
      break
    }
    const packed = decodeRune(format, index)
    index += widthOf(packed)
    const verb = encodeRune(runeOf(packed))
    if (verb === '%') printer.text += '%'
    else if (!isGoodIndex) printer.text += `%!${verb}(BADINDEX)`
    else if (next >= args.length) printer.text += `%!${verb}(MISSING)`
    else {
      if (verb === 'v' || verb === 'w') {
        printer.sharpV = printer.sharp
        printer.sharp = false
        printer.plusV = printer.plus
        printer.plus = false
      }
      printer.printArgument(args[next], verb)
      next += 1
    }
  }
  if (!isReordered && next < args.length) printExtra(printer, args.slice(next))
}

function readFlags(printer: Printer, format: string, start: number): number {
  let index = start
  for (; index < format.length; index += 1) {
    switch (format[index]) {
      case '#':
        printer.sharp = true
        break
      case '0':
        printer.zero = true
        break
      case '+':
        printer.plus = true
        break
      case '-':
        printer.minus = true
        break
      case ' ':
        printer.space = true
        break
      default:
        return index
    }
  }
  return index
}

function printExtra(printer: Printer, args: readonly GoValue[]): void {
  printer.clearFlags()
  printer.text += '%!(EXTRA '
  args.forEach((arg, position) => {
    if (position > 0) printer.text += ', '
    if (arg === null || arg === undefined) printer.text += '<nil>'
    else {
      printer.text += `${goTypeName(arg)}=`
      printer.printArgument(arg, 'v')
    }
  })
  printer.text += ')'
}

/** A run of digits; one that is far too large makes the rest of the format its end, as in Go. */
function readNumber(format: string, start: number): { value: number | undefined; end: number } {
  let index = start
  let value = 0
  while (index < format.length) {
    const digit = format.charCodeAt(index) - 0x30
    if (!(digit >= 0 && digit <= 9)) break
    if (value > largestWidth) return { value: undefined, end: format.length }
    value = value * 10 + digit
    index += 1
  }
  return { value: index === start ? undefined : value, end: index }
}

/** `[2]` at `start`, counted from 0; without a closing bracket only the opening one is consumed. */
function readArgumentIndex(format: string, start: number): { value: number | undefined; end: number } {
  const close = format.indexOf(']', start + 1)
  if (close < 0 || format.length - start < 3) return { value: undefined, end: start + 1 }
  const read = readNumber(format.slice(0, close), start + 1)
  if (read.value === undefined || read.end !== close) return { value: undefined, end: close + 1 }
  return { value: read.value - 1, end: close + 1 }
}

function intArgument(args: readonly GoValue[], index: number): number | undefined {
  const arg = args[index]
  if (!(arg instanceof GoInt)) return undefined
  const value = Number(arg.value)
  return Math.abs(value) > largestWidth ? undefined : value
}
