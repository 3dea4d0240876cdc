import fc from 'fast-check'
import { load } from 'js-yaml'
import { afterAll, describe, expect, it } from 'vitest'
import type { KubeObject } from '@plimsoll/kube'
import { resourceDiff } from '../comparison/resource-diff.ts'
import { IgnoreStopped } from './ignore-steps.ts'
import { readIgnoreRules } from './ignore-rules.ts'
import { readDiffSettings } from '../settings/diff-settings.ts'
import { compareAs, differencesAs, sharedJq } from './testing/compare.ts'

afterAll(() => sharedJq().close())

function object(yaml: string): KubeObject {
  return load(yaml) as KubeObject
}

const deployment = (spec: string, metadata = ''): KubeObject =>
  object(`{ apiVersion: apps/v1, kind: Deployment, metadata: { name: web, namespace: shop${metadata} }, spec: ${spec} }`)

const pod = (containers: string): string => `{ template: { spec: { containers: ${containers} } } }`

describe('ignoreDifferences', () => {
  it.each<[title: string, rule: Record<string, unknown>, target: KubeObject, live: KubeObject]>([
    [
      'a field by its pointer',
      { group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] },
      deployment('{ replicas: 1 }'),
      deployment('{ replicas: 5 }'),
    ],
    [
      'a field that Git sets and the cluster does not have',
      { group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/paused'] },
      deployment('{ paused: true }'),
      deployment('{}'),
    ],
    [
      'a name with a slash and a tilde in it',
      { group: 'apps', kind: 'Deployment', jsonPointers: ['/metadata/labels/example.com~1a~0b'] },
      deployment('{}', ', labels: { example.com/a~b: x }'),
      deployment('{}', ', labels: { example.com/a~b: y }'),
    ],
    [
      'an item by its place, also from the end',
      {
        group: 'apps',
        kind: 'Deployment',
        jsonPointers: ['/spec/template/spec/containers/0/image', '/spec/template/spec/containers/-1/args'],
      },
      deployment(pod('[{ name: a, image: x:2, args: [b] }]')),
      deployment(pod('[{ name: a, image: x:1, args: [c] }]')),
    ],
    [
      'what patterns of group and kind match',
      { group: '*', kind: 'Deploy*', jsonPointers: ['/spec/replicas'] },
      deployment('{ replicas: 1 }'),
      deployment('{ replicas: 5 }'),
    ],
    [
      'the one object with a name in a namespace',
      { group: 'apps', kind: 'Deployment', name: 'web', namespace: 'shop', jsonPointers: ['/spec/replicas'] },
      deployment('{ replicas: 1 }'),
      deployment('{ replicas: 5 }'),
    ],
    [
      'items of a list by what is in them',
      { group: 'apps', kind: 'Deployment', jqPathExpressions: ['.spec.template.spec.containers[] | select(.name == "injected")'] },
      deployment(pod('[{ name: a, image: x:1 }, { name: injected, image: y:1 }]')),
      deployment(pod('[{ name: a, image: x:1 }]')),
    ],
    [
      'a field of every item, where some have none',
      { group: 'apps', kind: 'Deployment', jqPathExpressions: ['.spec.template.spec.containers[]?.resources'] },
      deployment(pod('[{ name: a, resources: { limits: { cpu: 1 } } }, { name: b }]')),
      deployment(pod('[{ name: a, resources: { limits: { cpu: 2 } } }, { name: b }]')),
    ],
    [
      'what a program that closes the bracket itself has changed',
      { kind: 'ConfigMap', jqPathExpressions: ['.nothing) | .data["config.json"] |= (fromjson | del(.token) | tojson'] },
      object(`{ apiVersion: v1, kind: ConfigMap, metadata: { name: c }, data: { config.json: '{"a": 1, "token": "x"}' } }`),
      object(`{ apiVersion: v1, kind: ConfigMap, metadata: { name: c }, data: { config.json: '{"token":"y","a":1}' } }`),
    ],
    [
      'two items, one after the other, though the first makes the second move',
      { group: 'x.example', kind: 'Thing', jsonPointers: ['/spec/list/0', '/spec/list/0'] },
      object('{ apiVersion: x.example/v1, kind: Thing, metadata: { name: a }, spec: { list: [1, 2, 3] } }'),
      object('{ apiVersion: x.example/v1, kind: Thing, metadata: { name: a }, spec: { list: [7, 8, 3] } }'),
    ],
    [
      'names that objects of JavaScript have by birth',
      { kind: 'ConfigMap', jsonPointers: ['/data/constructor', '/data/__proto__'], jqPathExpressions: ['.data.toString'] },
      object('{ apiVersion: v1, kind: ConfigMap, metadata: { name: c }, data: { constructor: a, toString: b, "__proto__": c } }'),
      object('{ apiVersion: v1, kind: ConfigMap, metadata: { name: c }, data: { constructor: d, toString: e, "__proto__": f } }'),
    ],
  ])('leaves out %s', async (_title, rule, target, live) => {
    expect(await differencesAs({}, target, live)).not.toEqual([])

    expect(await differencesAs({ ignore: [rule] }, target, live)).toEqual([])
  })

  it.each<[title: string, rule: Record<string, unknown>]>([
    ['another group', { group: 'extensions', kind: 'Deployment', jsonPointers: ['/spec/replicas'] }],
    ['no group, which is the core group', { kind: 'Deployment', jsonPointers: ['/spec/replicas'] }],
    ['another name', { group: 'apps', kind: 'Deployment', name: 'we*', jsonPointers: ['/spec/replicas'] }],
    ['another namespace', { group: 'apps', kind: 'Deployment', namespace: 'argocd', jsonPointers: ['/spec/replicas'] }],
    [
      'another field',
      { group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/paused', '/garbage', '/invalid/json/path', '/spec/replicas/0'] },
    ],
    [
      'a list that is none',
      { group: 'apps', kind: 'Deployment', jqPathExpressions: ['.spec.fakeField.foo[]', '.spec.replicas[]', 'error("x")'] },
    ],
  ])('of %s is no rule for this object', async (_title, rule) => {
    expect(await differencesAs({ ignore: [rule] }, deployment('{ replicas: 1 }'), deployment('{ replicas: 5 }'))).toEqual(['spec.replicas'])
  })

  it('leaves everything else as it was, to the very value', async () => {
    const live = deployment(`{ replicas: 5, progressDeadlineSeconds: 9007199254740991, template: { metadata: { labels: { a: b } } } }`)
    const { normalized } = await compareAs(
      { ignore: [{ group: 'apps', kind: 'Deployment', jqPathExpressions: ['.spec.replicas'] }] },
      deployment('{ replicas: 1 }'),
      live,
    )

    const spec = normalized?.live.spec as Record<string, unknown>
    expect(Object.keys(spec)).toEqual(['progressDeadlineSeconds', 'template'])
    expect(spec.template).toBe((live.spec as Record<string, unknown>).template)
  })

  it('does not bring back what Git has dropped and we own still', async () => {
    const live = deployment('{ replicas: 5 }')
    live.metadata.managedFields = [
      {
        manager: 'argocd-controller',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': { 'f:replicas': {} } },
      },
    ]

    expect(await differencesAs({}, deployment('{}'), live)).toEqual(['spec.replicas'])
    expect(
      await differencesAs({ ignore: [{ group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] }] }, deployment('{}'), live),
    ).toEqual([])
  })

  it('says which fields it left out, by which rule, and shows neither of them', async () => {
    const said = {
      ignore: [
        {
          group: 'apps',
          kind: 'Deployment',
          jsonPointers: ['/spec/replicas'],
          jqPathExpressions: ['.spec.template.spec.containers[].image'],
        },
      ],
    }
    const resource = await compareAs(
      said,
      deployment('{ replicas: 1, minReadySeconds: 3, template: { spec: { containers: [{ name: a, image: x:2 }] } } }'),
      deployment('{ replicas: 5, minReadySeconds: 4, template: { spec: { containers: [{ name: a, image: x:1 }] } } }'),
    )

    const { ignored, differences, normalizedLiveState, predictedLiveState } = resourceDiff(resource, new Set())

    expect(ignored).toEqual([
      { path: 'spec.replicas', rule: '/spec/replicas' },
      { path: 'spec.template.spec.containers[0].image', rule: '.spec.template.spec.containers[].image' },
    ])
    expect(differences).toEqual([{ path: 'spec.minReadySeconds', live: '4', target: '3' }])
    const spec = { template: { spec: { containers: [{ name: 'a' }] } } }
    expect(JSON.parse(normalizedLiveState ?? '').spec).toEqual({ ...spec, minReadySeconds: 4 })
    expect(JSON.parse(predictedLiveState ?? '').spec).toEqual({ ...spec, minReadySeconds: 3 })
  })
})

