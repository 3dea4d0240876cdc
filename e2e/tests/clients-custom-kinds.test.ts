import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyType, type ClusterAnswer, type LooseObject, mergeType, startCluster, type TestCluster } from '../harness/cluster-process.ts'
import { eventually } from '../harness/run.ts'

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const group = 'fleet.example.com'
const at = (version: string, plural = 'engines'): string => `/apis/${group}/${version}/namespaces/default/${plural}`

/** A spec as operators have them: everything that their generators write is in it. */
const engineSpec = {
  type: 'object',
  required: ['version'],
  properties: {
    version: { type: 'string', pattern: '^v\\d+\\.\\d+$', minLength: 4 },
    mode: { type: 'string', enum: ['Auto', 'Manual'], default: 'Auto' },
    replicas: { type: 'integer', format: 'int32', minimum: 0, maximum: 10, default: 1 },
    port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
    timeout: { type: 'string', format: 'duration' },
    storage: {
      'x-kubernetes-int-or-string': true,
      anyOf: [{ type: 'integer' }, { type: 'string' }],
      pattern: '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$',
    },
    note: { type: 'string', nullable: true, default: 'none' },
    plainNote: { type: 'string', nullable: true },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { known: { type: 'integer' } } },
    labels: { type: 'object', additionalProperties: { type: 'string' }, maxProperties: 3 },
    parts: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name', 'kind'],
      items: {
        type: 'object',
        required: ['name'],
        properties: {
          name: { type: 'string' },
          kind: { type: 'string', default: 'Plain' },
          size: { type: 'integer' },
          tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        },
      },
    },
    steps: { type: 'array', items: { type: 'object', properties: { run: { type: 'string' } } }, maxItems: 3 },
    whole: { type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { a: { type: 'string' }, b: { type: 'string' } } },
    choice: {
      type: 'object',
      properties: { left: { type: 'string' }, right: { type: 'string' } },
      oneOf: [{ required: ['left'] }, { required: ['right'] }],
    },
    template: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
    selector: {
      type: 'object',
      properties: {
        matchLabels: { type: 'object', additionalProperties: { type: 'string' } },
        matchExpressions: {
          type: 'array',
          items: {
            type: 'object',
            required: ['key', 'operator'],
            properties: { key: { type: 'string' }, operator: { type: 'string' }, values: { type: 'array', items: { type: 'string' } } },
          },
        },
      },
    },
  },
  'x-kubernetes-validations': [{ rule: 'self.replicas < 100', message: 'too many' }],
}

const engineStatus = {
  type: 'object',
  properties: {
    phase: { type: 'string' },
    replicas: { type: 'integer' },
    selector: { type: 'string' },
    observedGeneration: { type: 'integer', format: 'int64' },
    conditions: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: {
        type: 'object',
        required: ['type', 'status'],
        properties: {
          type: { type: 'string' },
          status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
          lastTransitionTime: { type: 'string', format: 'date-time' },
          reason: { type: 'string' },
        },
      },
    },
  },
}

