import { type AppProjectSpec, PlimsollError } from '@plimsoll/api'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { configMap, deployment, hook, job, World } from '../testing/world.ts'
import { projectGuard } from './project-guard.ts'

let world: World

beforeEach(async () => {
  world = new World()
  await world.start()
})

const ref = { name: 'shop', namespace: 'argocd' }
const by = { username: 'ana', origin: 'test' }
const source = { repoURL: 'https://git.example/shop.git', path: '.' }
const destination = { name: 'in-cluster', namespace: 'shop' }
const configMaps: AppProjectSpec = { namespaceResourceWhitelist: [{ group: '', kind: 'ConfigMap' }] }
const deny = (kind: string, group = ''): AppProjectSpec => ({ namespaceResourceBlacklist: [{ group, kind }] })
const conditions = (): string[] => (world.application.status?.conditions ?? []).map(({ type, message }) => `${type}: ${message}`)
const writes = (): string[] => world.cluster.effects.filter((effect) => !/Application|Event/.test(effect))

async function forbid(spec: AppProjectSpec, name?: string): Promise<void> {
  world.setProject({ ...spec }, name)
  await world.settle()
}

async function deployed(): Promise<void> {
  world.commit(configMap('a') + deployment('web'))
  await world.create()
  await world.sync()
  world.cluster.effects.length = 0
}

const notInProject: [string, AppProjectSpec, string][] = [
  [
    'of its repository',
    { sourceRepos: ['https://git.example/other.git'] },
    "application repo https://git.example/shop.git is not permitted in project 'default'",
  ],
  [
    'of its repository, taken away',
    { sourceRepos: ['*', '!https://git.example/**'] },
    "application repo https://git.example/shop.git is not permitted in project 'default'",
  ],
  [
    'of its namespace',
    { destinations: [{ server: '*', namespace: 'other' }] },
    "application destination server 'in-cluster' and namespace 'shop' do not match any of the allowed destinations in project 'default'",
  ],
  [
    'of its cluster, which is named otherwise',
    {
      destinations: [
        { server: '!https://kubernetes.default.svc', namespace: '*' },
        { server: '*', namespace: '*' },
      ],
    },
    "application destination server 'in-cluster' and namespace 'shop' do not match any of the allowed destinations in project 'default'",
  ],
  [
    'of clusters that are not its own',
    { permitOnlyProjectScopedClusters: true },
    "application destination server 'in-cluster' and namespace 'shop' do not match any of the allowed destinations in project 'default'",
  ],
  [
    'what it says',
    { sourceRepos: 'everything' as never },
    'project default: spec.sourceRepos Invalid input: expected array, received string: it cannot be read, and nothing is permitted',
  ],
]

