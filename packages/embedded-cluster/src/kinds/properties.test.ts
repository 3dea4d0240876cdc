import type { KubeObject } from '@plimsoll/kube'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { created, deployment, emptyCluster, pod, registry, service } from './kinds-on-trial.ts'
import { fieldsOf } from './reading.ts'

/** Objects of the right kind whose insides are arbitrary, with field names that kinds know among others. */
const words = [
  'spec',
  'status',
  'metadata',
  'labels',
  'annotations',
  'name',
  'template',
  'containers',
  'initContainers',
  'volumes',
  'ports',
  'port',
  'selector',
  'matchLabels',
  'matchExpressions',
  'env',
  'valueFrom',
  'resources',
  'limits',
  'requests',
  'cpu',
  'strategy',
  'rollingUpdate',
  'rules',
  'http',
  'paths',
  'backend',
  'service',
  'subjects',
  'roleRef',
  'kind',
  'metrics',
  'behavior',
  'data',
  'stringData',
  'jobTemplate',
  'versions',
  'schema',
  'openAPIV3Schema',
  'properties',
  'items',
  'names',
  'webhooks',
  'subsets',
  'endpoints',
  'constructor',
  '__proto__',
]
const key = fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 5 }))
const scalar = fc.oneof(fc.string({ maxLength: 8 }), fc.integer(), fc.double(), fc.boolean(), fc.constant(null))
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 6 }),
  ),
}))
const kinds = registry.builtIns()

function objectOf(kind: (typeof kinds)[number], insides: unknown): KubeObject {
  const { group, version } = kind.type
  const fields = fieldsOf(insides) ?? { spec: insides }
  return {
    ...fields,
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind: kind.type.kind,
    metadata: (fieldsOf(fields['metadata']) ?? { name: 'n' }) as unknown as KubeObject['metadata'],
  }
}

describe('Whatever is sent', () => {
  test('nothing throws, and defaulting and pruning twice is the same as once', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), value, (kind, insides) => {
        const object = structuredClone(objectOf(kind, insides))
        kind.prune(object)
        expect(kind.prune(object)).toEqual([])
        kind.applyDefaults(object)
        const once = structuredClone(object)
        kind.applyDefaults(object)
        expect(object).toEqual(once)
        const old = structuredClone(object)
        kind.prepareForCreate?.(object, emptyCluster)
        kind.prepareForUpdate?.(object, old, emptyCluster)
        kind.validate(object, undefined, '')
        kind.validate(object, old, '')
        kind.validate(object, old, 'status')
        kind.warnings?.(object, undefined)
        for (const field of kind.selectableFields ?? []) expect(typeof field.valueOf(object)).toBe('string')
        expect(kind.cells(object, 0)).toHaveLength(kind.columns.length)
        kind.convert?.(object, kind.type.version === 'v2' ? 'v1' : 'v2')
      }),
      { numRuns: 3000 },
    )
  })

  test('validation changes nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), value, (kind, insides) => {
        const object = structuredClone(objectOf(kind, insides))
        const before = structuredClone(object)

        kind.validate(object, undefined, '')

        expect(object).toEqual(before)
      }),
      { numRuns: 1000 },
    )
  })

  test('as the schema of a custom kind is told or served, and never throws', () => {
    fc.assert(
      fc.property(value, value, (schema, object) => {
        const crd = created(
          '{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: as.b.io}, spec: {group: b.io, names: {plural: as, kind: A}, scope: Cluster, versions: [{name: v1, served: true, storage: true}]}}',
        )
        const version = (crd['spec'] as { versions: Record<string, unknown>[] }).versions[0] ?? {}
        version['schema'] = { openAPIV3Schema: { type: 'object', properties: { spec: schema } } }
        for (const kind of registry.fromCustomResourceDefinition(crd).definitions) {
          const sent = structuredClone(objectOf(kind, { spec: object }))
          kind.prune(sent)
          expect(kind.prune(sent)).toEqual([])
          kind.applyDefaults(sent)
          const once = structuredClone(sent)
          kind.applyDefaults(sent)
          expect(sent).toEqual(once)
          kind.validate(sent, undefined, '')
          kind.cells(sent, 0)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

test('What a cluster answers can be sent again as it is', () => {
  for (const text of [deployment, pod, service]) {
    const object = created(text)
    const kind = registry.builtIns().find((each) => each.type.kind === object.kind)
    const again = structuredClone(object)

    expect(kind?.prune(again)).toEqual([])
    kind?.applyDefaults(again)
    expect(again).toEqual(object)
    expect(kind?.validate(again, object, '')).toEqual([])
  }
})
