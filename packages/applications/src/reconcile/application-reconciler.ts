import { type Application, type ApplicationCondition, type ApplicationStatus, PlimsollError } from '@plimsoll/api'
import { done, isConflict, isNotFound, keyString, type KubeObject, type Outcome } from '@plimsoll/kube'
import { applicationKey, applicationOf, parseRefKey, refKey, specProblem } from '../application-object.ts'
import { condition } from '../conditions.ts'
import type { ApplicationRef } from '../contract.ts'
import { isDeepEqual } from '../json.ts'
import { patchApplication } from './application-patch.ts'
import { automatedSync, type HealingBudget } from './automated-sync.ts'
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
  onEvaluated(key: string): void
  onForgotten(key: string): void
  /** Its source is slow to answer: the look was left, and is worth another one when `answered` settles. */
  onSlowSource(key: string, answered: Promise<unknown>): void
}

/** How long one application may keep a worker with what is not ours to hasten: a repository that does not answer must not hold up the others. */
const patienceMs = 3000
const slowSourceMs = 60_000

/**
 * One look at one application: what Git wants, what the cluster has, whether something is to be done, and its status at the end on every path.
 * It acts on what it reads, never on an event: to be killed at any moment costs a look, not the state.
 */
export function createReconciler(context: Reconciling, healing: HealingBudget, hooks: ReconcilerHooks): Reconciler {
  const states = new Map<string, ApplicationState>()

  async function reconcile(key: string): Promise<Outcome> {
    const object = context.home.cache.get(applicationKey(parseRefKey(key)))
    if (!object) {
      states.delete(key)
      healing.forget(key)
      hooks.onForgotten(key)
      return done
    }
    const application = applicationOf(object)
    const state = stateFor(key)
    if (object.metadata.deletionTimestamp !== undefined) return finalize(context, object, application)

    const problem = specProblem(application)
    if (problem) return reportInvalid(object, application, problem)
    const cluster = context.clusterOf(application.spec.destination)
    if (!cluster) {
      const { server, name } = application.spec.destination
      return reportInvalid(
        object,
        application,
        `spec.destination: there is no cluster ${name ? `with name ${name}` : `at ${server ?? ''}`}. Known: ${context.home.name} (${context.home.server})`,
      )
    }
    return look(new Look(context, key, object, application, cluster, state), state)
  }

  async function look(current: Look, state: ApplicationState): Promise<Outcome> {
    const looking = current.refreshIfAsked().then(() => current.evaluate())
    const evaluation = await withPatience(context.clock, looking)
    if (evaluation === 'slow') {
      hooks.onSlowSource(current.key, looking)
      return { again: { afterMs: slowSourceMs, reason: 'its repository has not answered yet' } }
    }
    state.evaluation = evaluation
    hooks.onTargets(current.key, state.evaluation.targets?.map((target) => keyString(target.key)) ?? [])
    let outcome: Outcome = done
    const conditions: ApplicationCondition[] = []

    if (current.operationToRun()) outcome = await current.operate(state.evaluation)
    else {
      const automated = automatedSync(current.application, state.evaluation, { delayMs: healing.delayMs(current.key, context.clock.now()) })
      if (automated.kind === 'start') {
        if (automated.isSelfHeal) healing.spend(current.key, context.clock.now())
        outcome = await current.operate(state.evaluation, automated.operation)
      } else if (automated.kind === 'later') outcome = { again: { afterMs: automated.afterMs, reason: 'self-heal waits' } }
      else if (automated.kind === 'refused') conditions.push(automated.condition)
    }
    state.evaluation = current.latest ?? state.evaluation
    await current.writeStatus(state.evaluation, conditions)
    state.isRefreshed = false
    hooks.onEvaluated(current.key)
    if (outcome === done && state.evaluation.retry) return { failed: state.evaluation.retry }
    return outcome
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
      state = { desired: undefined, memo: new Map(), evaluation: undefined, isRefreshed: false }
      states.set(key, state)
    }
    return state
  }

  return { reconcile, stateOf: (ref) => states.get(refKey(ref)) }
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
