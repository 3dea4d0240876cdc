import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KubeObject, ManagedFieldsEntry } from '../object.ts'
import { deployments } from '../patch/json-for-tests.ts'
import { typeSchemaFor } from '../schema/built-in-schema.ts'
import { cloneJson } from '../schema/json-value.ts'
import type { ApplyResult } from './apply-object.ts'
import { applyObject, resetFields, updateManagedFields } from './apply-object.ts'
import { collectFields } from './collect-fields.ts'
import { isSameSet, subtract } from './field-set.ts'
import { decodeFieldsV1 } from './fields-v1.ts'
import { lastAppliedAnnotation } from './last-applied.ts'
import { extractManaged } from './managed-extract.ts'
import { upgradeManagedFields } from './ownership-upgrade.ts'
import { extractItems } from './pick-items.ts'

const schema = typeSchemaFor({ group: 'apps', version: 'v1', kind: 'Deployment' })
const time = '2026-05-01T10:00:00Z'
const later = '2026-05-01T11:00:00Z'

function deployment(spec: Record<string, unknown>, metadata: Record<string, unknown> = {}): KubeObject {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop', ...metadata }, spec }
}

function containers(...items: Record<string, unknown>[]): Record<string, unknown> {
  return { template: { spec: { containers: items } } }
}

function apply(
  live: KubeObject | undefined,
  applied: KubeObject,
  manager: string,
  options: { force?: boolean; time?: string } = {},
): ApplyResult {
  return applyObject({ live, applied, manager, schema, time: options.time ?? time, force: options.force ?? false })
}

function applied(result: ApplyResult): KubeObject {
  if (result.outcome !== 'applied') throw new Error(`${result.outcome}: ${result.message}`)
  return result.object
}

function ownedBy(object: KubeObject, manager: string): unknown {
  return object.metadata.managedFields?.find((entry) => entry.manager === manager)?.fieldsV1
}

