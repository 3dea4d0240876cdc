import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { applicationManifest, type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

interface Seen {
  operation?: unknown
  metadata: { finalizers?: string[] }
  status: {
    sync: { status: string; revision?: string }
    health: { status: string }
    history?: unknown[]
    conditions?: { type: string; message: string }[]
    operationState?: {
      phase: string
      message: string
      syncResult?: { resources?: { kind: string; name: string; hookType?: string; hookPhase?: string; status?: string }[] }
    }
  }
}

const marks = mkdtempSync(join(tmpdir(), 'plimsoll-hooks-'))
let plimsoll: Plimsoll
let cluster: Cluster

beforeAll(async () => {
  plimsoll = await startPlimsoll()
  cluster = await openCluster(plimsoll)
})
afterAll(async () => {
  await cluster?.close()
  await plimsoll?.stop()
  rmSync(marks, { recursive: true, force: true })
})

/** A Job that writes its name into a file of its application, and then does what it is told. */
function job(application: string, name: string, annotations: Record<string, string>, script = 'true', metadata = `name: ${name}`): string {
  const file = join(marks, application)
  return `---
apiVersion: batch/v1
kind: Job
metadata: { ${metadata}, annotations: ${JSON.stringify(annotations)} }
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: main, image: none, env: [{ name: MARK, value: "${file}" }], command: [sh, -c, 'echo ${name} >> "$MARK"; ${script}'] }]
`
}

const hook = (phase: string, more: Record<string, string> = {}): Record<string, string> => ({ 'argocd.argoproj.io/hook': phase, ...more })
const policy = (value: string): Record<string, string> => ({ 'argocd.argoproj.io/hook-delete-policy': value })
const configMap = (name: string, annotations: Record<string, string> = {}): string =>
  `---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, annotations: ${JSON.stringify(annotations)} }\ndata: { value: x }\n`

const markedBy = (application: string): string[] =>
  existsSync(join(marks, application)) ? readFileSync(join(marks, application), 'utf8').trim().split('\n') : []
const see = (name: string): Promise<Seen> => plimsoll.api<Seen>('GET', `/api/v1/applications/${name}`)
const ran = (seen: Seen): string[] =>
  (seen.status.operationState?.syncResult?.resources ?? []).map(
    ({ kind, name, hookType, hookPhase, status }) => `${kind}/${name} ${hookType ? `${hookType} ${hookPhase ?? ''}` : (status ?? '')}`,
  )

async function create(name: string, manifests: string, automated = false): Promise<void> {
  await plimsoll.push(name, { 'all.yaml': manifests })
  await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, name, { automated }))
}

function untilOver(name: string): Promise<Seen> {
  return eventually(
    `the operation of ${name} is over`,
    async () => {
      const seen = await see(name)
      const phase = seen.status.operationState?.phase
      return seen.operation === undefined && phase !== undefined && !['Running', 'Terminating'].includes(phase) && seen
    },
    45_000,
  )
}

async function sync(name: string, body: object = {}): Promise<Seen> {
  await plimsoll.api('POST', `/api/v1/applications/${name}/sync`, body)
  return untilOver(name)
}

