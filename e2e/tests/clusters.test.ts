import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Cluster as ShownCluster } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCluster, type TestCluster } from '../harness/cluster-process.ts'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { type FaultyCluster, startFaultyCluster } from '../harness/faulty-cluster.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

interface Seen {
  metadata: { deletionTimestamp?: string }
  spec: Record<string, unknown>
  status?: { sync?: { status?: string }; health?: { status?: string }; conditions?: { type: string; message: string }[] }
}

const program = join(mkdtempSync(join(tmpdir(), 'plimsoll-command-')), 'get-token')
let plimsoll: Plimsoll
let home: Cluster
let far: TestCluster
let near: TestCluster
let faulty: FaultyCluster

beforeAll(async () => {
  ;[plimsoll, far, near] = await Promise.all([
    startPlimsoll({ args: ['--cluster-command', `get-token=${program}`] }),
    startCluster(),
    startCluster(),
  ])
  home = await openCluster(plimsoll)
  faulty = await startFaultyCluster(near.kubeconfig)
}, 120_000)
afterAll(async () => {
  await faulty?.stop()
  await home?.close()
  await plimsoll?.stop()
  await Promise.all([far?.stop(), near?.stop()])
  rmSync(dirname(program), { recursive: true, force: true })
}, 60_000)

const isClusterSecret = ({ metadata }: KubeObject): boolean => metadata.labels?.['argocd.argoproj.io/secret-type'] === 'cluster'
const text = (name: string, value: string): Record<string, string> => ({
  [`${name}.yaml`]: `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { value: "${value}" }\n`,
})

async function createOn(
  name: string,
  destination: { server?: string; name?: string },
  options: { namespace?: string; finalizer?: boolean } = {},
) {
  const manifest = applicationManifest(plimsoll, name) as { metadata: Record<string, unknown>; spec: Record<string, unknown> }
  manifest.spec['destination'] = { ...destination, namespace: options.namespace ?? 'default' }
  if (options.finalizer) manifest.metadata['finalizers'] = ['resources-finalizer.argocd.argoproj.io']
  await plimsoll.push(name, text(name, '1'))
  await plimsoll.api('POST', '/api/v1/applications', manifest)
}

const seen = (name: string): Promise<Seen> => plimsoll.api<Seen>('GET', `/api/v1/applications/${name}`)
const conditionsOf = ({ status }: Seen): string => (status?.conditions ?? []).map(({ type, message }) => `${type}: ${message}`).join('\n')

/** Unknown, with why. */
function untilUnknown(name: string, why: RegExp): Promise<Seen> {
  return eventually(`${name} is Unknown because of ${String(why)}`, async () => {
    const found = await seen(name)
    const isUnknown = found.status?.sync?.status === 'Unknown' && found.status.health?.status === 'Unknown'
    if (isUnknown && why.test(conditionsOf(found))) return found
    throw new Error(JSON.stringify(found.status?.conditions ?? found.status?.sync))
  })
}

async function valueIn(cluster: TestCluster, name: string, namespace = 'default'): Promise<string | undefined> {
  return (await cluster.call('GET', `/api/v1/namespaces/${namespace}/configmaps/${name}`)).body.data?.['value']
}

const clusterNamed = (name: string): Promise<ShownCluster> => plimsoll.api('GET', `/api/v1/clusters/${name}?id.type=name`)

function untilConnected(name: string): Promise<ShownCluster> {
  return eventually(`cluster ${name} is connected`, async () => {
    const found = await clusterNamed(name)
    if (found.info.connectionState.status === 'Successful') return found
    throw new Error(JSON.stringify(found.info))
  })
}

async function addFar(...more: string[]): Promise<string> {
  const { code, stdout, stderr } = await plimsoll.cli([
    'cluster',
    'add',
    'plimsoll',
    '--kubeconfig',
    far.kubeconfig,
    '--name',
    'far',
    '--label',
    'env=far',
    '--yes',
    ...more,
  ])
  expect(stderr + stdout).toContain('added')
  expect(code).toBe(0)
  return stdout
}

