import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

interface Seen {
  status: {
    sync: { status: string }
    resources: { kind: string; name: string; status: string }[]
    conditions?: { type: string; message: string }[]
    operationState?: { phase: string; message?: string; syncResult?: { resources?: { message?: string }[] } }
  }
}

interface Diff {
  items: { differences: { path: string }[]; ignored?: { path: string; rule: string }[] }[]
}

const web = (image: string, replicas = 1): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
      - { name: a, image: "${image}" }
      - { name: b, image: "example/b:1" }
`

let plimsoll: Plimsoll
let cluster: Cluster
const scratch = mkdtempSync(join(tmpdir(), 'plimsoll-ignore-'))

beforeAll(async () => {
  plimsoll = await startPlimsoll()
  cluster = await openCluster(plimsoll)
}, 60_000)
afterAll(async () => {
  rmSync(scratch, { recursive: true, force: true })
  await cluster?.close()
  await plimsoll?.stop()
})

interface Wanted {
  ignoreDifferences?: object[]
  syncOptions?: string[]
  compareOptions?: string
  automated?: object
}

async function create(
  name: string,
  { ignoreDifferences, syncOptions = [], compareOptions, automated = { selfHeal: true, prune: true } }: Wanted,
): Promise<void> {
  const manifest = applicationManifest(plimsoll, name) as { metadata: Record<string, unknown>; spec: Record<string, unknown> }
  manifest.spec.syncPolicy = { automated, syncOptions: ['CreateNamespace=true', ...syncOptions] }
  if (ignoreDifferences) manifest.spec.ignoreDifferences = ignoreDifferences
  if (compareOptions !== undefined) manifest.metadata.annotations = { 'argocd.argoproj.io/compare-options': compareOptions }
  await plimsoll.api('POST', '/api/v1/applications', manifest)
}

const look = (name: string): Promise<Seen> => plimsoll.api<Seen>('GET', `/api/v1/applications/${name}?refresh=normal`)
const diffOf = (name: string): Promise<Diff> => plimsoll.api<Diff>('GET', `/api/v1/applications/${name}/managed-resources?kind=Deployment`)
const owned = async (name: string): Promise<unknown> =>
  (await cluster.get('apps/v1/Deployment', name, 'web'))?.metadata.managedFields?.find(
    (entry) => entry.manager === 'argocd-controller' && entry.operation === 'Apply',
  )?.fieldsV1
const specOf = async (name: string): Promise<{ replicas: number; template: { spec: { containers: { name: string; image: string }[] } } }> =>
  (await cluster.get('apps/v1/Deployment', name, 'web'))?.spec as never

describe('what an application ignores', { timeout: 60_000 }, () => {
  it('makes no difference, is never healed, and is told', async () => {
    await plimsoll.push('heals', { 'web.yaml': web('example/a:1') })
    await create('heals', {
      ignoreDifferences: [
        {
          group: 'apps',
          kind: 'Deployment',
          jsonPointers: ['/spec/replicas'],
          jqPathExpressions: ['.spec.template.spec.containers[] | select(.name == "a") | .image'],
        },
      ],
    })
    await untilSynced(plimsoll, 'heals')

    await cluster.patch('apps/v1/Deployment', 'heals', 'web', [
      { op: 'replace', path: '/spec/replicas', value: 3 },
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'example/a:others' },
    ])

    const { status } = await look('heals')
    expect(status.sync.status).toBe('Synced')
    const [diff] = (await diffOf('heals')).items
    expect(diff).toMatchObject({
      differences: [],
      ignored: [
        { path: 'spec.replicas', rule: '/spec/replicas' },
        { path: 'spec.template.spec.containers[0].image', rule: '.spec.template.spec.containers[] | select(.name == "a") | .image' },
      ],
    })
    const { code, stdout } = await plimsoll.cli(['app', 'diff', 'heals'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })

    await cluster.patch('apps/v1/Deployment', 'heals', 'web', [
      { op: 'replace', path: '/spec/template/spec/containers/1/image', value: 'example/b:others' },
    ])

    await eventually(
      'what is not ignored is healed',
      async () => (await specOf('heals')).template.spec.containers[1]?.image === 'example/b:1',
    )
  })

  it('is left as it is by a sync that respects it, and not owned', async () => {
    await plimsoll.push('respects', { 'web.yaml': web('example/a:1') })
    await create('respects', {
      ignoreDifferences: [
        {
          group: 'apps',
          kind: 'Deployment',
          jsonPointers: ['/spec/replicas'],
          jqPathExpressions: ['.spec.template.spec.containers[] | select(.name == "b") | .image'],
        },
      ],
      syncOptions: ['RespectIgnoreDifferences=true'],
    })
    await untilSynced(plimsoll, 'respects')
    await cluster.patch(
      'apps/v1/Deployment',
      'respects',
      'web',
      { spec: { replicas: 4 } },
      { manager: 'horizontal-pod-autoscaler', subresource: 'scale' },
    )
    await cluster.patch('apps/v1/Deployment', 'respects', 'web', [
      { op: 'replace', path: '/spec/template/spec/containers/1/image', value: 'example/b:others' },
    ])

    await plimsoll.push('respects', { 'web.yaml': web('example/a:2', 2) })
    await eventually('the new image is there', async () => (await specOf('respects')).template.spec.containers[0]?.image === 'example/a:2')

    expect(await specOf('respects')).toMatchObject({
      replicas: 4,
      template: { spec: { containers: [{ image: 'example/a:2' }, { image: 'example/b:others' }] } },
    })
    const fields = JSON.stringify(await owned('respects'))
    expect(fields).not.toContain('f:replicas')
    expect((await look('respects')).status.sync.status).toBe('Synced')
  })

  it('stays although nobody but us has ever set it', async () => {
    await plimsoll.push('alone', { 'web.yaml': web('example/a:1', 2) })
    await create('alone', {
      ignoreDifferences: [{ group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] }],
      syncOptions: ['RespectIgnoreDifferences=true'],
    })
    await untilSynced(plimsoll, 'alone')

    await plimsoll.push('alone', { 'web.yaml': web('example/a:2', 1) })
    await eventually('the new image is there', async () => (await specOf('alone')).template.spec.containers[0]?.image === 'example/a:2')

    expect((await specOf('alone')).replicas).toBe(2)
  })

  it('is overwritten by a sync that does not respect it', async () => {
    await plimsoll.push('overwrites', { 'web.yaml': web('example/a:1', 2) })
    await create('overwrites', { ignoreDifferences: [{ group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] }] })
    await untilSynced(plimsoll, 'overwrites')
    await cluster.patch('apps/v1/Deployment', 'overwrites', 'web', { spec: { replicas: 4 } })

    await plimsoll.push('overwrites', { 'web.yaml': web('example/a:2', 2) })
    await eventually(
      'the new image is there',
      async () => (await specOf('overwrites')).template.spec.containers[0]?.image === 'example/a:2',
    )

    expect((await specOf('overwrites')).replicas).toBe(2)
  })

  it('may be what a manager of fields owns', async () => {
    await plimsoll.push('managers', { 'web.yaml': web('example/a:1') })
    await create('managers', { ignoreDifferences: [{ group: '*', kind: '*', managedFieldsManagers: ['image-updater'] }] })
    await untilSynced(plimsoll, 'managers')

    await cluster.patch(
      'apps/v1/Deployment',
      'managers',
      'web',
      [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'example/a:9' }],
      { manager: 'image-updater' },
    )

    expect((await look('managers')).status.sync.status).toBe('Synced')
    expect((await specOf('managers')).template.spec.containers[0]?.image).toBe('example/a:9')
    expect((await diffOf('managers')).items[0]?.ignored).toEqual([
      { path: 'spec.template.spec.containers[0].image', rule: 'managedFieldsManagers: image-updater' },
    ])
  })
})

describe('an application with an expression that is wrong', { timeout: 60_000 }, () => {
  it.each([
    [
      'never-ends',
      'last(range(1e15))',
      /Deployment never-ends\/web could not be compared, because it ran for too long: jqPathExpressions last\(range\(1e15\)\)/,
    ],
    [
      'no-program',
      '.spec.replicas | (',
      /spec\.ignoreDifferences\[0\]\.jqPathExpressions\[0\]: a bracket or an operand is missing, at character 19/,
    ],
  ])('is told so, and nothing is done: %s', async (name, expression, message) => {
    await plimsoll.push(name, { 'web.yaml': web('example/a:1') })
    await create(name, {})
    await untilSynced(plimsoll, name)

    await plimsoll.api('PATCH', `/api/v1/applications/${name}`, {
      name,
      patchType: 'merge',
      patch: JSON.stringify({ spec: { ignoreDifferences: [{ group: 'apps', kind: 'Deployment', jqPathExpressions: [expression] }] } }),
    })
    await cluster.patch('apps/v1/Deployment', name, 'web', { spec: { replicas: 4 } })

    const { status } = await eventually('it is told', async () => {
      const seen = await look(name)
      return seen.status.sync.status === 'Unknown' && seen
    })
    expect(status.conditions?.map((one) => one.message).join('\n')).toMatch(message)
    expect((await specOf(name)).replicas).toBe(4)
    expect((await look('heals')).status.sync.status).toBe('Synced')

    await plimsoll.api('PATCH', `/api/v1/applications/${name}`, {
      name,
      patchType: 'merge',
      patch: JSON.stringify({ spec: { ignoreDifferences: null } }),
    })

    await eventually('it heals again', async () => (await specOf(name)).replicas === 1)
    await untilSynced(plimsoll, name)
  })
})

describe('argocd-cm', { timeout: 60_000 }, () => {
  it('counts for every application, from the moment that it changes', async () => {
    await plimsoll.push('global', { 'web.yaml': web('example/a:1') })
    await create('global', { automated: { selfHeal: false } })
    await untilSynced(plimsoll, 'global')
    await cluster.patch('apps/v1/Deployment', 'global', 'web', { spec: { minReadySeconds: 7, replicas: 3 } })
    await eventually('it differs', async () => (await look('global')).status.sync.status === 'OutOfSync')

    await cluster.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'argocd-cm', namespace: 'argocd' },
      data: { 'resource.customizations.ignoreDifferences.apps_Deployment': 'jsonPointers: [/spec/replicas]\n' },
    } as never)

    await eventually(
      'it is Synced',
      async () => (await plimsoll.api<Seen>('GET', '/api/v1/applications/global')).status.sync.status === 'Synced',
    )
    await cluster.remove('v1/ConfigMap', 'argocd', 'argocd-cm')
    await eventually(
      'it differs again',
      async () => (await plimsoll.api<Seen>('GET', '/api/v1/applications/global')).status.sync.status === 'OutOfSync',
    )
  })
})

describe('ignoreResourceStatusField', { timeout: 60_000 }, () => {
  const gadget = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: gadgets.ignore.example.com }
spec:
  group: ignore.example.com
  names: { kind: Gadget, plural: gadgets }
  scope: Namespaced
  versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } } }]
---
apiVersion: ignore.example.com/v1
kind: Gadget
metadata: { name: gadget }
spec: { size: 1 }
status: { wanted: here }
`
  const statusOf = async (): Promise<unknown> => (await cluster.get('ignore.example.com/v1/Gadget', 'status', 'gadget'))?.status

  it('makes the status that Git holds count, of kinds that have no status of their own', async () => {
    await plimsoll.push('status', { 'gadget.yaml': gadget })
    await create('status', { automated: { selfHeal: true } })
    await untilSynced(plimsoll, 'status')
    expect(await statusOf()).toBeUndefined()

    await cluster.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'argocd-cm', namespace: 'argocd' },
      data: { 'resource.compareoptions': 'ignoreResourceStatusField: none\n' },
    } as never)

    await eventually('it is as Git has it', async () => JSON.stringify(await statusOf()) === '{"wanted":"here"}')
    await untilSynced(plimsoll, 'status')
    await cluster.remove('v1/ConfigMap', 'argocd', 'argocd-cm')
  })
})

