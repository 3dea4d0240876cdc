import { type CacheChange, FakeClock, type KubeObject } from '@plimsoll/kube'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Log, TargetCluster } from '../contract.ts'
import { type ClusterRegistry, createClusters } from './create-clusters.ts'

const silent: Log = { child: () => silent, debug() {}, info() {}, warn() {}, error() {} }

/** What the home cluster knows of Secrets, as a test says. */
class Home {
  readonly secrets = new Map<string, KubeObject>()
  readonly listeners = new Set<(change: CacheChange) => void>()
  problem: 'none' | 'secrets' | 'connection' = 'none'
  readonly cluster: TargetCluster

  constructor() {
    this.cluster = {
      server: 'https://kubernetes.default.svc',
      name: 'in-cluster',
      client: { server: 'https://10.0.0.1:6443' },
      cache: {
        isSynced: true,
        ofKind: () => [...this.secrets.values()],
        problems: () =>
          this.problem === 'secrets' ? [{ type: { group: '', kind: 'Secret' }, message: 'forbidden', since: new Date() }] : [],
        connectionProblem: () => (this.problem === 'connection' ? { message: 'away', since: new Date() } : undefined),
        subscribe: (listener: (change: CacheChange) => void) => {
          this.listeners.add(listener)
          return () => this.listeners.delete(listener)
        },
      },
    } as unknown as TargetCluster
  }

  put(name: string, data: Record<string, string>): void {
    const previous = this.secrets.get(name)
    const current = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: 'argocd', labels: { 'argocd.argoproj.io/secret-type': 'cluster' } },
      stringData: { config: '{}', ...data },
    } as KubeObject
    this.secrets.set(name, current)
    this.#tell(name, previous, current)
  }

  remove(name: string): void {
    const previous = this.secrets.get(name)
    this.secrets.delete(name)
    this.#tell(name, previous, undefined)
  }

  #tell(name: string, previous: KubeObject | undefined, current: KubeObject | undefined): void {
    for (const listener of this.listeners) listener({ key: { group: '', kind: 'Secret', namespace: 'argocd', name }, previous, current })
  }
}

let home: Home
let clusters: ClusterRegistry
let changes: string[]

beforeEach(() => {
  home = new Home()
  clusters = createClusters({ home: home.cluster, namespace: 'argocd', cacheOptions: {}, clock: new FakeClock(), log: silent })
  changes = []
  clusters.subscribe(({ type, cluster }) => changes.push(`${type} ${cluster.name}`))
})
afterEach(() => clusters.stop())

// Nobody listens there.
const far = 'http://127.0.0.1:9'
const serverOf = (destination: { server?: string; name?: string }): string | undefined => clusters.resolve(destination).cluster?.server

describe('the clusters that there are', () => {
  it('come, change their name and go with their Secrets', () => {
    clusters.start()

    home.put('far', { name: 'far', server: far })
    const before = clusters.resolve({ name: 'far' }).cluster
    home.put('far', { name: 'further', server: `${far}/`, config: '{"bearerToken":"t"}' })
    const after = clusters.resolve({ name: 'further' }).cluster
    home.remove('far')

    expect(changes).toEqual(['added far', 'renamed further', 'removed further'])
    expect(after).toBe(before)
    expect(clusters.all().map(({ name }) => name)).toEqual(['in-cluster'])
  })

  it('are others when they are read elsewhere, or by other namespaces', () => {
    home.put('far', { name: 'far', server: far })
    clusters.start()

    home.put('far', { name: 'far', server: far, namespaces: 'a' })
    home.put('far', { name: 'far', server: 'http://127.0.0.1:19', namespaces: 'a' })

    expect(changes).toEqual(['added far', 'removed far', 'added far', 'removed far', 'added far'])
    expect(serverOf({ name: 'far' })).toBe('http://127.0.0.1:19')
  })

  it('have one Secret each: of two with the same address the first by name counts', () => {
    home.put('b', { name: 'second', server: far })
    home.put('a', { name: 'first', server: far })
    clusters.start()

    const first = clusters.resolve({ server: far }).cluster?.name
    home.remove('a')

    expect(first).toBe('first')
    expect(clusters.resolve({ server: far }).cluster?.name).toBe('second')
  })

  it('are known with a Secret that cannot be used, and say why', () => {
    home.put('far', { name: 'far', server: far, config: '{' })
    clusters.start()

    const { cluster } = clusters.resolve({ name: 'far' })

    expect(cluster?.problem?.()?.message).toBe('Secret argocd/far of cluster far: config: is no JSON')
  })
})

describe('a destination', () => {
  it('leads to the home cluster by its name, its address inside, and its address outside', () => {
    clusters.start()

    const all = [{ name: 'in-cluster' }, { server: 'https://kubernetes.default.svc/' }, { server: 'https://10.0.0.1:6443' }]

    expect(all.map(serverOf)).toEqual(Array.from({ length: 3 }, () => 'https://kubernetes.default.svc'))
  })

  it('leads to the home cluster by another name where a Secret gives it one', () => {
    home.put('home', { name: 'hq', server: 'https://kubernetes.default.svc', namespaces: 'shop' })
    clusters.start()

    expect(clusters.resolve({ name: 'hq' }).cluster).toMatchObject({ server: 'https://kubernetes.default.svc', namespaces: ['shop'] })
    expect(clusters.resolve({ name: 'in-cluster' })).toEqual({ problem: 'there are no clusters with this name: in-cluster', isGone: true })
  })

  it.each([
    [{ name: 'constructor' }, 'there are no clusters with this name: constructor', true],
    [{ server: 'https://x' }, 'error getting cluster by server "https://x": cluster "https://x" not found', true],
    [{ name: 'a', server: 'b' }, "application destination can't have both name and server defined: a b", true],
    [{}, 'Destination server missing from app spec', true],
  ])('%j leads nowhere, and is told so', (destination, problem, isGone) => {
    clusters.start()

    expect(clusters.resolve(destination)).toEqual({ problem, isGone })
  })

  it('to two clusters of one name leads to neither, and to nothing that is gone', () => {
    home.put('a', { name: 'twin', server: far })
    home.put('b', { name: 'twin', server: 'http://127.0.0.1:19' })
    clusters.start()

    expect(clusters.resolve({ name: 'twin' })).toEqual({
      problem: 'there are 2 clusters with the same name: [http://127.0.0.1:19 http://127.0.0.1:9]',
      isGone: false,
    })
  })

  it.each(['secrets', 'connection'] as const)('is not taken for gone while that cannot be told: %s', (problem) => {
    clusters.start()
    home.problem = problem

    expect(clusters.resolve({ name: 'far' })).toMatchObject({ isGone: false })
  })

  it('is not taken for gone before the Secrets are taken up', () => {
    expect(clusters.resolve({ name: 'far' })).toMatchObject({ isGone: false })
  })
})
