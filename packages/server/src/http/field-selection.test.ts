import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFields } from './field-selection.ts'

const list = {
  metadata: { resourceVersion: '7' },
  items: [{ metadata: { name: 'a', labels: { x: '1' } }, spec: { project: 'p' } }, { metadata: { name: 'b' } }],
}

describe('fields of an answer', () => {
  it('that are named are all there is, in each item of a list', () => {
    expect(parseFields('metadata.resourceVersion,items.metadata.name,items.spec')?.apply(list)).toEqual({
      metadata: { resourceVersion: '7' },
      items: [{ metadata: { name: 'a' }, spec: { project: 'p' } }, { metadata: { name: 'b' } }],
    })
  })

  it('that are named with a minus are left out', () => {
    expect(parseFields('-items.metadata.labels,items.spec')?.apply(list)).toEqual({
      metadata: { resourceVersion: '7' },
      items: [{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }],
    })
  })

  it('are never taken from what every object inherits', () => {
    expect(parseFields('constructor,__proto__.x,items.toString')?.apply(list)).toEqual({ items: [{}, {}] })
  })

  it('together with all that is left out are the whole', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.dictionary(fc.constantFrom('d', 'e'), fc.integer())),
        fc.constantFrom('a', 'a.d', 'b.e', 'c'),
        (value, field) => {
          const kept = parseFields(field)?.apply(value) as Record<string, object>
          const rest = parseFields(`-${field}`)?.apply(value) as Record<string, object>
          const names = [...new Set([...Object.keys(kept), ...Object.keys(rest)])]
          expect(Object.fromEntries(names.map((name) => [name, { ...kept[name], ...rest[name] }]))).toEqual({ ...value })
        },
      ),
    )
  })
})
