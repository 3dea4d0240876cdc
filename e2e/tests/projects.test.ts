import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { applicationManifest, cliProgram, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually, run, type RunResult } from '../harness/run.ts'

let plimsoll: Plimsoll
let cluster: Cluster
const home = mkdtempSync(join(tmpdir(), 'plimsoll-projects-'))

beforeAll(async () => {
  plimsoll = await startPlimsoll()
  cluster = await openCluster(plimsoll)
  for (const name of ['shop', 'bank']) {
    await plimsoll.push(name, {
      'settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { a: b }\n',
      'quota.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: { name: key }\nstringData: { a: b }\n',
    })
    expect(
      await proj(
        'create',
        name,
        '--src',
        plimsoll.repositoryUrl(name),
        '--dest',
        `https://kubernetes.default.svc,${name}`,
        '--allow-cluster-resource',
        '/Namespace',
      ),
    ).toMatchObject({ code: 0 })
    await create(name, name)
    await untilSynced(plimsoll, name)
  }
}, 120_000)

afterAll(async () => {
  await cluster?.close()
  await plimsoll?.stop()
  rmSync(home, { recursive: true, force: true })
})

async function proj(...args: string[]): Promise<{ code: number | null; text: string }> {
  const { code, stdout, stderr } = await plimsoll.cli(['proj', ...args])
  return { code, text: `${stdout}${stderr}`.trim() }
}

function create(name: string, project: string, change: Record<string, unknown> = {}): Promise<unknown> {
  const manifest = applicationManifest(plimsoll, name, { repository: project, namespace: project }) as { spec: object }
  return plimsoll.api('POST', '/api/v1/applications', { ...manifest, spec: { ...manifest.spec, project, ...change } })
}

/** With a token alone, and neither the machine's token nor its data directory. */
function as(token: string, ...args: string[]): Promise<RunResult> {
  return run(process.execPath, [cliProgram, ...args], {
    env: {
      PLIMSOLL_CONFIG: join(home, 'config.json'),
      PLIMSOLL_DATA_DIR: join(home, 'none'),
      PLIMSOLL_SERVER: plimsoll.url,
      PLIMSOLL_AUTH_TOKEN: token,
    },
  })
}

async function conditionsOf(name: string): Promise<string[]> {
  const { status } = await plimsoll.api<{ status?: { conditions?: { type: string; message: string }[] } }>(
    'GET',
    `/api/v1/applications/${name}`,
  )
  return (status?.conditions ?? []).map(({ type, message }) => `${type}: ${message}`)
}

