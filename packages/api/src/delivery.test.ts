import { describe, expect, it } from 'vitest'
import { deliveryProblems, durationMs } from './delivery.ts'

const stages = [{ name: 'staging', application: 'fraud-staging' }]
const delivery = (spec: object): object => ({
  apiVersion: 'plimsoll.dev/v1alpha1',
  kind: 'Delivery',
  metadata: { name: 'fraud' },
  spec: { source: { repoURL: 'https://git.example.org/fraud.git' }, stages, ...spec },
})
const stage = (more: object): object => delivery({ stages: [{ ...stages[0], ...more }] })

describe('a delivery', () => {
  it('that says no more than it must is fine', () => {
    expect(deliveryProblems(delivery({}))).toEqual([])
  })

  it.each<[string, unknown, string]>([
    [
      'a field that is misspelt',
      stage({ aprovals: {} }),
      "spec.stages[0] 'aprovals' is no field of it (allowed: name, application, fields,",
    ],
    ['a field that is missing', delivery({ source: {} }), 'spec.source.repoURL is missing (expected string)'],
    ['a word that is none of those allowed', delivery({ promotion: { by: 'tag' } }), 'expected one of "path"|"branch"|"ref" (found "tag")'],
    ['a duration without a unit', stage({ soak: '10' }), 'spec.stages[0].soak must be a duration: 30s, 10m, 1h30m, 7d (found "10")'],
    ['a duration that never ends', stage({ soak: '999999999d' }), 'spec.stages[0].soak must be 1000d at most (found "999999999d")'],
    ['two stages of one name', delivery({ stages: [stages[0], stages[0]] }), 'spec.stages must have names that differ'],
    [
      'a path out of the folder',
      delivery({ fields: [{ file: '../x.yaml', image: 'a' }] }),
      'spec.fields[0].file must be a path inside the folder, without ..',
    ],
    [
      'two kinds of field in one',
      delivery({ fields: [{ file: 'x.yaml', image: 'a', path: 'b' }] }),
      "spec.fields[0] must have exactly one of 'image', 'configMap' and 'path'",
    ],
    [
      'a step of no kind',
      stage({ verify: [{ name: 'a' }] }),
      "spec.stages[0].verify[0] must have exactly one of 'health', 'job', 'http' and 'analysis'",
    ],
    ['a condition of half a name', stage({ while: [{ delivery: 'a' }] }), "spec.stages[0].while[0] 'delivery' and 'stage' belong together"],
    [
      'an address that is no web address',
      stage({ verify: [{ http: { url: 'file:///etc/passwd' } }] }),
      'spec.stages[0].verify[0].http.url must be',
    ],
    ['nothing at all', null, 'the object must be: expected object'],
  ])('names %s, what was found and what is allowed', (_what, object, words) => {
    expect(deliveryProblems(object).join('\n')).toContain(words)
  })
})

describe('a duration', () => {
  it('is read with all its parts', () => {
    expect([durationMs('1h30m'), durationMs('7d'), durationMs('1.5s'), durationMs('250ms')]).toEqual([5_400_000, 604_800_000, 1500, 250])
  })
})
