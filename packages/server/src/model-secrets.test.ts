import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DeliveryView, PlimsollError } from '@plimsoll/api'
import type { TargetCluster } from '@plimsoll/applications'
import { FakeClock, type KubeObject } from '@plimsoll/kube'
import { openRecords, type Records } from '@plimsoll/records'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTokens, type Tokens } from './auth/tokens.ts'
import { keepModelSecrets, type ModelSecrets } from './model-secrets.ts'
import { modelSecretOf } from './model-secret-name.ts'

const hour = 60 * 60_000
const server = 'https://kubernetes.default.svc'
let folder: string
let clock: FakeClock
let records: Records
let tokens: Tokens
let keeper: ModelSecrets | undefined
let secrets: Map<string, KubeObject>
let deliveries: DeliveryView[]
let names: string[] | undefined
/** Namespaces by Application. */
let applications: Map<string, string>
let hosted: Set<string>
let changed: () => void
let failing: string | undefined

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-model-secrets-'))
  clock = new FakeClock(Date.now())
  records = await openRecords({ dataDir: folder })
  tokens = await openTokens(records, () => clock.now())
  secrets = new Map()
  deliveries = [delivery('fraud', 'fraud', ['fraud-staging'])]
  names = undefined
  applications = new Map([['fraud-staging', 'shared']])
  hosted = new Set(['fraud', 'churn', 'team/Demo'])
  failing = undefined
  keeper = undefined
})
afterEach(async () => {
  await keeper?.stop()
  tokens.close()
  await records.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

const delivery = (name: string, repository: string, stages: string[], more: object = { gate: 'quality' }): DeliveryView =>
  ({ name, phase: 'Ready', source: { repoURL: `http://here/git/${repository}.git`, branch: 'main' }, stages: stages.map((application) => ({ application })), ...more }) as unknown as DeliveryView // prettier-ignore

const client = {
  typeOf: async (_: string, kind: string) => ({ kind }),
  get: async ({ kind }: { kind: string }, { name, namespace = '' }: { name: string; namespace?: string }) => {
    if (namespace === failing) throw new Error('forbidden')
    return kind === 'Namespace' ? { kind, metadata: { name } } : secrets.get(`${namespace}/${name}`)
  },
  apply: async (_: unknown, secret: KubeObject) =>
    void secrets.set(`${secret.metadata.namespace}/${secret.metadata.name}`, { ...secret, metadata: { ...secret.metadata, resourceVersion: '1' } }),
  delete: async (_: unknown, { name, namespace }: { name: string; namespace: string }) => void secrets.delete(`${namespace}/${name}`),
} // prettier-ignore

async function start(): Promise<void> {
  await keeper?.stop()
  keeper = keepModelSecrets({
    deliveries: {
      list: () => deliveries,
      subscribe: (listener) => {
        changed = () => listener(undefined as never)
        return () => undefined
      },
    },
    deliveryNames: () => names ?? deliveries.map(({ name }) => name),
    applications: {
      get: ({ name }) => {
        const namespace = applications.get(name)
        if (namespace === undefined) throw new PlimsollError('not-found', 'none')
        return { spec: { destination: { namespace } } } as never
      },
      clusterFor: () => ({ server, client }) as unknown as TargetCluster,
      subscribe: () => () => undefined,
    },
    clusterOf: () => ({ client }) as unknown as TargetCluster,
    records,
    tokens,
    hostedName: async (repoURL) => [...hosted].find((name) => repoURL.includes(`/${name}.git`)),
    serverUrl: () => 'http://here',
    namespace: 'argocd',
    clock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined } as never,
  })
  await looked()
}

/** What a change leads to is over, with all its reads and writes. */
async function looked(): Promise<void> {
  await clock.advance(200)
  await keeper?.idle()
}

async function look(change: () => void): Promise<void> {
  change()
  changed()
  await looked()
}

function held(name: string): { url: string; token: string } {
  const { data } = secrets.get(name) as unknown as { data: Record<'url' | 'token', string> }
  return { url: Buffer.from(data.url, 'base64').toString(), token: Buffer.from(data.token, 'base64').toString() }
}

const secretNames = (): string[] => [...secrets.keys()].toSorted()

describe('the Secret that pods read models with', () => {
  it('is there for each repository, and under the old name, with a token for it alone that lives a day', async () => {
    await start()

    expect(secretNames()).toEqual(['shared/plimsoll-models', 'shared/plimsoll-models-fraud'])
    const { url, token } = held('shared/plimsoll-models-fraud')
    expect(url).toBe('http://here/api/v1/repositories/fraud/models')
    expect(tokens.verify(token)).toMatchObject({ kind: 'run', run: { repository: 'fraud', permissions: { models: 'read' } } })
    expect((tokens.verify(token)?.expiresAt ?? 0) - clock.now()).toBeLessThanOrEqual(24 * hour)
    expect(held('shared/plimsoll-models').token).not.toBe(token)
  })

  it('is one for each repository of a namespace, and the old name stays with the first until that goes', async () => {
    await start()
    const first = held('shared/plimsoll-models').token
    await look(() => {
      applications.set('churn-staging', 'shared')
      deliveries = [delivery('churn', 'churn', ['churn-staging']), ...deliveries]
    })
    expect(secretNames()).toEqual(['shared/plimsoll-models', 'shared/plimsoll-models-churn', 'shared/plimsoll-models-fraud'])
    expect(held('shared/plimsoll-models').token).toBe(first)
    expect(held('shared/plimsoll-models-churn').url).toContain('/churn/')

    await look(() => (deliveries = deliveries.filter(({ name }) => name === 'churn')))

    expect(secretNames()).toEqual(['shared/plimsoll-models', 'shared/plimsoll-models-churn'])
    expect(held('shared/plimsoll-models').url).toContain('/churn/')
    expect(tokens.verify(first)).toBeUndefined()
  })

  it('is renewed in time, and what a pod has read before stays good until it ends', async () => {
    await start()
    const first = held('shared/plimsoll-models-fraud').token
    await look(() => undefined)
    expect(held('shared/plimsoll-models-fraud').token).toBe(first)

    for (let hours = 0; hours < 13; hours++) {
      await clock.advance(hour)
      await looked()
    }

    const second = held('shared/plimsoll-models-fraud').token
    expect(second).not.toBe(first)
    expect([tokens.verify(first), tokens.verify(second)]).toEqual([expect.anything(), expect.anything()])
    await clock.advance(12 * hour)
    expect(tokens.verify(first)).toBeUndefined()
  })

  it('goes with its delivery, its gate, its Application and its repository, and its tokens end, those of before too', async () => {
    for (const change of [
      () => (deliveries = []),
      () => (deliveries = [delivery('fraud', 'fraud', ['fraud-staging'], {})]),
      () => applications.clear(),
      () => hosted.delete('fraud'),
      () => applications.set('fraud-staging', 'elsewhere'),
    ]) {
      deliveries = [delivery('fraud', 'fraud', ['fraud-staging'])]
      applications.set('fraud-staging', 'shared')
      hosted.add('fraud')
      await start()
      const first = held('shared/plimsoll-models-fraud').token
      secrets.delete('shared/plimsoll-models-fraud')
      await look(() => undefined)
      const second = held('shared/plimsoll-models-fraud').token
      expect(second).not.toBe(first)

      await look(change)

      expect(secretNames().filter((name) => name.startsWith('shared/'))).toEqual([])
      expect([tokens.verify(first), tokens.verify(second)]).toEqual([undefined, undefined])
    }
  })

  it('goes when its delivery went while the server was away, and not while it is not known what the delivery wants', async () => {
    await start()
    const { token } = held('shared/plimsoll-models-fraud')
    names = ['fraud']
    deliveries = []
    await start()
    expect(tokens.verify(token)).toBeDefined()
    await look(() => (deliveries = [delivery('fraud', '', [], { phase: 'Invalid' })]))
    expect(tokens.verify(token)).toBeDefined()
    expect(secretNames()).toHaveLength(2)

    names = []
    deliveries = []
    await start()

    expect(tokens.verify(token)).toBeUndefined()
    expect(secretNames()).toEqual([])
  })

  it('of a namespace that is out of reach holds up no other, and its token ends all the same', async () => {
    await start()
    const { token } = held('shared/plimsoll-models-fraud')
    failing = 'shared'
    await look(() => {
      applications.set('churn-staging', 'other')
      deliveries = [delivery('churn', 'churn', ['churn-staging'])]
    })

    expect(tokens.verify(token)).toBeUndefined()
    expect(secretNames()).toContain('other/plimsoll-models-churn')
    failing = undefined
    await clock.advance(10_000)
    await looked()
    expect(secretNames()).toEqual(['other/plimsoll-models', 'other/plimsoll-models-churn'])
  })

  it('of somebody else is left where it is when the delivery goes', async () => {
    await start()
    secrets.set('shared/plimsoll-models-fraud', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'plimsoll-models-fraud', namespace: 'shared' } }) // prettier-ignore
    deliveries = []
    await look(() => undefined)

    expect(secretNames()).toEqual(['shared/plimsoll-models-fraud'])
  })

  it('of a version that gave tokens for a year keeps its repository, and that token ends', async () => {
    const { token } = tokens.issueRun({ repository: 'fraud', permissions: { models: 'read' } }, 365 * 24 * hour)
    const data = { url: 'http://here/api/v1/repositories/fraud/models', token }
    secrets.set('shared/plimsoll-models', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'plimsoll-models', namespace: 'shared' },
      data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
    } as KubeObject)
    applications.set('churn-staging', 'shared')
    deliveries = [delivery('churn', 'churn', ['churn-staging']), ...deliveries]

    await start()

    expect(held('shared/plimsoll-models').url).toContain('/fraud/')
    expect(held('shared/plimsoll-models').token).not.toBe(token)
    expect(tokens.verify(token)).toBeUndefined()
  })
})

it('names no two repositories the same', () => {
  const all = ['fraud', 'team/demo', 'team-demo', 'team.demo', 'Team/demo', 'team_demo', '_', '__'].map(modelSecretOf)

  expect(all.slice(0, 3)).toEqual(['plimsoll-models-fraud', expect.stringMatching(/^plimsoll-models\.team-demo-[0-9a-f]{16}$/), 'plimsoll-models-team-demo']) // prettier-ignore
  expect(new Set(all).size).toBe(all.length)
  for (const name of [...all, modelSecretOf(`${'a'.repeat(99)}_/${'B'.repeat(100)}`)]) expect(name).toMatch(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/)
}) // prettier-ignore