function engineVersion(name: string, storage: boolean): Record<string, unknown> {
  return {
    name,
    served: true,
    storage,
    ...(name === 'v1alpha1' && { deprecated: true, deprecationWarning: 'engines v1alpha1 is going: use v1' }),
    schema: { openAPIV3Schema: { type: 'object', description: 'An engine', properties: { spec: engineSpec, status: engineStatus } } },
    subresources: {
      status: {},
      scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' },
    },
    additionalPrinterColumns: [
      { name: 'Version', type: 'string', jsonPath: '.spec.version' },
      { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
      { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas', priority: 1 },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    ],
    selectableFields: [{ jsonPath: '.spec.mode' }],
  }
}

const engines = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `engines.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural: 'engines', singular: 'engine', kind: 'Engine', listKind: 'EngineList', shortNames: ['eng'], categories: ['all'] },
    conversion: { strategy: 'None' },
    versions: [engineVersion('v1', true), engineVersion('v1alpha1', false)],
  },
}

function engine(name: string, spec: Record<string, unknown> = {}, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { apiVersion: `${group}/v1`, kind: 'Engine', metadata: { name }, spec: { version: 'v1.2', ...spec }, ...more }
}

describe('custom kinds as operators define them', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await startCluster()
    const made = await cluster.call('POST', definitions, engines)
    expect(made.status, made.body.message).toBe(201)
    // CEL is not evaluated: whoever counts on it hears so.
    expect(String(made.headers['warning'])).toContain('x-kubernetes-validations')
    await eventually('the kind is served', async () => (await cluster.call('GET', at('v1'))).status === 200)
  })
  afterAll(() => cluster?.stop())

  const create = (name: string, spec?: Record<string, unknown>, more?: Record<string, unknown>): Promise<ClusterAnswer> =>
    cluster.call('POST', at('v1'), engine(name, spec, more))
  const apply = (name: string, manager: string, object: Record<string, unknown>, query = '', subresource = ''): Promise<ClusterAnswer> =>
    cluster.call(
      'PATCH',
      `${at('v1')}/${name}${subresource}?fieldManager=${manager}${query}`,
      { apiVersion: `${group}/v1`, kind: 'Engine', metadata: { name }, ...object },
      applyType,
    )

  it('fill in defaults, also below what is given, and treat null by whether it may be', async () => {
    const made = await create('defaults', { note: null, plainNote: null, mode: null, parts: [{ name: 'a' }] })

    expect(made.body.spec).toEqual({
      version: 'v1.2',
      mode: 'Auto',
      replicas: 1,
      note: null,
      plainNote: null,
      parts: [{ name: 'a', kind: 'Plain' }],
    })
  })

  it('drop what the schema does not know, but not where it preserves, and say so', async () => {
    const made = await create('pruned', {
      unknown: 1,
      free: { known: 1, other: { deep: [1, { x: 1 }] } },
      template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', labels: { a: 'b' }, junk: 1 }, spec: { anything: true } },
      steps: [{ run: 'a', junk: 1 }],
      selector: { matchLabels: { constructor: 'a', __proto__x: 'b' } },
    })

    expect(made.body.spec).toMatchObject({
      free: { known: 1, other: { deep: [1, { x: 1 }] } },
      template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', labels: { a: 'b' } }, spec: { anything: true } },
      steps: [{ run: 'a' }],
      selector: { matchLabels: { constructor: 'a', __proto__x: 'b' } },
    })
    expect(made.body.spec).not.toHaveProperty('unknown')
    expect(made.body.spec).not.toHaveProperty('template.metadata.junk')
    expect(String(made.headers['warning'])).toContain('unknown field \\"spec.unknown\\"')
    const strict = await cluster.call('POST', `${at('v1')}?fieldValidation=Strict`, engine('strict', { unknown: 1, steps: [{ junk: 1 }] }))
    expect(strict).toMatchObject({ status: 400 })
    expect(strict.body.message).toContain('unknown field "spec.steps[0].junk"')
  })

  it.each([
    ['spec.version', { version: '1.2' }, 'spec.version'],
    ['a missing required field', { version: undefined }, 'spec.version'],
    ['an enum', { mode: 'Else' }, 'spec.mode'],
    ['a bound', { replicas: 11 }, 'spec.replicas'],
    ['a type', { replicas: 'two' }, 'spec.replicas'],
    ['a fraction', { replicas: 1.5 }, 'spec.replicas'],
    ['int-or-string', { port: true }, 'spec.port'],
    ['the pattern of a quantity', { storage: 'much' }, 'spec.storage'],
    ['too many properties', { labels: { a: '', b: '', c: '', d: '' } }, 'spec.labels'],
    ['additional properties', { labels: { a: 1 } }, 'spec.labels.a'],
    ['too many items', { steps: [{}, {}, {}, {}] }, 'spec.steps'],
    ['null where it may not be', { labels: { a: null } }, 'spec.labels.a'],
    ['one of', { choice: { left: 'a', right: 'b' } }, 'spec.choice'],
    ['a list map with a key twice', { parts: [{ name: 'a' }, { name: 'a', kind: 'Plain' }] }, 'spec.parts[1]'],
    ['a set with a value twice', { parts: [{ name: 'a', tags: ['x', 'x'] }] }, 'spec.parts[0].tags[1]'],
    ['an embedded resource without a kind', { template: { metadata: {} } }, 'spec.template.'],
  ])('refuse %s by its path', async (_what, spec, field) => {
    const refused = await create('refused', spec)

    expect(refused.status).toBe(422)
    expect(refused.body.details?.causes?.map((cause) => cause.field).join(' ')).toContain(field)
  })

  it.each([
    ['numbers', { port: 80, storage: 5, timeout: '1h30m' }],
    ['texts', { port: 'http', storage: '1.5Gi' }],
    ['either of a choice', { choice: { left: 'a' } }],
    ['list map elements that differ in one key', { parts: [{ name: 'a' }, { name: 'a', kind: 'Other' }] }],
  ])('take %s', async (what, spec) => {
    const name = what.replaceAll(' ', '-')
    const made = await create(name, spec)

    expect(made.status, made.body.message).toBe(201)
    expect(made.body.spec).toMatchObject(spec)
  })

  it('count generations of the spec, never of metadata and status, and keep both halves apart', async () => {
    const made = await create('halves', {}, { status: { phase: 'Told' } })
    const labelled = await cluster.call(
      'PATCH',
      `${at('v1')}/halves`,
      { metadata: { labels: { a: 'b' } }, status: { phase: 'X' } },
      mergeType,
    )
    const status = { phase: 'Up', replicas: 1, selector: 'app=halves', junk: 1 }
    const told = await cluster.call(
      'PATCH',
      `${at('v1')}/halves/status`,
      { spec: { replicas: 9 }, status, metadata: { labels: { s: 't' } } },
      mergeType,
    )
    const changed = await cluster.call('PATCH', `${at('v1')}/halves`, { spec: { replicas: 2 } }, mergeType)
    const same = await cluster.call('PATCH', `${at('v1')}/halves`, { spec: { replicas: 2 } }, mergeType)

    expect(made.body).not.toHaveProperty('status')
    expect(made.body.metadata.generation).toBe(1)
    expect(labelled.body.metadata).toMatchObject({ generation: 1, labels: { a: 'b' } })
    expect(labelled.body).not.toHaveProperty('status')
    expect(told.body).toMatchObject({ spec: { replicas: 1 }, metadata: { generation: 1 } })
    expect(told.body.status).toEqual({ phase: 'Up', replicas: 1, selector: 'app=halves' })
    expect(told.body.metadata.labels).toEqual({ a: 'b' })
    expect(changed.body.metadata.generation).toBe(2)
    expect(same.body.metadata.resourceVersion).toBe(changed.body.metadata.resourceVersion)
  })

  it('are the same objects in all their versions', async () => {
    const old = await cluster.call('POST', at('v1alpha1'), { ...engine('both', { replicas: 3 }), apiVersion: `${group}/v1alpha1` })
    const now = await cluster.call('GET', `${at('v1')}/both`)
    const listed = await cluster.call('GET', at('v1alpha1'))

    expect(old).toMatchObject({ status: 201, body: { apiVersion: `${group}/v1alpha1` } })
    expect(String(old.headers['warning'])).toContain('engines v1alpha1 is going: use v1')
    expect(now.body).toMatchObject({ apiVersion: `${group}/v1`, spec: { replicas: 3 }, metadata: { uid: old.body.metadata.uid } })
    expect(new Set(listed.body.items.map((item) => item.apiVersion))).toEqual(new Set([`${group}/v1alpha1`]))
    const { body: definition } = await cluster.call('GET', `${definitions}/${engines.metadata.name}`)
    expect(definition.status).toMatchObject({ storedVersions: ['v1'], acceptedNames: { kind: 'Engine' } })
  })

  it('are selected by the fields that the definition offers, and by no others', async () => {
    await create('manual', { mode: 'Manual' })

    const manual = await cluster.call('GET', `${at('v1')}?fieldSelector=spec.mode%3DManual`)
    const other = await cluster.call('GET', `${at('v1')}?fieldSelector=spec.version%3Dv1.2`)

    expect(manual.body.items.map((item) => item.metadata.name)).toEqual(['manual'])
    expect(other.status).toBe(400)
  })

  it('show the columns of their definition', async () => {
    await create('shown', { replicas: 4 })
    await cluster.call(
      'PATCH',
      `${at('v1')}/shown/status`,
      {
        status: {
          conditions: [
            { type: 'Other', status: 'False' },
            { type: 'Ready', status: 'True' },
          ],
        },
      },
      mergeType,
    )

    const table = await cluster.call('GET', `${at('v1')}/shown`, undefined, { Accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' })

    expect(
      (table.body['columnDefinitions'] as { name: string; priority: number }[]).map(({ name, priority }) => `${name}/${priority}`),
    ).toEqual(['Name/0', 'Version/0', 'Ready/0', 'Replicas/1', 'Age/0'])
    expect((table.body['rows'] as { cells: unknown[] }[])[0]?.cells).toEqual(['shown', 'v1.2', 'True', 4, expect.any(String)])
  })

  it('merge applied lists by their keys, own sets by value and atomic maps whole', async () => {
    const a = { spec: { version: 'v1.0', parts: [{ name: 'x', size: 1, tags: ['t1'] }], whole: { a: '1' } } }
    const b = {
      spec: {
        parts: [
          { name: 'x', tags: ['t2'] },
          { name: 'y', kind: 'Plain', size: 2 },
        ],
      },
    }
    await apply('merged', 'one', a)
    const both = await apply('merged', 'two', b)
    const conflict = await apply('merged', 'two', { spec: { parts: [{ name: 'x', size: 5 }], whole: { b: '2' } } })
    const dropped = await apply('merged', 'one', { spec: { version: 'v1.0' } })

    expect(both.body.spec).toMatchObject({
      parts: [
        { name: 'x', kind: 'Plain', size: 1, tags: ['t1', 't2'] },
        { name: 'y', kind: 'Plain', size: 2 },
      ],
    })
    expect(conflict.status).toBe(409)
    expect(conflict.body.details?.causes?.map((cause) => cause.field).sort()).toEqual([
      '.spec.parts[kind="Plain",name="x"].size',
      '.spec.whole',
    ])
    expect(dropped.body.spec).toMatchObject({
      parts: [
        { name: 'x', kind: 'Plain', tags: ['t2'] },
        { name: 'y', kind: 'Plain', size: 2 },
      ],
    })
    expect(dropped.body.spec).not.toHaveProperty('whole')
    const conditions = (type: string): Record<string, unknown> => ({ status: { conditions: [{ type, status: 'True' }] } })
    await apply('merged', 'status-one', conditions('Ready'), '', '/status')
    const told = await apply('merged', 'status-two', conditions('Synced'), '', '/status')
    expect((told.body.status as { conditions: unknown[] }).conditions).toHaveLength(2)
  })

  it('are scaled, also by an autoscaler that is pointed at them', async () => {
    await create('scaled', { replicas: 2 })
    await cluster.call('PATCH', `${at('v1')}/scaled/status`, { status: { replicas: 2, selector: 'app=scaled' } }, mergeType)

    const scale = await cluster.call('GET', `${at('v1')}/scaled/scale`)
    const put = await cluster.call('PUT', `${at('v1')}/scaled/scale`, { ...scale.body, spec: { replicas: 5 } })
    await cluster.call('POST', '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers', {
      metadata: { name: 'scaled' },
      spec: {
        scaleTargetRef: { apiVersion: `${group}/v1`, kind: 'Engine', name: 'scaled' },
        minReplicas: 1,
        maxReplicas: 3,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }],
      },
    })

    expect(scale.body).toMatchObject({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      spec: { replicas: 2 },
      status: { replicas: 2, selector: 'app=scaled' },
    })
    expect(put.body.spec).toEqual({ replicas: 5 })
    await eventually('the autoscaler brings it to its most', async () => {
      const { body } = await cluster.call('GET', `${at('v1')}/scaled`)
      return body.spec?.['replicas'] === 3 && body.metadata.generation === 3
    })
  })

  it('are refused with the path of what is wrong with their definition', async () => {
    const broken = (schema: Record<string, unknown>): unknown => ({
      ...engines,
      metadata: { name: `bad.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'bad', kind: 'Bad' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
      },
    })
    const refusals = await Promise.all(
      [
        { type: 'string' },
        { type: 'object', properties: { spec: { type: 'object', properties: { a: {} } } } },
        { type: 'object', properties: { spec: { type: 'array' } } },
        { type: 'object', properties: { spec: { type: 'object', properties: { a: { type: 'string', default: 1 } } } } },
        {
          type: 'object',
          properties: {
            spec: {
              type: 'array',
              'x-kubernetes-list-type': 'map',
              'x-kubernetes-list-map-keys': ['k'],
              items: { type: 'object', properties: { k: { type: 'string' } } },
            },
          },
        },
      ].map((schema) => cluster.call('POST', definitions, broken(schema))),
    )

    expect(refusals.map(({ status }) => status)).toEqual([422, 422, 422, 422, 422])
    for (const { body } of refusals) expect(body.details?.causes?.[0]?.field).toContain('spec.v')
  })

  it('go on when their schema changes: old objects stay, and are held to it when they are written', async () => {
    await create('changing', { mode: 'Manual', replicas: 9 })
    const { body: definition } = await cluster.call('GET', `${definitions}/${engines.metadata.name}`)
    const [version] = (definition.spec as { versions: LooseObject[] }).versions
    const spec = (version as unknown as { schema: { openAPIV3Schema: { properties: { spec: typeof engineSpec } } } }).schema.openAPIV3Schema
      .properties.spec
    spec.properties.replicas.maximum = 5
    const changed = await cluster.call('PUT', `${definitions}/${engines.metadata.name}`, definition)
    expect(changed.status, changed.body.message).toBe(200)

    const read = await cluster.call('GET', `${at('v1')}/changing`)
    const untouched = await cluster.call('PATCH', `${at('v1')}/changing`, { metadata: { labels: { a: 'b' } } }, mergeType)
    const worse = await cluster.call('PATCH', `${at('v1')}/changing`, { spec: { replicas: 8 } }, mergeType)

    expect(read.body.spec).toMatchObject({ replicas: 9 })
    // Validation ratchets: what was stored before and does not change is not held against an update (Kubernetes 1.33).
    expect(untouched.status).toBe(200)
    expect(worse.status).toBe(422)
  })
})
