import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PlimsollError } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { conditionOf, folderSet, type RunningSets, type SetsWorld, startSetsWorld } from '../harness/application-sets.ts'
import { eventually } from '../harness/run.ts'

let world: SetsWorld
let running: RunningSets
let count = 0
let name = ''

beforeAll(async () => {
  world = await startSetsWorld()
})
afterAll(() => world?.close())

beforeEach(async () => {
  name = `set-${++count}`
  world.git.folders = ['api', 'jobs', 'web']
  running = await world.start()
})
afterEach(async () => {
  await running.stop()
  await world.clear()
})

const all = (...folders: string[]): string[] => folders.map((folder) => `${name}-${folder}`)

async function push(folders: string[] | Error): Promise<void> {
  world.git.folders = folders
  world.git.move()
}

/** Long enough for a look to be over that does nothing: one that was asked for by an annotation has answered. */
async function afterALook(): Promise<void> {
  await running.sets.refresh({ name, namespace: 'argocd' })
  await eventually('the look is over', async () => {
    const object = await world.get('ApplicationSet', name)
    return object?.metadata.annotations?.['argocd.argoproj.io/application-set-refresh'] === undefined
  })
}

describe('a set', () => {
  it('makes an Application for each folder, owns them, and says so', async () => {
    await world.apply(folderSet(name))

    const [first] = await world.untilNames(name, all('api', 'jobs', 'web'))
    expect(first).toMatchObject({
      metadata: {
        labels: { from: name },
        finalizers: ['resources-finalizer.argocd.argoproj.io'],
        ownerReferences: [{ kind: 'ApplicationSet', name, controller: true }],
      },
      spec: { project: 'default', source: { path: 'api' }, destination: { namespace: 'api' } },
    })
    const status = await world.untilStatus(name, 'three resources', ({ resources }) => resources?.length === 3)
    expect(status).toMatchObject({
      resourcesCount: 3,
      health: { status: 'Healthy' },
      resources: [{ kind: 'Application', name: `${name}-api` }, {}, {}],
    })
    expect(['ErrorOccurred', 'ParametersGenerated', 'ResourcesUpToDate'].map((type) => conditionOf(status, type))).toEqual([
      'False ApplicationSetUpToDate',
      'True ParametersGenerated',
      'True ApplicationSetUpToDate',
    ])
  })

  it('follows its repository at once: a folder more, a folder less', async () => {
    await world.apply(folderSet(name))
    await world.untilNames(name, all('api', 'jobs', 'web'))

    await push(['api', 'jobs', 'web', 'new'])
    await world.untilNames(name, all('api', 'jobs', 'new', 'web'))

    await push(['api', 'jobs', 'new'])
    // The finalizer holds it until what it deployed is gone: nobody does that here.
    await eventually('one is being deleted', async () => (await world.get('Application', `${name}-web`))?.metadata.deletionTimestamp)
    expect((await world.get('Application', `${name}-api`))?.metadata.deletionTimestamp).toBeUndefined()
  })

  it('undoes what others change, but for what is theirs', async () => {
    await world.apply(
      folderSet(
        name,
        `  preservedFields: { annotations: [mine], labels: [kept] }
  ignoreApplicationDifferences:
    - { jsonPointers: [/spec/source/targetRevision] }
    - { name: ${name}-api, jqPathExpressions: [".spec.syncPolicy", '.metadata.labels["own"]'] }`,
      ),
    )
    await world.untilNames(name, all('api', 'jobs', 'web'))

    await world.change('Application', `${name}-api`, (object) => ({
      ...object,
      metadata: {
        ...object.metadata,
        labels: { ...object.metadata.labels, kept: 'a', own: 'b', lost: 'c' },
        annotations: { mine: 'a', lost: 'b', 'plimsoll.dev/automation-hold': '{}', 'argocd.argoproj.io/refresh': 'normal' },
      },
      spec: {
        ...(object.spec as object),
        revisionHistoryLimit: 3,
        syncPolicy: { automated: {} },
        source: { repoURL: 'x', path: 'api', targetRevision: 'v1' },
      },
    }))

    const object = await eventually('it is as it was', async () => {
      const found = await world.get('Application', `${name}-api`)
      return found !== undefined && !('revisionHistoryLimit' in (found.spec as object)) && found
    })
    expect(object.metadata.labels).toEqual({ from: name, kept: 'a', own: 'b' })
    expect(object.metadata.annotations).toEqual({ mine: 'a', 'plimsoll.dev/automation-hold': '{}', 'argocd.argoproj.io/refresh': 'normal' })
    expect(object.spec).toMatchObject({
      syncPolicy: { automated: {} },
      source: { repoURL: 'https://git.example.org/apps.git', targetRevision: 'v1' },
    })
  })

  it.each([
    ['create-only', 'kept', 'kept'],
    ['create-update', 'changed', 'kept'],
    ['create-delete', 'kept', 'deleted'],
    ['sync', 'changed', 'deleted'],
  ])('with the policy %s: what differs is %s, what is no longer wanted is %s', async (policy, differing, unwanted) => {
    await world.apply(folderSet(name, `  syncPolicy: { applicationsSync: ${policy}, preserveResourcesOnDeletion: true }`))
    await world.untilNames(name, all('api', 'jobs', 'web'))

    await world.change('Application', `${name}-api`, (object) => ({ ...object, spec: { ...(object.spec as object), project: 'other' } }))
    await push(['api', 'jobs', 'new'])
    const left = unwanted === 'deleted' ? all('api', 'jobs', 'new') : all('api', 'jobs', 'new', 'web')
    await world.untilNames(name, left)
    await afterALook()

    expect((await world.get('Application', `${name}-api`))?.spec).toMatchObject({ project: differing === 'changed' ? 'default' : 'other' })
    await world.untilNames(name, left)
  })

  it('lets its Applications stay when it is deleted, where its policy does not delete', async () => {
    await world.apply(folderSet(name, '  syncPolicy: { applicationsSync: create-update }'))
    await world.untilNames(name, all('api', 'jobs', 'web'))

    await running.sets.delete({ name, namespace: 'argocd' })

    await eventually('the set is gone', async () => (await world.get('ApplicationSet', name)) === undefined)
    expect((await world.get('Application', `${name}-web`))?.metadata).toMatchObject({ name: `${name}-web` })
    expect((await world.get('Application', `${name}-web`))?.metadata.ownerReferences ?? []).toEqual([])
  })

  it('takes an Application over that nobody owns, and leaves alone that of another set', async () => {
    await world.apply(
      `{kind: Application, metadata: {name: ${name}-api}, spec: {project: old, source: {repoURL: x, path: .}, destination: {server: https://kubernetes.default.svc}}}`,
    )
    await world.apply(folderSet(name))
    await world.untilNames(name, all('api', 'jobs', 'web'))
    const other = `${name}-other`
    await world.apply(folderSet(other).replaceAll(`${other}-{{`, `${name}-{{`))

    const status = await world.untilStatus(other, 'an error', (one) => conditionOf(one, 'ErrorOccurred').startsWith('True'))
    expect(status.conditions?.find(({ type }) => type === 'ErrorOccurred')?.message).toContain(
      `Application '${name}-api' belongs to ApplicationSet '${name}'. (and 2 more)`,
    )
    await world.untilNames(name, all('api', 'jobs', 'web'))
    await world.delete('ApplicationSet', other)
  })
})