describe('an application that its project does not permit, because', () => {
  it.each(notInProject)('%s, is neither compared nor synced, nor told of', async (_why, spec, problem) => {
    await deployed()
    await forbid(spec)

    expect(conditions()).toEqual([`InvalidSpecError: ${problem}`])
    expect(world.application.status).toMatchObject({ sync: { status: 'Unknown' }, health: { status: 'Unknown' }, resources: [] })
    expect((await world.applications.tree(ref)).nodes).toEqual([])
    expect(await world.applications.managedResources(ref)).toEqual([])
    const key = { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'a' }
    const { applications } = world
    for (const use of [
      () => applications.manifests(ref),
      () => applications.rendering(ref),
      () => applications.render({ metadata: { name: 'x' }, spec: { source, destination, project: 'default' } }),
      () => applications.plan(applications.get(ref)),
      () => applications.resource(ref, key),
      () => applications.deleteResource(ref, key, {}),
      () => applications.patchResource(ref, key, '{}', 'merge'),
      () => applications.resourceActions(ref, key),
      () => applications.pods(ref, key),
      () => applications.sync(ref, {}, by),
      () => applications.sync(ref, { dryRun: true }, by),
      () => applications.sync(ref, { manifests: [JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } })] }, by),
      () => applications.create({ metadata: { name: 'x' }, spec: { source, destination, project: 'default' } }, { validate: false }),
    ])
      await expect(use(), String(use)).rejects.toMatchObject({ code: expect.stringMatching(/^(project-forbids|sync-window-closed)$/) })
    expect(await applications.pods(ref)).toEqual([])
    expect(writes()).toEqual([])
  })

  it('there is no such project, is refused, and comes back with the project', async () => {
    await deployed()
    world.cluster.remove('AppProject', 'default')
    await world.settle()

    expect(conditions()).toEqual(['InvalidSpecError: Application referencing project default which does not exist'])
    world.setProject({})
    await world.settle()
    expect(conditions()).toEqual([])
    expect(world.application.status?.sync?.status).toBe('Synced')
  })

  it.each(['__proto__', 'constructor', 'none'])('its project is called %s, is refused', async (project) => {
    await expect(world.create({}, {}, { project })).rejects.toMatchObject({
      message: expect.stringContaining(`Application referencing project ${project} which does not exist`),
    })
    world.cluster.put({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'shop', namespace: 'argocd' },
      spec: { source, destination, project },
    })
    await world.settle()

    expect(conditions()).toEqual([`InvalidSpecError: Application referencing project ${project} which does not exist`])
  })

  it('one of several sources, or that of a rollback, is another, is refused', async () => {
    await forbid({ sourceRepos: [source.repoURL] })
    const other = 'https://git.example/other.git'
    await expect(
      world.create({}, {}, { source: undefined, sources: [source, { repoURL: other, ref: 'values' }] } as never),
    ).rejects.toMatchObject({ message: expect.stringContaining(`application repo ${other} is not permitted`) })

    await deployed()
    const status = world.application.status
    world.cluster.change('Application', 'shop', (object) => ({
      ...object,
      status: {
        ...status,
        history: [
          { id: 0, revision: 'x', deployedAt: '2026-01-01T00:00:00Z', source: { repoURL: other, path: '.' } },
          ...(status?.history ?? []),
        ],
      },
    }))
    await world.settle()
    await expect(world.applications.rollback(ref, { id: 0 }, by)).rejects.toMatchObject({ code: 'project-forbids' })
    world.cluster.change('Application', 'shop', (object) => ({ ...object, operation: { sync: { source: { repoURL: other, path: '.' } } } }))
    await world.settle()
    expect(world.operation).toMatchObject({ phase: 'Error', message: `application repo ${other} is not permitted in project 'default'.` })
    expect(writes()).toEqual([])
  })

  it('is gone back from with what was kept of it, is no way back to a repository', async () => {
    const other = { repoURL: 'https://git.example/other.git', path: '.' }
    const revision = world.commit(configMap('a', {}, 'old'))
    await world.create({}, {}, { source: other })
    await world.sync()
    await world.applications.updateSpec(ref, { ...world.applications.get(ref).spec, source }, {})
    world.commit(configMap('a', {}, 'new'))
    await world.sync()
    await forbid({ sourceRepos: [source.repoURL] })
    world.failure = new PlimsollError('repository-unreachable', 'Git is down.')
    world.cluster.effects.length = 0

    world.cluster.change('Application', 'shop', (object) => ({ ...object, operation: { sync: { source: other, revision } } }))
    await world.settle()

    expect(world.operation).toMatchObject({
      phase: 'Error',
      message: expect.stringContaining(`application repo ${other.repoURL} is not permitted`),
    })
    expect(writes()).toEqual([])
  })

  it('somebody asks past us, ends the operation with the reason', async () => {
    await deployed()
    await forbid({ sourceRepos: [] })
    world.cluster.change('Application', 'shop', (object) => ({ ...object, operation: { sync: {} } }))
    await world.settle()

    expect(world.operation).toMatchObject({ phase: 'Error', message: expect.stringContaining('is not permitted in project') })
    expect(world.object['operation']).toBeUndefined()
    expect(writes()).toEqual([])
  })
})