describe('An apply', () => {
  it('creates an object and owns what it sets, but not what the object is', () => {
    const object = applied(
      apply(undefined, deployment({ replicas: 2, ...containers({ name: 'c', image: 'x' }) }, { labels: { app: 'web' } }), 'argocd'),
    )

    expect(object.metadata.managedFields).toEqual([
      {
        manager: 'argocd',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        time,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { 'f:app': {} } },
          'f:spec': {
            'f:replicas': {},
            'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:image': {}, 'f:name': {} } } } },
          },
        },
      },
    ])
  })

  it('removes what it applied before and applies no more', () => {
    const first = applied(
      apply(
        undefined,
        deployment({ replicas: 2, paused: true, ...containers({ name: 'c', image: 'x' }, { name: 'd', image: 'y' }) }),
        'argocd',
      ),
    )

    const second = applied(apply(first, deployment({ replicas: 2, ...containers({ name: 'c', image: 'x' }) }), 'argocd'))

    expect(second['spec']).toEqual({ replicas: 2, ...containers({ name: 'c', image: 'x' }) })
  })

  it('keeps what others set', () => {
    const first = applied(apply(undefined, deployment(containers({ name: 'c', image: 'x' })), 'argocd'))
    const injected = applied(
      apply(first, deployment(containers({ name: 'c', env: [{ name: 'A', value: '1' }] }, { name: 'side', image: 's' })), 'mesh'),
    )

    const again = applied(apply(injected, deployment(containers({ name: 'c', image: 'z' })), 'argocd'))

    expect(again['spec']).toEqual(containers({ name: 'c', image: 'z', env: [{ name: 'A', value: '1' }] }, { name: 'side', image: 's' }))
  })

  it('conflicts over a field that another manager set differently, and says with whom and where', () => {
    const first = applied(apply(undefined, deployment({ replicas: 2, ...containers({ name: 'c', image: 'x' }) }), 'argocd'))
    const scaled = deployment({ ...(first['spec'] as object), replicas: 5 }, { managedFields: first.metadata.managedFields })
    scaled.metadata.managedFields = updateManagedFields({ before: first, after: scaled, manager: 'hpa', schema, time })

    const result = apply(scaled, deployment({ replicas: 2, ...containers({ name: 'c', image: 'x' }) }), 'argocd')

    expect(result).toEqual({
      outcome: 'conflict',
      conflicts: [{ manager: 'hpa', operation: 'Update', field: '.spec.replicas', message: 'conflict with "hpa" using apps/v1' }],
      message: 'Apply failed with 1 conflict: conflict with "hpa" using apps/v1: .spec.replicas',
    })
  })

  it('does not conflict over a field that has the same value', () => {
    const first = applied(apply(undefined, deployment({ replicas: 2 }), 'argocd'))

    const second = applied(apply(first, deployment({ replicas: 2 }), 'other'))

    expect(ownedBy(second, 'argocd')).toEqual({ 'f:spec': { 'f:replicas': {} } })
    expect(ownedBy(second, 'other')).toEqual({ 'f:spec': { 'f:replicas': {} } })
  })

  it('takes fields over when it is forced', () => {
    const first = applied(apply(undefined, deployment({ replicas: 2, paused: true }), 'argocd'))

    const second = applied(apply(first, deployment({ replicas: 3 }), 'other', { force: true }))

    expect(second['spec']).toEqual({ replicas: 3, paused: true })
    expect(ownedBy(second, 'argocd')).toEqual({ 'f:spec': { 'f:paused': {} } })
  })

  it('that changes nothing returns the object itself, times and all', () => {
    const manifest = deployment(
      { replicas: 2, ...containers({ name: 'c', image: 'x', ports: [{ containerPort: 80 }] }) },
      { labels: { app: 'web' } },
    )
    const first = applied(apply(undefined, manifest, 'argocd'))

    const result = apply(first, manifest, 'argocd', { time: later })

    expect(result).toMatchObject({ outcome: 'applied', isChanged: false })
    expect(applied(result)).toBe(first)
  })

  it('ignores what exported manifests carry of the server', () => {
    const live = applied(
      apply(undefined, deployment({ replicas: 2 }, { uid: 'u-1', creationTimestamp: time, resourceVersion: '7', generation: 3 }), 'argocd'),
    )

    const object = applied(apply(live, deployment({ replicas: 3 }, { creationTimestamp: null, uid: 'other', generation: 1 }), 'argocd'))

    expect(object.metadata).toMatchObject({ uid: 'u-1', creationTimestamp: time, generation: 3 })
  })

  it('leaves null out where the type has no null, and owns the field all the same', () => {
    const object = applied(apply(undefined, deployment({ replicas: null, ...containers({ name: 'c', args: null }) }), 'argocd'))

    expect(object['spec']).toEqual(containers({ name: 'c' }))
    expect(ownedBy(object, 'argocd')).toMatchObject({ 'f:spec': { 'f:replicas': {} } })
  })

  it.each([
    ['an unknown field', { spec: { replica: 1 } }, '.spec.replica: field not declared in schema'],
    ['a wrong type', { spec: { replicas: 'two' } }, '.spec.replicas: expected numeric (int or float), got string'],
    [
      'items of one name',
      { spec: containers({ name: 'c' }, { name: 'c' }) },
      '.spec.template.spec.containers: duplicate entries for key [name="c"]',
    ],
    [
      'a map in the place of a list',
      { spec: { template: { spec: { containers: {} } } } },
      '.spec.template.spec.containers: expected list, got map',
    ],
  ])('is refused with %s, and the message names the object and the field', (_what, part, message) => {
    const result = apply(undefined, { ...deployment({}), ...part } as KubeObject, 'argocd')

    expect(result).toEqual({
      outcome: 'invalid',
      message: `failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): ${message}`,
    })
  })

  it('is refused with managed fields of its own', () => {
    expect(apply(undefined, deployment({}, { managedFields: [] }), 'argocd')).toEqual({
      outcome: 'invalid',
      message: 'metadata.managedFields must be nil',
    })
  })

  it('gives what nobody tracked to a manager that cannot come back', () => {
    const untracked = deployment({ replicas: 2, paused: true }, { uid: 'u-1' })

    const conflict = apply(untracked, deployment({ replicas: 3 }), 'argocd')
    const forced = applied(apply(untracked, deployment({ replicas: 3 }), 'argocd', { force: true }))

    expect(conflict).toMatchObject({ outcome: 'conflict', conflicts: [{ manager: 'before-first-apply', field: '.spec.replicas' }] })
    expect(ownedBy(forced, 'before-first-apply')).toEqual({ 'f:spec': { 'f:paused': {} } })
  })

  it('by kubectl takes over what the same user applied from the client side', () => {
    const last = JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop', annotations: {} },
      spec: { replicas: 2 },
    })
    const live = deployment({ replicas: 2 }, { annotations: { [lastAppliedAnnotation]: last } })
    live.metadata.managedFields = updateManagedFields({
      before: undefined,
      after: live,
      manager: 'kubectl-client-side-apply',
      schema,
      time,
    })

    const object = applied(apply(live, deployment({ replicas: 3 }), 'kubectl'))

    expect(object['spec']).toEqual({ replicas: 3 })
    expect(JSON.parse(object.metadata.annotations?.[lastAppliedAnnotation] ?? '')).toMatchObject({ spec: { replicas: 3 } })
  })

  it('can leave out what another resource is for', () => {
    const result = applyObject({
      live: undefined,
      applied: { ...deployment({ replicas: 1 }), status: { replicas: 9 } },
      manager: 'argocd',
      schema,
      time,
      ignored: resetFields(['status']),
    })

    expect(ownedBy(applied(result), 'argocd')).toEqual({ 'f:spec': { 'f:replicas': {} } })
  })

  it('forgets managers at versions that are served no more', () => {
    const first = applied(apply(undefined, deployment({ replicas: 2 }), 'old'))
    const entries = (first.metadata.managedFields ?? []).map((entry): ManagedFieldsEntry => ({ ...entry, apiVersion: 'apps/v1beta1' }))
    const live = deployment({ replicas: 2 }, { managedFields: entries })

    const result = applyObject({
      live,
      applied: deployment({ replicas: 3 }),
      manager: 'new',
      schema,
      time,
      convert: (object, version) => (version === 'apps/v1' ? { object, schema } : undefined),
    })

    expect(applied(result).metadata.managedFields?.map(({ manager }) => manager)).toEqual(['new'])
  })

  it('deduces the type where there is no schema: maps by key, lists as a whole', () => {
    const custom = (spec: unknown): KubeObject => ({ apiVersion: 'x.dev/v1', kind: 'Thing', metadata: { name: 't' }, spec })
    const first = applied(
      applyObject({ live: undefined, applied: custom({ a: 1, list: [1, 2] }), manager: 'one', schema: undefined, time }),
    )

    const second = applyObject({ live: first, applied: custom({ b: 2, list: [3] }), manager: 'two', schema: undefined, time })

    expect(second).toMatchObject({ outcome: 'conflict', conflicts: [{ field: '.spec.list' }] })
  })

  it('treats hostile names as names', () => {
    const labels = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>

    const object = applied(apply(undefined, deployment({ replicas: 1 }, { labels }), 'argocd'))
    const gone = applied(apply(object, deployment({ replicas: 1 }), 'argocd'))

    expect(JSON.stringify(object.metadata.labels)).toBe('{"__proto__":"x","constructor":"y"}')
    expect(ownedBy(object, 'argocd')).toEqual({
      'f:metadata': { 'f:labels': { 'f:__proto__': {}, 'f:constructor': {} } },
      'f:spec': { 'f:replicas': {} },
    })
    expect(gone.metadata.labels).toBeUndefined()
  })

  it('twice is as good as once', () => {
    fc.assert(
      fc.property(deployments(), deployments(), deployments(), (before, other, manifest) => {
        const [first, second, third] = [before, other, manifest] as unknown as [KubeObject, KubeObject, KubeObject]
        const live = applied(apply(applied(apply(undefined, first, 'argocd')), second, 'other', { force: true }))

        const object = applied(apply(live, third, 'argocd', { force: true }))

        expect(apply(object, third, 'argocd', { force: true, time: later })).toMatchObject({ isChanged: false })
      }),
    )
  })

  it('that is forced owns exactly what it applied, and the object shows it', () => {
    const head = resetFields(['apiVersion'], ['kind'], ['metadata', 'name'], ['metadata', 'namespace'], ['metadata'])
    fc.assert(
      fc.property(deployments(), deployments(), deployments(), (before, other, manifest) => {
        // A map that is applied empty is owned, and gone all the same once what was in it has been removed.
        const [first, second, third] = [before, other, withoutEmptyMaps(manifest)] as unknown as [KubeObject, KubeObject, KubeObject]
        const live = applied(apply(applied(apply(undefined, first, 'argocd')), second, 'other', { force: true }))

        const object = applied(apply(live, third, 'argocd', { force: true }))

        const expected = subtract(collectFields(third, schema!), head)
        expect(isSameSet(decodeFieldsV1(ownedBy(object, 'argocd') ?? {}), expected)).toBe(true)
        expect(isSameSet(subtract(collectFields(extractItems(object, expected, schema!), schema!), head), expected)).toBe(true)
      }),
    )
  })

  it('changes neither the live object nor what was sent', () => {
    fc.assert(
      fc.property(deployments(), deployments(), (before, manifest) => {
        const live = applied(apply(undefined, before as unknown as KubeObject, 'argocd'))
        const [liveCopy, sentCopy] = [cloneJson(live), cloneJson(manifest)]

        apply(live, manifest as unknown as KubeObject, 'argocd', { force: true })
        apply(live, manifest as unknown as KubeObject, 'other', { force: true })

        expect(live).toEqual(liveCopy)
        expect(manifest).toEqual(sentCopy)
      }),
    )
  })
})

function withoutEmptyMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyMaps)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([key, member]: [string, unknown]) => [key, withoutEmptyMaps(member)] as const)
  return Object.fromEntries(members.filter(([, member]) => JSON.stringify(member) !== '{}'))
}

describe('An update', () => {
  it('owns what it creates, as a real cluster writes it', () => {
    const after = deployment(
      { replicas: 1, selector: { matchLabels: { app: 'web' } }, ...containers({ name: 'c', image: 'x', resources: {} }) },
      { labels: { app: 'web' } },
    )

    const entries = updateManagedFields({ before: undefined, after, manager: 'kubectl-create', schema, time })

    expect(entries[0]?.fieldsV1).toEqual({
      'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
      'f:spec': {
        'f:replicas': {},
        'f:selector': {},
        'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:image': {}, 'f:name': {}, 'f:resources': {} } } } },
      },
    })
  })

  it('takes what it changes from others and keeps what it had', () => {
    const before = applied(apply(undefined, deployment({ replicas: 2, paused: true }), 'argocd'))
    const after = { ...before, spec: { replicas: 3, paused: true } }

    const entries = updateManagedFields({ before, after, manager: 'hpa', subresource: 'scale', schema, time: later })

    expect(entries).toMatchObject([
      { manager: 'argocd', operation: 'Apply', time, fieldsV1: { 'f:spec': { 'f:paused': {} } } },
      { manager: 'hpa', operation: 'Update', subresource: 'scale', time: later, fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
    ])
  })

  it('that changes nothing returns the entries as they were', () => {
    const before = applied(apply(undefined, deployment({ replicas: 2 }), 'argocd'))

    const entries = updateManagedFields({ before, after: cloneJson(before), manager: 'hpa', schema, time: later })

    expect(entries).toEqual(before.metadata.managedFields)
  })

  it('may clear the managed fields, or set them as kubectl does when it migrates', () => {
    const before = applied(apply(undefined, deployment({ replicas: 2 }), 'argocd'))
    const cleared = deployment({ replicas: 2 }, { managedFields: [{}] })
    const moved = deployment(
      { replicas: 2 },
      { managedFields: upgradeManagedFields(before.metadata.managedFields, { from: ['argocd'], to: 'x' }) },
    )

    expect(updateManagedFields({ before, after: cleared, manager: 'm', schema, time })).toEqual([])
    expect(updateManagedFields({ before, after: moved, manager: 'm', schema, time })).toEqual(moved.metadata.managedFields)
  })

  it('keeps at most ten updaters apart', () => {
    let object = deployment({ replicas: 0 })
    for (let index = 0; index < 14; index++) {
      const next = deployment({ replicas: 0 }, { annotations: { ...object.metadata.annotations, [`a${index}`]: 'x' } })
      next.metadata.managedFields = updateManagedFields({
        before: index === 0 ? undefined : object,
        after: next,
        manager: `m${index}`,
        schema,
        time: `2026-05-01T10:00:${10 + index}Z`,
      })
      object = next
    }

    const managers = object.metadata.managedFields?.map(({ manager }) => manager)

    expect(managers).toHaveLength(10)
    expect(managers).toContain('ancient-changes')
    expect(managers).toContain('m13')
  })
})

