import { describe, expect, it } from 'vitest'
import type { RecordedOperation } from './recorded-case.ts'
import { replayCase } from './recorded-case.ts'
import { parseStructuredSchema } from './structured-schema.ts'

const schema = parseStructuredSchema(`types:
- name: thing
  map:
    fields:
    - name: size
      type: { scalar: numeric }
    - name: tags
      type:
        list: { elementType: { scalar: string }, elementRelationship: associative }
    - name: parts
      type:
        list:
          elementType: { namedType: part }
          elementRelationship: associative
          keys: [name, kind]
    - name: whole
      type: { namedType: part, elementRelationship: atomic }
- name: part
  map:
    fields:
    - name: name
      type: { scalar: string }
    - name: kind
      type: { scalar: string }
      default: plain
    - name: weight
      type: { scalar: numeric }
`)

function operation(part: Partial<RecordedOperation>): RecordedOperation {
  return {
    test: 'Own',
    case: 1,
    op: 'apply',
    manager: 'one',
    force: false,
    version: 'v1',
    object: {},
    schema: 'own',
    typeRef: 'namedType: thing',
    filter: false,
    ignored: false,
    liveAfter: {},
    managedAfter: {},
    ...part,
  }
}

const first = operation({
  object: { size: 1, tags: ['a', 'b'], parts: [{ name: 'x', weight: 1 }], whole: { name: 'w' } },
  liveAfter: { size: 1, tags: ['a', 'b'], parts: [{ name: 'x', weight: 1 }], whole: { name: 'w' } },
  managedAfter: {
    one: {
      applied: true,
      version: 'v1',
      fields: {
        'f:size': {},
        'f:tags': { 'v:"a"': {}, 'v:"b"': {} },
        'f:parts': { 'k:{"kind":"plain","name":"x"}': { '.': {}, 'f:name': {}, 'f:weight': {} } },
        'f:whole': {},
      },
    },
  },
})

/** Another manager changes the part, the whole and a tag, by force. */
const second = operation({
  manager: 'two',
  force: true,
  object: { tags: ['b', 'c'], parts: [{ name: 'x', kind: 'plain', weight: 2 }], whole: { name: 'w', weight: 9 } },
  liveAfter: { size: 1, tags: ['a', 'b', 'c'], parts: [{ name: 'x', kind: 'plain', weight: 2 }], whole: { name: 'w', weight: 9 } },
  managedAfter: {
    one: {
      applied: true,
      version: 'v1',
      fields: {
        'f:size': {},
        'f:tags': { 'v:"a"': {}, 'v:"b"': {} },
        'f:parts': { 'k:{"kind":"plain","name":"x"}': { '.': {}, 'f:name': {} } },
      },
    },
    two: {
      applied: true,
      version: 'v1',
      fields: {
        'f:tags': { 'v:"b"': {}, 'v:"c"': {} },
        'f:parts': { 'k:{"kind":"plain","name":"x"}': { '.': {}, 'f:kind': {}, 'f:name': {}, 'f:weight': {} } },
        'f:whole': {},
      },
    },
  },
})

/** The first one stops applying all but its size: what is its own alone goes. */
const third = operation({
  object: { size: 1 },
  liveAfter: { size: 1, tags: ['b', 'c'], parts: [{ name: 'x', kind: 'plain', weight: 2 }], whole: { name: 'w', weight: 9 } },
  managedAfter: {
    one: { applied: true, version: 'v1', fields: { 'f:size': {} } },
    two: second.managedAfter['two'] as RecordedOperation['managedAfter'][string],
  },
})

describe('A recorded case', () => {
  it('passes when object, owners and conflicts come out as recorded', () => {
    expect(replayCase([first, second, third], () => schema)).toBeUndefined()
  })

  it('passes when a conflict leaves everything as it was', () => {
    const conflict = operation({ ...first, manager: 'two', object: { size: 2 }, conflicts: [{ manager: 'one', path: '.size' }] })

    expect(replayCase([first, conflict], () => schema)).toBeUndefined()
  })

  it.each([
    ['the object', { liveAfter: { size: 2 } }, 'the object is'],
    ['an owner too many', { managedAfter: {} }, 'one owns'],
    [
      'an owner too few',
      { managedAfter: { ...first.managedAfter, two: { applied: true, version: 'v1', fields: { 'f:size': {} } } } },
      'two owns nothing',
    ],
    ['a conflict', { conflicts: [{ manager: 'two', path: '.size' }] }, 'conflicts differ'],
    ['what is refused', { object: { unknown: 1 } }, 'field not declared in schema'],
    ['the version of an owner', { managedAfter: { one: { ...first.managedAfter['one'], version: 'v2' } } }, 'one owns at v1'],
  ])('fails when %s is not as recorded', (_what, change, message) => {
    expect(replayCase([{ ...first, ...change } as RecordedOperation], () => schema)).toContain(message)
  })
})