describe('a set with something wrong', () => {
  const errorOf = async (set = name): Promise<string> => {
    const status = await world.untilStatus(set, 'an error', (one) => conditionOf(one, 'ErrorOccurred').startsWith('True'))
    return status.conditions?.find(({ type }) => type === 'ErrorOccurred')?.message ?? ''
  }

  it('keeps everything while its repository does not answer, and goes on when it does', async () => {
    await world.apply(folderSet(name))
    await world.untilNames(name, all('api', 'jobs', 'web'))

    await push(new PlimsollError('repository-unreachable', 'The repository does not answer.'))
    expect(await errorOf()).toContain('The repository does not answer.')
    const status = await world.untilStatus(name, 'degraded', ({ health }) => health?.status === 'Degraded')
    expect(conditionOf(status, 'ParametersGenerated')).toBe('False ErrorOccurred')
    await world.untilNames(name, all('api', 'jobs', 'web'))

    await push(['api', 'jobs', 'web', 'new'])
    await world.untilNames(name, all('api', 'jobs', 'new', 'web'))
    await world.untilStatus(name, 'healthy', ({ health }) => health?.status === 'Healthy')
  })

  it.each([
    [
      'a name that is none',
      (yaml: string) => yaml.replace(`'${name}-{{ .path.basename }}'`, "'{{ .path.basename }}_x'"),
      "'api_x' is no name for an application",
    ],
    ['one name for all', (yaml: string) => yaml.replace('-{{ .path.basename }}', ''), "two applications have the name 'set-"],
    [
      'a cluster that is not known',
      (yaml: string) => yaml.replace('https://kubernetes.default.svc', 'https://elsewhere'),
      'cluster "https://elsewhere" not found',
    ],
    ['a source without a path', (yaml: string) => yaml.replace("path: '{{ .path.path }}', ", ''), 'spec.source.path: is required'],
    ['a project that is not there', (yaml: string) => yaml.replace('project: default', 'project: none'), "there is no project 'none'"],
  ])('says what: %s', async (_what, change, message) => {
    await running.stop()
    running = await world.start(undefined, {
      projectProblems: ({ spec }) => (spec.project === 'default' ? [] : [`there is no project '${spec.project}'`]),
    })
    await world.apply(change(folderSet(name)))

    expect(await errorOf()).toContain(message)
    await world.untilNames(name, [])
  })

  it.each([
    ['a template without end', '{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}', 'not filled in within'],
    ['a call of itself', '{{ define "x" }}{{ template "x" }}{{ end }}{{ template "x" }}', 'depth'],
    ['a parameter that is not there', '{{ .constructor }}{{ .none }}', 'no entry for key'],
  ])('costs the others nothing: %s', async (_what, text, message) => {
    await world.apply(folderSet(name).replace("'{{ .path.path }}'", `'${text}'`))
    const healthy = `${name}-healthy`
    await world.apply(folderSet(healthy))

    await world.untilNames(
      healthy,
      ['api', 'jobs', 'web'].map((folder) => `${healthy}-${folder}`),
    )
    expect(await errorOf()).toContain(message)
    await world.delete('ApplicationSet', healthy)
  })

  it('is refused where its spec is none, whatever it is', async () => {
    for (const [index, spec] of [
      '{}',
      '{generators: x, template: {}}',
      '{generators: [], template: [1]}',
      '{generators: [{matrix: {}}], template: {}}',
    ].entries()) {
      await world.apply(`{metadata: {name: ${name}-${index}}, spec: ${spec}}`)

      expect(await errorOf(`${name}-${index}`)).toMatch(/^spec\./)
    }
  })

  it('names that are poisonous are names', async () => {
    world.git.folders = ['constructor', 'prototype', '__proto__', 'tostring']
    await world.apply(folderSet(name).replace('{{ .path.basename }}', '{{ .path.basenameNormalized }}'))

    expect(await errorOf()).toContain("'")
    await world.untilNames(name, all('constructor', 'prototype', 'tostring'))
  })
})

