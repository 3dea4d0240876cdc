import {
  type ApplicationCondition,
  type ApplicationSource,
  type HealthStatus,
  type HealthStatusCode,
  PlimsollError,
  type ResourceStatus,
  type SyncStatusCode,
} from '@plimsoll/api'
import type { KubeObject, ObjectKey } from '@plimsoll/kube'
import type { Comparison } from '../comparison/compare.ts'
import type { Target } from '../target/target-object.ts'

/** One object of an application, as Git wants it and as the cluster has it. At least one side is there. */
export interface ManagedResource {
  key: ObjectKey
  target: Target | undefined
  live: KubeObject | undefined
  status: SyncStatusCode
  health: HealthStatus | undefined
  /** Undefined when one side is missing. */
  comparison: Comparison | undefined
  /** The cluster has it, Git no longer does, and pruning is not forbidden for it. */
  requiresPruning: boolean
  /** Its tracking annotation names another Application, and that one exists. */
  isClaimedByOther?: boolean
}

/** What one look at an application has found. */
export interface Evaluation {
  source: ApplicationSource
  /** Commit; undefined when it could not be told. */
  revision: string | undefined
  sourceType: string | undefined
  /** Everything the manifests were made from; undefined when they could not be made. */
  cacheKey: string | undefined
  targets: Target[] | undefined
  resources: ManagedResource[]
  sync: SyncStatusCode
  health: HealthStatus
  conditions: ApplicationCondition[]
  /** The failure that kept Git's side from being known, when trying again can help. */
  retry: PlimsollError | undefined
}

export function resourceStatusOf(resource: ManagedResource): ResourceStatus {
  const version = (resource.target?.object.apiVersion ?? resource.live?.apiVersion ?? '').split('/').at(-1) ?? ''
  return {
    ...(resource.key.group !== '' && { group: resource.key.group }),
    version,
    kind: resource.key.kind,
    ...(resource.key.namespace !== '' && { namespace: resource.key.namespace }),
    name: resource.key.name,
    status: resource.status,
    ...(resource.health && { health: resource.health }),
    ...(resource.requiresPruning && { requiresPruning: true }),
    ...(resource.target && resource.target.wave !== 0 && { syncWave: resource.target.wave }),
  }
}

/**
 * Health of the whole: the worst of its resources. What is missing does not count unless everything is: OutOfSync says so already
 * (argo-cd `controller/health.go`, 3.x). The message names who is to blame, and why.
 */
export function overallHealth(
  resources: readonly ManagedResource[],
  isWorse: (than: HealthStatusCode, status: HealthStatusCode) => boolean,
): HealthStatus {
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
