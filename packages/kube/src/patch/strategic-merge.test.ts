import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { typeSchemaFor } from '../schema/built-in-schema.ts'
import { isEqualJson } from '../schema/json-value.ts'
import { deployments } from './json-for-tests.ts'
import { PatchError } from './patch-error.ts'
import { createStrategicMergePatch, createThreeWayStrategicPatch } from './strategic-diff.ts'
import { applyStrategicMergePatch } from './strategic-merge.ts'

const deployment = typeSchemaFor({ group: 'apps', version: 'v1', kind: 'Deployment' })
const pod = typeSchemaFor({ group: '', version: 'v1', kind: 'Pod' })

function podOf(spec: Record<string, unknown>): Record<string, unknown> {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec }
}

const two = podOf({
  containers: [
    { name: 'a', image: 'one', args: ['x'] },
    { name: 'b', image: 'two' },
  ],
})

describe('A strategic merge patch', () => {
  it.each([
    [
      'merges a container by its name',
      { containers: [{ name: 'b', image: 'new' }] },
      [
        { name: 'a', image: 'one', args: ['x'] },
        { name: 'b', image: 'new' },
      ],
    ],
    [
      'adds a container in front, as kubectl does',
      { containers: [{ name: 'c', image: 'new' }] },
      [
        { name: 'c', image: 'new' },
        { name: 'a', image: 'one', args: ['x'] },
        { name: 'b', image: 'two' },
      ],
    ],
    ['deletes a container', { containers: [{ name: 'a', $patch: 'delete' }] }, [{ name: 'b', image: 'two' }]],
    ['replaces all containers', { containers: [{ $patch: 'replace' }, { name: 'z', image: 'only' }] }, [{ name: 'z', image: 'only' }]],
    [
      'replaces an atomic list',
      { containers: [{ name: 'a', args: ['y', 'z'] }] },
      [
        { name: 'a', image: 'one', args: ['y', 'z'] },
        { name: 'b', image: 'two' },
      ],
    ],
    [
      'orders containers',
      { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] },
      [
        { name: 'b', image: 'two' },
        { name: 'a', image: 'one', args: ['x'] },
      ],
    ],
  ])('%s', (_does, spec, expected) => {
    const result = applyStrategicMergePatch(two, { spec }, pod)

    expect(result['spec']).toEqual({ containers: expected })
  })

  it('takes single values out of a list of scalars', () => {
    const before = { metadata: { name: 'x', finalizers: ['a', 'b', 'c'] } }

    const result = applyStrategicMergePatch(before, { metadata: { '$deleteFromPrimitiveList/finalizers': ['b'] } }, pod)

    expect(result).toEqual({ metadata: { name: 'x', finalizers: ['a', 'c'] } })
  })

  it('drops the fields of a union that are not retained', () => {
    const before = podOf({ volumes: [{ name: 'data', emptyDir: {} }] })

    const result = applyStrategicMergePatch(
      before,
      { spec: { volumes: [{ name: 'data', $retainKeys: ['name', 'configMap'], configMap: { name: 'm' } }] } },
      pod,
    )

    expect(result['spec']).toEqual({ volumes: [{ name: 'data', configMap: { name: 'm' } }] })
  })

  it.each([
    ['a directive that nobody knows', { spec: { $patch: 'explode' } }, 'unknown patch type'],
    ['an item without its merge key', { spec: { containers: [{ image: 'x' }] } }, 'does not contain declared merge key: name'],
    [
      'an order that the items do not follow',
      { spec: { containers: [{ name: 'c' }], '$setElementOrder/containers': [{ name: 'a' }] } },
      'order in patch list',
    ],
    ['an order of nothing', { spec: { '$setElementOrder/': [] } }, 'NAME_OF_A_LIST'],
    ['retained keys that leave out a set one', { spec: { $retainKeys: ['nodeName'], hostname: 'h' } }, 'hostname is set but not retained'],
    ['a list of different things', { spec: { containers: ['x'] } }, 'not identical'],
  ])('is refused with %s', (_what, patch, message) => {
    const before = structuredClone(two)

    expect(() => applyStrategicMergePatch(two, patch, pod)).toThrow(PatchError)
    expect(() => applyStrategicMergePatch(two, patch, pod)).toThrow(message)
    expect(two).toEqual(before)
  })

  it('leaves prototypes alone', () => {
    const patch = JSON.parse('{"metadata":{"labels":{"__proto__":"x","constructor":"y"}},"__proto__":{"polluted":true}}') as Record<
      string,
      unknown
    >

    const result = applyStrategicMergePatch(two, patch, pod)

    expect(JSON.stringify(result)).toContain('"labels":{"__proto__":"x","constructor":"y"}')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('made from two Deployments turns the one into the other', () => {
    fc.assert(
      fc.property(deployments(), deployments(), (before, after) => {
        const patched = applyStrategicMergePatch(before, createStrategicMergePatch(before, after, deployment), deployment)

        expect(withoutEmptyLists(patched)).toEqual(withoutEmptyLists(after))
      }),
    )
  })

  it('made from equal Deployments is empty', () => {
    fc.assert(fc.property(deployments(), (one) => isEqualJson(createStrategicMergePatch(one, structuredClone(one), deployment), {})))
  })

  it('of three states sets in place what was applied, whatever directives that takes', () => {
    fc.assert(
      fc.property(deployments(), deployments(), (before, after) => {
        const patched = applyStrategicMergePatch(before, createThreeWayStrategicPatch(before, after, before, deployment), deployment)

        expect(withoutEmptyLists(patched)).toEqual(withoutEmptyLists(after))
      }),
      { numRuns: 300 },
    )
  })

  it('of three states changes nothing when it is made again', () => {
    fc.assert(
      fc.property(deployments(), deployments(), deployments(), (original, modified, current) => {
        const once = applyStrategicMergePatch(current, createThreeWayStrategicPatch(original, modified, current, deployment), deployment)
        const twice = applyStrategicMergePatch(once, createThreeWayStrategicPatch(modified, modified, once, deployment), deployment)

        expect(withoutEmptyLists(twice)).toEqual(withoutEmptyLists(once))
      }),
    )
  })

  it('of three states shows what is applied and keeps what others added', () => {
    const original = podOf({ containers: [{ name: 'a', image: 'one', env: [{ name: 'X', value: '1' }] }] })
    const modified = podOf({ containers: [{ name: 'a', image: 'two' }] })
    const current = podOf({
      containers: [
        {
          name: 'a',
          image: 'one',
          env: [
            { name: 'X', value: '1' },
            { name: 'INJECTED', value: '2' },
          ],
        },
        { name: 'sidecar', image: 's' },
      ],
      nodeName: 'n',
    })

    const result = applyStrategicMergePatch(current, createThreeWayStrategicPatch(original, modified, current, pod), pod)

    expect(result['spec']).toEqual({
      containers: [
        { name: 'a', image: 'two' },
        { name: 'sidecar', image: 's' },
      ],
      nodeName: 'n',
    })
  })
})

/** A patch cannot tell a list that became empty from one that is gone. */
function withoutEmptyLists(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, member: unknown) => (Array.isArray(member) && member.length === 0 ? undefined : member)))
}