describe('a deletion of many', () => {
  async function heldOf(): Promise<{ digest: string; applications: string[] }> {
    const status = await world.untilStatus(
      name,
      'it is held',
      (one) => conditionOf(one, 'DeletionHeld') === 'True DeletionNeedsConfirmation',
    )
    expect(status.health?.status).toBe('Suspended')
    const { digest = '', applications = [] } = status.pendingDeletion ?? {}
    expect(status.conditions?.find(({ type }) => type === 'DeletionHeld')?.message).toContain(
      `plimsoll appset confirm-deletion ${name} --digest ${digest}`,
    )
    return { digest, applications }
  }

  it.each([
    ['nothing comes any more', [] as string[], ['api', 'jobs', 'web']],
    ['more than half would go', ['api'], ['jobs', 'web']],
  ])('waits where %s, whatever the time, and goes on once it is confirmed', async (_what, left, gone) => {
    await world.apply(folderSet(name, '  syncPolicy: { preserveResourcesOnDeletion: true }'))
    await world.untilNames(name, all('api', 'jobs', 'web'))

    await push(left)
    const { digest, applications } = await heldOf()
    expect(applications).toEqual(all(...gone))
    await afterALook()
    await afterALook()
    await world.untilNames(name, all('api', 'jobs', 'web'))

    await expect(
      running.sets.confirmDeletion({ name, namespace: 'argocd' }, 'sha256:other', { username: 'ada', origin: 'test' }),
    ).rejects.toMatchObject({
      code: 'conflict',
    })
    await running.sets.confirmDeletion({ name, namespace: 'argocd' }, digest, { username: 'ada', origin: 'test' })
    await world.untilNames(name, all(...left))
    const status = await world.untilStatus(name, 'nothing waits', ({ pendingDeletion }) => pendingDeletion === undefined)
    expect(conditionOf(status, 'DeletionHeld')).toBe('none')
    expect((await world.get('ApplicationSet', name))?.metadata.annotations ?? {}).toEqual({})
  })

  it('waits where the author of the set empties it', async () => {
    await world.apply(folderSet(name, '  syncPolicy: { preserveResourcesOnDeletion: true }'))
    await world.untilNames(name, all('api', 'jobs', 'web'))

    await world.change('ApplicationSet', name, (object) => ({
      ...object,
      spec: { ...(object.spec as object), generators: [{ list: { elements: [] } }] },
    }))

    await heldOf()
    await world.untilNames(name, all('api', 'jobs', 'web'))
  })

  it('waits while new ones are made in the place of old ones', async () => {
    await world.apply(folderSet(name))
    await world.untilNames(name, all('api', 'jobs', 'web'))

    await push(['one', 'two', 'three'])

    await heldOf()
    await world.untilNames(name, all('api', 'jobs', 'one', 'three', 'two', 'web'))
  })

  it('is not confirmed by a word that stands for nothing, which is taken away', async () => {
    await world.apply(folderSet(name, '', "plimsoll.dev/deletion-approved: 'true'"))
    await world.untilNames(name, all('api', 'jobs', 'web'))

    await push([])
    await heldOf()
    await world.change('ApplicationSet', name, (object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: { 'plimsoll.dev/deletion-approved': 'yes' } },
    }))

    await eventually('the annotation is gone', async () => (await world.get('ApplicationSet', name))?.metadata.annotations === undefined)
    await world.untilNames(name, all('api', 'jobs', 'web'))
  })

  it('is over when what was missing comes back', async () => {
    await world.apply(folderSet(name))
    await world.untilNames(name, all('api', 'jobs', 'web'))
    await push([])
    await heldOf()

    await push(['api', 'jobs', 'web'])

    const status = await world.untilStatus(name, 'nothing waits', ({ pendingDeletion }) => pendingDeletion === undefined)
    expect(conditionOf(status, 'DeletionHeld')).toBe('none')
    expect(status.health?.status).toBe('Healthy')
  })

  it('asks nobody where the set says so', async () => {
    await world.apply(folderSet(name, '  syncPolicy: { preserveResourcesOnDeletion: true }', "plimsoll.dev/deletion-guard: 'off'"))
    await world.untilNames(name, all('api', 'jobs', 'web'))

    await push([])

    await world.untilNames(name, [])
  })

  it('leaves what is deployed where the set says so, also for those that were made before it did', async () => {
    await world.apply(folderSet(name))
    await world.untilNames(name, all('api', 'jobs', 'web'))

    world.git.folders = ['api', 'jobs']
    await world.change('ApplicationSet', name, (object) => ({
      ...object,
      spec: { ...(object.spec as object), syncPolicy: { preserveResourcesOnDeletion: true } },
    }))

    await world.untilNames(name, all('api', 'jobs'))
  })
})

