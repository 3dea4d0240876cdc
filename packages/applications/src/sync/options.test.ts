import { beforeEach, describe, expect, it } from 'vitest'
import { KubeApiError, type KubeObject } from '@plimsoll/kube'
import { configMap, deployment, healthy, hook, job, World } from '../testing/world.ts'

let world: World

beforeEach(async () => {
  world = new World()
  await world.start()
})

const options = (value: string): Record<string, string> => ({ 'argocd.argoproj.io/sync-options': value })
const wave = (value: number): Record<string, string> => ({ 'argocd.argoproj.io/sync-wave': String(value) })
const written = (): string[] => world.cluster.effects.filter((effect) => !effect.includes('Application'))
const uidOf = (kind: string, name: string): string | undefined => world.cluster.get(kind, name)?.metadata.uid
const messageOf = (name: string): string | undefined => world.operation.syncResult?.resources?.find((one) => one.name === name)?.message

async function deployed(manifests: string, policy: Parameters<World['create']>[0] = {}): Promise<void> {
  world.commit(manifests)
  await world.create(policy)
  await world.sync()
  expect(world.operation.phase).toBe('Succeeded')
  world.cluster.effects.length = 0
}

describe('before anything is written, everything is tried', () => {
  const wrong = `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: wrong }
spec: { replicas: three, selector: { matchLabels: { app: a } } }
`

  it('so that what the cluster would refuse costs nothing else', async () => {
    world.commit(configMap('a', wave(-1)) + hook('before', 'PreSync') + wrong)
    await world.create()

    expect(await world.sync()).toMatchObject({
      phase: 'Failed',
      message: expect.stringMatching(/^one or more objects failed to apply \(dry run\), reason: shop\.yaml:3: .*replicas/),
    })
    expect(written()).toEqual([])
  })

  it('also where all is written in one go', async () => {
    world.commit(configMap('a') + wrong)
    await world.create()

    expect(await world.sync()).toMatchObject({ phase: 'Failed' })
    expect(written()).toEqual([])
    expect(world.results).toEqual(['Deployment/wrong SyncFailed'])
  })

  it('without asking for what looks right, where all is written in one go', async () => {
    world.commit(configMap('a') + deployment('web'))
    await world.create()
    await world.sync()

    expect(world.cluster.calls.filter((call) => call.endsWith('(dry run)'))).toEqual([])
  })

  it('and a field that only the cluster knows is no reason: it has the last word', async () => {
    world.commit(configMap('a') + deployment('web').replace('replicas: 1', 'replicas: 1, brandNew: true'))
    await world.create()
    const { client } = world.cluster
    const original = client.apply.bind(client)
    client.apply = (type, object, given) => {
      const { brandNew: _new, ...spec } = (object['spec'] ?? {}) as Record<string, unknown>
      return original(type, object.kind === 'Deployment' ? ({ ...object, spec } as KubeObject) : object, given)
    }

    expect(await world.sync()).toMatchObject({ phase: 'Succeeded' })
  })

  it.each([
    ['a webhook that is not there yet', new KubeApiError(400, 'BadRequest', 'admission webhook "x" does not support dry run')],
    ['a quota', new KubeApiError(403, 'Forbidden', 'exceeded quota')],
    ['a namespace that comes later', new KubeApiError(404, 'NotFound', 'namespaces "x" not found')],
    ['a cluster that does not answer', new KubeApiError(503, 'ServiceUnavailable', 'come back')],
    ['what cannot be changed', new KubeApiError(422, 'Invalid', 'spec.selector: Invalid value: field is immutable')],
  ])('%s is no reason either', async (_what, refusal) => {
    world.commit(configMap('a', wave(-1)) + configMap('b'))
    await world.create()
    world.cluster.refuse = (_verb, _object, { dryRun }) => (dryRun ? refusal : undefined)

    expect(await world.sync()).toMatchObject({ phase: 'Succeeded' })
  })

  it('but what a new object could not be either is one', async () => {
    await deployed(configMap('a') + configMap('gone'))
    world.commit(configMap('a', {}, 'y'))
    const both = new KubeApiError(
      422,
      'Invalid',
      'x is invalid: [data[tls.crt]: Required value, type: Invalid value: "t": field is immutable]',
    )
    world.cluster.refuse = (verb, object) => (verb === 'apply' && 'kind' in object && object.kind === 'ConfigMap' ? both : undefined)

    expect(await world.sync({ prune: true })).toMatchObject({ phase: 'Failed' })
    expect(written()).toEqual([])
  })

  it('and a kind that nobody knows fails the whole, unless SkipDryRunOnMissingResource says that it will be known', async () => {
    const thing = (annotations: object): string =>
      `---\napiVersion: example.org/v1\nkind: Thing\nmetadata: { name: t, annotations: ${JSON.stringify(annotations)} }\n`
    world.commit(configMap('a') + thing({}))
    await world.create()

    expect(await world.sync()).toMatchObject({
      phase: 'Failed',
      message: expect.stringMatching(/^one or more synchronization tasks are not valid: shop\.yaml:2: .*example\.org\/Thing/),
    })
    expect(written()).toEqual([])

    world.commit(configMap('a') + thing(options('SkipDryRunOnMissingResource=true')))
    world.cluster.refuse = (verb, object) => {
      if (verb === 'apply' && 'kind' in object && object.kind === 'ConfigMap') world.cluster.serve('example.org/v1 Thing')
      return undefined
    }
    expect(await world.sync()).toMatchObject({ phase: 'Succeeded' })
    expect(written()).toEqual(['create ConfigMap/a', 'create Thing/t'])
  })
})