describe('kinds that the project does not permit', () => {
  const denied = 'resource apps:Deployment is not permitted in project default'

  it.each([
    ['in a list of what may be made', configMaps, deployment('web'), denied],
    ['in a list of what may not', deny('*', 'apps'), deployment('web'), denied],
    ['among hooks', deny('Job', 'batch'), hook('before', 'PreSync'), 'resource batch:Job is not permitted in project default'],
    ['among hooks of a failure', deny('Job', 'batch'), hook('after', 'SyncFail'), 'resource batch:Job is not permitted in project default'],
    [
      'of the cluster',
      { clusterResourceWhitelist: [] },
      '---\napiVersion: v1\nkind: Namespace\nmetadata: { name: more }\n',
      'resource :Namespace is not permitted in project default',
    ],
    [
      'in other namespaces',
      { destinations: [{ name: 'in-cluster', namespace: 'shop' }] },
      configMap('b').replace('metadata: {', 'metadata: { namespace: kube-system,'),
      "namespace kube-system is not permitted in project 'default'",
    ],
  ] as [string, AppProjectSpec, string, string][])('%s keep a sync from beginning', async (_where, spec, manifests, message) => {
    await forbid(spec)
    world.commit(configMap('a') + manifests)
    await world.create()

    const { phase, message: told } = await world.sync()

    expect(phase).toBe('Failed')
    expect(told).toBe(`one or more synchronization tasks are not valid: ${message}`)
    expect(writes()).toEqual([])
    expect(conditions().join()).toContain(message)
    expect((await world.applications.plan(world.applications.get(ref))).problems.join()).toContain(message)
  })

  it('keep CreateNamespace=true from making one', async () => {
    await forbid({ clusterResourceWhitelist: [] })
    world.commit(configMap('a'))
    await world.create({ syncOptions: ['CreateNamespace=true'] }, {}, { destination: { ...destination, namespace: 'fresh' } })

    expect(await world.sync()).toMatchObject({ phase: 'Failed', message: 'resource :Namespace is not permitted in project default' })
    expect(writes()).toEqual([])
  })

  it.each([
    ['itself', deny('Pod')],
    ['what owns it', deny('Deployment', 'apps')],
  ])('are taken away from whoever is reading the log of a pod: %s', async (_what, spec) => {
    await deployed()
    const owner = world.cluster.get('Deployment', 'web')
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: owner?.metadata.uid ?? '' }]
    const pod = { group: '', kind: 'Pod', namespace: 'shop', name: 'web-1' }
    world.cluster.put({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-1', namespace: 'shop', ownerReferences } })
    expect(world.applications.permits(ref, pod)).toBe(true)

    world.setProject(spec)

    expect(world.applications.permits(ref, pod)).toBe(false)
    expect(world.applications.permits({ ...ref, name: 'none' }, pod)).toBe(false)
  })

  it('are neither shown nor pruned nor deleted', async () => {
    await deployed()
    world.cluster.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'web-1',
        namespace: 'shop',
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: world.cluster.get('Deployment', 'web')?.metadata.uid ?? '' },
        ],
      },
    })
    await forbid(deny('Deployment', 'apps'))
    const names = async (): Promise<string[]> =>
      ((await world.applications.tree(ref)).nodes ?? []).map(({ kind, name, health }) => `${kind} ${name} ${health?.status ?? ''}`.trim())

    expect(await names()).toEqual(['ConfigMap a', 'Deployment web Missing'])
    expect(await world.applications.pods(ref)).toEqual([])
    const key = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' }
    for (const use of [
      () => world.applications.resource(ref, key),
      () => world.applications.deleteResource(ref, key, {}),
      () => world.applications.patchResource(ref, key, '{}', 'merge'),
      () => world.applications.runResourceAction(ref, key, { name: 'restart', params: {} }, by),
      () => world.applications.resource(ref, { group: '', kind: 'Pod', namespace: 'shop', name: 'web-1' }),
    ])
      await expect(use(), String(use)).rejects.toMatchObject({ code: 'not-found' })

    world.commit(configMap('a'))
    await world.settle()
    expect(await names()).toEqual(['ConfigMap a'])
    expect((await world.sync({ prune: true })).phase).toBe('Succeeded')
    await world.applications.delete(ref, { cascade: true })
    await world.settle(6000)
    expect(world.cluster.get('Application', 'shop')).toBeUndefined()
    expect(world.cluster.get('ConfigMap', 'a')).toBeUndefined()
    expect(world.cluster.get('Deployment', 'web')).toBeDefined()
  })

  it('that an action would make are not made', async () => {
    await forbid(deny('Job', 'batch'))
    world.commit(
      '---\napiVersion: batch/v1\nkind: CronJob\nmetadata: { name: nightly }\nspec: { schedule: "0 0 * * *", jobTemplate: { spec: { template: { spec: { containers: [] } } } } }\n',
    )
    await world.create()
    await world.sync()
    const key = { group: 'batch', kind: 'CronJob', namespace: 'shop', name: 'nightly' }

    await expect(world.applications.runResourceAction(ref, key, { name: 'create-job', params: {} }, by)).rejects.toMatchObject({
      code: 'project-forbids',
      message: expect.stringContaining('resource batch:Job is not permitted'),
    })
  })
})

describe('a deletion', () => {
  it('waits where nobody can tell what the project permits, and says so', async () => {
    await deployed()
    world.cluster.remove('AppProject', 'default')
    await world.applications.delete(ref, { cascade: true })
    await world.settle()

    expect(conditions().join()).toContain('DeletionError: Application referencing project default which does not exist')
    expect(world.cluster.get('ConfigMap', 'a')).toBeDefined()
    world.setProject({})
    await world.settle(10_000)
    expect(world.cluster.get('ConfigMap', 'a')).toBeUndefined()
  })
})