describe('compare options', { timeout: 60_000 }, () => {
  const map = (name: string, value: string, annotations = ''): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}${annotations} }\ndata: { a: ${value} }\n`

  it('IgnoreExtraneous keeps what Git does not have from making the whole differ', async () => {
    await plimsoll.push('extra', {
      'a.yaml': map('a', 'x'),
      'b.yaml': map('b', 'x', ', annotations: { argocd.argoproj.io/compare-options: "IgnoreExtraneous" }'),
    })
    await create('extra', { automated: { prune: false } })
    await untilSynced(plimsoll, 'extra')

    await plimsoll.push('extra', { 'b.yaml': null })

    const { status } = await eventually('Git has dropped it', async () => {
      const seen = await look('extra')
      return seen.status.resources.some((one) => one.name === 'b' && one.status === 'OutOfSync') && seen
    })
    expect(status.sync.status).toBe('Synced')
  })

  it('ServerSideDiff asks the API server, and shows what an apply would change', async () => {
    await plimsoll.push('server', { 'web.yaml': web('example/a:1') })
    await create('server', { compareOptions: 'ServerSideDiff=true', automated: { selfHeal: false } })
    await untilSynced(plimsoll, 'server')
    await cluster.patch('apps/v1/Deployment', 'server', 'web', [
      { op: 'replace', path: '/spec/replicas', value: 3 },
      { op: 'replace', path: '/spec/template/spec/containers/1/image', value: 'example/b:others' },
    ])

    const { status } = await look('server')
    expect(status.sync.status).toBe('OutOfSync')
    expect((await diffOf('server')).items[0]?.differences).toMatchObject([
      { path: 'spec.replicas', live: '3', target: '1' },
      { path: 'spec.template.spec.containers[b].image', live: '"example/b:others"', target: '"example/b:1"' },
    ])

    await plimsoll.push('server', { 'web.yaml': web('example/a:1').replace('replicas: 1', 'replicas: many') })

    const refused = await eventually('it is refused', async () => {
      const seen = await look('server')
      return seen.status.sync.status === 'Unknown' && seen
    })
    expect(refused.status.conditions?.[0]?.message).toContain(
      'Deployment server/web could not be compared, because the API server refused the dry run',
    )
  })
})

describe('plimsoll admin ignore-differences', () => {
  it('shows what would be left out of an object', async () => {
    writeFileSync(join(scratch, 'web.yaml'), web('example/a:1'))
    writeFileSync(
      join(scratch, 'argocd-cm.yaml'),
      "data:\n  resource.customizations.ignoreDifferences.apps_Deployment: |\n    jsonPointers: [/spec/replicas]\n    jqPathExpressions: ['.spec.template.spec.containers[].image', '.spec.nothing[]']\n",
    )

    const { code, stdout, stderr } = await plimsoll.cli(['admin', 'ignore-differences', 'web.yaml', '--argocd-cm-path', 'argocd-cm.yaml'], {
      cwd: scratch,
    })

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('-  replicas: 1')
    expect(stdout).toContain('-          image: example/b:1')
    expect(stdout).toContain('.spec.nothing[]: cannot iterate over: null')
  })
})