describe('a cluster', () => {
  it('is added by a context: with an account of its own, whose token nobody is shown', async () => {
    await addFar()

    const found = await untilConnected('far')
    const listed = await plimsoll.cli(['cluster', 'list'])
    const [secret] = (await home.list('v1/Secret', 'argocd')).filter(isClusterSecret)
    if (!secret) throw new Error('there is no Secret of a cluster')
    const { bearerToken } = JSON.parse(Buffer.from((secret['data'] as { config: string }).config, 'base64').toString()) as {
      bearerToken: string
    }
    const administrator =
      (JSON.parse(readFileSync(far.kubeconfig, 'utf8')) as { users: { user: { token: string } }[] }).users[0]?.user.token ?? ''
    const answers =
      JSON.stringify([found, await plimsoll.api('GET', '/api/v1/clusters'), await plimsoll.api('GET', '/api/v1/audit')]) + listed.stdout
    expect(found).toMatchObject({ labels: { env: 'far' }, info: { serverVersion: expect.stringMatching(/^1\.\d+/), applicationsCount: 0 } })
    expect(found.info.cacheInfo.resourcesCount).toBeGreaterThan(0)
    expect(listed.stdout).toMatch(/127\.0\.0\.1:\d+ +far +1\.\d+ +Successful/)
    expect(bearerToken.split('.')).toHaveLength(3)
    expect(bearerToken).not.toBe(administrator)
    expect(answers).not.toContain(bearerToken)
    expect(answers).not.toContain('bearerToken')
  }, 90_000)

  it('is deployed to by its name, and nothing of that is in another one', async () => {
    await createOn('on-far', { name: 'far' })

    await untilSynced(plimsoll, 'on-far')

    const tree = await plimsoll.api<{ nodes: { kind: string; name: string }[] }>('GET', '/api/v1/applications/on-far/resource-tree')
    expect(await valueIn(far, 'on-far')).toBe('1')
    expect(await home.get('v1/ConfigMap', 'default', 'on-far')).toBeUndefined()
    expect(tree.nodes).toContainEqual(expect.objectContaining({ kind: 'ConfigMap', name: 'on-far' }))
    expect((await clusterNamed('far')).info.applicationsCount).toBe(1)
  }, 90_000)

  it('is added by a Secret that somebody applies, and deployed to by its address', async () => {
    await home.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'near', namespace: 'argocd', labels: { 'argocd.argoproj.io/secret-type': 'cluster', env: 'near' } },
      stringData: { name: 'near', server: faulty.server, config: '{"tlsClientConfig":{"insecure":false}}' },
    } as KubeObject)
    await createOn('on-near', { server: faulty.server })

    await untilSynced(plimsoll, 'on-near')

    expect(await valueIn(near, 'on-near')).toBe('1')
  }, 90_000)

  it('is one of those that an application set generates for, by its labels', async () => {
    await plimsoll.push('generated', text('generated', '1'))
    const template = {
      metadata: { name: 'gen-{{name}}' },
      spec: {
        project: 'default',
        source: { repoURL: plimsoll.repositoryUrl('generated'), path: '.', targetRevision: 'main' },
        destination: { server: '{{server}}', namespace: 'default' },
        syncPolicy: { automated: {} },
      },
    }
    const generators = [{ clusters: { selector: { matchLabels: { env: 'far' } } } }]

    await home.create({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'ApplicationSet',
      metadata: { name: 'gen', namespace: 'argocd' },
      spec: { generators, template },
    })

    await untilSynced(plimsoll, 'gen-far')
    expect(await valueIn(far, 'generated')).toBe('1')
  }, 90_000)
})

