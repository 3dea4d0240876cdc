import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isEqualJson } from '../schema/json-value.ts'
import { jsonMaps } from './json-for-tests.ts'
import { applyMergePatch, createMergePatch, createThreeWayMergePatch } from './merge-patch.ts'

describe('A JSON merge patch', () => {
  // The test cases of RFC 7386, appendix A.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('turns %j by %j into %j', (document, patch, expected) => {
    const result = applyMergePatch(document, patch)

    expect(result).toEqual(expected)
  })

  it('leaves prototypes alone', () => {
    const patch = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}') as unknown

    const result = applyMergePatch({}, patch)

    expect(JSON.stringify(result)).toBe('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('made from two objects turns the one into the other', () => {
    fc.assert(
      fc.property(jsonMaps({ nulls: false }), jsonMaps({ nulls: false }), (before, after) => {
        const patched = applyMergePatch(before, createMergePatch(before, after))

        expect(isEqualJson(patched, after)).toBe(true)
      }),
    )
  })

  it('of three states sets what is applied, removes what was and leaves the rest', () => {
    const original = { spec: { size: 1, color: 'red', gone: true }, list: [1] }
    const modified = { spec: { size: 2, color: 'red' }, list: [1, 2] }
    const current = { spec: { size: 1, color: 'blue', gone: true, extra: 'theirs' }, list: [1], status: { ready: true } }

    const patch = createThreeWayMergePatch(original, modified, current)

    expect(patch).toEqual({ spec: { size: 2, color: 'red', gone: null }, list: [1, 2] })
    expect(applyMergePatch(current, patch)).toEqual({
      spec: { size: 2, color: 'red', extra: 'theirs' },
      list: [1, 2],
      status: { ready: true },
    })
  })
})
