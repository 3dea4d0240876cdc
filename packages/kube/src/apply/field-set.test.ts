import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FieldSet } from './field-set.ts'
import {
  countMembers,
  eachPath,
  fieldSetOf,
  hasPath,
  intersect,
  isSameSet,
  isSubset,
  leavesOf,
  subtract,
  subtractBelow,
  unite,
} from './field-set.ts'
import { decodeFieldsV1, encodeFieldsV1 } from './fields-v1.ts'
import { printPath } from './path-element.ts'

const element = fc.constantFrom('f:a', 'f:b', 'f:__proto__', 'k:{"name":"x"}', 'k:{"name":"y","port":80}', 'v:"z"', 'v:1', 'i:0')
const sets = fc.array(fc.array(element, { minLength: 1, maxLength: 4 }), { maxLength: 8 }).map((paths) => fieldSetOf(...paths))

function pathsOf(set: FieldSet): Set<string> {
  const paths = new Set<string>()
  eachPath(set, (path) => paths.add(JSON.stringify(path)))
  return paths
}

describe('Sets of fields', () => {
  it('unite, intersect and subtract as the sets of their paths do', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const [left, right] = [pathsOf(a), pathsOf(b)]

        expect(pathsOf(unite(a, b))).toEqual(new Set([...left, ...right]))
        expect(pathsOf(intersect(a, b))).toEqual(new Set([...left].filter((path) => right.has(path))))
        expect(pathsOf(subtract(a, b))).toEqual(new Set([...left].filter((path) => !right.has(path))))
        expect(countMembers(a)).toBe(left.size)
        expect(isSubset(a, b)).toBe([...left].every((path) => right.has(path)))
        expect(isSameSet(a, b)).toBe(isSubset(a, b) && isSubset(b, a))
      }),
    )
  })

  it('lose a field with all below it when it is subtracted with what is below', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const rest = subtractBelow(a, b)

        eachPath(a, (path) => {
          const isTaken = path.some((_part, index) => hasPath(b, path.slice(0, index + 1)))
          expect(hasPath(rest, path)).toBe(!isTaken)
        })
      }),
    )
  })

  it('have leaves that have nothing below them', () => {
    const set = fieldSetOf(['f:a'], ['f:a', 'f:b'], ['f:c'])

    expect(pathsOf(leavesOf(set))).toEqual(new Set(['["f:a","f:b"]', '["f:c"]']))
  })

  it('are the same when they are written and read again', () => {
    fc.assert(fc.property(sets, (set) => isSameSet(decodeFieldsV1(JSON.parse(JSON.stringify(encodeFieldsV1(set)))), set)))
  })

  it('do not change what they are made of', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const before = [pathsOf(a), pathsOf(b)]

        unite(a, b)
        intersect(a, b)
        subtract(a, b)
        subtractBelow(a, b)

        expect([pathsOf(a), pathsOf(b)]).toEqual(before)
      }),
    )
  })

  it('are written in the order of the API', () => {
    const set = fieldSetOf(['v:2'], ['v:10'], ['f:b'], ['f:a'], ['k:{"port":443}'], ['k:{"port":80}'], ['f:b', 'f:c'], ['i:10'], ['i:9'])

    expect(JSON.stringify(encodeFieldsV1(set))).toBe(
      '{"f:a":{},"f:b":{".":{},"f:c":{}},"k:{\\"port\\":80}":{},"k:{\\"port\\":443}":{},"v:2":{},"v:10":{},"i:9":{},"i:10":{}}',
    )
  })

  it('read elements that others wrote in another spelling', () => {
    const set = decodeFieldsV1({ 'k:{"port": 80.0, "name":"a<b"}': {}, 'z:future': {}, 'f:a': { '.': {} } })

    expect(isSameSet(set, fieldSetOf(['k:{"name":"a\\u003cb","port":80}'], ['f:a']))).toBe(true)
  })

  it('are refused when they are none', () => {
    let deep: Record<string, unknown> = {}
    for (let level = 0; level < 10_000; level++) deep = { 'f:a': deep }

    expect(() => decodeFieldsV1({ a: {} })).toThrow('2 characters')
    expect(() => decodeFieldsV1({ 'ab:': {} })).toThrow('missing colon')
    expect(() => decodeFieldsV1({ 'k:{': {} })).toThrow()
    expect(() => decodeFieldsV1({ 'i:x': {} })).toThrow('invalid syntax')
    expect(() => decodeFieldsV1({ 'f:a': 1 })).toThrow('something else than an object')
    expect(() => decodeFieldsV1(deep)).toThrow('nested deeper')
  })

  it('print paths as the API does', () => {
    expect(printPath(['f:spec', 'k:{"containerPort":80,"protocol":"TCP"}', 'v:"x"', 'i:3'])).toBe(
      '.spec[containerPort=80,protocol="TCP"][="x"][3]',
    )
  })
})
