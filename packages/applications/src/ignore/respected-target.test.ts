import { load } from 'js-yaml'
import { afterAll, describe, expect, it } from 'vitest'
import { fieldSetOf, encodeFieldsV1, type KubeObject, type ManagedFieldsEntry, splitApiVersion, typeSchemaFor } from '@plimsoll/kube'
import { respectedTarget, type RespectedTarget } from './respected-target.ts'
import { compareAs, sharedJq } from './testing/compare.ts'

afterAll(() => sharedJq().close())

function object(yaml: string): KubeObject {
  return load(yaml) as KubeObject
}

type Rule = { jsonPointers?: string[]; jqPathExpressions?: string[]; managedFieldsManagers?: string[] }

async function respected(rule: Rule, target: KubeObject, live: KubeObject): Promise<RespectedTarget> {
  const { normalized } = await compareAs({ ignore: [{ group: '*', kind: '*', ...rule }] }, target, live)
  if (!normalized?.ignored) throw new Error('nothing is ignored')
  return respectedTarget(target, live, normalized.ignored, typeSchemaFor({ ...splitApiVersion(target.apiVersion), kind: target.kind }))
}

function owned(manager: string, operation: 'Apply' | 'Update', ...paths: string[][]): ManagedFieldsEntry {
  return { manager, operation, apiVersion: 'apps/v1', fieldsType: 'FieldsV1', fieldsV1: encodeFieldsV1(fieldSetOf(...paths)) }
}

const deployment = (spec: string, managedFields: ManagedFieldsEntry[] = []): KubeObject => {
  const made = object(`{ apiVersion: apps/v1, kind: Deployment, metadata: { name: web, namespace: shop }, spec: ${spec} }`)
  return { ...made, metadata: { ...made.metadata, ...(managedFields.length > 0 && { managedFields }) } }
}
const replicas = ['f:spec', 'f:replicas']

