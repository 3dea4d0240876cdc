import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quote, quoteToAscii, unquote } from './quote.ts'
import { decodeRune, encodeRune, runeOf } from './utf8.ts'
import { toBytes } from './value.ts'

const byteString = fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1'))

describe('quote', () => {
  it.each([
    ['a"b\\c', String.raw`"a\"b\\c"`],
    ['\u0007\b\f\n\r\t\v', String.raw`"\a\b\f\n\r\t\v"`],
    ['\u0000\u007f', String.raw`"\x00\x7f"`],
    [toBytes('é'), `"${toBytes('é')}"`],
    [toBytes('\u2028'), String.raw`"\u2028"`],
    [toBytes('\u{e0001}'), String.raw`"\U000e0001"`],
    ['\x80', String.raw`"\x80"`],
  ])('writes %j as a literal of Go', (bytes, literal) => {
    expect(quote(bytes)).toBe(literal)
  })

  it('escapes what Unicode got after version 15, which Go 1.24 does not know', () => {
    expect(quote(toBytes('\u{1fae9}'))).toBe(String.raw`"\U0001fae9"`)
    expect(quote(toBytes('\u{1fae8}'))).toBe(`"${toBytes('\u{1fae8}')}"`)
  })

  it('can be kept to ASCII', () => {
    expect(quoteToAscii(toBytes('é\u{1F600}'))).toBe(String.raw`"\u00e9\U0001f600"`)
  })

  it('is read back as what it was', () => {
    fc.assert(
      fc.property(byteString, (bytes) => {
        expect(unquote(quote(bytes))).toBe(bytes)
        expect(unquote(quoteToAscii(bytes))).toBe(bytes)
      }),
    )
  })
})

describe('unquote', () => {
  it.each([
    ['`a\\n\r`', 'a\\n'],
    [String.raw`"\x41\101\u00e9"`, `AA${toBytes('é')}`],
    ['""', ''],
  ])('reads %j', (literal, bytes) => {
    expect(unquote(literal)).toBe(bytes)
  })

  it.each(['"', '"a', 'a', String.raw`"\q"`, String.raw`"\400"`, String.raw`"\ud800"`, String.raw`"\x4"`, '"a"b"', '`a`b`', '"a\nb"'])(
    'refuses %j',
    (literal) => {
      expect(unquote(literal)).toBeUndefined()
    },
  )
})

describe('runes', () => {
  it('are decoded as they were encoded', () => {
    const rune = fc.integer({ min: 0, max: 0x10ffff }).filter((code) => code < 0xd800 || code > 0xdfff)
    fc.assert(
      fc.property(rune, (code) => {
        const bytes = encodeRune(code)

        expect(bytes).toBe(toBytes(String.fromCodePoint(code)))
        expect(runeOf(decodeRune(bytes, 0))).toBe(code)
      }),
    )
  })
})