describe('a dry run', () => {
  it('says what would be done, hooks included, and does nothing', async () => {
    await deployed(configMap('a') + configMap('gone'))
    world.commit(configMap('a', {}, 'y') + hook('before', 'PreSync') + deployment('web', wave(2)))

    expect(await world.sync({ dryRun: true, prune: true })).toMatchObject({ phase: 'Succeeded' })

    expect(written()).toEqual([])
    expect(['before', 'a', 'web', 'gone'].map(messageOf)).toEqual([
      'job.batch/before created (dry run)',
      'configmap/a configured (dry run)',
      'deployment.apps/web created (dry run)',
      'pruned (dry run)',
    ])
    expect(world.application.status?.history).toHaveLength(1)
  })

  it('knows what the sync itself would make: namespaces and kinds', async () => {
    world.commit(
      configMap('a').replace('name: a', 'name: a, namespace: elsewhere') +
        `---
apiVersion: v1
kind: Namespace
metadata: { name: elsewhere }
---
apiVersion: example.org/v1
kind: Thing
metadata: { name: t }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: things.example.org }
spec: { group: example.org, scope: Namespaced, names: { kind: Thing, plural: things }, versions: [{ name: v1, served: true, storage: true }] }
`,
    )
    await world.create()

    expect(await world.sync({ dryRun: true })).toMatchObject({ phase: 'Succeeded' })
    expect(written()).toEqual([])
  })
})

describe('Replace=true', () => {
  it.each([
    ['on the object', options('Replace=true'), []],
    ['for the application', {}, ['Replace=true']],
  ])('%s leaves nothing that Git does not say', async (_where, annotations, syncOptions) => {
    await deployed(configMap('a', annotations))
    world.cluster.change('ConfigMap', 'a', (object) => ({ ...object, data: { value: 'x', foreign: 'yes' } }))
    world.commit(configMap('a', annotations, 'y'))

    expect(await world.sync({ syncOptions })).toMatchObject({ phase: 'Succeeded' })

    expect(world.cluster.get('ConfigMap', 'a')?.data).toEqual({ value: 'y' })
    expect(messageOf('a')).toBe('configmap/a replaced')
    world.commit(configMap('a', annotations, 'y').replace('value: "y"', 'other: "z"'))
    await world.settle()
    expect(world.application.status?.sync?.status).toBe('OutOfSync')
  })

  it('is not for one that says Replace=false', async () => {
    await deployed(configMap('a', options('Replace=false')))
    world.cluster.change('ConfigMap', 'a', (object) => ({ ...object, data: { value: 'x', foreign: 'yes' } }))
    world.commit(configMap('a', options('Replace=false'), 'y'))

    await world.sync({ syncOptions: ['Replace=true'] })

    expect(world.cluster.get('ConfigMap', 'a')?.data).toEqual({ value: 'y', foreign: 'yes' })
  })
})