describe('a program that changes a Secret', () => {
  const secret = (value: string): KubeObject =>
    object(`{ apiVersion: v1, kind: Secret, metadata: { name: s, labels: { a: b } }, data: { key: ${value} } }`)

  it.each([
    '.x) | (.metadata.labels.leak = .data.key',
    '.x) | (.metadata.labels[.data.key] = "1"',
    '.x) | (.metadata.annotations = {a: [.data.key]}',
    '.x) | (.[.data.key] = 1',
    '.x) | (.metadata.name = .data.key',
    '.x) | .data.key |= (@base64d | ascii_upcase',
  ])('shows nothing of what it holds: %s', async (expression) => {
    const said = { ignore: [{ kind: 'Secret', jqPathExpressions: [expression] }] }
    const canaries = /Y2FuYXJ5LW9uZQ|Y2FuYXJ5LXR3bw|canary|CANARY/
    const resource = await compareAs(said, secret('Y2FuYXJ5LW9uZQ=='), secret('Y2FuYXJ5LXR3bw=='))

    expect(JSON.stringify(resourceDiff(resource, new Set()))).not.toMatch(canaries)
    expect(resource.status).toBe('OutOfSync')
    expect(await differencesAs(said, secret('Y2FuYXJ5LW9uZQ=='), secret('Y2FuYXJ5LW9uZQ=='))).toEqual([])
  })
})

