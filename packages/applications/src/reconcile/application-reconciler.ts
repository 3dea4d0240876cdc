import { type Application, type ApplicationCondition, type ApplicationStatus, PlimsollError } from '@plimsoll/api'
import { done, isConflict, isNotFound, keyString, type KubeObject, type ObjectKey, type Outcome } from '@plimsoll/kube'
import { applicationOf, parseRefKey, refKey, refOf, specProblem } from '../application-object.ts'
import { awayFailure } from '../clusters/capabilities.ts'
import { condition } from '../conditions.ts'
import type { ApplicationRef, TargetCluster } from '../contract.ts'
import { isDeepEqual } from '../json.ts'
import { leaveAllHooks } from '../sync/operation-hooks.ts'
import { instanceName } from '../tracking.ts'
import { patchApplication } from './application-patch.ts'
import type { Readiness } from '../dependencies/readiness.ts'
import { revisionText } from '../application-sources.ts'
import { automaticRollback } from './automatic-rollback.ts'
import { automatedSync, type HealingBudget } from './automated-sync.ts'
import { HookFailures } from './deletion-hooks.ts'
import { KnownDiffRules } from './diff-rules.ts'
import { finalize } from './finalize.ts'
import { type ApplicationState, Look } from './look.ts'
import type { Reconciling } from './reconciling.ts'

export interface Reconciler {
  reconcile(key: string): Promise<Outcome>
  stateOf(ref: ApplicationRef): ApplicationState | undefined
}

export interface ReconcilerHooks {
  /** Where the objects that Git wants are, so that a change of one finds its application. */
  onTargets(key: string, targetIds: string[]): void
  /** The namespace in which what belongs to nobody is looked for; undefined for none. */
  onOrphansWatched(key: string, namespace: string | undefined): void
  onEvaluated(key: string): void
  onForgotten(key: string): void
  /** The keys of those that it waits for; none: it waits no more. */
  onWaiting(key: string, on: readonly string[]): void
  /** Its source is slow to answer: the look was left, and is worth another one when `answered` settles. */
  onSlowSource(key: string, answered: Promise<unknown>): void
}

/** How long one application may keep a worker with what is not ours to hasten: a repository that does not answer must not hold up the others. */
const patienceMs = 3000
const slowSourceMs = 60_000
const dependencyPollMs = 60_000

/**
 * One look at one application: what Git wants, what the cluster has, whether something is to be done, and its status at the end on every path.
 * It acts on what it reads, never on an event: to be killed at any moment costs a look, not the state.
 */