describe('RespectIgnoreDifferences=true', () => {
  const ignoreDifferences = [{ group: '', kind: 'ConfigMap', jsonPointers: ['/data/value'] }]

  it.each([
    ['as it is applied', []],
    ['as it is replaced', ['Replace=true']],
    ['as it is merged', ['ServerSideApply=false']],
  ])('leaves what is ignored as the cluster has it, %s', async (_how, more) => {
    world.commit(configMap('a'))
    await world.create({}, {}, { ignoreDifferences })
    const syncOptions = ['RespectIgnoreDifferences=true', ...more]
    await world.sync({ syncOptions })
    world.cluster.change('ConfigMap', 'a', (object) => ({ ...object, data: { value: 'theirs' } }))
    world.commit(configMap('a', { note: 'new' }, 'ours'))

    expect(await world.sync({ syncOptions })).toMatchObject({ phase: 'Succeeded' })

    expect(world.cluster.get('ConfigMap', 'a')).toMatchObject({ data: { value: 'theirs' }, metadata: { annotations: { note: 'new' } } })
    await world.sync({ syncOptions: [...more, 'ApplyOutOfSyncOnly=true'] })
    expect(world.cluster.get('ConfigMap', 'a')?.data).toEqual({ value: 'theirs' })
  })
})

describe('Force=true', () => {
  it('with Replace=true makes the object anew at each sync, also when it is as Git wants it', async () => {
    await deployed(job('once', options('Force=true,Replace=true')))
    const first = uidOf('Job', 'once')

    expect(await world.sync()).toMatchObject({ phase: 'Succeeded' })

    expect(uidOf('Job', 'once')).not.toBe(first)
    expect(written()).toEqual(['delete Job/once', 'create Job/once'])
  })

  it('waits until the old one is gone', async () => {
    await deployed(job('once', options('Force=true,Replace=true')))
    world.cluster.change('Job', 'once', (object) => ({ ...object, metadata: { ...object.metadata, finalizers: ['example.org/held'] } }))

    expect((await world.sync()).message).toBe('waiting for deletion of batch/Job/once')

    world.cluster.remove('Job', 'once')
    await world.settle()
    expect(world.operation.phase).toBe('Succeeded')
    expect(messageOf('once')).toBe('job.batch/once replaced')
  })

  it.each([
    ['on the object', options('Force=true'), {}],
    ['of the operation', {}, { syncStrategy: { hook: { force: true } } }],
  ])('%s makes anew only what cannot be changed', async (_where, annotations, sync) => {
    await deployed(job('a', annotations) + configMap('b'))
    const first = uidOf('Job', 'a')

    await world.sync(sync)
    expect(uidOf('Job', 'a')).toBe(first)

    world.commit(job('a', annotations, ', command: [other]') + configMap('b'))
    expect(await world.sync(sync)).toMatchObject({ phase: 'Succeeded' })
    expect(uidOf('Job', 'a')).not.toBe(first)
  })

  it('deletes nothing that could not be made again', async () => {
    await deployed(job('a', options('Force=true')))
    const first = uidOf('Job', 'a')
    world.commit(job('a', options('Force=true'), ', command: [other]'))
    world.cluster.refuse = (verb, _object, { dryRun }) =>
      verb === 'create' && dryRun ? new KubeApiError(422, 'Invalid', 'never') : undefined

    expect(await world.sync()).toMatchObject({ phase: 'Failed' })

    expect(uidOf('Job', 'a')).toBe(first)
  })

  it('never deletes a namespace, nor a definition', async () => {
    const namespace = (label: string): string =>
      `---\napiVersion: v1\nkind: Namespace\nmetadata: { name: extra, labels: { a: ${label} }, annotations: ${JSON.stringify(options('Force=true,Replace=true'))} }\n`
    await deployed(namespace('one'))
    const first = uidOf('Namespace', 'extra')
    world.commit(namespace('two'))

    expect(await world.sync()).toMatchObject({ phase: 'Succeeded' })

    expect(uidOf('Namespace', 'extra')).toBe(first)
    expect(world.cluster.get('Namespace', 'extra')?.metadata.labels).toEqual({ a: 'two' })
  })
})