describe('a project', { timeout: 90_000 }, () => {
  it('is listed and shown with what it permits', async () => {
    expect((await proj('list', '-o', 'name')).text.split('\n')).toEqual(['bank', 'default', 'shop'])
    const { text } = await proj('get', 'shop')
    expect(text).toContain(`Repositories:       ${plimsoll.repositoryUrl('shop')}`)
    expect(text).toContain('Destinations:       https://kubernetes.default.svc,shop')
    expect(text).toContain('Allowed Cluster:    /Namespace')
  })

  it('keeps applications from what it does not permit, when they are made and when they are used', async () => {
    await expect(create('x', 'shop', { source: { repoURL: plimsoll.repositoryUrl('bank'), path: '.' } })).rejects.toThrow(
      "is not permitted in project 'shop'",
    )
    await expect(create('x', 'shop', { destination: { name: 'in-cluster', namespace: 'bank' } })).rejects.toThrow(
      "application destination server 'in-cluster' and namespace 'bank' do not match any of the allowed destinations in project 'shop'",
    )
    await expect(create('x', 'shop', { project: 'none' })).rejects.toThrow('Application referencing project none which does not exist')
    // Past the API, as kubectl does it.
    const smuggled = applicationManifest(plimsoll, 'smuggled', { repository: 'bank', namespace: 'smuggled' }) as { spec: object }
    await cluster.create({ ...smuggled, spec: { ...smuggled.spec, project: 'shop' } } as never)
    await eventually('smuggled is refused', async () =>
      (await conditionsOf('smuggled')).join().includes("is not permitted in project 'shop'"),
    )
    expect(await cluster.get('v1/ConfigMap', 'smuggled', 'settings')).toBeUndefined()
    await plimsoll.api('DELETE', '/api/v1/applications/smuggled?cascade=false')
  })

  it('that forbids a kind keeps the next sync from beginning, and what is there from view', async () => {
    expect(await proj('deny-namespace-resource', 'shop', '', 'Secret')).toMatchObject({ code: 0 })
    await eventually('the Secret is not shown', async () =>
      (await conditionsOf('shop')).join().includes('resource :Secret is not permitted in project shop'),
    )
    const { nodes } = await plimsoll.api<{ nodes: { kind: string; health?: { status: string } }[] }>(
      'GET',
      '/api/v1/applications/shop/resource-tree',
    )
    expect(nodes.find(({ kind }) => kind === 'Secret')?.health?.status).toBe('Missing')
    await expect(
      plimsoll.api('GET', '/api/v1/applications/shop/resource?kind=Secret&resourceName=key&namespace=shop&version=v1'),
    ).rejects.toThrow('is not part')

    await plimsoll.push('shop', { 'settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { a: c }\n' })
    const ended = await eventually('the sync has failed', async () => {
      const { status } = await plimsoll.api<{ status?: { operationState?: { phase: string; message: string } } }>(
        'GET',
        '/api/v1/applications/shop?refresh=normal',
      )
      return status?.operationState?.message.includes('not permitted') ? status.operationState : undefined
    })
    expect(ended.message).toContain('resource :Secret is not permitted in project shop')
    expect((await cluster.get('v1/ConfigMap', 'shop', 'settings'))?.['data']).toEqual({ a: 'b' })

    expect(await proj('allow-namespace-resource', 'shop', '', 'Secret')).toMatchObject({ code: 0 })
    await plimsoll.cli(['app', 'sync', 'shop'])
    await untilSynced(plimsoll, 'shop')
  })

  it('cannot be deleted while applications are of it, nor changed so that they are not permitted any more', async () => {
    expect(await proj('delete', 'shop', '--yes')).toMatchObject({
      text: expect.stringContaining('project is referenced by 1 applications'),
    })
    expect(await proj('delete', 'default', '--yes')).toMatchObject({ text: expect.stringContaining('is reserved and cannot be deleted') })
    expect(await proj('remove-source', 'shop', plimsoll.repositoryUrl('shop'))).toMatchObject({
      text: expect.stringContaining('as a result of project update 1 applications source became invalid'),
    })
    expect(await proj('create', 'short')).toMatchObject({ code: 0 })
    expect(await proj('delete', 'short', '--yes')).toMatchObject({ code: 0, text: "project 'short' deleted" })
    expect(await proj('create', 'shop', '--description', 'other')).toMatchObject({ text: expect.stringContaining('exists') })
  })

  it.each([
    [{ destinations: [{ server: '!*', namespace: 'x' }] }, "server has an invalid format, '!*'"],
    [{ sourceRepos: ['a', 'a'] }, "source repository 'a' already added"],
    [{ roles: [{ name: 'a b' }] }, 'invalid role name'],
    [{ roles: [{ name: 'a', policies: ['p, role:admin, applications, *, */*, allow'] }] }, 'policy subject must be'],
    [{ roles: [{ name: 'a', policies: ['p, proj:odd:a, applications, *, other/*, allow'] }] }, 'object must be of form'],
    [{ sourceRepos: 'x' }, 'sourceRepos'],
  ])('is refused with %j', async (spec, message) => {
    await expect(plimsoll.api('POST', '/api/v1/projects', { project: { metadata: { name: 'odd' }, spec } })).rejects.toThrow(message)
  })
})