describe('a cluster that is away', () => {
  it('by kill -9 makes its applications Unknown, and nobody else wait; they come back by themselves', async () => {
    await plimsoll.push('at-home', text('at-home', '1'))
    await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'at-home'))
    await untilSynced(plimsoll, 'at-home')

    await far.kill()
    const unknown = await untilUnknown('on-far', /ComparisonError: Cluster far cannot be used since 20\d\d-.*refuses connections/)
    const revision = await plimsoll.push('at-home', text('at-home', '2'))
    await untilSynced(plimsoll, 'at-home', { revision })
    const moved = await plimsoll.push('on-far', text('on-far', '2'))
    await far.restart()
    await untilSynced(plimsoll, 'on-far', { revision: moved }, 90_000)

    expect(conditionsOf(unknown)).toContain('that Secret')
    expect(await valueIn(far, 'on-far')).toBe('2')
    expect((await untilConnected('far')).info.connectionState.message).toBe('')
  }, 240_000)

  it.each([
    ['hangs', 'hang', /has not answered within|did not answer in time/],
    ['answers garbage', 'garbage', /that is no JSON/],
    ['refuses its credentials', 'refuse', /refused the credentials of Secret argocd\/near: renew them in that Secret/],
  ] as const)(
    'because it %s is told so, and nobody else waits',
    async (_what, fault, why) => {
      faulty.become(fault)

      await untilUnknown('on-near', why)
      const value = `${fault}-${Date.now()}`
      const revision = await plimsoll.push('on-far', text('on-far', value))
      await untilSynced(plimsoll, 'on-far', { revision })
      const missed = await plimsoll.push('on-near', text('on-near', value))
      faulty.become('none')
      await untilSynced(plimsoll, 'on-near', { revision: missed }, 120_000)

      expect(await valueIn(near, 'on-near')).toBe(value)
    },
    300_000,
  )

  it('because its token has ended comes back when it is given another one', async () => {
    await far.call('DELETE', '/api/v1/namespaces/kube-system/secrets/argocd-manager-long-lived-token')
    await untilUnknown('on-far', /refused the credentials of Secret argocd\/cluster-127\.0\.0\.1-\d+/)

    await addFar('--upsert')

    await untilSynced(plimsoll, 'on-far', {}, 90_000)
  }, 240_000)
})

describe('one kind of a cluster that cannot be read', () => {
  it.each(['conversion', 'hang'] as const)(
    '(%s) makes those Unknown that have an object of it, and no other',
    async (how) => {
      await plimsoll.push('with-account', { 'a.yaml': 'apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: robot }\n' })
      const manifest = applicationManifest(plimsoll, 'with-account') as { spec: Record<string, unknown> }
      manifest.spec['destination'] = { server: faulty.server, namespace: 'default' }
      await plimsoll.api('POST', '/api/v1/applications?upsert=true', manifest)
      await untilSynced(plimsoll, 'with-account')

      faulty.breakKind('serviceaccounts', how)
      await plimsoll.cli(['cluster', 'invalidate-cache', 'near'])
      const told = await eventually('it is told', async () => {
        const found = await seen('with-account')
        return /ServiceAccount objects cannot be read from cluster near since 20/.test(conditionsOf(found)) && found
      })
      const value = `${how}-${Date.now()}`
      const revision = await plimsoll.push('on-near', text('on-near', value))
      await untilSynced(plimsoll, 'on-near', { revision })
      const cluster = await untilConnected('near')
      faulty.breakKind(undefined)
      await untilSynced(plimsoll, 'with-account', {}, 120_000)

      expect(told.status?.sync?.status).toBe('Unknown')
      expect(await valueIn(near, 'on-near')).toBe(value)
      expect(cluster.info.unreadableKinds?.map(({ kind }) => kind)).toEqual(['ServiceAccount'])
    },
    240_000,
  )
})