describe('how an object is applied', () => {
  const managers = (name: string): string[] =>
    (world.cluster.get('ConfigMap', name)?.metadata.managedFields ?? []).map(({ manager, operation }) => `${manager} ${operation}`)
  const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'
  const byKubectl = (manager: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'a',
      namespace: 'shop',
      managedFields: [
        { manager, operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': { '.': {}, 'f:old': {} } } },
      ],
    },
    data: { old: 'yes' },
  })

  it('is by the server, and with ServerSideApply=false by a merge with what was applied last', async () => {
    await deployed(configMap('a') + configMap('b', options('ServerSideApply=false')))
    expect(managers('a')).toEqual(['argocd-controller Apply'])
    expect(managers('b')).toEqual(['argocd-controller Update'])
    expect(world.cluster.get('ConfigMap', 'b')?.metadata.annotations?.[lastApplied]).toContain('"value":"x"')

    world.commit(configMap('a') + configMap('b', options('ServerSideApply=false')).replace('value', 'other'))
    await world.sync()
    expect(world.cluster.get('ConfigMap', 'b')?.data).toEqual({ other: 'x' })
    await world.sync()
    expect(messageOf('b')).toBe('configmap/b unchanged')
  })

  it('takes over what kubectl owned, so that what Git drops goes', async () => {
    world.cluster.put(byKubectl('kubectl-client-side-apply'))
    await deployed(configMap('a'))

    expect(world.cluster.get('ConfigMap', 'a')?.data).toEqual({ value: 'x' })
    expect(managers('a')).toEqual(['argocd-controller Apply'])
  })

  it('with ClientSideApplyMigration=false leaves it to its owner', async () => {
    world.cluster.put(byKubectl('kubectl-client-side-apply'))
    world.commit(configMap('a'))
    await world.create()
    await world.sync({ syncOptions: ['ClientSideApplyMigration=false'] })

    expect(world.cluster.get('ConfigMap', 'a')?.data).toEqual({ old: 'yes', value: 'x' })
  })

  it('takes over from another manager when the Application names it', async () => {
    world.cluster.put(byKubectl('terraform'))
    world.commit(configMap('a'))
    await world.create({}, { annotations: { 'argocd.argoproj.io/client-side-apply-migration-manager': 'terraform' } })
    await world.sync()

    expect(world.cluster.get('ConfigMap', 'a')?.data).toEqual({ value: 'x' })
  })
})

describe('ApplyOutOfSyncOnly=true', () => {
  it('has nothing to do with what shows no difference, and runs hooks all the same', async () => {
    await deployed(configMap('a') + configMap('b'))
    world.commit(configMap('a') + configMap('b', {}, 'y') + hook('before', 'PreSync'))
    await world.sync({ syncOptions: ['ApplyOutOfSyncOnly=true'] })
    await world.finish('before')

    expect(world.operation.phase).toBe('Succeeded')
    expect(world.results).toEqual(['Job/before PreSync Succeeded', 'ConfigMap/b Synced'])
    expect(world.application.status?.history).toHaveLength(2)
  })
})

describe('FailOnSharedResource=true', () => {
  it('fails a sync that would write what another application has', async () => {
    world.cluster.put({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'other', namespace: 'argocd' },
      spec: {},
    })
    world.cluster.put({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', namespace: 'shop', annotations: { 'argocd.argoproj.io/tracking-id': 'other:/ConfigMap:shop/a' } },
      data: { value: 'theirs' },
    })
    world.commit(configMap('a'))
    await world.create()

    expect(await world.sync({ syncOptions: ['FailOnSharedResource=true'] })).toMatchObject({
      phase: 'Failed',
      message: expect.stringMatching(/^Shared resource found: ConfigMap shop\/a is part of applications shop and other/),
    })
    expect(written()).toEqual([])

    expect((await world.sync()).message).toBe('successfully synced (all tasks run)')
  })
})

describe('CreateNamespace=true', () => {
  const policy = (labels?: Record<string, string>) => ({
    syncOptions: ['CreateNamespace=true'],
    ...(labels && { managedNamespaceMetadata: { labels, annotations: { note: 'ours' } } }),
  })
  const change = async (spec: object): Promise<void> => {
    await world.applications.patch({ name: 'shop', namespace: 'argocd' }, JSON.stringify({ spec }), 'merge')
    await world.settle()
  }

  it('makes the namespace before anything is tried', async () => {
    world.cluster.remove('Namespace', 'shop')
    world.commit(configMap('a', wave(-1)) + configMap('b'))
    await world.create(policy())

    expect(await world.sync()).toMatchObject({ phase: 'Succeeded' })
    expect(written()).toEqual(['create Namespace/shop', 'create ConfigMap/a', 'create ConfigMap/b'])
  })

  it('keeps its labels and annotations as managedNamespaceMetadata has them, drops what is dropped, and leaves those of others', async () => {
    world.commit(configMap('a'))
    world.cluster.change('Namespace', 'shop', (object) => ({ ...object, metadata: { ...object.metadata, labels: { theirs: 'yes' } } }))
    await world.create({ ...policy({ one: '1', two: '2' }), automated: { selfHeal: true } })
    const labels = (): unknown => world.cluster.get('Namespace', 'shop')?.metadata.labels
    expect(labels()).toEqual({ theirs: 'yes', one: '1', two: '2' })
    expect(world.application.status?.sync?.status).toBe('Synced')

    await change({ syncPolicy: { managedNamespaceMetadata: { labels: { two: null, three: '3' } } } })
    expect(labels()).toEqual({ theirs: 'yes', one: '1', three: '3' })

    world.cluster.change('Namespace', 'shop', (object) => ({ ...object, metadata: { ...object.metadata, labels: { theirs: 'yes' } } }))
    await world.settle()
    expect(labels()).toEqual({ theirs: 'yes', one: '1', three: '3' })
  })
})

