import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cloneValue, type JsonObject, type JsonValue } from '../json.ts'
import { applyJson6902, decodeJson6902 } from './json-6902.ts'
import { withPrototype } from './kustomize-for-tests.ts'

// Results and messages are those of `kubectl kustomize` of kubectl 1.34.5 (kustomize 5.7.1).
const object = { kind: 'Thing', spec: { l: [1, 'two', { three: [3] }], m: { a: 'b', n: null } }, data: { 'a/b': 'c', 'm~n': 'o' } }

function apply(...operations: JsonValue[]): unknown {
  return withPrototype(applyJson6902(cloneValue(object), decodeJson6902(operations)))
}

function spec(...operations: JsonValue[]): unknown {
  return (apply(...operations) as { spec: unknown }).spec
}

describe('a JSON patch', () => {
  it('adds to an object, into a list and behind it', () => {
    expect(spec({ op: 'add', path: '/spec/m/c', value: { d: 1 } })).toMatchObject({ m: { a: 'b', c: { d: 1 } } })
    expect(spec({ op: 'add', path: '/spec/l/1', value: 'x' })).toMatchObject({ l: [1, 'x', 'two', { three: [3] }] })
    expect(spec({ op: 'add', path: '/spec/l/-', value: 'x' })).toMatchObject({ l: [1, 'two', { three: [3] }, 'x'] })
    expect(spec({ op: 'add', path: '/spec/l/2/three/0', value: 2 })).toMatchObject({ l: [1, 'two', { three: [2, 3] }] })
  })

  it('counts an index below zero from the end', () => {
    expect(spec({ op: 'replace', path: '/spec/l/-1', value: 'x' })).toMatchObject({ l: [1, 'two', 'x'] })
    expect(spec({ op: 'remove', path: '/spec/l/-3' })).toMatchObject({ l: ['two', { three: [3] }] })
  })

  it('adds a field that it should replace', () => {
    expect(spec({ op: 'replace', path: '/spec/m/z', value: 1 })).toMatchObject({ m: { a: 'b', z: 1 } })
  })

  it('reads escapes in one pass', () => {
    expect(apply({ op: 'remove', path: '/data/a~1b' }, { op: 'replace', path: '/data/m~0n', value: 'p' })).toMatchObject({
      data: { 'm~n': 'p' },
    })
    expect(apply({ op: 'add', path: '/data/~01', value: 1 })).toMatchObject({ data: { '~1': 1 } })
  })

  it('ignores what stands before the first slash', () => {
    expect(apply({ op: 'add', path: 'spec/new', value: 1 })).toMatchObject({ new: 1 })
  })

  it('moves and copies, and copies nothing as null', () => {
    expect(spec({ op: 'move', from: '/spec/l/0', path: '/spec/m/a' })).toMatchObject({ l: ['two', { three: [3] }], m: { a: 1 } })
    expect(spec({ op: 'copy', from: '/spec/m', path: '/spec/l/0' })).toMatchObject({ l: [{ a: 'b', n: null }, 1, 'two', { three: [3] }] })
    expect(spec({ op: 'copy', from: '/spec/zz', path: '/spec/m/a' })).toMatchObject({ m: { a: null } })
  })

  it('takes an operation without a value for null', () => {
    expect(spec({ op: 'add', path: '/spec/m/a' })).toMatchObject({ m: { a: null } })
  })

  it('tests values, and a missing one as null', () => {
    expect(apply({ op: 'test', path: '/spec/m/a', value: 'b' }, { op: 'test', path: '/spec/zz', value: null })).toEqual(object)
    expect(() => apply({ op: 'test', path: '/spec/m/a', value: 'c' })).toThrow('testing value /spec/m/a failed: test failed')
    expect(() => apply({ op: 'test', path: '/spec/m/n' })).toThrow('testing value /spec/m/n failed: test failed')
  })

  it('makes floats of integers that JSON does not hold', () => {
    const patched = applyJson6902({ big: 12_345_678_901_234_567_890n }, [])

    expect(patched['big']).toBe(12_345_678_901_234_567_000)
  })

  it.each<[JsonValue, string]>([
    [{ op: 'add', path: '/zz/y', value: 1 }, 'add operation does not apply: doc is missing path: "/zz/y": missing value'],
    [{ op: 'add', path: '', value: 1 }, 'add operation does not apply: doc is missing path: "": missing value'],
    [{ op: 'add', path: '/spec/m/n/x', value: 1 }, 'add operation does not apply: doc is missing path: "/spec/m/n/x": missing value'],
    [{ op: 'add', path: '/spec/m/a/x', value: 1 }, 'add operation does not apply: doc is missing path: "/spec/m/a/x": missing value'],
    [
      { op: 'add', path: '/spec/l/9', value: 1 },
      "error in add for path: '/spec/l/9': Unable to access invalid index: 9: invalid index referenced",
    ],
    [
      { op: 'add', path: '/spec/l/x', value: 1 },
      `error in add for path: '/spec/l/x': value was not a proper array index: 'x': strconv.Atoi: parsing "x": invalid syntax`,
    ],
    [{ op: 'remove', path: '/spec/zz' }, "error in remove for path: '/spec/zz': Unable to remove nonexistent key: zz: missing value"],
    [{ op: 'remove', path: '/zz/y' }, 'remove operation does not apply: doc is missing path: "/zz/y": missing value'],
    [{ op: 'replace', path: '/spec/l/3', value: 1 }, 'replace operation does not apply: doc is missing key: /spec/l/3: missing value'],
    [{ op: 'replace', path: '/zz/y', value: 1 }, 'replace operation does not apply: doc is missing path: /zz/y: missing value'],
    [{ op: 'move', from: '/zz/y', path: '/a' }, 'move operation does not apply: doc is missing from path: /zz/y: missing value'],
    [{ op: 'move', path: '/a' }, 'move operation failed to decode from: operation, missing from field: missing value'],
    [{ op: 'copy', from: '/kind', path: '/zz/y' }, 'copy operation does not apply: doc is missing destination path: /zz/y: missing value'],
    [{ op: 'add', value: 1 }, 'add operation failed to decode path: missing value'],
    [{ op: 'bad', path: '/a' }, 'Unexpected kind: bad'],
    [{ path: '/a' }, 'Unexpected kind: unknown'],
    [{ op: 'replace', path: '', value: [1] }, 'json: cannot unmarshal array into Go value of type map[string]interface {}'],
  ])('refuses %j in the real words', (operation, message) => {
    expect(() => apply(operation)).toThrow(message)
  })

  it('is a list of objects', () => {
    expect(() => decodeJson6902({ op: 'add' })).toThrow('json: cannot unmarshal object into Go value of type jsonpatch.Patch')
    expect(() => decodeJson6902(['add'])).toThrow('json: cannot unmarshal string into Go value of type jsonpatch.Operation')
    expect(decodeJson6902(null)).toEqual([])
  })

  it('does not fill the memory with copies of copies', () => {
    const doubling = Array.from({ length: 60 }, (_, index) => ({ op: 'copy', from: '/spec', path: `/spec/m/x${index}` }))

    expect(() => apply(...doubling)).toThrow('copies more than')
  })
})

