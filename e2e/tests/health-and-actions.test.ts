import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cliProgram, applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { eventually, run } from '../harness/run.ts'

interface Health {
  status: string
  message?: string
}

interface Seen {
  status: {
    health: Health
    sync: { status: string }
    resources: { kind: string; name: string; health?: Health }[]
    conditions?: { type: string; message: string }[]
  }
}

const settings = {
  'resource.customizations.health.example.com_Oven': `
hs = { status = "Progressing", message = "warming up" }
if obj.status ~= nil and obj.status.degrees ~= nil then
  hs.status = obj.status.degrees > 300 and "Degraded" or "Healthy"
  hs.message = "at " .. obj.status.degrees
end
return hs
`,
  'resource.customizations.health.example.com_Treadmill': 'while true do end',
  'resource.customizations.health.example.com_Bomb': 'local s = "x"\nwhile true do s = s .. s end',
  'resource.customizations.health.cel.example.com_Kettle': `
- status: Degraded
  when: has(self.spec.litres) && self.spec.litres > 2
  messageExpression: '"holds " + string(self.spec.litres) + " litres"'
- status: Healthy
  when: "true"
`,
  'resource.customizations.actions.example.com_Oven': `
discovery.lua: |
  return { bake = { params = { { name = "degrees" } } }, clean = { disabled = obj.spec.dirty ~= true } }
definitions:
- name: bake
  action.lua: |
    obj.spec.degrees = tonumber(actionParams["degrees"])
    local note = { apiVersion = "v1", kind = "ConfigMap", metadata = { name = obj.metadata.name .. "-note" }, data = { degrees = actionParams["degrees"] } }
    return { { operation = "create", resource = note }, { operation = "patch", resource = obj } }
- name: clean
  action.lua: |
    obj.spec.dirty = nil
    return obj
- name: escape
  action.lua: |
    local note = { apiVersion = "v1", kind = "ConfigMap", metadata = { name = "note", namespace = "kube-system" } }
    return { { operation = "create", resource = note } }
`,
}

const kinds = ['Oven', 'Treadmill', 'Bomb', 'Kettle']
const definition = (kind: string): string => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: ${kind.toLowerCase()}s.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: ${kind}, plural: ${kind.toLowerCase()}s, singular: ${kind.toLowerCase()} }
  versions:
  - name: v1
    served: true
    storage: true
    subresources: { status: {} }
    schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`
const thing = (kind: string, name: string, spec = '{}'): string =>
  `apiVersion: example.com/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: ${spec}\n`

const workloads = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "example/web:1" }] }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly }
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec: { restartPolicy: Never, containers: [{ name: report, image: "example/report:1" }] }
`

let plimsoll: Plimsoll
let cluster: Cluster
const home = mkdtempSync(join(tmpdir(), 'plimsoll-health-'))

async function customize(data: Record<string, string>): Promise<void> {
  const there = await cluster.get('v1/ConfigMap', 'argocd', 'argocd-cm')
  if (there) await cluster.patch('v1/ConfigMap', 'argocd', 'argocd-cm', { data })
  else await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-cm', namespace: 'argocd' }, data } as never)
}

beforeAll(async () => {
  plimsoll = await startPlimsoll()
  cluster = await openCluster(plimsoll)
  await customize(settings)
  for (const kind of kinds) await cluster.create(definition(kind))
}, 60_000)
afterAll(async () => {
  rmSync(home, { recursive: true, force: true })
  await cluster?.close()
  await plimsoll?.stop()
})

const see = (name: string): Promise<Seen> => plimsoll.api<Seen>('GET', `/api/v1/applications/${name}`)
const healthIn = ({ status }: Seen, kind: string): Health | undefined => status.resources.find((one) => one.kind === kind)?.health

function untilHealth(name: string, kind: string, wanted: Health): Promise<Seen> {
  return eventually(`${kind} of ${name} is ${wanted.status}`, async () => {
    const seen = await see(name)
    const health = healthIn(seen, kind)
    return health?.status === wanted.status && health.message === wanted.message ? seen : undefined
  })
}

async function deploy(name: string, files: Record<string, string>): Promise<void> {
  await plimsoll.push(name, files)
  await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, name))
  await untilSynced(plimsoll, name)
}

const asked = (namespace: string, group: string, version: string, kind: string, resourceName: string): Record<string, string> => ({
  namespace,
  group,
  version,
  kind,
  resourceName,
})
async function actionsOf(name: string, query: Record<string, string>): Promise<Record<string, boolean>> {
  const answer = await plimsoll.api<{ actions: { name: string; disabled?: boolean }[] }>(
    'GET',
    `/api/v1/applications/${name}/resource/actions?${new URLSearchParams(query)}`,
  )
  return Object.fromEntries(answer.actions.map((action) => [action.name, action.disabled !== true]))
}
const act = (
  name: string,
  query: Record<string, string>,
  action: string,
  parameters: Record<string, string> = {},
): Promise<Record<string, unknown>> =>
  plimsoll.api('POST', `/api/v1/applications/${name}/resource/actions/v2`, {
    ...query,
    action,
    resourceActionParameters: Object.entries(parameters).map(([key, value]) => ({ name: key, value })),
  })