describe('a project that changes while a sync runs', () => {
  it('ends it before the next object, whatever was waited for', async () => {
    world.commit(hook('before', 'PreSync') + configMap('a') + deployment('web'))
    await world.create()
    await world.sync()
    expect(world.operation.phase).toBe('Running')

    await forbid(deny('Deployment', 'apps'))
    await world.finish('before')

    expect(world.operation).toMatchObject({ phase: 'Failed', message: expect.stringContaining('apps:Deployment is not permitted') })
    expect(world.cluster.get('ConfigMap', 'a')).toBeUndefined()
    expect(world.cluster.get('Deployment', 'web')).toBeUndefined()
  })

  it('lets nothing through after it has said no, at whichever call that is', async () => {
    let stopped = 0
    await fc.assert(
      fc.asyncProperty(
        fc.nat(24),
        fc.constantFrom<AppProjectSpec>({ namespaceResourceWhitelist: [] }, { sourceRepos: [] }, { destinations: [] }),
        async (at, spec) => {
          const one = new World()
          await one.start()
          one.commit(job('first', { 'argocd.argoproj.io/sync-wave': '-1' }) + configMap('a') + configMap('b') + deployment('web'))
          await one.create({ retry: { limit: 0 } })
          one.cluster.effects.length = 0
          let calls = 0
          let after: number | undefined
          one.cluster.refuse = (verb) => {
            if (verb === 'get' || after !== undefined || calls++ !== at) return undefined
            // In the middle of a call: this one is on its way, and the next ones are not sent.
            after = one.cluster.effects.length + 1
            one.setProject({ ...spec })
            return undefined
          }
          await one.applications.sync(ref, {}, by)
          await one.settle(1000)
          if (after === undefined) return
          stopped++

          const late = one.cluster.effects
            .slice(after)
            .filter((effect) => /^(create|apply|update|patch|delete) (Job|ConfigMap|Deployment)/.test(effect))
          // A hook's or an object's own call may have been under way beside it.
          expect(late.filter((effect) => !effect.startsWith('create AppProject'))).toEqual([])
        },
      ),
      { numRuns: 40 },
    )
    expect(stopped).toBeGreaterThan(5)
  })
})

describe('global projects', () => {
  const settings = (globalProjects: string): void => {
    world.cluster.put({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'argocd-cm', namespace: 'argocd' },
      data: { globalProjects },
    })
  }
  const select = "- labelSelector: { matchExpressions: [{ key: opt, operator: In, values: ['yes'] }] }\n  projectName: global\n"

  it('add to what the projects say that their labels select', async () => {
    await deployed()
    world.cluster.put({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: 'global', namespace: 'argocd' },
      spec: { namespaceResourceBlacklist: [{ group: 'apps', kind: '*' }] },
    })
    settings(select)
    await world.settle()
    expect(conditions()).toEqual([])

    world.setProject({}, 'default', { labels: { opt: 'yes' } })
    await world.settle()
    expect(conditions().join()).toContain('resource apps:Deployment is not permitted in project default')

    world.cluster.change('AppProject', 'global', (object) => ({ ...object, spec: {} }))
    await world.settle()
    expect(conditions()).toEqual([])
  })

  it('that cannot be read forbid everything', async () => {
    await deployed()
    settings('- labelSelector: [')
    await world.settle()

    expect(conditions().join()).toContain('globalProjects of ConfigMap argocd-cm cannot be read')
  })
})

describe('what a Secret scopes to a project', () => {
  const encode = (data: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]))
  const secret = (type: string, data: Record<string, string>): void => {
    world.cluster.put({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: `scoped-${type}`, namespace: 'argocd', labels: { 'argocd.argoproj.io/secret-type': type } },
      data: encode(data),
    })
  }

  it('is permitted in that one, and in no other', async () => {
    await deployed()
    await forbid({ sourceRepos: [], destinations: [] })
    secret('repository', { url: source.repoURL, project: 'other' })
    secret('cluster', { server: 'https://kubernetes.default.svc', name: 'in-cluster', project: 'default' })
    await world.settle()
    expect(conditions()).toEqual(["InvalidSpecError: application repo https://git.example/shop.git is not permitted in project 'default'"])

    secret('repository', { url: source.repoURL, project: 'default' })
    await world.settle()
    expect(conditions()).toEqual([])
    await forbid({ permitOnlyProjectScopedClusters: true })
    expect(conditions()).toEqual([])
  })
})

describe('the sources of a project', () => {
  it.each([
    ['oci://registry.example/charts', true],
    ['registry.example/charts', true],
    ['https://charts.example/stable', true],
    ['https://charts.example/private', false],
    ['oci://registry.example/secret/charts', false],
  ])('of charts and registries are those that its list names, with or without their scheme: %s %s', async (repoURL, answer) => {
    world.setProject({ sourceRepos: ['registry.example/*', 'https://charts.example/stable', 'https://git.example/*'] })
    await deployed()

    const source = { home: world.cluster, namespace: 'argocd', applications: { isEnabled: () => true } }
    expect(projectGuard(source, world.application, world.cluster).hasSource(repoURL)).toBe(answer)
  })
})