describe('what runs in a cluster', () => {
  it('is planned, seen, told, changed and deleted as at home', async () => {
    const command = "['sh', '-c', 'echo it sails; exec sleep 1000']"
    const pod = `spec: { containers: [{ name: a, image: none, command: ${command} }] }`
    await plimsoll.push('running', {
      'a.yaml': `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: ship }\nspec:\n  selector: { matchLabels: { app: ship } }\n  template: { metadata: { labels: { app: ship } }, ${pod} }\n`,
    })
    const manifest = applicationManifest(plimsoll, 'running') as { metadata: object; spec: Record<string, unknown> }
    manifest.spec['destination'] = { name: 'far', namespace: 'default' }

    const plan = await plimsoll.api('POST', '/api/v1/plan', { application: manifest })
    await plimsoll.api('POST', '/api/v1/applications', manifest)
    await untilSynced(plimsoll, 'running', { health: 'Healthy' })
    const pods = (await far.call('GET', '/api/v1/namespaces/default/pods?labelSelector=app=ship')).body.items
    const logs = await eventually('its log', async () => {
      const { stdout } = await plimsoll.cli(['app', 'logs', 'running'])
      return stdout.includes('it sails') && stdout
    })
    const restarted = await plimsoll.cli(['app', 'actions', 'run', 'running', 'restart', '--kind', 'Deployment', '--all'])
    await eventually('another pod', async () => {
      const { items } = (await far.call('GET', '/api/v1/namespaces/default/pods?labelSelector=app=ship')).body
      return items.length === 1 && items[0]?.metadata.name !== pods[0]?.metadata.name
    })
    await plimsoll.api('DELETE', '/api/v1/applications/running?cascade=true')
    await eventually('it is gone', async () => (await far.call('GET', '/apis/apps/v1/namespaces/default/deployments/ship')).status === 404)

    expect(JSON.stringify(plan)).toContain('ship')
    expect(pods).toHaveLength(1)
    expect(logs).toContain('it sails')
    expect(restarted.code).toBe(0)
  }, 120_000)
})

describe('a cluster with a credential command', () => {
  const config = (): { server: string; caData: string; token: string } => {
    const { clusters, users } = JSON.parse(readFileSync(near.kubeconfig, 'utf8')) as {
      clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
      users: { user: { token: string } }[]
    }
    const cluster = clusters[0]?.cluster
    return { server: cluster?.server ?? '', caData: cluster?.['certificate-authority-data'] ?? '', token: users[0]?.user.token ?? '' }
  }
  const body = (command: string): object => ({
    server: config().server,
    name: 'by-command',
    config: { tlsClientConfig: { insecure: false, caData: config().caData }, execProviderConfig: { command } },
  })

  it('that the operator has allowed is let in, and its token comes from there', async () => {
    const credential = { kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', status: { token: config().token } }
    writeFileSync(program, `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`, { mode: 0o755 })

    const made = await plimsoll.api('POST', '/api/v1/clusters', body('get-token'))
    await untilConnected('by-command')
    await plimsoll.api('DELETE', '/api/v1/clusters/by-command?id.type=name')

    expect(JSON.stringify(made)).not.toContain('execProviderConfig')
  }, 60_000)

  it.each(['sh', '/bin/sh'])('that nobody has allowed is refused: %s', async (command) => {
    await expect(plimsoll.api('POST', '/api/v1/clusters', body(command))).rejects.toThrow(/may not be run here \(allowed: get-token\)/)
  })
})

describe('a cluster that is busy', () => {
  it('gets everything all the same, no faster than it takes it', async () => {
    const many = Object.assign({}, ...Array.from({ length: 60 }, (_, index) => text(`many-${index}`, '1'))) as Record<string, string>
    faulty.become('busy')

    const revision = await plimsoll.push('on-near', many)
    await untilSynced(plimsoll, 'on-near', { revision }, 120_000)

    expect(await valueIn(near, 'many-59')).toBe('1')
    expect(faulty.refused()).toBeGreaterThan(0)
    faulty.become('none')
  }, 180_000)
})

describe('another token', () => {
  it('takes the place of the one that is used, which ends', async () => {
    const before = await far.call('GET', '/api/v1/namespaces/kube-system/secrets')
    const { code, stdout, stderr } = await plimsoll.cli(['cluster', 'rotate-auth', 'far'])

    expect(stdout + stderr).toContain('rotated auth')
    expect(code).toBe(0)
    const after = await far.call('GET', '/api/v1/namespaces/kube-system/secrets')
    const names = (answer: typeof before): string[] =>
      answer.body.items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('argocd-manager'))
    expect(names(before)).toEqual(['argocd-manager-long-lived-token'])
    expect(names(after)).toEqual([expect.stringMatching(/^argocd-manager-long-lived-[a-z0-9]+$/)])
    expect((await untilConnected('far')).info.connectionState.status).toBe('Successful')
  }, 60_000)
})

