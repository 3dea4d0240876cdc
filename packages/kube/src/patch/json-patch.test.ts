import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonPatchOperation } from '../client/kube-client.ts'
import { jsonValues } from './json-for-tests.ts'
import { applyJsonPatch, createJsonPatch } from './json-patch.ts'
import { PatchError } from './patch-error.ts'

function refusal(document: unknown, patch: unknown): string {
  try {
    applyJsonPatch(document, patch as JsonPatchOperation[])
  } catch (error) {
    if (error instanceof PatchError) return `${error.reason}: ${error.message}`
    throw error
  }
  return 'accepted'
}

describe('A JSON patch', () => {
  it.each([
    [{ a: [1, 2] }, [{ op: 'add', path: '/a/1', value: 9 }], { a: [1, 9, 2] }],
    [{ a: [1, 2] }, [{ op: 'add', path: '/a/-', value: 9 }], { a: [1, 2, 9] }],
    [{ a: [1, 2] }, [{ op: 'add', path: '/a/2', value: 9 }], { a: [1, 2, 9] }],
    [{ a: 1 }, [{ op: 'add', path: '', value: [1] }], [1]],
    [{ a: 1 }, [{ op: 'add', path: '/a', value: null }], { a: null }],
    [
      { 'a/b': 1, 'm~n': 2 },
      [
        { op: 'replace', path: '/a~1b', value: 3 },
        { op: 'remove', path: '/m~0n' },
      ],
      { 'a/b': 3 },
    ],
    [{ '~1': 1 }, [{ op: 'test', path: '/~01', value: 1 }], { '~1': 1 }],
    [{ a: { b: 1 }, c: {} }, [{ op: 'move', from: '/a/b', path: '/c/d' }], { a: {}, c: { d: 1 } }],
    [{ a: [1, 2, 3] }, [{ op: 'move', from: '/a/0', path: '/a/2' }], { a: [2, 3, 1] }],
    [
      { a: { b: 1 } },
      [
        { op: 'copy', from: '/a', path: '/c' },
        { op: 'replace', path: '/c/b', value: 2 },
      ],
      { a: { b: 1 }, c: { b: 2 } },
    ],
    [{ a: [] }, [{ op: 'remove', path: '/a' }], {}],
  ])('turns %j by %j into %j', (document, patch, expected) => {
    const result = applyJsonPatch<unknown>(document, patch as JsonPatchOperation[])

    expect(result).toEqual(expected)
  })

  it.each([
    [{}, [{ op: 'replace', path: '/a', value: 1 }], 'notApplicable: operation 1 of the JSON patch: there is nothing at /a'],
    [{}, [{ op: 'add', path: '/a/b', value: 1 }], 'notApplicable: operation 1 of the JSON patch: there is nothing at /a'],
    [{ a: 'x' }, [{ op: 'add', path: '/a/b', value: 1 }], 'notApplicable: operation 1 of the JSON patch: there is nothing at /a'],
    [
      { a: [1] },
      [{ op: 'add', path: '/a/3', value: 1 }],
      'notApplicable: operation 1 of the JSON patch: the index of /a/3 is behind the end of the list',
    ],
    [{ a: [1] }, [{ op: 'replace', path: '/a/01', value: 1 }], 'notApplicable: operation 1 of the JSON patch: /a/01 is no index of a list'],
    [{ a: [1] }, [{ op: 'remove', path: '/a/-' }], 'notApplicable: operation 1 of the JSON patch: /a/- is no index of a list'],
    [{ a: 1 }, [{ op: 'test', path: '/a', value: '1' }], 'notApplicable: operation 1 of the JSON patch: testing value /a failed'],
    [{ a: {} }, [{ op: 'move', from: '/a', path: '/a/b' }], 'notApplicable: operation 1 of the JSON patch: /a cannot be moved into itself'],
    [{}, [{ op: 'add', path: 'a', value: 1 }], 'malformed: operation 1 of the JSON patch: the path "a" must start with \'/\''],
    [{}, [{ op: 'add', path: '/a' }], 'malformed: operation 1 of the JSON patch: an operation add needs a value'],
    [
      {},
      [{ op: 'swap', path: '/a' }],
      'malformed: operation 1 of the JSON patch: the op "swap" is none of add, remove, replace, move, copy, test',
    ],
    [{}, [null], 'malformed: operation 1 of the JSON patch: an operation must be an object'],
    [{}, { op: 'add' }, 'malformed: a JSON patch is a list of operations'],
    [{}, [{ op: 'remove', path: '/toString' }], 'notApplicable: operation 1 of the JSON patch: there is nothing at /toString'],
    [
      {},
      [{ op: 'test', path: '/a~2', value: 1 }],
      'malformed: operation 1 of the JSON patch: the path "/a~2" has a \'~\' that is neither ~0 nor ~1',
    ],
  ])('is refused on %j for %j', (document, patch, expected) => {
    const message = refusal(document, patch)

    expect(message).toBe(expected)
  })

  it('changes nothing when a later operation fails', () => {
    const document = { a: { b: 1 } }

    const message = refusal(document, [
      { op: 'replace', path: '/a/b', value: 2 },
      { op: 'remove', path: '/missing' },
    ])

    expect(message).toContain('operation 2')
    expect(document).toEqual({ a: { b: 1 } })
  })

  it('treats __proto__ as a name', () => {
    const patched = applyJsonPatch<Record<string, unknown>>({}, [{ op: 'add', path: '/__proto__', value: { polluted: true } }])

    expect(Object.keys(patched)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(patched)).toBe(Object.prototype)
    expect(refusal({}, [{ op: 'add', path: '/__proto__/polluted', value: true }])).toContain('there is nothing at /__proto__')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('cannot grow an object without end by copying', () => {
    const document = { a: ['x'.repeat(1000)] }
    const copies = Array.from({ length: 40 }, (): JsonPatchOperation => ({ op: 'copy', from: '/a', path: '/a/-' }))

    expect(refusal(document, copies)).toContain('copies add more than')
  })

  it('made from two values turns the one into the other', () => {
    fc.assert(
      fc.property(jsonValues(), jsonValues(), (before, after) => {
        const patched = applyJsonPatch(before, createJsonPatch(before, after))

        expect(JSON.stringify(sort(patched))).toBe(JSON.stringify(sort(after)))
      }),
    )
  })

  it('made from equal values is empty', () => {
    fc.assert(fc.property(jsonValues(), (value) => createJsonPatch(value, JSON.parse(JSON.stringify(value))).length === 0))
  })
})

function sort(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sort)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .map(([key, member]: [string, unknown]) => [key, sort(member)])
    .sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1))
}
