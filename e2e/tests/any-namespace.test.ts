import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Application, ApplicationTree } from '@plimsoll/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findKubectl, kubectlMissing } from '../harness/kubectl.ts'
import { applicationManifest, cliProgram, type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'
import { eventually, mustRun, run, type RunResult } from '../harness/run.ts'

const program = findKubectl('1.34')
const scratch = mkdtempSync(join(tmpdir(), 'plimsoll-namespaces-'))
let plimsoll: Plimsoll

async function kubectl(...args: string[]): Promise<string> {
  return (await mustRun(program ?? '', ['--kubeconfig', plimsoll.kubeconfig, ...args])).trim()
}

async function apply(...objects: object[]): Promise<void> {
  const file = join(scratch, 'applied.json')
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
  await kubectl('apply', '-f', file)
}

/** `web` in a namespace, deploying a folder of the repository to a namespace of its own. */
function web(namespace: string, folder: string, project = 'default'): Record<string, unknown> {
  const manifest = applicationManifest(plimsoll, 'web', { repository: 'shop', path: folder, namespace: `shop-${folder}` })
  const { spec } = manifest as { spec: object }
  const metadata = { name: 'web', namespace, finalizers: ['resources-finalizer.argocd.argoproj.io'] }
  return { ...manifest, metadata, spec: { ...spec, project } }
}

const enable = (namespaces: string): Promise<void> =>
  apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-cmd-params-cm', namespace: 'argocd' },
    data: { 'application.namespaces': namespaces },
  })

async function ask<T>(path: string, token = plimsoll.token): Promise<{ status: number; body: T }> {
  const response = await fetch(plimsoll.url + path, { headers: { authorization: `Bearer ${token}` } })
  return { status: response.status, body: (await response.json()) as T }
}

const get = async (query: string): Promise<Application> => (await ask<Application>(`/api/v1/applications/web${query}`)).body
const listed = async (query = ''): Promise<string[]> =>
  (await ask<{ items: Application[] }>(`/api/v1/applications${query}`)).body.items.map(
    ({ metadata }) => `${metadata.namespace}/${metadata.name}`,
  )

async function cli(...args: string[]): Promise<{ code: number | null; text: string }> {
  const { code, stdout, stderr } = await plimsoll.cli(args)
  return { code, text: `${stdout}${stderr}`.trim() }
}

const untilHealthy = (query: string, revision?: string): Promise<Application> =>
  eventually(
    `web is healthy (${query})`,
    async () => {
      const seen = await get(query)
      const isThere = revision === undefined || seen.status?.sync?.revision === revision
      return isThere && seen.status?.sync?.status === 'Synced' && seen.status.health?.status === 'Healthy' ? seen : undefined
    },
    30_000,
  )

const trackedIn = (namespace: string): Promise<string> =>
  kubectl(
    '-n',
    namespace,
    'get',
    'configmap',
    'settings',
    '-o',
    String.raw`jsonpath={.metadata.annotations.argocd\.argoproj\.io/tracking-id}`,
  )

const more = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'more' }, data: { a: 'b' } })

function files(word: string): Record<string, string> {
  const labels = { app: 'web' }
  const container = { name: 'main', image: 'example/web:1', command: ['sh', '-c', `echo I am ${word}; sleep 1000`] }
  return {
    [`${word}/settings.json`]: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { a: word } }),
    [`${word}/web.json`]: JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers: [container] } },
      },
    }),
  }
}