describe('hooks that really run', { timeout: 90_000 }, () => {
  it.concurrent('go before, with and after what is deployed, in their order', async () => {
    await create(
      'shop',
      configMap('settings') +
        job('shop', 'smoke', hook('PostSync', policy('HookSucceeded'))) +
        job('shop', 'migrate', hook('PreSync', { 'argocd.argoproj.io/sync-wave': '1' }), 'sleep 0.5; echo migrated >> "$MARK"') +
        job('shop', 'backup', hook('PreSync')) +
        job(
          'shop',
          'notify',
          hook('PostSync', { ...policy('HookSucceeded'), 'argocd.argoproj.io/sync-wave': '1' }),
          'true',
          'generateName: notify-',
        ),
    )

    const done = await sync('shop')

    expect(markedBy('shop')).toEqual(['backup', 'migrate', 'migrated', 'smoke', 'notify'])
    expect(done.status).toMatchObject({ sync: { status: 'Synced' }, operationState: { phase: 'Succeeded' } })
    expect(ran(done)).toEqual([
      'Job/backup PreSync Succeeded',
      'Job/migrate PreSync Succeeded',
      'ConfigMap/settings Synced',
      'Job/smoke PostSync Succeeded',
      expect.stringMatching(/^Job\/notify-[0-9a-f]{7}-postsync-\d+ PostSync Succeeded$/) as unknown,
    ])
    const left = await eventually('what succeeded is taken away', async () => {
      const names = (await cluster.list('batch/v1/Job', 'shop')).map(({ metadata }) => metadata.name).toSorted()
      return names.length === 2 && names
    })
    expect(left).toEqual(['backup', 'migrate'])

    const again = await sync('shop')
    expect(again.status.operationState?.phase).toBe('Succeeded')
    expect(markedBy('shop').filter((name) => name === 'migrate')).toHaveLength(2)
    const shown = await plimsoll.cli(['app', 'get', 'shop', '--show-operation'])
    expect(shown.stdout).toMatch(/Job +shop +backup +Succeeded +PreSync/)
  })

  it.concurrent('that fail keep everything else from being touched, and SyncFail hooks have the last word', async () => {
    await create(
      'failing',
      configMap('settings') +
        job('failing', 'migrate', hook('PreSync'), 'echo broken >&2; exit 3') +
        job('failing', 'sorry', hook('SyncFail')),
    )

    const done = await sync('failing')

    expect(done.status.operationState).toMatchObject({ phase: 'Failed', message: expect.stringContaining('Job migrate failed') as unknown })
    expect(markedBy('failing')).toEqual(['migrate', 'sorry'])
    expect(await cluster.get('v1/ConfigMap', 'failing', 'settings')).toBeUndefined()
    const told = await plimsoll.cli(['app', 'sync', 'failing'])
    expect(told.code).toBe(1)
  })

  it.concurrent('are ended with the operation, and their processes with them', async () => {
    await create('ended', job('ended', 'long', hook('PreSync'), 'sleep 1000; echo survived >> "$MARK"') + configMap('settings'))
    await plimsoll.api('POST', '/api/v1/applications/ended/sync', {})
    await eventually('the hook runs', async () => markedBy('ended').length > 0, 30_000)

    expect((await plimsoll.cli(['app', 'terminate-op', 'ended'])).code).toBe(0)

    const done = await untilOver('ended')
    expect(done.status.operationState).toMatchObject({ phase: 'Failed', message: 'Operation terminated' })
    expect(ran(done)).toEqual(['Job/long PreSync Failed'])
    await eventually('the Job is gone', async () => (await cluster.get('batch/v1/Job', 'ended', 'long')) === undefined)
    expect(await cluster.get('v1/ConfigMap', 'ended', 'settings')).toBeUndefined()
  })

  it.concurrent('of many applications that wait keep nobody else from being deployed', async () => {
    const many = Array.from({ length: 40 }, (_, index) => `waiting-${index}`)
    const stuck = job('waiting', 'stuck', hook('PreSync')).replace('spec:\n', 'spec:\n  suspend: true\n')
    await plimsoll.push('waiting', { 'all.yaml': stuck + configMap('settings') })
    await Promise.all(
      many.map((name) => plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, name, { repository: 'waiting' }))),
    )
    await eventually(
      'all of them wait',
      async () => {
        const { items } = await plimsoll.api<{ items: Seen[] }>(
          'GET',
          '/api/v1/applications?repo=' + encodeURIComponent(plimsoll.repositoryUrl('waiting')),
        )
        return (
          items.filter(({ status }) => status?.operationState?.message?.startsWith('waiting for completion of hook')).length === many.length
        )
      },
      60_000,
    )

    await create('meanwhile', configMap('settings'), true)
    await untilOver('meanwhile')

    expect((await see('meanwhile')).status.sync.status).toBe('Synced')
    expect((await see('waiting-0')).status.operationState?.phase).toBe('Running')
  })

  it.concurrent('go before and after a deletion', async () => {
    await create(
      'leaving',
      configMap('settings') +
        job('leaving', 'farewell', hook('PreDelete')) +
        job('leaving', 'sweep', hook('PostDelete', policy('HookSucceeded'))),
    )
    await sync('leaving')
    expect((await see('leaving')).metadata.finalizers).toContain('post-delete-finalizer.argocd.argoproj.io')
    expect(markedBy('leaving')).toEqual([])

    await plimsoll.cli(['app', 'delete', 'leaving', '--yes', '--wait'])

    expect(markedBy('leaving')).toEqual(['farewell', 'sweep'])
    expect(await cluster.get('v1/ConfigMap', 'leaving', 'settings')).toBeUndefined()
    expect(await cluster.list('batch/v1/Job', 'leaving')).toEqual([])
  })

  it.concurrent('what needs a yes waits for it', async () => {
    await create('asked', configMap('settings') + configMap('precious', { 'argocd.argoproj.io/sync-options': 'Prune=confirm' }))
    await sync('asked')
    await plimsoll.push('asked', { 'all.yaml': configMap('settings') })
    await plimsoll.api('GET', '/api/v1/applications/asked?refresh=normal')
    await plimsoll.api('POST', '/api/v1/applications/asked/sync', { prune: true })
    await eventually(
      'it waits',
      async () => (await see('asked')).status.operationState?.message === 'waiting for pruning confirmation of ConfigMap/precious',
    )

    const told = await plimsoll.cli(['app', 'confirm-deletion', 'asked'])

    expect(told.stdout).toContain("Application 'asked' updated successfully")
    expect((await untilOver('asked')).status.operationState?.phase).toBe('Succeeded')
    expect(await cluster.get('v1/ConfigMap', 'asked', 'precious')).toBeUndefined()
  })
})