describe('a role of a project', { timeout: 90_000 }, () => {
  it('has tokens that reach its project, and end with it', async () => {
    expect(await proj('role', 'create', 'shop', 'ci')).toMatchObject({ code: 0 })
    for (const action of ['get', 'sync'])
      expect(await proj('role', 'add-policy', 'shop', 'ci', '-a', action, '-o', '*')).toMatchObject({ code: 0 })
    const token = (await proj('role', 'create-token', 'shop', 'ci', '--id', 'laptop', '--token-only')).text

    expect((await as(token, 'app', 'list', '-o', 'name')).stdout.trim()).toBe('argocd/shop')
    expect((await as(token, 'app', 'sync', 'shop')).code).toBe(0)
    expect((await as(token, 'app', 'get', 'bank')).code).not.toBe(0)
    expect((await as(token, 'app', 'delete', 'shop', '--yes')).stderr).toContain('may not applications:delete')
    expect((await as(token, 'proj', 'list', '-o', 'name')).stdout.trim()).toBe('shop')
    expect((await as(token, 'account', 'can-i', 'sync', 'applications', 'shop/shop')).stdout.trim()).toBe('yes')
    expect((await as(token, 'account', 'can-i', 'sync', 'applications', 'bank/bank')).stdout.trim()).toBe('no')
    expect((await proj('role', 'list-tokens', 'shop', 'ci')).text).toMatch(/^laptop +\d{4}-/m)

    const other = (await proj('role', 'create-token', 'shop', 'ci', '--token-only')).text
    expect(await proj('role', 'delete-token', 'shop', 'ci', 'laptop', '--yes')).toMatchObject({ code: 0 })
    expect((await as(token, 'app', 'list')).code).toBe(20)
    expect((await as(other, 'app', 'list')).code).toBe(0)

    // Whoever takes the role away by kubectl ends its tokens, and nobody brings them back with a role of the name.
    const live = await cluster.get('argoproj.io/v1alpha1/AppProject', 'argocd', 'shop')
    const { roles = [] } = (live?.['spec'] ?? {}) as { roles?: { name: string; policies: string[] }[] }
    await cluster.patch('argoproj.io/v1alpha1/AppProject', 'argocd', 'shop', { spec: { roles: [] } })
    await eventually('the token is over', async () => (await as(other, 'app', 'list')).code === 20)
    await eventually('it is off the list', async () => {
      const { status } = (await cluster.get('argoproj.io/v1alpha1/AppProject', 'argocd', 'shop')) as {
        status?: { jwtTokensByRole?: Record<string, unknown> }
      }
      return Object.keys(status?.jwtTokensByRole ?? {}).length === 0
    })
    await cluster.patch('argoproj.io/v1alpha1/AppProject', 'argocd', 'shop', {
      spec: { roles: roles.map(({ name, policies }) => ({ name, policies })) },
    })
    await eventually('the role is back', async () => (await proj('role', 'list', 'shop', '-o', 'name')).text === 'ci')
    expect((await as(other, 'app', 'list')).code).toBe(20)
  })
})

describe('argocd-rbac-cm', { timeout: 90_000 }, () => {
  it('says who may what, from the moment in which it is changed, for open streams too', async () => {
    await plimsoll.cli(['account', 'create', 'mina', '--role', 'none', '--service'])
    const token = (await plimsoll.cli(['account', 'generate-token', '--account', 'mina'])).stdout.trim()
    expect((await as(token, 'app', 'list')).stderr).toContain('mina may not applications:get')

    await cluster.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'argocd-rbac-cm', namespace: 'argocd' },
      data: { 'policy.csv': 'p, mina, applications, *, shop/*, allow\np, mina, applications, delete, shop/shop, deny\n' },
    } as never)
    await eventually('mina sees', async () => (await as(token, 'app', 'list', '-o', 'name')).stdout.trim() === 'argocd/shop')
    expect((await as(token, 'app', 'delete', 'shop', '--yes')).stderr).toContain('mina may not applications:delete, shop/shop')
    const stream = await fetch(`${plimsoll.url}/api/v1/stream/applications`, { headers: { authorization: `Bearer ${token}` } })

    await cluster.patch('v1/ConfigMap', 'argocd', 'argocd-rbac-cm', { data: { 'policy.csv': 'p, mina, applications, get, bank/*, allow' } })
    const text = await stream.text()
    expect(text).toContain('"shop"')
    expect(text).not.toContain('"bank"')
    expect((await as(token, 'app', 'list', '-o', 'name')).stdout.trim()).toBe('argocd/bank')
    await cluster.remove('v1/ConfigMap', 'argocd', 'argocd-rbac-cm')
  })
})

describe('plimsoll admin settings rbac', () => {
  const file = join(home, 'policy.csv')
  const rbac = async (...args: string[]): Promise<[number | null, string]> => {
    const { code, stdout, stderr } = await run(process.execPath, [cliProgram, 'admin', 'settings', 'rbac', ...args, '--policy-file', file])
    return [code, `${stdout}${stderr}`.trim()]
  }

  it('tries a policy on a file, without a server', async () => {
    writeFileSync(
      file,
      'p, role:ci, applications, sync, shop/*, allow\np, role:ci, applications, sync, shop/prod, deny\ng, mina, role:ci\n',
    )

    expect(await rbac('validate')).toEqual([0, 'Policy is valid.'])
    expect(await rbac('can', 'mina', 'sync', 'applications', 'shop/web')).toEqual([0, 'Yes'])
    expect(await rbac('can', 'mina', 'sync', 'applications', 'shop/prod')).toEqual([1, 'No'])
    expect(await rbac('can', 'role:admin', 'delete', 'applications', 'shop/web')).toEqual([0, 'Yes'])
    expect(await rbac('can', 'nobody', 'get', 'applications', 'shop/web', '--default-role', 'role:readonly')).toEqual([0, 'Yes'])
    writeFileSync(file, 'p, a, b\n')
    expect(await rbac('validate')).toEqual([20, expect.stringContaining('line 1')])
  })
})