const key = fc.constantFrom('a', 'b', 'a/b', 'm~n', '', '__proto__', 'constructor')
const json = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<JsonValue>(null, true, 'x', 1, 1.5),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3 }).map((value) => cloneValue(value)),
  ),
})).value

interface PlacedValue {
  path: string[]
  value: JsonValue
}

function* placesOf(value: JsonValue, path: string[] = []): Generator<PlacedValue> {
  if (path.length > 0) yield { path, value }
  if (typeof value !== 'object' || value === null) return
  for (const name of Object.keys(value)) yield* placesOf((value as JsonObject)[name] as JsonValue, [...path, name])
}

function pointer(path: readonly string[]): string {
  return path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

describe('for all objects', () => {
  const objects = fc.dictionary(key, json, { minKeys: 1, maxKeys: 4 }).map((value) => cloneValue(value) as JsonObject)

  it('finds each value at its path, and takes it away and puts it back', () => {
    fc.assert(
      fc.property(objects, (target) => {
        for (const { path, value } of placesOf(target)) {
          const back = applyJson6902(target, [
            cloneValue({ op: 'test', path: pointer(path), value }),
            cloneValue({ op: 'remove', path: pointer(path) }),
            cloneValue({ op: 'add', path: pointer(path), value }),
          ])

          expect(withPrototype(back)).toEqual(withPrototype(target))
        }
      }),
    )
  })

  it('leaves the object as it was when an operation fails', () => {
    fc.assert(
      fc.property(objects, json, (target, value) => {
        const before = withPrototype(target)

        expect(() =>
          applyJson6902(target, [cloneValue({ op: 'add', path: '/x', value }), { op: 'test', path: '/x/y/z', value: 1 }]),
        ).toThrow()
        expect(withPrototype(target)).toEqual(before)
      }),
    )
  })
})