describe('Validate=false', () => {
  it('writes a field that the cluster does not know without it, and says nothing', async () => {
    const asked: unknown[] = []
    const { client } = world.cluster
    const original = client.apply.bind(client)
    client.apply = (type, object, given) => {
      asked.push(given.fieldValidation)
      return original(type, object, given)
    }
    world.commit(configMap('a', options('Validate=false')) + configMap('b'))
    await world.create()
    await world.sync()

    expect(asked).toEqual(['Ignore', 'Strict'])
  })
})

describe('a Deployment that is healthy at once', () => {
  it('is said to be done, and one that is not is only written: nobody waits for it', async () => {
    world.commit(deployment('web') + configMap('a'))
    await world.create()
    expect(await world.sync()).toMatchObject({ phase: 'Succeeded', message: 'successfully synced (all tasks run)' })
    expect(world.operation.syncResult?.resources?.map(({ hookPhase }) => hookPhase)).toEqual(['Succeeded', 'Running'])

    world.cluster.setStatus('Deployment', 'web', healthy)
    await world.sync()
    expect(world.operation.syncResult?.resources?.map(({ hookPhase }) => hookPhase)).toEqual(['Succeeded', 'Succeeded'])
  })
})

describe('a sync of what is not in Git', () => {
  it('applies what was sent, is no deployment to go back to, and shows nothing of a Secret', async () => {
    await deployed(configMap('a'))
    const secret = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"key"},"stringData":{"password":"hunter2"}}'

    expect(await world.sync({ manifests: [configMap('a', {}, 'mine'), secret] })).toMatchObject({ phase: 'Succeeded' })

    expect(world.cluster.get('ConfigMap', 'a')?.data).toEqual({ value: 'mine' })
    expect(world.cluster.get('Secret', 'key')).toBeDefined()
    expect(JSON.stringify(world.object)).not.toContain('hunter2')
    expect(world.operation.syncResult?.revision).toBe('local')
    expect(world.application.status?.history).toHaveLength(1)
    expect(world.application.status?.sync?.status).toBe('OutOfSync')
  })

  it('renders the files that are sent', async () => {
    await deployed(configMap('a'))
    const local = { position: 0, path: 'k8s', files: new Map([['k8s/a.yaml', Buffer.from(configMap('a', {}, 'mine'))]]) }

    expect(await world.sync({ local })).toMatchObject({ phase: 'Succeeded' })
    expect(world.cluster.get('ConfigMap', 'a')?.data).toEqual({ value: 'mine' })
  })

  it('takes texts that stand in the operation itself', async () => {
    await deployed(configMap('a'))
    world.cluster.change('Application', 'shop', (object) => ({
      ...object,
      operation: { sync: { manifests: [configMap('a', {}, 'mine')] } },
    }))
    await world.settle()

    expect(world.cluster.get('ConfigMap', 'a')?.data).toEqual({ value: 'mine' })
  })

  it('is refused where automation would undo it, unless it is a dry run', async () => {
    await deployed(configMap('a'), { automated: {} })
    const asked = world.applications.sync(
      { name: 'shop', namespace: 'argocd' },
      { manifests: [configMap('a', {}, 'mine')] },
      { username: 'ana', origin: '' },
    )

    await expect(asked).rejects.toMatchObject({ code: 'automation-enabled' })
    expect(await world.sync({ manifests: [configMap('a', {}, 'mine')], dryRun: true })).toMatchObject({ phase: 'Succeeded' })
    expect(world.cluster.get('ConfigMap', 'a')?.data).toEqual({ value: 'x' })
  })
})
