import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GoMap, GoValue } from '../go/value.ts'
import { deepCopy } from './deep-copy.ts'
import { merge } from './merge.ts'
import { templateFunctions } from './index.ts'

const context = { randomBytes: (_name: string, count: number) => new Uint8Array(count), now: () => new Date(0) }
const functions = templateFunctions(context, '3')

function call(name: string, ...values: GoValue[]): GoValue {
  return functions.get(name)?.call(...values)
}

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array).toString('latin1'))

const dict: fc.Arbitrary<GoMap> = fc.letrec<{ value: GoValue; dict: GoMap }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, '', 'x', 0, 1, true, false),
    tie('dict'),
    fc.array(fc.constantFrom('a', 1), { maxLength: 2 }),
  ),
  dict: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
})).dict

describe('encodings of any bytes', () => {
  it.each([
    ['b64enc', 'b64dec'],
    ['b32enc', 'b32dec'],
  ])('%s is undone by %s', (encode, decode) => {
    fc.assert(
      fc.property(bytes, (text) => {
        expect(call(decode, call(encode, text))).toBe(text)
      }),
    )
  })

  it('encryptAES is undone by decryptAES', () => {
    fc.assert(
      fc.property(bytes, bytes, (password, text) => {
        expect(call('decryptAES', password, call('encryptAES', password, text))).toBe(text)
      }),
      { numRuns: 30 },
    )
  })
})

describe('texts of any bytes', () => {
  it('that are split at something are joined by it again', () => {
    fc.assert(
      fc.property(bytes, bytes, (separator, text) => {
        expect(call('join', separator, call('splitList', separator, text))).toBe(text)
      }),
    )
  })

  it('are matched in a pattern by themselves, quoted', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), (text) => {
        const utf8 = Buffer.from(text, 'utf8').toString('latin1')

        expect(call('mustRegexFind', call('regexQuoteMeta', utf8), utf8)).toBe(utf8)
      }),
    )
  })
})

describe('a merge', () => {
  it('of what was merged already changes nothing', () => {
    fc.assert(
      fc.property(dict, dict, fc.boolean(), (target, source, overwrite) => {
        const once = merge(deepCopyOf(target), [source], overwrite)

        expect(merge(deepCopyOf(once), [source], overwrite)).toEqual(once)
      }),
    )
  })

  it('over nothing is the same as the source', () => {
    fc.assert(
      fc.property(dict, (source) => {
        expect(merge(new Map(), [source], true)).toEqual(source)
      }),
    )
  })
})

function deepCopyOf(map: GoMap): GoMap {
  const copy = deepCopy(map)
  if (!(copy instanceof Map)) throw new Error('the copy of a map is no map')
  return copy
}