export function createReconciler(context: Reconciling, healing: HealingBudget, hooks: ReconcilerHooks): Reconciler {
  const states = new Map<string, ApplicationState>()

  async function reconcile(key: string): Promise<Outcome> {
    const ref = parseRefKey(key)
    const object = context.applications.get(ref)
    if (!object) {
      const { cluster } = states.get(key) ?? {}
      states.delete(key)
      healing.forget(key)
      hooks.onForgotten(key)
      // Without a finalizer of ours it is gone at once, in the middle of a sync perhaps.
      // A cluster that is gone or away keeps what is left there, and what is of a namespace that is not enabled is not ours to touch.
      if (cluster && isThere(cluster) && context.applications.isEnabled(ref.namespace))
        await leaveAllHooks(cluster, instanceName(ref, context.namespace))
      return done
    }
    const application = applicationOf(object)
    const state = stateFor(key)
    if (object.metadata.deletionTimestamp !== undefined) {
      state.failures ??= new HookFailures()
      const { leaving } = context.dependentsOf(application)
      hooks.onWaiting(
        key,
        leaving.map(({ metadata }) => refKey({ name: metadata.name, namespace: metadata.namespace ?? '' })),
      )
      return finalize(context, object, application, state.failures)
    }

    const problem = specProblem(application)
    if (problem) return reportInvalid(object, application, problem)
    const found = context.clusters.resolve(application.spec.destination)
    if (!found.cluster)
      return reportInvalid(
        object,
        application,
        `${found.problem}. in-cluster is where Plimsoll lives; plimsoll cluster list names the others`,
      )
    const { cluster } = found
    state.cluster = cluster
    return look(new Look(context, key, object, application, cluster, state), state)
  }

  function isThere(cluster: TargetCluster): boolean {
    return context.clusters.all().includes(cluster) && awayFailure(cluster) === undefined
  }

  async function look(current: Look, state: ApplicationState): Promise<Outcome> {
    const looking = current.refreshIfAsked().then(() => current.evaluate())
    const evaluation = await withPatience(context.clock, looking)
    if (evaluation === 'slow') {
      current.leave()
      hooks.onSlowSource(current.key, looking)
      return { again: { afterMs: slowSourceMs, reason: 'its repository has not answered yet' } }
    }
    state.evaluation = evaluation
    const wanted = [...(state.evaluation.targets?.map((target) => target.key) ?? []), ...managedNamespaceKey(current.application)]
    hooks.onTargets(current.key, wanted.map(keyString))
    hooks.onOrphansWatched(current.key, current.watchedNamespace())
    await current.keepFinalizers(evaluation)
    let outcome: Outcome = done
    const conditions: ApplicationCondition[] = [...(await context.noticesOf(current.application, current.key))]

    if (current.operationToRun()) outcome = await current.operate(state.evaluation)
    else {
      const automated = automatedSync(current.application, state.evaluation, {
        healing: { delayMs: healing.delayMs(current.key, context.clock.now()) },
        permission: current.permission({ isManual: false }),
      })
      const readiness: Readiness =
        automated.kind === 'start' && !automated.isSelfHeal ? context.readinessOf(current.application) : { kind: 'ready' }
      hooks.onWaiting(current.key, readiness.kind === 'waits' ? readiness.on : [])
      if (readiness.kind === 'waits') {
        conditions.push(dependencyCondition(readiness))
        // Who is waited for brings it on. This is for who is not there to do so.
        outcome = { again: { afterMs: dependencyPollMs, reason: readiness.message } }
      } else if (automated.kind === 'start') {
        if (automated.isSelfHeal) healing.spend(current.key, context.clock.now())
        outcome = await current.operate(state.evaluation, automated.operation)
      } else if (automated.kind === 'later') outcome = { again: { afterMs: automated.afterMs, reason: 'self-heal waits' } }
      else if (automated.kind === 'refused') conditions.push(automated.condition)
      else if (automated.kind === 'closed') {
        conditions.push(automated.condition)
        if (automated.until !== undefined) outcome = waitUntil(automated.until, context.clock.now())
      }
    }
    state.evaluation = current.latest ?? state.evaluation
    const back = automaticRollback(current.application, state.evaluation, context.clock.now())
    if (back.kind === 'good') await current.markGood(back.id)
    await current.writeStatus(state.evaluation, conditions)
    state.isRefreshed = false
    if (back.kind === 'back') await rollBack(current, back)
    if (back.kind === 'soon' && outcome === done) outcome = { again: { afterMs: back.afterMs, reason: 'it has to stay good for a while' } }
    hooks.onEvaluated(current.key)
    if (outcome === done && state.evaluation.retry) return { failed: state.evaluation.retry }
    if (outcome === done && current.isLate) return { again: { afterMs: slowSourceMs, reason: 'its source took long to fail' } }
    return outcome
  }

  async function rollBack({ object, application }: Look, { id, revisions }: { id: number; revisions: readonly string[] }): Promise<void> {
    try {
      await context.rollBack(application, id)
      const message = `The sync ended Degraded: going back to ${revisionText(revisions)}, the last deployment that was Synced and Healthy (history id ${id})`
      context.events.record(object, { reason: 'AutomaticRollback', message, isWarning: true })
    } catch (error) {
      // A closed sync window, for one. The next look tries again.
      if (!(error instanceof PlimsollError)) throw error
      context.log.warn({ application: refKey(refOf(object)), reason: error.message }, 'An automatic rollback is not possible')
    }
  }

  async function reportInvalid(object: KubeObject, application: Application, problem: string): Promise<Outcome> {
    const now = new Date(context.clock.now()).toISOString()
    const previous = application.status ?? {}
    const known = previous.conditions?.find((item) => item.type === 'InvalidSpecError' && item.message === problem)
    const status: ApplicationStatus = {
      ...previous,
      sync: { ...previous.sync, status: 'Unknown' },
      health: { status: 'Unknown', lastTransitionTime: previous.health?.status === 'Unknown' ? previous.health.lastTransitionTime : now },
      conditions: [{ ...condition('InvalidSpecError', problem), lastTransitionTime: known?.lastTransitionTime ?? now }],
    }
    await patchApplication(context, object, {
      clearRefresh: true,
      status: [previous, isDeepEqual(previous, status) ? previous : { ...status, reconciledAt: now }],
    })
    return { stalled: new PlimsollError('invalid-application', problem) }
  }

  function stateFor(key: string): ApplicationState {
    let state = states.get(key)
    if (!state) {
      state = {
        desired: undefined,
        memo: new Map(),
        rules: new KnownDiffRules(),
        evaluation: undefined,
        isRefreshed: false,
        cluster: undefined,
      }
      states.set(key, state)
    }
    return state
  }

  return { reconcile, stateOf: (ref) => states.get(refKey(ref)) }
}

function dependencyCondition({ message, isCircle }: Extract<Readiness, { kind: 'waits' }>): ApplicationCondition {
  if (isCircle) return condition('DependencyError', `Automated sync can never begin: ${message}. Correct spec.dependsOn, or sync by hand.`)
  return condition('DependencyWarning', `Automated sync waits: ${message}.`)
}

/** A timer runs for an hour at most: what it waits for may be changed. */
function waitUntil(at: number, now: number): Outcome {
  return { again: { afterMs: Math.min(3_600_000, Math.max(1, at - now)), reason: 'a sync window' } }
}

/** The namespace is kept as `managedNamespaceMetadata` wants it, so its changes count. */
function managedNamespaceKey({ spec }: Application): ObjectKey[] {
  const name = spec.destination.namespace
  return name && spec.syncPolicy?.managedNamespaceMetadata ? [{ group: '', kind: 'Namespace', namespace: '', name }] : []
}

async function withPatience<T>(clock: Reconciling['clock'], promise: Promise<T>): Promise<T | 'slow'> {
  let timer: { cancel(): void } | undefined
  const slow = new Promise<'slow'>((resolve) => {
    timer = clock.setTimeout(() => resolve('slow'), patienceMs)
  })
  return Promise.race([promise, slow]).finally(() => timer?.cancel())
}

/** Conflicts and vanished objects mean: look again. */
export function isStale(error: unknown): boolean {
  return isConflict(error) || isNotFound(error)
}
