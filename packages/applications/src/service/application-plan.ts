import {
  annotations,
  type Application,
  type ApplicationCondition,
  type ApplicationPlan,
  hookFinalizer,
  type PlannedChange,
  PlimsollError,
  type SyncOperation,
} from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { qualifiedName } from '../application-object.ts'
import { specSources, targetRevisionOf } from '../application-sources.ts'
import { resourceDiff } from '../comparison/resource-diff.ts'
import { describeKey } from '../conditions.ts'
import type { PlanOptions, TargetCluster } from '../contract.ts'
import { SecretMasker } from '../masking.ts'
import { desiredState } from '../reconcile/desired-state.ts'
import { diffRulesOf } from '../reconcile/diff-rules.ts'
import { compareWithLive } from '../reconcile/evaluate.ts'
import type { ManagedResource } from '../reconcile/evaluation.ts'
import type { Reconciling } from '../reconcile/reconciling.ts'
import { projectGuard, refusalOfTarget } from '../projects/project-guard.ts'
import { isForced, isOptionOn, syncOption, type SyncOptions } from '../sync/sync-options.ts'
import { type SyncTask, tasksOf } from '../sync/sync-task.ts'
import { deletePoliciesOf, type SyncPhase } from '../target/hook.ts'
import type { Target } from '../target/target-object.ts'
import { instanceName } from '../tracking.ts'

/**
 * What a sync would do to the cluster, in the order in which it would. Nothing is written, not even as a dry run, and nothing is asked of
 * the cluster that the cache does not hold: manifests of a stranger's pull request reach no admission webhook.
 * `contentKey`: equal for what was rendered from the same content.
 */
export async function planOf(
  context: Reconciling,
  application: Application,
  cluster: TargetCluster,
  options: PlanOptions = {},
): Promise<{ plan: ApplicationPlan; contentKey: string }> {
  const set = specSources(application)
  const { name, namespace = '' } = application.metadata
  const called = qualifiedName({ name, namespace }, context.namespace)
  if (options.local && !set.sources[options.local.position])
    throw new PlimsollError('invalid-request', `Application '${called}' has no source number ${options.local.position + 1}.`)
  const revisions = set.sources.map((source, index) => options.revisions?.[index] || targetRevisionOf(source))
  const instance = instanceName({ name, namespace }, context.namespace)
  const desired = await desiredState(
    context,
    { application, set, revisions, cluster, instance, isForShow: true, ...(options.local && { local: options.local }) },
    undefined,
  )
  const settings = context.diffSettings()
  const rules = diffRulesOf(application, settings)
  const { resources, conditions } = await compareWithLive(
    context,
    { application, set, desired, failure: undefined, cluster, instance, asks: 'never', rules },
    new Map(),
  )
  const syncOptions = application.spec.syncPolicy?.syncOptions ?? null
  const sync: SyncOperation = { prune: options.prune ?? application.spec.syncPolicy?.automated?.prune === true, syncOptions }
  const guard = projectGuard(context, application, cluster, set)
  const planning: Planning = { sync, sensitive: settings.sensitiveAnnotations }
  const wanted = resources.filter((resource) => resource.target !== undefined)
  const revision = desired.revisions[0] ?? ''
  // In the order in which the sync would take them; only the names that it would give to hooks are not known yet.
  const permitted = desired.hooks.filter((hook) => refusalOfTarget(guard, hook) === undefined)
  const hooks = permitted.map((hook) =>
    hook.key.name === '' ? { ...hook, key: { ...hook.key, name: `${hook.generateName ?? ''}…` } } : hook,
  )
  const tasks = tasksOf({
    sync,
    resources: resources.filter(({ isForbidden }) => isForbidden !== true),
    hooks,
    instance,
    revision,
    startedAt: '',
    attempt: 0,
  })
  const changes = [
    ...createdNamespace(application, cluster, wanted),
    ...tasks.flatMap((task) => plannedChange(task, planning)),
    ...resources
      .filter(({ target }) => target?.isSkipped)
      .map((resource) => changeOf(resource, 'keep', planning, { why: 'it is marked Skip' })),
    ...resources
      .filter(({ isForbidden }) => isForbidden)
      .map((resource) => changeOf(resource, 'keep', planning, { why: 'its project does not permit it: a sync would fail' })),
  ]
  return {
    plan: {
      application: called,
      revisions: desired.revisions,
      changes,
      unchanged: wanted.filter((resource) => !isChanged(resource) && !resource.target?.isSkipped && !resource.isForbidden).length,
      problems: [...conditions.map(({ message }) => message), ...sharedProblem(conditions, syncOptions)],
    },
    contentKey: desired.cacheKey,
  }
}

interface Planning {
  sync: SyncOperation
  /** Annotations whose values nobody shall see. */
  sensitive: ReadonlySet<string>
}

function plannedChange({ phase, wave, resource, hook, pruned }: SyncTask, planning: Planning): PlannedChange[] {
  const at = { phase, wave }
  if (hook) return [hookChange(hook.target, at, planning)]
  if (pruned) return isDropped(pruned) ? [droppedChange(pruned, planning, at)] : []
  if (!resource) return []
  const why = howItIsWritten(resource, planning.sync)
  if (!isChanged(resource) && why?.isAlways !== true) return []
  return [changeOf(resource, resource.live ? 'change' : 'create', planning, { ...at, ...(why && { why: why.text }) })]
}

