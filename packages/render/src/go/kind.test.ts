import { describe, expect, it } from 'vitest'
import { deepEqual, goKind, goTypeName, isTruthy } from './kind.ts'
import type { GoValue } from './value.ts'
import { GoBytes, GoStruct, TypedMap, goInt, typedList } from './value.ts'

const pointer = new GoStruct('*semver.Version', { kind: 'ptr' })
const named = new TypedMap('chartutil.Values')

describe('a value', () => {
  it.each<[GoValue, string, string]>([
    [null, '<nil>', 'invalid'],
    [undefined, '<nil>', 'invalid'],
    ['a', 'string', 'string'],
    [1.5, 'float64', 'float64'],
    [true, 'bool', 'bool'],
    [goInt(1), 'int', 'int'],
    [goInt(1, 'uint8'), 'uint8', 'uint8'],
    [goInt(1, 'time.Duration'), 'time.Duration', 'int64'],
    [goInt(1, 'time.Month'), 'time.Month', 'int'],
    [[], '[]interface {}', 'slice'],
    [typedList('string', ['a']), '[]string', 'slice'],
    [new GoBytes(new Uint8Array(1)), '[]uint8', 'slice'],
    [new Map(), 'map[string]interface {}', 'map'],
    [named, 'chartutil.Values', 'map'],
    [pointer, '*semver.Version', 'ptr'],
    [new GoStruct('time.Time'), 'time.Time', 'struct'],
  ])('has a type and a kind: %o is %s', (value, type, kind) => {
    expect(goTypeName(value)).toBe(type)
    expect(goKind(value)).toBe(kind)
  })

  it.each<GoValue>([null, undefined, '', 0, -0, false, goInt(0), [], new Map(), new GoBytes(new Uint8Array(0))])(
    'is not true: %o',
    (value) => {
      expect(isTruthy(value)).toBe(false)
    },
  )

  it.each<GoValue>(['0', 0.1, Number.NaN, true, goInt(-1), [null], new Map([['a', null]]), pointer, new GoStruct('time.Time')])(
    'is true: %o',
    (value) => {
      expect(isTruthy(value)).toBe(true)
    },
  )
})

describe('deepEqual', () => {
  it('tells types apart', () => {
    expect(deepEqual(goInt(1), 1)).toBe(false)
    expect(deepEqual(goInt(1), goInt(1, 'int64'))).toBe(false)
    expect(deepEqual(['a'], typedList('string', ['a']))).toBe(false)
    expect(deepEqual(new Map(), named)).toBe(false)
  })

  it('looks into lists and maps, whatever the order of keys', () => {
    const left = new Map<string, GoValue>([
      ['a', [1, null]],
      ['constructor', 'x'],
    ])
    const right = new Map<string, GoValue>([
      ['constructor', 'x'],
      ['a', [1, null]],
    ])

    expect(deepEqual(left, right)).toBe(true)
    expect(deepEqual(left, new Map([...right, ['a', [1]]]))).toBe(false)
    expect(deepEqual(new Map([['a', null]]), new Map([['b', null]]))).toBe(false)
  })

  it('finds no number equal to NaN', () => {
    expect(deepEqual(Number.NaN, Number.NaN)).toBe(false)
  })
})
