import { controllerOf, type CacheChange, type ClusterCache, type GroupKind, type KubeObject } from '@plimsoll/kube'
import {
  controllerRevisionKind,
  daemonSetKind,
  deploymentKind,
  disruptionBudgetKind,
  jobKind,
  podKind,
  replicaSetKind,
  replicationControllerKind,
  serviceKind,
  statefulSetKind,
  type KnownKind,
} from '../kinds.ts'
import { isEmptySelector, matchesSelector, type Labels, type LabelSelector } from './label-selector.ts'

const adoptable: readonly KnownKind[] = [podKind, replicaSetKind, controllerRevisionKind]
const selecting: readonly KnownKind[] = [
  serviceKind,
  deploymentKind,
  replicaSetKind,
  replicationControllerKind,
  statefulSetKind,
  daemonSetKind,
  jobKind,
  disruptionBudgetKind,
]

/**
 * Who selects whom by labels, kept current change by change, so that nothing is ever searched through:
 * pods by label, selecting objects by one label they ask for, and objects without a controller by namespace.
 */
export class RelationIndex {
  readonly #cache: ClusterCache
  readonly #buckets = new Map<string, Map<string, KubeObject>>()
  #unsubscribe: () => void = () => {}

  constructor(cache: ClusterCache) {
    this.#cache = cache
  }

  start(): void {
    this.#unsubscribe = this.#cache.subscribe((change) => this.#apply(change))
    for (const kind of new Set([...adoptable, ...selecting])) {
      for (const current of this.#cache.ofKind(kind)) this.#file(kind, current)
    }
  }

  stop(): void {
    this.#unsubscribe()
    this.#buckets.clear()
  }

  /** Objects of this kind in this namespace that no controller has. */
  orphans(kind: GroupKind, namespace: string): KubeObject[] {
    return this.#bucket(`orphan/${kind.kind}/${namespace}`)
  }

  /** Pods that a selector selects. An empty selector is refused: it selects nothing here. */
  podsMatching(namespace: string, selector: LabelSelector | undefined): KubeObject[] {
    if (isEmptySelector(selector)) return []
    const pairs = Object.entries(selector?.matchLabels ?? {})
    const buckets = pairs.map(([key, value]) => this.#buckets.get(podBucket(namespace, key, value)))
    const candidates =
      pairs.length === 0
        ? this.#cache.ofKind(podKind, namespace)
        : [...(buckets.reduce((a, b) => ((a?.size ?? 0) <= (b?.size ?? 0) ? a : b))?.values() ?? [])]
    return candidates.filter((pod) => matchesSelector(selector, pod.metadata.labels))
  }

  podsOnNode(node: string): KubeObject[] {
    return this.#bucket(`node/${node}`)
  }

  /** Objects of `kind` whose selector selects these labels. */
  selecting(kind: GroupKind, namespace: string, labels: Labels): KubeObject[] {
    const prefix = `select/${kind.kind}/${namespace}`
    const found = [...this.#bucket(`${prefix}/`)]
    for (const [key, value] of Object.entries(labels ?? {})) found.push(...this.#bucket(`${prefix}/${key}=${value}`))
    return found.filter((object) => matchesSelector(selectorOf(object), labels))
  }

  #bucket(name: string): KubeObject[] {
    return [...(this.#buckets.get(name)?.values() ?? [])]
  }

  #apply(change: CacheChange): void {
    const kind = [...adoptable, ...selecting].find((known) => known.kind === change.key.kind && known.group === change.key.group)
    if (kind === undefined) return
    if (change.previous !== undefined) {
      for (const bucket of bucketsOf(kind, change.previous)) {
        const members = this.#buckets.get(bucket)
        members?.delete(`${change.key.namespace}/${change.key.name}`)
        if (members?.size === 0) this.#buckets.delete(bucket)
      }
    }
    if (change.current !== undefined) this.#file(kind, change.current)
  }

  #file(kind: KnownKind, object: KubeObject): void {
    for (const bucket of bucketsOf(kind, object)) {
      const members = this.#buckets.get(bucket)
      const name = `${object.metadata.namespace ?? ''}/${object.metadata.name}`
      if (members === undefined) this.#buckets.set(bucket, new Map([[name, object]]))
      else members.set(name, object)
    }
  }
}

function bucketsOf(kind: KnownKind, object: KubeObject): string[] {
  const namespace = object.metadata.namespace ?? ''
  const buckets: string[] = []
  if (adoptable.includes(kind) && controllerOf(object) === undefined) buckets.push(`orphan/${kind.kind}/${namespace}`)
  if (kind === podKind) {
    for (const [key, value] of Object.entries(object.metadata.labels ?? {})) buckets.push(podBucket(namespace, key, value))
    const { nodeName } = object['spec'] as { nodeName?: string }
    if (nodeName) buckets.push(`node/${nodeName}`)
  }
  if (selecting.includes(kind)) {
    const selector = selectorOf(object)
    if (!isEmptySelector(selector) || kind === disruptionBudgetKind) {
      const pair = Object.entries(selector?.matchLabels ?? {})[0]
      buckets.push(`select/${kind.kind}/${namespace}/${pair === undefined ? '' : `${pair[0]}=${pair[1]}`}`)
    }
  }
  return buckets
}

function podBucket(namespace: string, key: string, value: string): string {
  return `pod/${namespace}/${key}=${value}`
}

/** Services and ReplicationControllers have a plain map of labels where the others have a `LabelSelector`. */
export function selectorOf(object: KubeObject): LabelSelector | undefined {
  const selector = (object['spec'] as { selector?: unknown } | undefined)?.selector
  if (selector === null || typeof selector !== 'object') return undefined
  const isPlain = object.kind === 'Service' || object.kind === 'ReplicationController'
  return isPlain ? { matchLabels: selector as Record<string, string> } : (selector as LabelSelector)
}