describe('a rolling sync', () => {
  const steps = `  strategy:
    type: RollingSync
    rollingSync:
      steps:
        - { matchExpressions: [{ key: env, operator: In, values: [staging] }] }
        - { matchExpressions: [{ key: env, operator: In, values: [production] }], maxUpdate: 50% }
    deletionOrder: Reverse`

  function rolling(): string {
    return folderSet(name, `${steps}\n  syncPolicy: { preserveResourcesOnDeletion: true }`)
      .replace(
        `labels: { from: ${name} }`,
        'labels: { env: \'{{ if hasPrefix "staging" .path.basename }}staging{{ else }}production{{ end }}\' }',
      )
      .replace('      destination:', '      syncPolicy: { automated: { prune: true } }\n      destination:')
  }

  /** What the controller of Applications would say. */
  async function becomes(folder: string, status: { sync: string; health: string; phase?: string }): Promise<void> {
    await world.change('Application', `${name}-${folder}`, (object) => {
      const { operation: _operation, ...rest } = object
      const { spec } = object as unknown as { spec: { source: object; destination: object } }
      const now = new Date().toISOString()
      return {
        ...rest,
        status: {
          sync: { status: status.sync, revision: 'r1', comparedTo: { source: spec.source, destination: spec.destination } },
          health: { status: status.health },
          reconciledAt: now,
          ...(status.phase && { operationState: { operation: {}, phase: status.phase, startedAt: now } }),
        },
      } as KubeObject
    })
  }

  async function untilAsked(folder: string): Promise<void> {
    await eventually(
      `${folder} is asked to sync`,
      async () => (await world.get('Application', `${name}-${folder}`))?.['operation'] !== undefined,
    )
  }

  const standing = async (): Promise<Record<string, string>> => {
    const status = (await world.get('ApplicationSet', name))?.status as { applicationStatus?: { application: string; status: string }[] }
    return Object.fromEntries((status.applicationStatus ?? []).map((one) => [one.application.slice(name.length + 1), one.status]))
  }

  it('goes step by step, so many at a time, and deletes from the last to the first', { timeout: 60_000 }, async () => {
    world.git.folders = ['staging', 'prod-a', 'prod-b']
    await world.apply(rolling())
    await world.untilNames(name, all('prod-a', 'prod-b', 'staging'))
    for (const folder of world.git.folders) await becomes(folder, { sync: 'OutOfSync', health: 'Missing' })

    await untilAsked('staging')
    const staging = await world.get('Application', `${name}-staging`)
    expect(staging).toMatchObject({
      operation: { initiatedBy: { username: 'applicationset-controller', automated: true }, sync: { prune: true } },
      spec: { syncPolicy: { automated: { enabled: false, prune: true } } },
    })
    expect((await world.get('Application', `${name}-prod-a`))?.['operation']).toBeUndefined()
    expect(await standing()).toMatchObject({ staging: 'Pending', 'prod-a': 'Waiting', 'prod-b': 'Waiting' })
    const progressing = await world.untilStatus(
      name,
      'it rolls',
      (one) => conditionOf(one, 'RolloutProgressing') === 'True ApplicationSetModified',
    )
    expect(conditionOf(progressing, 'InvalidRolloutConfig')).toBe('False ApplicationSetValidRolloutConfig')

    await becomes('staging', { sync: 'Synced', health: 'Healthy', phase: 'Succeeded' })
    await untilAsked('prod-a')
    expect(await standing()).toMatchObject({ staging: 'Healthy', 'prod-a': 'Pending', 'prod-b': 'Waiting' })

    await becomes('prod-a', { sync: 'Synced', health: 'Healthy', phase: 'Succeeded' })
    await untilAsked('prod-b')
    await becomes('prod-b', { sync: 'Synced', health: 'Healthy', phase: 'Succeeded' })
    await world.untilStatus(
      name,
      'it is through',
      (one) => conditionOf(one, 'RolloutProgressing') === 'False ApplicationSetRolloutComplete',
    )

    await world.change('Application', `${name}-prod-b`, (object) => ({
      ...object,
      metadata: { ...object.metadata, finalizers: ['example.org/slow'] },
    }))
    await running.sets.delete({ name, namespace: 'argocd' })
    await eventually('one of the last step is gone', async () => (await world.get('Application', `${name}-prod-a`)) === undefined)
    expect((await world.get('Application', `${name}-staging`))?.metadata.deletionTimestamp).toBeUndefined()
    await world.change('Application', `${name}-prod-b`, (object) => ({ ...object, metadata: { ...object.metadata, finalizers: [] } }))
    await eventually('the first step is gone, and the set', async () => (await world.get('ApplicationSet', name)) === undefined, 20_000)
    expect(await world.get('Application', `${name}-staging`)).toBeUndefined()
  })

  it('syncs nothing by itself that a rollback holds', async () => {
    world.git.folders = ['staging', 'prod-a']
    await world.apply(rolling())
    await world.untilNames(name, all('prod-a', 'staging'))
    await world.change('Application', `${name}-staging`, (object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: { 'plimsoll.dev/automation-hold': '{}' } },
    }))

    await becomes('staging', { sync: 'OutOfSync', health: 'Healthy' })
    await afterALook()

    expect((await world.get('Application', `${name}-staging`))?.['operation']).toBeUndefined()
    expect(await standing()).toMatchObject({ staging: 'Waiting' })
  })

  it('says what is wrong with its steps', async () => {
    world.git.folders = ['staging']
    await world.apply(rolling().replace('maxUpdate: 50%', 'maxUpdate: some'))

    const status = await world.untilStatus(name, 'it is told', (one) => conditionOf(one, 'InvalidRolloutConfig').startsWith('True'))
    expect(status.conditions?.find(({ type }) => type === 'InvalidRolloutConfig')?.message).toMatch(
      /Step 2 has (no applications|an invalid maxUpdate)/,
    )
  })
})
