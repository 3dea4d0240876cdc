import type { KubeClient, WatchEvent } from '../client/kube-client.ts'
import { isHeld, joinApiVersion, type KubeObject, type KubeStatus, type ObjectKey, type ResourceType, splitApiVersion } from '../object.ts'
import { systemClock } from '../reconcile/outcome.ts'
import type { CacheChange, ClusterCache, ClusterCacheOptions } from './cluster-cache.ts'
import { compact } from './compact-object.ts'
import { type KindStore, ObjectStore } from './object-store.ts'
import { compareResourceVersions } from './resource-version.ts'
import { type ListSession, watchType } from './type-watcher.ts'

const crd = { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' }
const apiService = { group: 'apiregistration.k8s.io', kind: 'APIService' }
/** Lists under way at once: each can be large, and all start together. */
const listsAtOnce = 8
/** A new definition is served some time after it says so; after these waits nobody looks for it any more. */
const lookAgainMs = [200, 500, 1000, 2000, 5000, 10_000]
const discoveryDebounceMs = 50
const discoveryEveryMs = 10 * 60_000
const unknownKindMinMs = 2000
/** Deletions of our own that the watch has not told of yet; were it never to, the oldest are forgotten. */
const mostGone = 10_000

interface Watched {
  type: ResourceType
  /** The one namespace that it follows; '' for all. */
  scope: string
  abort: AbortController
  ended: Promise<void>
  settled: boolean
  problem: { message: string; since: Date } | undefined
}

/** A `ClusterCache` over any `KubeClient`. Nothing is read before `start`. */
export function createClusterCache(client: KubeClient, options: ClusterCacheOptions = {}): ClusterCache {
  const clock = options.clock ?? systemClock
  const random = options.random ?? Math.random
  const store = new ObjectStore(indexKeysOf)
  const keepsManagedFields = options.keepsManagedFields ?? (() => true)
  const listeners = new Set<(change: CacheChange) => void>()
  const watched = new Map<string, Watched>()
  const turns = createTurns(listsAtOnce)
  /** UIDs of what we have deleted ourselves, until the watch says so too: what it still tells of them is the past. */
  const gone = new Set<string>()
  const stopping = new AbortController()

  let types: ResourceType[] = []
  /** Kinds that are held here, at the version that they are read at. */
  let followed = new Map<string, ResourceType>()
  let byVersionAndKind = new Map<string, ResourceType>()
  let connectionProblem: { message: string; since: Date } | undefined
  let discovered = false
  let synced = false
  let observations = 0
  let started: { promise: Promise<void>; resolve: () => void } | undefined
  let discovering: Promise<void> | undefined
  let discoverAgain = false
  let discoveredAt = 0
  let timer: { at: number; cancel(): void } | undefined

  /** One poisoned object must not stop the kind that it belongs to. */
  function indexKeysOf(object: KubeObject): string[] {
    try {
      return options.indexKeysOf?.(object) ?? []
    } catch (error) {
      options.onListenerError?.(error)
      return []
    }
  }

  function scheduleDiscovery(ms: number): void {
    const at = clock.now() + ms
    if (stopping.signal.aborted || (timer && timer.at <= at)) return
    timer?.cancel()
    const scheduled = clock.setTimeout(() => {
      timer = undefined
      void discoverNow()
    }, ms)
    timer = { at, cancel: () => scheduled.cancel() }
  }

  let misses = 0
  function discoverNow(): Promise<void> {
    if (discovering) {
      discoverAgain = true
      return discovering
    }
    discovering = (async () => {
      try {
        const found = await client.types({ refresh: true })
        if (stopping.signal.aborted) return
        connectionProblem = undefined
        discoveredAt = clock.now()
        follow(found)
        discovered = true
        checkSynced()
        const wait = isComplete() ? undefined : lookAgainMs[misses]
        misses = wait === undefined ? 0 : misses + 1
        scheduleDiscovery(wait ?? discoveryEveryMs * (0.75 + random() * 0.5))
      } catch (error) {
        if (stopping.signal.aborted) return
        const message = error instanceof Error ? error.message : String(error)
        connectionProblem = { message, since: connectionProblem?.since ?? new Date(clock.now()) }
        misses++
        scheduleDiscovery(Math.min(30_000, 250 * 2 ** Math.min(misses, 10)) * (0.5 + random() * 0.5))
      } finally {
        discovering = undefined
        if (discoverAgain) {
          discoverAgain = false
          scheduleDiscovery(discoveryDebounceMs)
        }
      }
    })()
    return discovering
  }

  /** Whether discovery shows what the definitions promise. */
  function isComplete(): boolean {
    const served = new Set(types.map((type) => `${type.group}/${type.version}/${type.plural}`))
    for (const definition of store.ofKind(crd)) {
      const { spec, status } = definition as { spec?: CrdSpec; status?: { conditions?: { type: string; status: string }[] } }
      if (!spec?.group || !status?.conditions?.some((one) => one.type === 'Established' && one.status === 'True')) continue
      for (const version of spec.versions ?? []) {
        if (version.served && !served.has(`${spec.group}/${version.name}/${spec.names?.plural}`)) return false
      }
    }
    return true
  }

  function follow(found: ResourceType[]): void {
    types = found
    byVersionAndKind = new Map()
    const wanted = new Map<string, { type: ResourceType; scope: string }>()
    followed = new Map()
    for (const type of found) {
      byVersionAndKind.set(`${joinApiVersion(type.group, type.version)}/${type.kind}`, type)
      const key = `${type.group}/${type.kind}`
      if (followed.has(key) || !type.verbs.includes('list') || !type.verbs.includes('watch')) continue
      if (!isKind(type, crd) && options.isExcluded?.(type)) continue
      const scopes = scopesOf(type)
      if (scopes.length > 0) followed.set(key, type)
      for (const scope of scopes) wanted.set(`${key}/${scope}`, { type, scope })
    }
    for (const [key, current] of watched) {
      const next = wanted.get(key)
      if (next && isSameType(next.type, current.type)) continue
      current.abort.abort()
      watched.delete(key)
      if (!next) dropAll(current.type)
    }
    for (const [key, { type, scope }] of wanted) if (!watched.has(key)) watched.set(key, startWatching(type, scope))
  }

  /** Where objects of a type are read: everywhere at once (''), or in each of the namespaces that this is about. */
  function scopesOf(type: ResourceType): readonly string[] {
    const { namespaces = [], clusterResources = false } = options
    if (namespaces.length === 0) return ['']
    if (type.namespaced) return namespaces
    return clusterResources ? [''] : []
  }

  function startWatching(type: ResourceType, scope: string): Watched {
    const kind = store.addKind(type)
    const abort = new AbortController()
    const entry: Watched = { type, scope, abort, ended: Promise.resolve(), settled: false, problem: undefined }
    entry.ended = watchType({
      client,
      type,
      ...(scope !== '' && { namespace: scope }),
      clock,
      random,
      signal: abort.signal,
      listTurn: turns,
      events: {
        listBegins: () => beginList(kind, scope),
        changed: (event) => takeEvent(kind, scope, event),
        problem(message) {
          entry.problem = message === undefined ? undefined : { message, since: entry.problem?.since ?? new Date(clock.now()) }
        },
        settled() {
          entry.settled = true
          checkSynced()
        },
      },
    })
    return entry
  }

  function beginList(kind: KindStore, scope: string): ListSession {
    const observedBefore = observations
    const seen = new Map<string, Set<string>>()
    return {
      page(items) {
        for (const item of items) {
          if (!item?.metadata?.name) continue
          if (item.metadata.uid !== undefined && gone.has(item.metadata.uid)) continue
          const namespace = item.metadata.namespace ?? ''
          const names = seen.get(namespace)
          if (names) names.add(item.metadata.name)
          else seen.set(namespace, new Set([item.metadata.name]))
          const stored = kind.get(namespace, item.metadata.name)
          const isOvertaken =
            stored !== undefined &&
            stored.observedAt > observedBefore &&
            (compareResourceVersions(item.metadata.resourceVersion, stored.object.metadata.resourceVersion) ?? 1) <= 0
          if (!isOvertaken) put(kind, item, 0)
        }
      },
      end(resourceVersion) {
        kind.newestSeen.set(scope, resourceVersion)
        for (const [namespace, names] of kind.byNamespace) {
          if (scope !== '' && namespace !== scope) continue
          const listed = seen.get(namespace)
          for (const [name, stored] of names) {
            if (!listed?.has(name) && stored.observedAt <= observedBefore) remove(kind, namespace, name)
          }
        }
      },
    }
  }

  function takeEvent(kind: KindStore, scope: string, event: WatchEvent): void {
    if (event.type === 'BOOKMARK') {
      if (event.resourceVersion) kind.newestSeen.set(scope, event.resourceVersion)
      return
    }
    const { metadata } = event.object
    if (!metadata?.name) return
    const namespace = metadata.namespace ?? ''
    const stored = kind.get(namespace, metadata.name)
    if (metadata.resourceVersion) kind.newestSeen.set(scope, metadata.resourceVersion)
    if (stored && stored.observedAt > 0) {
      // A write's answer was quicker than the watch: what comes from before it is the past.
      const order = compareResourceVersions(metadata.resourceVersion, stored.object.metadata.resourceVersion)
      if (order !== undefined && order < 0) return
      if (order === 0 && event.type !== 'DELETED') {
        stored.observedAt = 0
        return
      }
    }
    if (metadata.uid !== undefined && gone.has(metadata.uid)) {
      if (event.type === 'DELETED') gone.delete(metadata.uid)
      return
    }
    if (event.type === 'DELETED') remove(kind, namespace, metadata.name)
    else put(kind, event.object, 0)
  }

  function observe(object: KubeObject): void {
    const { group } = splitApiVersion(object.apiVersion)
    const type = followed.get(`${group}/${object.kind}`)
    if (!type || joinApiVersion(type.group, type.version) !== object.apiVersion) return
    const { resourceVersion, namespace = '', name } = object.metadata
    if (resourceVersion === undefined) return
    const kind = store.addKind({ group, kind: object.kind })
    // The watch has been past that point: what it said since then counts, a deletion too.
    const scopes = scopesOf(type)
    const scope = scopes.includes('') ? '' : namespace
    if (!scopes.includes(scope)) return
    const behind = compareResourceVersions(resourceVersion, kind.newestSeen.get(scope))
    if (behind !== undefined && behind <= 0) return
    const stored = kind.get(namespace, name)
    const order = compareResourceVersions(resourceVersion, stored?.object.metadata.resourceVersion)
    if (order !== undefined && order <= 0) return
    put(kind, object, ++observations)
  }

  function observeDeletion(key: ObjectKey, answer: KubeObject | KubeStatus): void {
    if (isHeld(answer)) return observe(answer)
    const kind = store.kind(key)
    const uid = answer.kind === 'Status' ? (answer as KubeStatus).details?.uid : (answer as KubeObject).metadata.uid
    const { namespace, name } = key
    // Another one may have its name by now.
    if (!kind || uid === undefined || kind.get(namespace, name)?.object.metadata.uid !== uid) return
    gone.add(uid)
    for (const oldest of gone) {
      if (gone.size <= mostGone) break
      gone.delete(oldest)
    }
    remove(kind, namespace, name)
  }

  function put(kind: KindStore, object: KubeObject, observedAt: number): void {
    const { namespace = '', name, resourceVersion, uid } = object.metadata
    const stored = kind.get(namespace, name)
    if (stored && resourceVersion !== undefined && stored.object.metadata.resourceVersion === resourceVersion) {
      if (stored.object.metadata.uid === uid && stored.object.apiVersion === object.apiVersion) {
        stored.observedAt = observedAt
        return
      }
    }
    const current = compact(object, keepsManagedFields(object))
    const previous = store.put(kind, current, observedAt)
    emit({ key: { group: kind.group, kind: kind.kind, namespace, name }, previous, current })
  }

  function remove(kind: KindStore, namespace: string, name: string): void {
    const previous = store.remove(kind, namespace, name)
    if (previous) emit({ key: { group: kind.group, kind: kind.kind, namespace, name }, previous, current: undefined })
  }

  function dropAll(type: ResourceType): void {
    const kind = store.kind(type)
    if (!kind) return
    for (const [namespace, names] of kind.byNamespace) for (const name of names.keys()) remove(kind, namespace, name)
    store.dropKind(type)
  }

  function emit(change: CacheChange): void {
    if (isKind(change.key, crd) || isKind(change.key, apiService)) {
      misses = 0
      if (discovered) scheduleDiscovery(discoveryDebounceMs)
    }
    for (const listener of listeners) {
      try {
        listener(change)
      } catch (error) {
        options.onListenerError?.(error)
      }
    }
  }

  function checkSynced(): void {
    if (synced || !discovered) return
    for (const one of watched.values()) if (!one.settled) return
    synced = true
    started?.resolve()
    // Definitions that came up while the first lists were under way.
    if (!isComplete()) scheduleDiscovery(discoveryDebounceMs)
  }

  return {
    start() {
      if (!started) {
        let resolve = () => {}
        const promise = new Promise<void>((done) => (resolve = done))
        started = { promise, resolve }
        void discoverNow()
      }
      return started.promise
    },
    async stop() {
      stopping.abort()
      timer?.cancel()
      for (const one of watched.values()) one.abort.abort()
      await Promise.all([discovering, ...[...watched.values()].map((one) => one.ended)])
      started?.resolve()
    },
    get isSynced() {
      return synced
    },
    get: (key: ObjectKey) => store.get(key),
    indexed: (indexKey) => store.indexed(indexKey),
    ownedBy: (uid) => store.ownedBy(uid),
    ofKind: (kind, namespace) => store.ofKind(kind, namespace),
    types: () => types,
    typeOf(apiVersion, kind) {
      const type = byVersionAndKind.get(`${apiVersion}/${kind}`)
      if (!type && discovered && clock.now() - discoveredAt >= unknownKindMinMs) scheduleDiscovery(discoveryDebounceMs)
      return type
    },
    follows: ({ group, kind }) => followed.has(`${group}/${kind}`),
    get size() {
      return store.size
    },
    problems: () => [...watched.values()].flatMap((one) => (one.problem ? [{ type: one.type, ...one.problem }] : [])),
    connectionProblem: () => connectionProblem,
    observe,
    observeDeletion,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

interface CrdSpec {
  group?: string
  names?: { plural?: string }
  versions?: { name: string; served?: boolean }[]
}

function isKind(a: { group: string; kind: string }, b: { group: string; kind: string }): boolean {
  return a.group === b.group && a.kind === b.kind
}

function isSameType(a: ResourceType, b: ResourceType): boolean {
  return a.version === b.version && a.plural === b.plural && a.namespaced === b.namespaced
}

/** At most `count` turns at once; each returns the way to give it back. */
function createTurns(count: number): () => Promise<() => void> {
  let free = count
  const waiting: (() => void)[] = []
  return async () => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    return () => {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