describe('health by checks of the operator', { timeout: 90_000 }, () => {
  it('is that of the object, of the tree and of the application, and follows the object', async () => {
    await deploy('kitchen', { 'oven.yaml': thing('Oven', 'big'), 'kettle.yaml': thing('Kettle', 'small', '{ litres: 3 }') })

    const seen = await untilHealth('kitchen', 'Oven', { status: 'Progressing', message: 'warming up' })
    expect(healthIn(seen, 'Kettle')).toEqual({ status: 'Degraded', message: 'holds 3 litres' })
    expect(seen.status.health.status).toBe('Degraded')

    await cluster.patch('example.com/v1/Oven', 'kitchen', 'big', { status: { degrees: 180 } }, { subresource: 'status' })
    await untilHealth('kitchen', 'Oven', { status: 'Healthy', message: 'at 180' })
    const { nodes } = await plimsoll.api<{ nodes: { kind: string; health?: Health }[] }>(
      'GET',
      '/api/v1/applications/kitchen/resource-tree',
    )
    expect(nodes.find((node) => node.kind === 'Oven')?.health).toEqual({ status: 'Healthy', message: 'at 180' })
  })

  it('is unknown for the object whose script breaks or never ends, which the application tells, and others do not notice', async () => {
    await deploy('gym', {
      'treadmill.yaml': thing('Treadmill', 'endless'),
      'bomb.yaml': thing('Bomb', 'big'),
      'oven.yaml': thing('Oven', 'constructor'),
      'map.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: constructor }\ndata: { __proto__: a, constructor: b }\n',
    })

    const seen = await eventually('it is told', async () => {
      const now = await see('gym')
      const told = now.status.conditions?.filter(({ type }) => type === 'HealthCheckError') ?? []
      return told.length > 0 && healthIn(now, 'Bomb')?.status === 'Unknown' ? now : undefined
    })

    expect(healthIn(seen, 'Treadmill')).toMatchObject({ status: 'Unknown', message: expect.stringMatching(/steps/) })
    expect(healthIn(seen, 'Bomb')).toMatchObject({ status: 'Unknown', message: expect.stringMatching(/memory/) })
    expect(healthIn(seen, 'Oven')).toEqual({ status: 'Progressing', message: 'warming up' })
    expect(seen.status.sync.status).toBe('Synced')
    const told = seen.status.conditions?.map(({ message }) => message).join('\n')
    expect(told).toMatch(/Treadmill/)
    expect(told).toMatch(/Bomb/)
    const other = await see('kitchen')
    expect(other.status.conditions?.some(({ type }) => type === 'HealthCheckError') ?? false).toBe(false)
  })

  it('is assessed anew when the operator changes a check', async () => {
    await customize({ 'resource.customizations.health.example.com_Treadmill': 'return { status = "Suspended", message = "fixed" }' })

    const seen = await untilHealth('gym', 'Treadmill', { status: 'Suspended', message: 'fixed' })

    expect(healthIn(seen, 'Bomb')?.status).toBe('Unknown')
  })
})

