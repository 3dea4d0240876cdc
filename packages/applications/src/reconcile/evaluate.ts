import { guardedCluster } from '../projects/guarded-cluster.ts'
import { annotations, type Application, type ApplicationCondition, PlimsollError } from '@plimsoll/api'
import { type KubeObject, keyString, type ObjectKey, objectKey } from '@plimsoll/kube'
import { condition, describeKey, formatPosition } from '../conditions.ts'
import { timeText } from '../clusters/capabilities.ts'
import type { TargetCluster } from '../contract.ts'
import { healthOf } from '../health/health.ts'
import { isWorse } from '../health/status-code.ts'
import type { SourceSet } from '../application-sources.ts'
import { guardedObject, projectGuard, refusalOfTarget } from '../projects/project-guard.ts'
import { differsFromManaged } from '../sync/managed-namespace.ts'
import { isOptionOn, syncOption, type SyncOptions } from '../sync/sync-options.ts'
import { isHook } from '../target/hook.ts'
import { hasOption, type Target } from '../target/target-object.ts'
import { instanceIndexKey, instanceOf } from '../tracking.ts'
import {
  compareTarget,
  type Comparing,
  type ComparisonMemo,
  knownComparison,
  type NormalizedAhead,
  NotCompared,
  normalizedSides,
} from './compare-target.ts'
import { withCustomHealth } from './custom-health.ts'
import type { DiffRules } from './diff-rules.ts'
import { type Evaluation, type ManagedResource, overallHealth } from './evaluation.ts'
import type { Desired } from './desired-state.ts'
import { NotComparedReport } from './not-compared.ts'
import type { Reconciling } from './reconciling.ts'

/** Compares what Git wants with what the cluster has. */
export async function compareWithLive(
  context: Reconciling,
  request: {
    application: Application
    set: SourceSet
    desired: Desired | undefined
    failure: PlimsollError | undefined
    cluster: TargetCluster
    instance: string
    asks: Comparing['asks']
    rules: DiffRules
  },
  memo: Map<string, ComparisonMemo>,
): Promise<Evaluation> {
  const { desired, failure, cluster, instance, rules } = request
  const { syncPolicy } = request.application.spec
  const conditions: ApplicationCondition[] = [...(desired?.conditions ?? [])]
  if (failure)
    conditions.push(condition('ComparisonError', failure.remedy ? `${asSentence(failure.message)} ${failure.remedy}` : failure.message))

  const guard = projectGuard(context, request.application, cluster, request.set)
  // What a dry run would do is asked with the rights of the sync.
  const comparing: Comparing = { context, cluster: guardedCluster(cluster, guard), rules, asks: request.asks, memo }
  const pause = breather()
  const ahead = await normalizeAhead(comparing, desired?.targets ?? [], pause)
  const notCompared = new NotComparedReport(rules)
  const found: ManagedResource[] = []
  const wanted = new Set<string>()
  for (const target of desired?.targets ?? []) {
    const id = keyString(target.key)
    wanted.add(id)
    const refusal = refusalOfTarget(guard, target)
    if (refusal !== undefined) {
      conditions.push(condition('ForbiddenResourceWarning', `${formatPosition(target.at)}: ${describeKey(target.key)}: ${refusal}`))
      found.push(forbidden(target))
      continue
    }
    const live = target.type ? cluster.cache.get(target.key) : undefined
    let isClaimedByOther = false
    if (live) {
      const other = instanceOf(live)
      if (other !== undefined && other !== instance) {
        isClaimedByOther = context.applications.ofInstance(other) !== undefined
        conditions.push(
          condition(
            'SharedResourceWarning',
            `${describeKey(target.key)} is part of applications ${instance} and ${other}. Keep it in one of the two.`,
          ),
        )
      }
    }
    const compared = target.isSkipped ? skipped(target, live) : await compareOrTell(comparing, target, live, { ahead, notCompared })
    found.push(isClaimedByOther ? { ...compared, isClaimedByOther } : compared)
    await pause()
  }
  for (const hook of desired?.hooks ?? []) {
    const refusal = refusalOfTarget(guard, hook)
    if (refusal !== undefined)
      conditions.push(condition('ForbiddenResourceWarning', `${formatPosition(hook.at)}: hook ${describeKey(hook.key)}: ${refusal}`))
  }
  for (const live of cluster.cache.indexed(instanceIndexKey(instance))) {
    const key = objectKey(live)
    const id = keyString(key)
    if (wanted.has(id)) continue
    memo.delete(id)
    // What the project does not permit is neither shown nor deleted (argo-cd `controller/state.go`, CompareAppState, 3.x).
    if (guard.refusalOf(guardedObject(live)) !== undefined) continue
    found.push(isHook(live) ? hookResource(key, live) : extraResource(key, live, desired !== undefined))
  }
  for (const resource of found) if (needsConfirmation(resource, syncPolicy?.syncOptions)) resource.requiresDeletionConfirmation = true
  for (const id of memo.keys()) if (!wanted.has(id)) memo.delete(id)
  conditions.push(...notCompared.conditions())
  const unreadable = unreadableKinds(cluster, found)
  conditions.push(...unreadable)
  const { resources, conditions: brokenChecks } = await withCustomHealth(found, context.health)
  conditions.push(...brokenChecks)

  const isNamespaceChanged = desired !== undefined && hasChangedNamespace(request.application, cluster, desired.targets)
  const isUnknown = !desired || conditions.some((item) => item.type === 'ComparisonError')
  return {
    set: request.set,
    revisions: desired?.revisions,
    sourceTypes: desired?.sourceTypes,
    cacheKey: desired?.cacheKey,
    targets: desired?.targets,
    resources,
    hooks: desired?.hooks ?? [],
    deletionPhases: desired && new Set(desired.deletionHooks.flatMap((hook) => hook.deletionPhases)),
    isNamespaceChanged,
    sync: isUnknown ? 'Unknown' : isNamespaceChanged || resources.some(countsAsDifferent) ? 'OutOfSync' : 'Synced',
    // Of what was never seen nothing is known: an empty list would count as Healthy.
    health: !desired && resources.length === 0 ? { status: 'Unknown' } : overallHealth(resources, isWorse),
    conditions,
    unreadable: unreadable[0]?.message,
    retry: failure?.facts.retryable
      ? failure
      : unreadable[0]
        ? new PlimsollError('cluster-unreachable', unreadable[0].message)
        : notCompared.retry,
  }
}