describe.skipIf(program === undefined)(
  `Applications in any namespace${program === undefined ? ` (${kubectlMissing})` : ''}`,
  { timeout: 120_000 },
  () => {
    let revision: string

    beforeAll(async () => {
      plimsoll = await startPlimsoll()
      revision = await plimsoll.push('shop', { ...files('a'), ...files('b') })
      await kubectl('create', 'namespace', 'team-a')
    }, 120_000)

    afterAll(async () => {
      await plimsoll?.stop()
      rmSync(scratch, { recursive: true, force: true })
    })

    it('are as good as not there until their namespace is enabled', async () => {
      await apply(web('team-a', 'a'), web('argocd', 'b'))
      await untilHealthy('')

      expect(await listed()).toEqual(['argocd/web'])
      expect((await ask('/api/v1/applications/web?appNamespace=team-a')).status).toBe(404)
      expect(await cli('app', 'get', 'team-a/web')).toMatchObject({ code: 20 })
      expect(await kubectl('get', 'namespaces', '-o', 'name')).not.toContain('shop-a')
      expect(await kubectl('-n', 'team-a', 'get', 'application', 'web', '-o', 'jsonpath={.status}')).toBe('')
      const made = ['app', 'create', 'team-a/made', '--repo', plimsoll.repositoryUrl('shop'), '--path', 'a', '--dest-namespace', 'made']
      const { code, text } = await cli(...made, '--dest-server', 'https://kubernetes.default.svc')
      expect([code, text]).toEqual([20, expect.stringContaining("namespace 'team-a' is not permitted")])
    })

    it('deploy nothing, and say so, until their project takes Applications of it', async () => {
      const settings = async (): Promise<boolean> =>
        (await ask<{ appsInAnyNamespaceEnabled: boolean }>('/api/v1/settings')).body.appsInAnyNamespaceEnabled
      expect(await settings()).toBe(false)
      await enable('other, team-*')

      const { status } = await eventually('the condition', async () => {
        const seen = await get('?appNamespace=team-a')
        return (seen.status?.conditions ?? []).length > 0 ? seen : undefined
      })

      expect(await settings()).toBe(true)
      expect(status?.conditions).toMatchObject([
        { type: 'UnknownError', message: "application 'web' in namespace 'team-a' is not permitted to use project 'default'" },
      ])
      expect(await kubectl('get', 'namespaces', '-o', 'name')).not.toContain('shop-a')
      expect(await cli('app', 'sync', 'team-a/web')).toMatchObject({
        code: 20,
        text: expect.stringContaining('is not permitted to use') as string,
      })
    })

    it('deploy as those beside the control plane do, under a tracking id with their namespace', async () => {
      expect(await cli('proj', 'add-source-namespace', 'default', 'team-a')).toMatchObject({ code: 0 })

      await untilHealthy('?appNamespace=team-a', revision)

      expect(await trackedIn('shop-a')).toBe('team-a_web:/ConfigMap:shop-a/settings')
      expect(await trackedIn('shop-b')).toBe('web:/ConfigMap:shop-b/settings')
    })

    it('are named NAMESPACE/NAME by the command line, or by -N', async () => {
      expect((await cli('app', 'list', '-o', 'name')).text.split('\n')).toEqual(['argocd/web', 'team-a/web'])
      expect((await cli('app', 'list', '-o', 'name', '-N', 'team-a')).text).toBe('team-a/web')
      for (const args of [['team-a/web'], ['web', '-N', 'team-a'], ['web', '--app-namespace', 'team-a']]) {
        expect((await cli('app', 'get', ...args)).text, args.join(' ')).toMatch(/Name:\s+team-a\/web\n[^]*Namespace:\s+shop-a/)
        expect((await cli('app', 'logs', ...args)).text).toContain('I am a')
        expect((await cli('app', 'manifests', ...args)).text).toContain('team-a_web:')
      }
      expect((await cli('app', 'get', 'web')).text).toMatch(/Name:\s+argocd\/web\n[^]*Namespace:\s+shop-b/)
      expect((await cli('app', 'logs', 'argocd/web')).text).toContain('I am b')
      expect(await cli('app', 'sync', 'team-a/web')).toMatchObject({ code: 0 })
      expect(await cli('app', 'wait', 'team-a/web', '--timeout', '60')).toMatchObject({ code: 0 })
    })

    it('are created in the namespace that the name, the flag or the manifest names', async () => {
      const source = ['--repo', plimsoll.repositoryUrl('shop'), '--path', 'a', '--dest-server', 'https://kubernetes.default.svc']
      for (const args of [['team-a/made'], ['made', '-N', 'team-a']]) {
        expect(await cli('app', 'create', ...args, ...source, '--dest-namespace', 'made')).toMatchObject({ code: 0 })
        expect(await kubectl('-n', 'team-a', 'get', 'application', 'made', '-o', 'jsonpath={.spec.destination.namespace}')).toBe('made')
        expect(await cli('app', 'delete', 'team-a/made', '--yes', '--wait')).toMatchObject({ code: 0 })
      }
    })

    it('are told apart by every answer: tree, objects, history, events, plans, deployments, streams', async () => {
      const treeOf = async (query: string): Promise<(string | undefined)[]> => {
        const { nodes } = (await ask<ApplicationTree>(`/api/v1/applications/web/resource-tree${query}`)).body
        return [...new Set((nodes ?? []).map(({ namespace }) => namespace).filter((one) => one?.startsWith('shop')))]
      }
      expect([await treeOf(''), await treeOf('?appNamespace=team-a')]).toEqual([['shop-b'], ['shop-a']])
      expect((await get('?appNamespace=team-a')).status?.history?.length).toBe(2)
      expect((await get('')).status?.history?.length).toBe(1)
      for (const [query, namespace] of [
        ['', 'argocd'],
        ['?appNamespace=team-a', 'team-a'],
      ] as const) {
        const events = (await ask<{ items: { involvedObject: { namespace: string } }[] }>(`/api/v1/applications/web/events${query}`)).body
        expect([...new Set(events.items.map(({ involvedObject }) => involvedObject.namespace))]).toEqual([namespace])
        const deployments = (await ask<{ items: { namespace: string }[] }>(`/api/v1/applications/web/deployments${query}`)).body
        expect([...new Set(deployments.items.map((one) => one.namespace))]).toEqual([namespace])
      }
      expect((await cli('app', 'plan', 'team-a/web')).text).toContain('Plan of team-a/web')
      expect(await listed('?appNamespace=team-a')).toEqual(['team-a/web'])
      expect(await firstOfStream('/api/v1/stream/applications?name=web')).toBe('argocd')
      expect(await firstOfStream('/api/v1/stream/applications?name=web&appNamespace=team-a')).toBe('team-a')
    })

    it('are PROJECT/NAMESPACE/NAME to policies', async () => {
      const policies = (role: string, object: string): object => ({
        name: role,
        policies: [`p, proj:team:${role}, applications, *, ${object}, allow`],
      })
      await apply({
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'AppProject',
        metadata: { name: 'team', namespace: 'argocd' },
        spec: {
          sourceRepos: ['*'],
          sourceNamespaces: ['team-a'],
          destinations: [{ server: '*', namespace: '*' }],
          clusterResourceWhitelist: [{ group: '*', kind: '*' }],
          roles: [policies('theirs', 'team/team-a/*'), policies('ours', 'team/web'), policies('all', 'team/*')],
        },
      })
      await apply(web('team-a', 'a', 'team'), web('argocd', 'b', 'team'))
      await eventually('both are of the project', async () => ((await listed('?projects=team')).length === 2 ? true : undefined))
      const seenBy = async (role: string): Promise<string[]> => {
        const { token } = await plimsoll.api<{ token: string }>('POST', `/api/v1/projects/team/roles/${role}/token`, {})
        const { stdout } = await as(token, 'app', 'list', '-o', 'name')
        const reached = await Promise.all(
          ['web', 'web?appNamespace=team-a'].map(async (path) => (await ask(`/api/v1/applications/${path}`, token)).status),
        )
        return [...stdout.trim().split('\n'), reached.join(' ')]
      }

      expect(await seenBy('theirs')).toEqual(['team-a/web', '404 200'])
      expect(await seenBy('ours')).toEqual(['argocd/web', '200 404'])
      expect(await seenBy('all')).toEqual(['argocd/web', 'team-a/web', '200 200'])
    })

    it('go on after a crash, each with its own history', async () => {
      await plimsoll.kill()
      await plimsoll.restart()
      const pushed = await plimsoll.push('shop', { 'a/more.json': more })

      await untilHealthy('?appNamespace=team-a', pushed)
      await untilHealthy('')

      expect((await get('?appNamespace=team-a')).status?.history?.length).toBe(3)
      expect(await kubectl('-n', 'shop-a', 'get', 'configmap', 'more', '-o', 'name')).toBe('configmap/more')
    })

    it('are left alone when their namespace is no longer enabled, with what they have deployed', async () => {
      await enable('other')
      await eventually('only one is left', async () => ((await listed()).length === 1 ? true : undefined))
      const pushed = await plimsoll.push('shop', { 'a/more.json': null, 'b/more.json': more })
      await untilHealthy('', pushed)

      expect(await kubectl('-n', 'shop-a', 'get', 'configmap', 'more', '-o', 'name')).toBe('configmap/more')

      await enable('/^team-[a-z]$/')
      await untilHealthy('?appNamespace=team-a', pushed)
      expect(await kubectl('-n', 'shop-a', 'get', 'configmap', 'more', '--ignore-not-found', '-o', 'name')).toBe('')
    })

    it('are deleted with what is theirs, and with nothing of their namesake', async () => {
      expect(await cli('app', 'delete', 'team-a/web', '--yes', '--wait')).toMatchObject({ code: 0 })

      expect(await listed()).toEqual(['argocd/web'])
      expect(await kubectl('-n', 'shop-a', 'get', 'configmap', 'settings', '--ignore-not-found', '-o', 'name')).toBe('')
      expect(await trackedIn('shop-b')).toBe('web:/ConfigMap:shop-b/settings')
      expect((await get('')).status?.health?.status).toBe('Healthy')
    })
  },
)

/** With a token alone. */
function as(token: string, ...args: string[]): Promise<RunResult> {
  const env = {
    PLIMSOLL_CONFIG: join(scratch, 'config.json'),
    PLIMSOLL_DATA_DIR: join(scratch, 'none'),
    PLIMSOLL_SERVER: plimsoll.url,
    PLIMSOLL_AUTH_TOKEN: token,
  }
  return run(process.execPath, [cliProgram, ...args], { env })
}

/** The namespace of the first Application that a stream tells of. */
async function firstOfStream(path: string): Promise<string | undefined> {
  const response = await fetch(plimsoll.url + path, { headers: { authorization: `Bearer ${plimsoll.token}` } })
  const reader = response.body?.getReader()
  let text = ''
  while (reader && !text.includes('\n')) {
    const { done, value } = await reader.read()
    if (done) break
    text += Buffer.from(value).toString()
  }
  await reader?.cancel()
  const [first = ''] = text.split('\n')
  const { result } = JSON.parse(first) as { result: { application: Application } }
  return result.application.metadata.namespace
}