describe('actions', { timeout: 90_000 }, () => {
  const web = asked('office', 'apps', 'v1', 'Deployment', 'web')
  const nightly = asked('office', 'batch', 'v1', 'CronJob', 'nightly')
  const oven = asked('bakery', 'example.com', 'v1', 'Oven', 'big')

  beforeAll(async () => {
    await deploy('office', { 'workloads.yaml': workloads })
    await deploy('bakery', { 'oven.yaml': thing('Oven', 'big', '{ dirty: true }') })
  }, 90_000)

  it('built in, restart, pause and scale a Deployment', async () => {
    expect(await actionsOf('office', web)).toEqual({ pause: true, restart: true, resume: false, scale: true })

    // The first way of the API: the action alone, as a JSON text.
    await plimsoll.api('POST', `/api/v1/applications/office/resource/actions?${new URLSearchParams(web)}`, 'restart')
    await act('office', web, 'scale', { replicas: '2' })

    const spec = (await cluster.get('apps/v1/Deployment', 'office', 'web'))?.spec as {
      replicas: number
      template: { metadata: { annotations?: Record<string, string> } }
    }
    expect(spec.replicas).toBe(2)
    expect(spec.template.metadata.annotations).toHaveProperty(['kubectl.kubernetes.io/restartedAt'])
    await expect(act('office', web, 'scale', { replicas: 'many' })).rejects.toThrow(/Deployment office\/web: scale: invalid number: many/)
    await expect(act('office', web, 'resume')).rejects.toThrow(/resume/)
    await expect(act('office', web, 'constructor')).rejects.toThrow(/constructor/)
  })

  it('built in, make a job of a schedule, and end it', async () => {
    await act('office', nightly, 'create-job')

    const [job] = await eventually('there is a job', async () => {
      const jobs = await cluster.list('batch/v1/Job', 'office')
      return jobs.length > 0 ? jobs : undefined
    })
    expect(job?.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'CronJob', name: 'nightly' })
    const node = await eventually('the tree has it', async () => {
      const { nodes } = await plimsoll.api<{ nodes: { kind: string; name: string }[] }>('GET', '/api/v1/applications/office/resource-tree')
      return nodes.find(({ kind }) => kind === 'Job')
    })
    expect(await actionsOf('office', asked('office', 'batch', 'v1', 'Job', node.name))).toHaveProperty('suspend')
    await act('office', nightly, 'suspend')
    expect(await actionsOf('office', nightly)).toEqual({ 'create-job': true, resume: true })
  })

  it('of the operator change their object and make others', async () => {
    expect(await actionsOf('bakery', oven)).toEqual({ bake: true, clean: true })

    await act('bakery', oven, 'bake', { degrees: '220' })

    expect((await cluster.get('example.com/v1/Oven', 'bakery', 'big'))?.spec).toMatchObject({ degrees: 220, dirty: true })
    expect(await cluster.get('v1/ConfigMap', 'bakery', 'big-note')).toMatchObject({ data: { degrees: '220' } })
    // What is there already would be made again: nothing is written.
    await expect(act('bakery', oven, 'bake', { degrees: '250' })).rejects.toThrow(/big-note/)
    expect((await cluster.get('example.com/v1/Oven', 'bakery', 'big'))?.spec).toMatchObject({ degrees: 220 })
    await expect(act('bakery', oven, 'escape')).rejects.toThrow()
    expect(await cluster.get('v1/ConfigMap', 'kube-system', 'note')).toBeUndefined()
  })

  it('are done with objects of the application only, by those who may', async () => {
    await expect(actionsOf('bakery', web)).rejects.toThrow(/404/)
    await expect(act('bakery', web, 'restart')).rejects.toThrow(/404/)
    await plimsoll.cli(['account', 'create', 'vera', '--role', 'readonly'])
    const { stdout } = await plimsoll.cli(['account', 'generate-token', '--account', 'vera', '--expires-in', '1h'])
    const vera = (...args: string[]): ReturnType<typeof run> =>
      run(process.execPath, [cliProgram, ...args], {
        env: {
          PLIMSOLL_CONFIG: join(home, 'config.json'),
          PLIMSOLL_DATA_DIR: join(home, 'none'),
          PLIMSOLL_SERVER: plimsoll.url,
          PLIMSOLL_AUTH_TOKEN: stdout.trim(),
        },
      })

    const listed = await vera('app', 'actions', 'list', 'office', '--kind', 'Deployment')
    const refused = await vera('app', 'actions', 'run', 'office', 'restart', '--kind', 'Deployment')

    expect([listed.code, listed.stderr]).toEqual([0, ''])
    expect(listed.stdout.split('\n').map((line) => line.trim().split(/ +/))).toContainEqual([
      'apps',
      'Deployment',
      'web',
      'restart',
      'false',
    ])
    expect([refused.code, refused.stderr]).toEqual([20, expect.stringMatching(/may not/)])
  })

  it('are listed and run by the command line, and the events tell who did', async () => {
    const ran = await plimsoll.cli(['app', 'actions', 'run', 'office', 'scale', '--kind', 'Deployment', '--param', 'replicas=3'])
    expect([ran.code, ran.stderr.trim()]).toEqual([0, 'Deployment web: scale'])

    const { items } = await plimsoll.api<{ items: { reason: string; message: string }[] }>('GET', '/api/v1/applications/office/events')
    expect(items.filter(({ reason }) => reason === 'ResourceActionRan').map(({ message }) => message)).toContain(
      'admin ran action scale on resource apps/Deployment/office/web',
    )
    const nobody = await plimsoll.cli(['app', 'actions', 'run', 'office', 'restart', '--kind', 'StatefulSet'])
    expect([nobody.code, nobody.stderr]).toEqual([20, expect.stringContaining('No StatefulSet of the application fits.')])
  })
})

describe('plimsoll admin', () => {
  it('tries a check and an action of the operator on an object in a file', async () => {
    const object = join(home, 'oven.yaml')
    const config = join(home, 'argocd-cm.yaml')
    writeFileSync(object, `${thing('Oven', 'big', '{ dirty: true }')}status: { degrees: 400 }\n`)
    writeFileSync(config, JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-cm' }, data: settings }))

    const health = await plimsoll.cli(['admin', 'health', object, '--argocd-cm-path', config])
    const listed = await plimsoll.cli(['admin', 'action', object, '--argocd-cm-path', config])
    const cleaned = await plimsoll.cli(['admin', 'action', object, '--argocd-cm-path', config, '--run', 'clean', '-o', 'diff'])

    expect([health.code, health.stdout]).toEqual([0, 'STATUS: Degraded\nMESSAGE: at 400\n'])
    expect(listed.stdout.split('\n').map((line) => line.trim().split(/ +/))).toEqual([
      ['NAME', 'DISABLED'],
      ['bake', 'false'],
      ['clean', 'false'],
      [''],
    ])
    expect(cleaned.stdout).toMatch(/^- +dirty: true$/m)
  })
})