describe('managedFieldsManagers', () => {
  const live = (fieldsV1: Record<string, unknown>, spec: string, manager = 'kube-controller-manager'): KubeObject => ({
    ...deployment(spec),
    metadata: {
      name: 'web',
      namespace: 'shop',
      managedFields: [{ manager, operation: 'Update', apiVersion: 'apps/v1', fieldsType: 'FieldsV1', fieldsV1 }],
    },
  })
  const ignore = [{ group: '*', kind: '*', managedFieldsManagers: ['kube-controller-manager', 'revision-history-manager'] }]

  it('leave out what these managers own, and nothing of others', async () => {
    const fields = { 'f:spec': { 'f:replicas': {} } }
    const target = deployment('{ replicas: 3, revisionHistoryLimit: 1 }')

    expect(await differencesAs({ ignore }, target, live(fields, '{ replicas: 2, revisionHistoryLimit: 3 }'))).toEqual([
      'spec.revisionHistoryLimit',
    ])
    expect(await differencesAs({ ignore }, target, live(fields, '{ replicas: 2, revisionHistoryLimit: 1 }', 'somebody'))).toEqual([
      'spec.replicas',
    ])
  })

  it('know the items of a list by their keys', async () => {
    const fields = {
      'f:spec': {
        'f:template': {
          'f:spec': {
            'f:containers': {
              'k:{"name":"b"}': { 'f:image': {}, 'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { 'f:name': {} } } },
            },
          },
        },
      },
    }
    const target = deployment(pod('[{ name: a, image: x:1 }, { name: b, image: y:2, ports: [{ containerPort: 80, name: new }] }]'))
    const actual = live(
      fields,
      pod('[{ name: b, image: y:1, ports: [{ containerPort: 80, protocol: TCP, name: old }] }, { name: a, image: x:1 }]'),
    )

    expect(await differencesAs({}, target, actual)).toHaveLength(2)
    expect(await differencesAs({ ignore }, target, actual)).toEqual([])
  })

  it('know those of a custom kind by what its definition says', async () => {
    const definition = object(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: things.x.example }
spec:
  group: x.example
  names: { kind: Thing, plural: things }
  versions:
  - name: v1
    schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, properties: { servers: {
      type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [name],
      items: { type: object, properties: { name: { type: string }, port: { type: integer } } } } } } } } }`)
    const thing = (servers: string): KubeObject =>
      object(`{ apiVersion: x.example/v1, kind: Thing, metadata: { name: a }, spec: { servers: ${servers} } }`)
    const actual = thing('[{ name: one, port: 2 }]')
    actual.metadata.managedFields = [
      {
        manager: 'kube-controller-manager',
        operation: 'Update',
        apiVersion: 'x.example/v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': { 'f:servers': { 'k:{"name":"one"}': { 'f:port': {} } } } },
      },
    ]

    expect(await differencesAs({ ignore }, thing('[{ name: one, port: 1 }]'), actual)).not.toEqual([])
    expect(await differencesAs({ ignore, definition }, thing('[{ name: one, port: 1 }]'), actual)).toEqual([])
  })

  it('whose note of what they own cannot be read own nothing', async () => {
    const broken = live({ 'f:spec': 5, nonsense: {} }, '{ replicas: 2 }')

    expect(await differencesAs({ ignore }, deployment('{ replicas: 3 }'), broken)).toEqual(['spec.replicas'])
  })
})

describe('argocd-cm', () => {
  const both = [deployment('{ replicas: 1 }'), deployment('{ replicas: 5 }')] as const

  it.each<[title: string, settings: Record<string, string>]>([
    ['of a kind', { 'resource.customizations.ignoreDifferences.apps_Deployment': 'jsonPointers:\n- /spec/replicas\n' }],
    ['of all kinds', { 'resource.customizations.ignoreDifferences.all': 'jqPathExpressions: [.spec.replicas]' }],
    ['in its older form', { 'resource.customizations': 'apps/Deployment:\n  ignoreDifferences: |\n    jsonPointers: [/spec/replicas]\n' }],
    [
      'in its older form, with a pattern',
      { 'resource.customizations': '"*/*":\n  ignoreDifferences: { jsonPointers: [/spec/replicas] }\n' },
    ],
  ])('says what to leave out %s', async (_title, settings) => {
    expect(await differencesAs({ settings }, ...both)).toEqual([])
  })

  it('may say it of a kind of the core group', async () => {
    const service = (type: string): KubeObject =>
      object(`{ apiVersion: v1, kind: Service, metadata: { name: a }, spec: { type: ${type} } }`)

    for (const key of ['Service', 'all']) {
      const settings = { [`resource.customizations.ignoreDifferences.${key}`]: 'jsonPointers: [/spec/type]' }
      expect(await differencesAs({ settings }, service('NodePort'), service('ClusterIP'))).toEqual([])
    }
  })

  it('leaves out what it cannot read, and says so', () => {
    const { overrides, problems } = readDiffSettings({
      'resource.customizations.ignoreDifferences.apps_Deployment': 'jsonPointers: [/spec/replicas]',
      'resource.customizations.ignoreDifferences.a_b_c': 'jsonPointers: []',
      'resource.customizations.ignoreDifferences.Pod': 'jsonPointers: 5',
      'resource.customizations.knownTypeFields.Job': '{',
      'resource.customizations.ignoreDifferences.__proto__': '[]',
    })

    expect(overrides.map(({ key }) => key)).toEqual(['apps/Deployment'])
    expect(problems).toHaveLength(4)
  })

  it('gives values of the platform in custom kinds their spelling', async () => {
    const thing = (spec: string): KubeObject => object(`{ apiVersion: some.io/v1, kind: Thing, metadata: { name: a }, spec: ${spec} }`)
    const target = thing(
      '{ ram: 1.25G, every: 60m, template: { spec: { containers: [{ name: a, volumeMounts: [{ name: v, readOnly: false }], resources: { requests: { cpu: 2000m } } }] } } }',
    )
    const live = thing(
      '{ ram: 1250M, every: 1h0m0s, template: { spec: { containers: [{ name: a, volumeMounts: [{ name: v }], resources: { requests: { cpu: "2" } } }] } } }',
    )
    const settings = {
      'resource.customizations.knownTypeFields.some.io_Thing': `
- { field: spec.ram, type: core/Quantity }
- { field: spec.every, type: meta/v1/Duration }
- { field: spec.template.spec.containers, type: core/v1/Container }
- { field: spec.nowhere, type: core/v1/PodSpec }
- { field: spec.template, type: core/v1/Nothing }
`,
    }

    expect(await differencesAs({}, target, live)).toHaveLength(4)
    expect(await differencesAs({ settings }, target, live)).toEqual([])
    expect(
      await differencesAs({ settings }, target, thing('{ ram: 1251M, every: 1h, template: { spec: { containers: [] } } }')),
    ).toHaveLength(2)
  })

  it('need not say so of Rollouts', async () => {
    const rollout = (cpu: string): KubeObject =>
      object(
        `{ apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: { name: a }, spec: ${pod(`[{ name: a, resources: { requests: { cpu: ${cpu} } } }]`)} }`,
      )

    expect(await differencesAs({}, rollout('100m'), rollout('"0.1"'))).toEqual([])
    expect(await differencesAs({}, rollout('100m'), rollout('"0.2"'))).toHaveLength(1)
  })
})

describe('an expression that is none', () => {
  it('is told with its place, once for all objects', () => {
    const rules = readIgnoreRules(
      'argocd/shop',
      [{ group: 'apps', kind: 'Deployment', jqPathExpressions: ['.spec.containers[] | select(.name == "missing-quote)', '.fine'] }],
      readDiffSettings({}),
    )

    expect(rules?.problems).toEqual([
      'spec.ignoreDifferences[0].jqPathExpressions[0]: a text has no closing quote, at character 39 of: .spec.containers[] | select(.name == "missing-quote)',
    ])
  })
})

describe('a rule of the operator that is wrong', () => {
  it('concerns the objects that it names, and no application beside', () => {
    const settings = readDiffSettings({
      'resource.customizations.ignoreDifferences.apps_Deployment': 'jqPathExpressions: [".["]',
      'resource.customizations.ignoreDifferences.batch_Job': 'jsonPointers: [/spec]',
    })
    const rules = readIgnoreRules('argocd/shop', undefined, settings)
    const problemsOf = (group: string, kind: string): readonly string[] | undefined =>
      rules?.forObject({ group, kind, namespace: 'shop', name: 'a' })?.problems

    expect(rules?.problems).toEqual([])
    expect(problemsOf('apps', 'Deployment')).toEqual([
      'argocd-cm, apps/Deployment.jqPathExpressions[0]: a bracket or an operand is missing, at character 3 of: .[',
    ])
    expect(problemsOf('batch', 'Job')).toEqual([])
    expect(problemsOf('', 'Service')).toBeUndefined()
  })
})

describe('an expression that never ends', () => {
  const slow = {
    parameters: { 'ignore.normalizer.jq.timeout': '50ms' },
    ignore: [{ group: '*', kind: '*', jqPathExpressions: ['last(range(1e15))'] }],
  }
  const sides = [deployment('{ replicas: 1 }'), deployment('{ replicas: 5 }')] as const

  it('is stopped, and costs nobody else anything', async () => {
    const others = { name: 'others', ignore: [{ group: '*', kind: '*', jqPathExpressions: ['.spec.replicas'] }] }

    const [poisoned, ...healthy] = await Promise.allSettled([
      differencesAs({ ...slow, name: 'poisoned' }, ...sides),
      ...Array.from({ length: 20 }, () => differencesAs(others, ...sides)),
    ])

    expect(poisoned).toMatchObject({ status: 'rejected', reason: expect.any(IgnoreStopped) })
    expect(healthy.map((one) => one.status === 'fulfilled' && one.value)).toEqual(Array.from({ length: 20 }, () => []))
  })

  it('is not tried on the next object of its application', async () => {
    const all = await Promise.allSettled(Array.from({ length: 200 }, () => differencesAs({ ...slow, name: 'many' }, ...sides)))

    expect(all.filter((one) => one.status === 'rejected' && one.reason instanceof IgnoreStopped)).toHaveLength(200)
  })

  it.each(['ignore.normalizer.jq.timeout', 'controller.ignore.normalizer.jq.timeout'])('has the time that %s gives it', (name) => {
    expect(readDiffSettings({}, { [name]: '5s' }).jqTimeoutMs).toBe(5000)
  })

  it('that takes all memory ends its thread, and the next question has a new one', async () => {
    const greedy = 'reduce range(1e9) as $i ([]; . + [[range(1000000)]])'
    const said = {
      name: 'greedy',
      parameters: { 'ignore.normalizer.jq.timeout': '20s' },
      ignore: [{ group: '*', kind: '*', jqPathExpressions: [greedy] }],
    }

    await expect(differencesAs(said, ...sides)).rejects.toThrow(IgnoreStopped)
    expect(
      await differencesAs({ name: 'after', ignore: [{ group: '*', kind: '*', jqPathExpressions: ['.spec.replicas'] }] }, ...sides),
    ).toEqual([])
  })
})

describe('whatever the object', () => {
  const name = fc.oneof(fc.constantFrom('a', 'b', '__proto__', 'constructor', 'x/y', '~', ''), fc.string({ maxLength: 5 }))
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, 0, 1.5, 2 ** 53, 'text', ''),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(name, tie('any'), { maxKeys: 3 }),
    ),
  })).any
  const thing = (spec: unknown): KubeObject => ({ apiVersion: 'x.example/v1', kind: 'Thing', metadata: { name: 'a' }, spec })
  const escaped = (text: string): string => text.replaceAll('~', '~0').replaceAll('/', '~1')

  it('what a pointer or an expression leaves out makes no difference, and everything beside it does', async () => {
    await fc.assert(
      fc.asyncProperty(name, value, value, value, fc.boolean(), async (field, before, after, beside, isJq) => {
        const spec = (own: unknown, other: unknown): Record<string, unknown> =>
          Object.fromEntries([
            [field, own],
            [`${field}!`, other],
          ])
        const rule = isJq ? { jqPathExpressions: [`.spec[${JSON.stringify(field)}]`] } : { jsonPointers: [`/spec/${escaped(field)}`] }
        const said = { ignore: [{ group: 'x.example', kind: 'Thing', ...rule }] }

        expect(await differencesAs(said, thing(spec(before, beside)), thing(spec(after, beside)))).toEqual([])
        expect(await differencesAs(said, thing(spec(before, 'one')), thing(spec(after, 'other')))).toHaveLength(1)
      }),
      { numRuns: 200 },
    )
  })

  it('no pointer and no manager brings the comparison down', async () => {
    const pointer = fc
      .array(fc.oneof(name, fc.constantFrom('0', '-1', '-', '99', '+1')), { maxLength: 4 })
      .map((names) => `/${names.join('/')}`)
    await fc.assert(
      fc.asyncProperty(
        value,
        value,
        fc.array(pointer, { maxLength: 4 }),
        fc.dictionary(fc.string(), value),
        async (target, live, jsonPointers, fieldsV1) => {
          const actual = thing(live)
          actual.metadata.managedFields = [
            { manager: 'm', operation: 'Update', apiVersion: 'x.example/v1', fieldsType: 'FieldsV1', fieldsV1 },
          ]
          const resource = await compareAs(
            { ignore: [{ group: '*', kind: '*', jsonPointers, managedFieldsManagers: ['m'] }] },
            thing(target),
            actual,
          )

          expect(['Synced', 'OutOfSync']).toContain(resource.status)
          resourceDiff(resource, new Set())
        },
      ),
    )
  })
})