/** By which options an object is written otherwise than by an apply. `isAlways`: also when it shows no difference. */
function howItIsWritten({ live, target }: ManagedResource, sync: SyncOperation): { text: string; isAlways: boolean } | undefined {
  if (!live || !isOptionOn(sync.syncOptions, 'Replace', target?.object, live)) return undefined
  return isForced(sync, target?.object, live)
    ? { text: 'deleted and made anew (Force=true, Replace=true)', isAlways: true }
    : { text: 'replaced as a whole (Replace=true)', isAlways: false }
}

function hookChange({ key, object }: Target, at: { phase: SyncPhase; wave: number }, { sensitive }: Planning): PlannedChange {
  const policies = [...deletePoliciesOf(object)].join(', ')
  const { [annotations.hookRun]: _run, ...kept } = object.metadata.annotations ?? {}
  const finalizers = (object.metadata.finalizers ?? []).filter((name) => name !== hookFinalizer)
  const shown: KubeObject = {
    ...object,
    metadata: {
      ...object.metadata,
      name: key.name,
      annotations: kept,
      ...(finalizers.length > 0 ? { finalizers } : { finalizers: undefined as never }),
    },
  }
  return {
    action: 'run',
    group: key.group,
    kind: key.kind,
    ...(key.namespace !== '' && { namespace: key.namespace }),
    name: key.name,
    ...at,
    why: `${at.phase === 'SyncFail' ? 'only when the sync fails; ' : ''}deleted by ${policies}`,
    differences: [],
    target: JSON.stringify(new SecretMasker(sensitive).mask(shown)),
  }
}

function sharedProblem(conditions: readonly ApplicationCondition[], syncOptions: SyncOptions): string[] {
  const isShared = conditions.some(({ type }) => type === 'SharedResourceWarning')
  return isShared && isOptionOn(syncOptions, 'FailOnSharedResource') ? ['A sync would fail: its option is FailOnSharedResource=true'] : []
}

function isChanged({ status, live }: ManagedResource): boolean {
  return !live || status === 'OutOfSync'
}

function isDropped({ target, status }: ManagedResource): boolean {
  return !target && status === 'OutOfSync'
}

function changeOf(
  resource: ManagedResource,
  action: PlannedChange['action'],
  { sensitive }: Planning,
  more: { phase?: SyncPhase; wave?: number; why?: string } = {},
): PlannedChange {
  const { key, target } = resource
  const { differences = [], targetState, liveState, normalizedLiveState, predictedLiveState } = resourceDiff(resource, sensitive)
  const before = normalizedLiveState ?? liveState
  const after = target && (predictedLiveState ?? targetState)
  return {
    action,
    group: key.group,
    kind: key.kind,
    ...(key.namespace !== '' && { namespace: key.namespace }),
    name: key.name,
    phase: 'Sync',
    wave: target?.wave ?? 0,
    ...more,
    differences: differences.map(({ path, live: from, target: to }) => ({
      path,
      ...(from !== undefined && { live: from }),
      ...(to !== undefined && { target: to }),
    })),
    ...(before !== undefined && { live: before }),
    ...(after !== undefined && { target: after }),
  }
}

function droppedChange(resource: ManagedResource, planning: Planning, at: { phase: SyncPhase; wave: number }): PlannedChange {
  const { live, key } = resource
  const { sync } = planning
  const option = syncOption(sync.syncOptions, 'Prune', live)
  const keep = (why: string): PlannedChange => changeOf(resource, 'keep', planning, { ...at, why })
  if (option === 'false') return keep('its sync option is Prune=false')
  if (!resource.requiresPruning) return keep(`${describeKey(key)} is being deleted already`)
  if (sync.prune !== true) return keep('a sync prunes only when it is asked to (--prune, or automated.prune)')
  const isLast = isOptionOn(sync.syncOptions, 'PruneLast', live)
  const notes = [
    ...(option === 'confirm' ? ['waits for `plimsoll app confirm-deletion` (Prune=confirm)'] : []),
    ...(isLast ? ['after everything else is healthy (PruneLast=true)'] : []),
  ]
  return changeOf(resource, 'prune', planning, { ...at, ...(notes.length > 0 && { why: notes.join('; ') }) })
}

/** `CreateNamespace=true` makes the namespace before anything else. */
function createdNamespace(application: Application, cluster: TargetCluster, wanted: readonly ManagedResource[]): PlannedChange[] {
  const { destination, syncPolicy } = application.spec
  const name = destination.namespace ?? ''
  if (name === '' || !isOptionOn(syncPolicy?.syncOptions, 'CreateNamespace')) return []
  if (wanted.some(({ key }) => key.kind === 'Namespace' && key.group === '' && key.name === name)) return []
  if (cluster.cache.get({ group: '', kind: 'Namespace', namespace: '', name })) return []
  const target = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, ...syncPolicy?.managedNamespaceMetadata } })
  return [{ action: 'create', group: '', kind: 'Namespace', name, phase: 'PreSync', wave: 0, differences: [], target }]
}