describe('what is ignored, at a sync that respects it', () => {
  it('is not said when somebody else owns it', async () => {
    const live = deployment('{ replicas: 5, paused: true }', [
      owned('autoscaler', 'Update', replicas),
      owned('argocd-controller', 'Apply', ['f:spec', 'f:paused']),
    ])
    const { applied, holds, merged } = await respected(
      { jsonPointers: ['/spec/replicas'] },
      deployment('{ replicas: 1, paused: false }'),
      live,
    )

    expect(applied.spec).toEqual({ paused: false })
    expect(holds).toBe(false)
    expect(merged.spec).toEqual({ replicas: 5, paused: false })
  })

  it('is said again, as it is, when it would go without us', async () => {
    for (const operation of ['Apply', 'Update'] as const) {
      const live = deployment('{ replicas: 5 }', [owned('argocd-controller', operation, replicas)])
      const { applied, holds } = await respected({ jsonPointers: ['/spec/replicas'] }, deployment('{ replicas: 1 }'), live)

      expect(applied.spec).toEqual({ replicas: 5 })
      expect(holds).toBe(true)
    }
  })

  it('is given up when it is not ours alone', async () => {
    const live = deployment('{ replicas: 5 }', [owned('argocd-controller', 'Apply', replicas), owned('autoscaler', 'Update', replicas)])
    const { applied } = await respected({ jsonPointers: ['/spec/replicas'] }, deployment('{ replicas: 1 }'), live)

    expect(applied.spec).toEqual({})
  })

  it('goes from the target when the cluster has none', async () => {
    const { applied, merged } = await respected(
      { jsonPointers: ['/metadata/annotations/version'] },
      object('{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, annotations: { version: "2", kept: x, other: y } } }'),
      object('{ apiVersion: v1, kind: ConfigMap, metadata: { name: a } }'),
    )

    expect(merged.metadata.annotations).toEqual({ kept: 'x', other: 'y' })
    expect(applied.metadata.annotations).toEqual({ kept: 'x', other: 'y' })
  })

  it('stays also where Git says nothing of what is around it', async () => {
    const live = object('{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, annotations: { noted: here } } }')
    live.metadata.managedFields = [{ ...owned('argocd-controller', 'Apply', ['f:metadata', 'f:annotations', 'f:noted']), apiVersion: 'v1' }]
    const { applied } = await respected(
      { jsonPointers: ['/metadata/annotations/noted'] },
      object('{ apiVersion: v1, kind: ConfigMap, metadata: { name: a } }'),
      live,
    )

    expect(applied.metadata.annotations).toEqual({ noted: 'here' })
  })

  it('is never the status', async () => {
    const live = deployment('{ replicas: 5 }', [owned('argocd-controller', 'Apply', ['f:status', 'f:phase'])])
    live.status = { phase: 'Running' }
    const { applied, merged } = await respected({ jsonPointers: ['/status', '/spec/replicas'] }, deployment('{ replicas: 1 }'), live)

    expect(applied).not.toHaveProperty('status')
    expect(merged).not.toHaveProperty('status')
  })

  const containers = (list: string): KubeObject => deployment(`{ template: { spec: { containers: ${list} } } }`)
  const containersOf = ({ spec }: KubeObject): unknown => (spec as { template: { spec: { containers: unknown } } }).template.spec.containers

  it('is told by the keys of items, and new items are as Git has them', async () => {
    const { merged, applied } = await respected(
      { jqPathExpressions: ['.spec.template.spec.containers[].image'] },
      containers('[{ name: new, image: n:1 }, { name: a, image: x:2, args: [b] }]'),
      containers('[{ name: a, image: x:1 }]'),
    )

    expect(containersOf(merged)).toEqual([
      { name: 'new', image: 'n:1' },
      { name: 'a', image: 'x:1', args: ['b'] },
    ])
    expect(containersOf(applied)).toEqual([
      { name: 'new', image: 'n:1' },
      { name: 'a', args: ['b'] },
    ])
  })

  it('may be a whole item, while the others are as Git has them', async () => {
    const { merged, applied } = await respected(
      { jqPathExpressions: ['.spec.template.spec.containers[] | select(.name == "a")'] },
      containers('[{ name: a, image: x:2 }, { name: b, image: y:2 }]'),
      containers('[{ name: a, image: x:1 }, { name: b, image: y:1 }]'),
    )

    expect(containersOf(merged)).toEqual([
      { name: 'a', image: 'x:1' },
      { name: 'b', image: 'y:2' },
    ])
    expect(containersOf(applied)).toEqual([{ name: 'b', image: 'y:2' }])
  })

  it('may be a variable that only the cluster has, or only Git', async () => {
    const variables = (list: string): KubeObject => containers(`[{ name: a, env: ${list} }]`)
    const rule = { jqPathExpressions: ['.spec.template.spec.containers[].env[] | select(.name == "OURS")'] }

    const kept = await respected(
      rule,
      variables('[{ name: A, value: "2" }]'),
      variables('[{ name: OURS, value: x }, { name: A, value: "1" }]'),
    )
    const dropped = await respected(
      rule,
      variables('[{ name: OURS, value: y }, { name: A, value: "2" }]'),
      variables('[{ name: A, value: "1" }]'),
    )

    expect(containersOf(kept.merged)).toEqual([
      {
        name: 'a',
        env: [
          { name: 'OURS', value: 'x' },
          { name: 'A', value: '2' },
        ],
      },
    ])
    expect(containersOf(kept.applied)).toEqual([{ name: 'a', env: [{ name: 'A', value: '2' }] }])
    expect(containersOf(dropped.applied)).toEqual([{ name: 'a', env: [{ name: 'A', value: '2' }] }])
  })

  const proxy = (routes: string): KubeObject =>
    object(`{ apiVersion: x.example/v1, kind: Proxy, metadata: { name: a }, spec: { routes: ${routes} } }`)

  it('is in a list that has one owner as a whole, which is said with it', async () => {
    const live = proxy('[{ name: a, weight: 30, port: 1 }, { name: b, weight: 70, port: 1 }]')
    const { applied, holds } = await respected(
      { jqPathExpressions: ['.spec.routes[].weight'] },
      proxy('[{ name: a, weight: 100, port: 2 }, { name: b, weight: 0, port: 2 }]'),
      live,
    )

    expect(applied.spec).toEqual({
      routes: [
        { name: 'a', weight: 30, port: 2 },
        { name: 'b', weight: 70, port: 2 },
      ],
    })
    expect(holds).toBe(true)
  })

  it('takes the place of what Git has in such a list', async () => {
    const { applied } = await respected(
      { jqPathExpressions: ['.spec.routes[]'] },
      proxy('[{ name: a }, { name: b }]'),
      proxy('[{ name: live }]'),
    )

    expect(applied.spec).toEqual({ routes: [{ name: 'live' }] })
  })

  it('is found by its place among those that are not ignored', async () => {
    const { applied } = await respected(
      { jqPathExpressions: ['.spec.servers[1].enabled', '.spec.servers[0].port'] },
      object(
        '{ apiVersion: x.example/v1, kind: App, metadata: { name: a }, spec: { servers: [{ name: one, enabled: true, port: 8080 }, { name: two, enabled: false, port: 9090 }] } }',
      ),
      object(
        '{ apiVersion: x.example/v1, kind: App, metadata: { name: a }, spec: { servers: [{ name: one, enabled: true, port: 8081 }, { name: two, enabled: true, port: 9000 }] } }',
      ),
    )

    expect(applied.spec).toEqual({
      servers: [
        { name: 'one', enabled: true, port: 8081 },
        { name: 'two', enabled: true, port: 9090 },
      ],
    })
  })

  it('leaves what is beside it in a map to Git, what Git adds and what only the cluster has', async () => {
    const budget = (selector: string): KubeObject =>
      object(`{ apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: { name: a }, spec: { selector: ${selector} } }`)
    const { merged } = await respected(
      { jsonPointers: ['/spec/selector/matchLabels/version'] },
      budget('{ matchLabels: { app: new, version: v2 }, matchExpressions: [{ key: tier, operator: In, values: [front] }] }'),
      budget('{ matchLabels: { app: old, version: v1, track: stable } }'),
    )

    expect(merged.spec).toEqual({
      selector: { matchLabels: { app: 'new', version: 'v1' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['front'] }] },
    })
  })

  it('is what a manager owns', async () => {
    const live = deployment('{ replicas: 5, paused: true }', [owned('janitor', 'Update', replicas)])
    const { merged, applied } = await respected({ managedFieldsManagers: ['janitor'] }, deployment('{ replicas: 1, paused: false }'), live)

    expect(merged.spec).toEqual({ replicas: 5, paused: false })
    expect(applied.spec).toEqual({ paused: false })
  })

  it('may be everything: then the object is only named', async () => {
    const { applied } = await respected({ jqPathExpressions: ['.'] }, deployment('{ replicas: 1 }'), deployment('{ replicas: 5 }'))

    expect(applied).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } })
  })
})
