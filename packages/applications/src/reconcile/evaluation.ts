import {
  type ApplicationCondition,
  type HealthStatus,
  type HealthStatusCode,
  PlimsollError,
  type ResourceStatus,
  type SyncStatusCode,
} from '@plimsoll/api'
import type { KubeObject, ObjectKey } from '@plimsoll/kube'
import type { SourceSet } from '../application-sources.ts'
import type { Comparison } from '../comparison/compare.ts'
import type { Normalized } from '../ignore/normalize.ts'
import { type DeletionPhase, waveOf } from '../target/hook.ts'
import type { HookTarget, Target } from '../target/target-object.ts'

/** One object of an application, as Git wants it and as the cluster has it. At least one side is there. */
export interface ManagedResource {
  key: ObjectKey
  target: Target | undefined
  live: KubeObject | undefined
  status: SyncStatusCode
  health: HealthStatus | undefined
  /** Undefined when one side is missing. */
  comparison: Comparison | undefined
  /** Both sides without what is ignored; absent: nothing is. */
  normalized?: Normalized
  /** The cluster has it, Git no longer does, and pruning is not forbidden for it. */
  requiresPruning: boolean
  /** It was made by a sync or a deletion for its own sake: neither its difference nor its health are the application's. */
  isHook?: boolean
  /** Its deletion waits for somebody's word. */
  requiresDeletionConfirmation?: boolean
  /** The project does not permit it; nothing else is known of it. */
  isForbidden?: boolean
  /** Its tracking annotation names another Application, and that one exists. */
  isClaimedByOther?: boolean
}

/** What one look at an application has found. */
export interface Evaluation {
  set: SourceSet
  /** One for each source; undefined when they could not be told. */
  revisions: readonly string[] | undefined
  /** One for each source that has manifests. */
  sourceTypes: readonly string[] | undefined
  /** Everything the manifests were made from; undefined when they could not be made. */
  cacheKey: string | undefined
  targets: Target[] | undefined
  hooks: HookTarget[]
  /** When hooks run at its deletion; undefined when Git's side is not known. */
  deletionPhases: ReadonlySet<DeletionPhase> | undefined
  resources: ManagedResource[]
  /** The namespace is not as `managedNamespaceMetadata` wants it. */
  isNamespaceChanged: boolean
  sync: SyncStatusCode
  health: HealthStatus
  conditions: ApplicationCondition[]
  /** Of which kinds the cluster cannot be read: what is missing there may be there all the same. */
  unreadable: string | undefined
  /** The failure that kept Git's side from being known, when trying again can help. */
  retry: PlimsollError | undefined
}

/** Nothing was looked at, and `conditions` say why. */
export function nothingKnown(set: SourceSet, conditions: ApplicationCondition[]): Evaluation {
  return {
    set,
    revisions: undefined,
    sourceTypes: undefined,
    cacheKey: undefined,
    targets: undefined,
    resources: [],
    hooks: [],
    deletionPhases: undefined,
    isNamespaceChanged: false,
    sync: 'Unknown',
    health: { status: 'Unknown' },
    conditions,
    unreadable: undefined,
    retry: undefined,
  }
}

export function resourceStatusOf(resource: ManagedResource): ResourceStatus {
  const version = (resource.target?.object.apiVersion ?? resource.live?.apiVersion ?? '').split('/').at(-1) ?? ''
  const wave = resource.target?.wave ?? (resource.isHook && resource.live ? waveOf(resource.live) : 0)
  return {
    ...(resource.key.group !== '' && { group: resource.key.group }),
    version,
    kind: resource.key.kind,
    ...(resource.key.namespace !== '' && { namespace: resource.key.namespace }),
    name: resource.key.name,
    ...(hasNoStatus(resource) ? {} : { status: resource.status }),
    ...(resource.health && { health: resource.health }),
    ...(resource.isHook && { hook: true }),
    ...(resource.requiresPruning && { requiresPruning: true }),
    ...(resource.requiresDeletionConfirmation && { requiresDeletionConfirmation: true }),
    ...(wave !== 0 && { syncWave: wave }),
  }
}

/** Hooks, and what is skipped: they are neither in sync nor out of it. */
function hasNoStatus({ isHook, target }: ManagedResource): boolean {
  return isHook === true || target?.isSkipped === true
}

/**
 * Health of the whole: the worst of its resources. What is missing does not count unless everything is: OutOfSync says so already
 * (argo-cd `controller/health.go`, 3.x). The message names who is to blame, and why.
 */
export function overallHealth(
  all: readonly ManagedResource[],
  isWorse: (than: HealthStatusCode, status: HealthStatusCode) => boolean,
): HealthStatus {
  const resources = all.filter((resource) => !hasNoStatus(resource))
  let worst: HealthStatusCode = 'Healthy'
  let causes: ManagedResource[] = []
  for (const resource of resources) {
    const status = resource.health?.status
    if (!resource.live || status === undefined) continue
    if (resource.live.metadata.annotations?.['argocd.argoproj.io/ignore-healthcheck'] === 'true') continue
    if (isWorse(worst, status)) {
      worst = status
      causes = [resource]
    } else if (worst === status && status !== 'Healthy') causes.push(resource)
  }
  if (resources.length > 0 && resources.every((resource) => !resource.live) && isWorse(worst, 'Missing')) return { status: 'Missing' }
  const [first] = causes
  if (!first) return { status: worst }
  const rest = causes.length > 1 ? ` (and ${causes.length - 1} more)` : ''
  const why = first.health?.message ? `: ${first.health.message}` : ''
  return { status: worst, message: `${first.key.kind} ${first.key.name}${why}${rest}` }
}
