import { goInt } from '../../go/value.ts'
import type { FunctionContext } from '../contract.ts'
import { fixed, type FunctionTable } from '../go-function.ts'
import { fromRunes, toRunes } from '../runes.ts'
import { checkTextLength } from '../size-limit.ts'

const digits = '0123456789'
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const printable = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => index + 0x20))

export function randomFunctions(context: FunctionContext): FunctionTable {
  const text = (name: string, alphabet: string): FunctionTable => ({
    [name]: fixed(['int'], (count) => randomText(context, name, alphabet, Number(count.value))),
  })
  return {
    ...text('randAlphaNum', digits + letters),
    ...text('randAlpha', letters),
    ...text('randNumeric', digits),
    ...text('randAscii', printable),
    randBytes: fixed(['int'], (count) => {
      if (count.value < 0n) throw new Error('runtime error: makeslice: len out of range')
      checkTextLength(Number(count.value))
      return Buffer.from(context.randomBytes('randBytes', Number(count.value))).toString('base64')
    }),
    randInt: fixed(['int', 'int'], (min, max) => {
      const width = BigInt.asIntN(64, max.value - min.value)
      if (width <= 0n) throw new Error('invalid argument to Intn')
      return goInt(min.value + uniform(context, 'randInt', width))
    }),
    shuffle: fixed(['string'], (source) => {
      const runes = toRunes(source)
      for (let last = runes.length - 1; last > 0; last -= 1) {
        const other = Number(uniform(context, 'shuffle', BigInt(last + 1)))
        ;[runes[last], runes[other]] = [runes[other] ?? 0, runes[last] ?? 0]
      }
      return fromRunes(runes)
    }),
    uuidv4: fixed([], () => {
      const bytes = Buffer.from(context.randomBytes('uuidv4', 16))
      bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
      bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
      return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    }),
  }
}

/** Each character of the alphabet is as likely as any other: bytes above the largest multiple of its length are passed over. */
function randomText(context: FunctionContext, name: string, alphabet: string, count: number): string {
  checkTextLength(count)
  const limit = 256 - (256 % alphabet.length)
  let text = ''
  while (text.length < count) {
    for (const byte of context.randomBytes(name, count - text.length)) {
      if (byte < limit) text += alphabet.charAt(byte % alphabet.length)
    }
  }
  return text
}

/** Between 0 and `limit` - 1. */
function uniform(context: FunctionContext, name: string, limit: bigint): bigint {
  if (limit === 1n) return 0n
  const bits = (limit - 1n).toString(2).length
  for (;;) {
    const bytes = context.randomBytes(name, Math.ceil(bits / 8))
    const value = BigInt.asUintN(bits, BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
    if (value < limit) return value
  }
}