describe('Ownership moves from client-side to server-side apply', () => {
  it('so that what is applied no more goes', () => {
    const live = deployment({ replicas: 2, paused: true })
    live.metadata.managedFields = updateManagedFields({
      before: undefined,
      after: live,
      manager: 'kubectl-client-side-apply',
      schema,
      time,
    })
    const upgraded = deployment(
      { replicas: 2, paused: true },
      {
        managedFields: upgradeManagedFields(live.metadata.managedFields, { from: ['kubectl-client-side-apply'], to: 'argocd-controller' }),
      },
    )

    const object = applied(apply(upgraded, deployment({ replicas: 2 }), 'argocd-controller'))

    expect(upgraded.metadata.managedFields).toMatchObject([{ manager: 'argocd-controller', operation: 'Apply' }])
    expect(object['spec']).toEqual({ replicas: 2 })
  })

  it('only where there is something to move', () => {
    const entries = applied(apply(undefined, deployment({ replicas: 2 }), 'argocd')).metadata.managedFields

    expect(upgradeManagedFields(entries, { from: ['kubectl-client-side-apply'], to: 'argocd' })).toBe(entries)
  })
})

describe('What a manager applied can be taken out of an object', () => {
  it('with the keys of its list items, and applied again without a change', () => {
    const first = applied(apply(undefined, deployment(containers({ name: 'c', image: 'x', ports: [{ containerPort: 80 }] })), 'argocd'))
    const live = applied(
      apply(first, deployment(containers({ name: 'c', env: [{ name: 'A', value: '1' }] }), { labels: { team: 'a' } }), 'mesh'),
    )

    const mine = extractManaged(live, 'argocd', { schema })

    expect(mine).toEqual(deployment(containers({ name: 'c', image: 'x', ports: [{ containerPort: 80 }] })))
    expect(apply(live, mine ?? live, 'argocd')).toMatchObject({ isChanged: false })
    expect(extractManaged(live, 'nobody', { schema })).toBeUndefined()
  })
})