const longestTurnMs = 20

/** Lets others have their turn from time to time: an application may have thousands of objects. */
function breather(): () => Promise<void> {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < longestTurnMs) return
    await new Promise((resolve) => setImmediate(resolve))
    since = performance.now()
  }
}

/** Asks jq about all objects that have changed, before the first answer is waited for: questions of one moment share their way to its thread. */
async function normalizeAhead(
  comparing: Comparing,
  targets: readonly Target[],
  pause: () => Promise<void>,
): Promise<Map<string, NormalizedAhead>> {
  const ahead = new Map<string, NormalizedAhead>()
  const { ignore, isServerSide } = comparing.rules
  if (!ignore || ignore.problems.length > 0 || isServerSide) return ahead
  for (const target of targets) {
    const live = target.type ? comparing.cluster.cache.get(target.key) : undefined
    if (!live || live.apiVersion !== target.object.apiVersion) continue
    const own = ignore.forObject(target.key)
    if (!own?.needsJq || own.problems.length > 0) continue
    if (knownComparison(comparing, target, live)) continue
    const answer = normalizedSides(comparing, target, target.object, live)
    // Whoever waits for it is told; until then a refusal is nobody's.
    answer.catch(() => undefined)
    ahead.set(keyString(target.key), { live, answer })
    await pause()
  }
  return ahead
}

/** What cannot be compared is that object's trouble: nothing is known of it, and of the others all is. */
async function compareOrTell(
  comparing: Comparing,
  target: Target,
  live: KubeObject | undefined,
  { ahead, notCompared }: { ahead: ReadonlyMap<string, NormalizedAhead>; notCompared: NotComparedReport },
): Promise<ManagedResource> {
  const { ignore } = comparing.rules
  const problems = (live && (ignore?.problems.length ? ignore.problems : ignore?.forObject(target.key)?.problems)) ?? []
  try {
    if (problems.length > 0) throw new NotCompared(problems.map(asSentence).join(' '))
    return await compareTarget(comparing, target, live, ahead.get(keyString(target.key)))
  } catch (error) {
    notCompared.add(target, error)
    const health = live ? healthOf(live) : { status: 'Missing' as const }
    return { key: target.key, target, live, status: 'Unknown', health, comparison: undefined, requiresPruning: false }
  }
}