describe('a destination', () => {
  it('that two clusters have is refused with both', async () => {
    await plimsoll.cli(['cluster', 'set', 'near', '--name', 'far'])
    await eventually('on-far is told', async () =>
      /InvalidSpecError: there are 2 clusters with the same name: \[http/.test(conditionsOf(await seen('on-far'))),
    )

    await plimsoll.api('PUT', `/api/v1/clusters/${encodeURIComponent(faulty.server)}?updatedFields=name`, { name: 'near' })

    await untilSynced(plimsoll, 'on-far')
  }, 90_000)

  it('with name and server is refused', async () => {
    const manifest = applicationManifest(plimsoll, 'both') as { spec: Record<string, unknown> }
    manifest.spec['destination'] = { server: faulty.server, name: 'near', namespace: 'default' }

    await expect(plimsoll.api('POST', '/api/v1/applications', manifest)).rejects.toThrow(
      "application destination can't have both name and server defined: near http",
    )
  })
})

describe('a cluster of which some namespaces are ours', () => {
  it('takes nothing in others, nor in none', async () => {
    await plimsoll.cli(['cluster', 'set', 'near', '--namespace', 'other'])

    await untilSync('on-near', /ComparisonError: .*Namespace "default" for ConfigMap "many-\d+" is not managed/)
    await plimsoll.cli(['cluster', 'set', 'near', '--namespace', 'default'])
    const revision = await plimsoll.push('on-near', {
      'role.yaml': 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: wide }\nrules: []\n',
    })
    await untilSync('on-near', /Cluster level ClusterRole "wide" can not be managed when in namespaced mode/)
    await plimsoll.push('on-near', { 'role.yaml': null })
    await plimsoll.cli(['cluster', 'set', 'near', '--namespace', '*'])
    await untilSynced(plimsoll, 'on-near')

    expect(revision).toMatch(/^[0-9a-f]{40}$/)
    expect((await near.call('GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles/wide')).status).toBe(404)
  }, 180_000)

  function untilSync(name: string, why: RegExp): Promise<Seen> {
    return eventually(`${name} is told ${String(why)}`, async () => {
      const found = await seen(name)
      if (found.status?.sync?.status === 'Unknown' && why.test(conditionsOf(found))) return found
      throw new Error(conditionsOf(found))
    })
  }
})

describe('a cluster that is removed', () => {
  it('leaves no application that cannot be deleted, and what it had there stays', async () => {
    await createOn('leaving', { name: 'far' }, { finalizer: true })
    await untilSynced(plimsoll, 'leaving')

    const removed = await plimsoll.cli(['cluster', 'rm', 'far', '--yes'])
    await eventually('its applications are told', async () =>
      /InvalidSpecError: there are no clusters with this name: far/.test(conditionsOf(await seen('leaving'))),
    )
    await plimsoll.api('DELETE', '/api/v1/applications/leaving?cascade=true')
    await eventually('it is gone', async () => (await seen('leaving').catch(() => 'gone')) === 'gone')

    const event = await eventually('the event that says what was left', async () =>
      (await home.list('v1/Event', 'argocd')).find((one) => JSON.stringify(one).includes('not known any more')),
    )
    expect(removed.stdout).toContain("Cluster 'far' removed")
    expect(event['message']).toContain('left there: ConfigMap default/leaving')
    expect(await valueIn(far, 'leaving')).toBe('1')
  }, 120_000)

  it('is not taken for gone while it is only away: its applications wait, and are told how to go on', async () => {
    await createOn('waiting', { server: faulty.server }, { finalizer: true })
    await untilSynced(plimsoll, 'waiting')
    faulty.become('hang')
    await untilUnknown('waiting', /near cannot be used since/)

    await plimsoll.api('DELETE', '/api/v1/applications/waiting?cascade=true')
    await eventually('it says what it waits for', async () =>
      /DeletionError: Cluster near cannot be used since .*plimsoll cluster rm/.test(conditionsOf(await seen('waiting'))),
    )
    expect((await seen('waiting')).metadata.deletionTimestamp).toBeDefined()
    faulty.become('none')

    await eventually('it is gone', async () => (await seen('waiting').catch(() => 'gone')) === 'gone', 90_000)
    expect(await valueIn(near, 'waiting')).toBeUndefined()
  }, 240_000)
})
