import type { WriteAs } from '@plimsoll/kube'
import { beforeEach, describe, expect, it } from 'vitest'
import { configMap, World } from '../testing/world.ts'

let world: World
/** As whom each object of the application was written and deleted. */
let writers: Map<string, string | undefined>

beforeEach(async () => {
  world = new World()
  await world.start()
  writers = new Map()
  const { client } = world.cluster
  const note = (kind: string, what: string, options: WriteAs | undefined): void => {
    if (kind === 'ConfigMap') writers.set(what, options?.impersonate)
  }
  const [apply, remove] = [client.apply.bind(client), client.delete.bind(client)]
  client.apply = (type, object, options) => {
    note(type.kind, `apply ${object.metadata.name}`, options)
    return apply(type, object, options)
  }
  client.delete = (type, ref, options) => {
    note(type.kind, `delete ${ref.name}`, options)
    return remove(type, ref, options)
  }
})

const ref = { name: 'shop', namespace: 'argocd' }
const server = 'https://kubernetes.default.svc'

function settings(data: Record<string, string>): void {
  world.cluster.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-cm', namespace: 'argocd' }, data })
}

function accounts(...entries: [namespace: string, account: string][]): void {
  world.setProject({
    destinationServiceAccounts: entries.map(([namespace, defaultServiceAccount]) => ({ server, namespace, defaultServiceAccount })),
  })
}

const enabled = { 'application.sync.impersonation.enabled': 'true' }

describe('a sync with impersonation', () => {
  it.each([
    [[['shop', 'deployer']], 'system:serviceaccount:shop:deployer'],
    [
      [
        ['other', 'x'],
        ['sh*', 'first'],
        ['*', 'last'],
      ],
      'system:serviceaccount:shop:first',
    ],
    [[['{shop,store}', 'tools:deployer']], 'system:serviceaccount:tools:deployer'],
  ] as [[string, string][], string][])('of a project with %j writes, prunes and deletes as %s', async (entries, user) => {
    settings(enabled)
    accounts(...entries)
    world.commit(configMap('a') + configMap('b'))
    await world.create()
    expect((await world.sync()).phase).toBe('Succeeded')
    world.commit(configMap('a'))
    await world.settle()
    await world.sync({ prune: true })
    await world.applications.delete(ref, { cascade: true })
    await world.settle()

    expect([...writers]).toEqual(['apply a', 'apply b', 'delete b', 'delete a'].map((what) => [what, user]))
  })

  it.each([
    [[['other', 'x']], 'no matching service account found for destination server https://kubernetes.default.svc and namespace shop'],
    [[['shop', 'a/b']], "failed to derive service account to impersonate: default service account contains invalid chars 'a/b'"],
  ] as [[string, string][], string][])('of a project with %j writes nothing: %s', async (entries, message) => {
    settings(enabled)
    accounts(...entries)
    world.commit(configMap('a'))
    await world.create()

    expect(await world.sync()).toMatchObject({ phase: 'Error', message })
    expect(world.cluster.get('ConfigMap', 'a')).toBeUndefined()
  })

  it.each([
    ['is off', {}, [['shop', 'deployer']]],
    ['is not enforced, and nothing matches', { ...enabled, 'application.sync.impersonation.enforced': 'false' }, [['other', 'x']]],
  ] as [string, Record<string, string>, [string, string][]][])(
    'has the rights of the server where that %s',
    async (_when, data, entries) => {
      settings(data)
      accounts(...entries)
      world.commit(configMap('a'))
      await world.create()

      expect((await world.sync()).phase).toBe('Succeeded')
      expect([...writers]).toEqual([['apply a', undefined]])
    },
  )
})