/** Nothing is known of what the project does not permit: it is there only so that a sync says why. */
export function forbidden(target: Target): ManagedResource {
  return {
    key: target.key,
    target,
    live: undefined,
    status: 'Unknown',
    health: undefined,
    comparison: undefined,
    requiresPruning: false,
    isForbidden: true,
  }
}

/** `managedNamespaceMetadata` is set, and the namespace shows something else. Git's own namespace goes first. */
function hasChangedNamespace({ spec }: Application, cluster: TargetCluster, targets: readonly Target[]): boolean {
  const { syncPolicy, destination } = spec
  const metadata = syncPolicy?.managedNamespaceMetadata
  if (!metadata || !destination.namespace || !isOptionOn(syncPolicy.syncOptions, 'CreateNamespace')) return false
  const key: ObjectKey = { group: '', kind: 'Namespace', namespace: '', name: destination.namespace }
  if (targets.some((target) => keyString(target.key) === keyString(key))) return false
  return differsFromManaged(cluster.cache.get(key), metadata)
}

function needsConfirmation({ target, live, isHook: isMade }: ManagedResource, options: SyncOptions): boolean {
  if (isMade) return false
  return [live, target?.object].some(
    (object) => object && (syncOption(options, 'Delete', object) === 'confirm' || syncOption(options, 'Prune', object) === 'confirm'),
  )
}

/** A hook's object: there for a sync or a deletion, and no part of what the application is. */
function hookResource(key: ObjectKey, live: KubeObject): ManagedResource {
  return {
    key,
    target: undefined,
    live,
    status: 'Synced',
    health: healthOf(live),
    comparison: undefined,
    requiresPruning: false,
    isHook: true,
  }
}

function skipped(target: Target, live: KubeObject | undefined): ManagedResource {
  const health = live && healthOf(live)
  return { key: target.key, target, live, status: 'Synced', health, comparison: undefined, requiresPruning: false }
}

function asSentence(message: string): string {
  return /[.!?:]$/.test(message) ? message : `${message}.`
}

/** In the cluster, tracked as ours, and not in Git. What somebody owns goes when its owner goes, and `Prune=false` keeps it. */
function extraResource(key: ObjectKey, live: KubeObject, isGitKnown: boolean): ManagedResource {
  const isOwned = (live.metadata.ownerReferences ?? []).length > 0
  const requiresPruning = isGitKnown && !isOwned && live.metadata.deletionTimestamp === undefined
  return {
    key,
    target: undefined,
    live,
    status: !isGitKnown ? 'Unknown' : isOwned ? 'Synced' : 'OutOfSync',
    health: healthOf(live),
    comparison: undefined,
    requiresPruning,
  }
}

/** Of what Git does not have, its own word counts: `IgnoreExtraneous` keeps it from making the whole differ (argo-cd docs/user-guide/compare-options.md). */
function countsAsDifferent({ target, live, status, isForbidden = false }: ManagedResource): boolean {
  return (
    (status === 'OutOfSync' || isForbidden) && (target !== undefined || !hasOption(live, annotations.compareOptions, 'IgnoreExtraneous'))
  )
}

function unreadableKinds(cluster: TargetCluster, resources: readonly ManagedResource[]): ApplicationCondition[] {
  const problems = cluster.cache.problems()
  if (problems.length === 0) return []
  const used = new Set(resources.map((resource) => `${resource.key.group}/${resource.key.kind}`))
  return problems
    .filter(({ type }) => used.has(`${type.group}/${type.kind}`))
    .map(({ type, message, since }) =>
      condition(
        'ComparisonError',
        `${type.kind} objects cannot be read from cluster ${cluster.name} since ${timeText(since)}: ${message}. Check the permissions and the API of this kind.`,
      ),
    )
}