describe('a project', { timeout: 60_000 }, () => {
  it('has windows, in which its applications may be synced', async () => {
    const windows = (...args: string[]): ReturnType<Plimsoll['cli']> => plimsoll.cli(['proj', 'windows', ...args])
    await create('windowed', configMap('settings'))
    expect(
      (await windows('add', 'default', '--kind', 'deny', '--schedule', '* * * * *', '--duration', '1h', '--applications', 'windowed,other'))
        .code,
    ).toBe(0)

    const listed = await windows('list', 'default')
    expect(listed.stdout).toMatch(/^0 +Active +deny +\* \* \* \* \* +1h +windowed,other +- +- +Disabled +Disabled +UTC +Disabled$/m)
    const refused = await plimsoll.cli(['app', 'sync', 'windowed'])
    expect(refused.code).toBe(20)
    expect(refused.stderr).toMatch(/blocked by sync window.*a deny window is open/)
    expect(await plimsoll.api('GET', '/api/v1/applications/windowed/syncwindows')).toMatchObject({
      canSync: false,
      activeWindows: [{ kind: 'deny' }],
    })
    expect((await plimsoll.cli(['app', 'get', 'windowed'])).stdout).toMatch(
      /SyncWindow: +Sync Denied[^]*Assigned Windows: +deny:\* \* \* \* \*:1h/,
    )

    expect((await windows('enable-manual-sync', 'default', '0')).code).toBe(0)
    expect((await plimsoll.cli(['app', 'sync', 'windowed'])).code).toBe(0)
    expect((await plimsoll.cli(['app', 'get', 'windowed'])).stdout).toMatch(/SyncWindow: +Manual Allowed/)

    expect((await windows('update', 'default', '0', '--schedule', 'often')).stderr).toMatch(/cannot parse schedule 'often'/)
    expect((await windows('delete', 'default', '7')).stderr).toContain("window with id '7' not found")
    expect((await windows('delete', 'default', '0', '--yes')).code).toBe(0)
    expect((await windows('list', 'default', '-o', 'json')).stdout.trim()).toBe('[]')
  })
})

/** The last: it takes the server away from the others. */
describe('a hook whose server is killed', { timeout: 90_000 }, () => {
  it('goes on, is found again, and has run once', async () => {
    await create(
      'killed',
      job('killed', 'slow', hook('PreSync'), 'sleep 4; echo through >> "$MARK"') +
        configMap('settings') +
        job('killed', 'after', hook('PostSync')),
    )
    await plimsoll.api('POST', '/api/v1/applications/killed/sync', {})
    await eventually('the hook runs', async () => markedBy('killed').length > 0, 30_000)

    await plimsoll.kill()
    await plimsoll.restart()

    const done = await untilOver('killed')
    expect(done.status.operationState?.phase).toBe('Succeeded')
    expect(markedBy('killed')).toEqual(['slow', 'through', 'after'])
    expect(done.status.history).toHaveLength(1)
  })
})
