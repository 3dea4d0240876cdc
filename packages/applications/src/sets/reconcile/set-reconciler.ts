import { createHash } from 'node:crypto'
import {
  type Application,
  type ApplicationSet,
  type ApplicationSetStatus,
  PlimsollError,
  setAnnotations,
  type SetConditionType,
} from '@plimsoll/api'
import { done, isConflict, type KubeObject, type Outcome } from '@plimsoll/kube'
import { parseRefKey } from '../../application-object.ts'
import { generate, type Generation } from '../generate/generate.ts'
import { requeueAfterMs } from '../generate/transform.ts'
import { requireKnown } from '../sources/home-sources.ts'
import { decideRemoval, type GuardDecision } from './deletion-guard.ts'
import { ensureFinalizer, finalizeSet, mayDelete, mayUpdate } from './finalize-set.ts'
import { ignoredBy } from './ignored-differences.ts'
import { advance, isRollingSync, type Rollout, stepsOf, withoutAutomation } from './rolling-sync.ts'
import {
  failedConditions,
  goodConditions,
  heldCondition,
  mergedConditions,
  type SetConditions,
  setHealth,
  setReasons,
} from './set-conditions.ts'
import { type SetContext, typeOfKind } from './set-context.ts'
import { applicationsOf, setKey, setOfObject, setProblem } from './set-object.ts'
import { clearAnnotations, resourcesOf, writeStatus } from './set-status.ts'
import { deleteApplications, problemText, writeApplications, type WriteProblems } from './set-writes.ts'
import { invalidApplications } from './validation.ts'
import { hasSameSpec } from './wanted-object.ts'

/** Whoever asks for nothing by the clock is looked at all the same: it finds what an event has missed. */
const relookMs = 10 * 60_000
/** A generator that fails is asked again soon, and then later each time (argo-cd: every three minutes). */
const longestRetryMs = 3 * 60_000
const longestWaitMs = 24 * 3_600_000
/** Characters that the words of a failure take in a condition. */
const longestMessage = 3000

export interface SetReconciler {
  reconcile(key: string): Promise<Outcome>
  /** The next look asks every generator; without this, one that follows a change of an Application takes what it knows. */
  wantFresh(key: string): void
}

interface Known {
  spec: string
  generation: Generation
  /** When the generators are to be asked again. */
  dueAt: number
  /** Failures in a row. */
  failures: number
}

type Generated = Extract<Generation, { ok: true }>

/** A pass over one set: what its generators want, made so, but for what nobody has confirmed. Every path writes the status. */
export function createSetReconciler(context: SetContext): SetReconciler {
  const known = new Map<string, Known>()

  async function reconcile(key: string): Promise<Outcome> {
    const { home, namespace } = context
    const object = home.cache.get(setKey(parseRefKey(key)))
    if (!object || object.metadata.namespace !== namespace) {
      known.delete(key)
      return done
    }
    const set = setOfObject(object)
    try {
      if (object.metadata.deletionTimestamp !== undefined) return await finalizeSet(context, object, set)
      const problem = setProblem(set) ?? ignoredBy(set)?.problems[0]
      if (problem !== undefined) {
        await report(object, { conditions: failedConditions(setReasons.invalid, problem, false), isAnswered: true })
        return { stalled: new PlimsollError('invalid-application-set', problem) }
      }
      return await look(key, await ensureFinalizer(context, object, set))
    } catch (error) {
      // Somebody changed it in between: what there is now is looked at.
      if (isConflict(error) || (error instanceof PlimsollError && error.code === 'conflict'))
        return { again: { afterMs: 50, reason: 'it was changed meanwhile' } }
      throw error
    }
  }

  async function look(key: string, object: KubeObject): Promise<Outcome> {
    const set = setOfObject(object)
    requireKnown(context.home, { group: 'argoproj.io', kind: 'Application' })
    const { generation, dueAt, failures } = await generationOf(key, set)
    const again = (reason: string): Outcome => ({ again: { afterMs: Math.max(100, dueAt - context.clock.now()), reason } })
    if (generation.ok) {
      const outcome = await apply(object, set, generation)
      return outcome === done ? again('its generators are asked again') : outcome
    }
    const { error, reason } = generation
    const conditions = failedConditions(setReasons[reason], `${error.message} ${error.remedy}`.slice(0, longestMessage), false)
    await report(object, { conditions, isAnswered: true })
    if (failures === 1)
      context.log.warn({ applicationSet: key, error: error.message }, 'An ApplicationSet could not be generated: nothing is changed')
    return again(error.message)
  }

  /** What follows a change of an Application is done with what is known; the generators are asked when their time has come, or when something tells. */
  async function generationOf(key: string, set: ApplicationSet): Promise<Known> {
    const spec = JSON.stringify(set.spec)
    const isFresh = set.metadata.annotations?.[setAnnotations.refresh] !== undefined
    const remembered = known.get(key)
    if (!isFresh && remembered?.spec === spec && context.clock.now() < remembered.dueAt) return remembered
    const generation = await generate(set, context.sourcesFor(set), { isFresh })
    const failures = generation.ok ? 0 : (remembered?.spec === spec ? remembered.failures : 0) + 1
    const afterMs = generation.ok ? (requeueAfterMs(set.spec.generators) ?? relookMs) : Math.min(longestRetryMs, 1000 * 2 ** failures)
    const entry = { spec, generation, failures, dueAt: context.clock.now() + Math.min(afterMs, longestWaitMs) }
    known.set(key, entry)
    return entry
  }

  async function apply(object: KubeObject, set: ApplicationSet, generation: Generated): Promise<Outcome> {
    const { home } = context
    const invalid = invalidApplications(generation.applications, {
      resolve: (destination) => context.clusters.resolve(destination),
      projectProblems: (application, cluster) => context.projectProblems?.(application, cluster) ?? [],
    })
    const valid = generation.applications.filter(({ metadata }) => !invalid.has(metadata.name))
    const rollout = await rolloutOf(object, set, valid)
    if (rollout instanceof PlimsollError) {
      await report(object, { conditions: failedConditions(setReasons.rollout, rollout.message, true), isAnswered: true })
      return { stalled: rollout }
    }
    const decision = decide(object, set, generation)
    // What waits, and where each application stands, is durable before anything is made or begins that follows from it.
    const standing = await writeStatus(context, object, {
      ...set.status,
      ...(rollout && { applicationStatus: rollout.statuses }),
      ...(decision?.pending && { pendingDeletion: decision.pending }),
    })
    const problems = await writeApplications(context, standing, set, rollout?.desired ?? valid, { mayUpdate: mayUpdate(set) })
    // What could not be made may be what takes the place of what would go.
    const deletions = problems.size > 0 ? new Map<string, unknown>() : await remove(standing, set, decision)
    const conditions: SetConditions = {
      ...(problems.size > 0
        ? failedConditions(mayUpdate(set) ? setReasons.update : setReasons.create, problemText(problems), true)
        : deletions.size > 0
          ? failedConditions(setReasons.delete, problemText(deletions), true)
          : invalid.size > 0
            ? failedConditions(setReasons.validation, invalidText(invalid), true)
            : { ...goodConditions(), ...heldCondition(set, decision?.pending) }),
      ...heldOnly(set, decision),
      ...rollout?.conditions,
    }
    await report(standing, {
      conditions,
      isAnswered: true,
      isApprovalSpent: decision?.isApprovalSpent ?? false,
      status: {
        ...(decision && { generated: { digest: digestOf(set.spec.generators), counts: decision.counts } }),
        pendingDeletion: decision?.pending,
        applicationStatus: rollout ? rollout.statuses : undefined,
      },
      resources: applicationsOf(object, home),
    })
    const [first] = [...problems.values(), ...deletions.values()]
    if (first !== undefined)
      return isConflict(first) ? { again: { afterMs: 50, reason: 'an application was changed meanwhile' } } : { failed: asError(first) }
    return done
  }

  /** A step forward, or why there is none. Undefined: all are as they are wanted at once. */
  async function rolloutOf(
    object: KubeObject,
    set: ApplicationSet,
    desired: readonly Application[],
  ): Promise<Rollout | PlimsollError | undefined> {
    if (!isRollingSync(set)) return undefined
    if (stepsOf(set).length === 0) return new PlimsollError('invalid-application-set', 'spec.strategy.rollingSync.steps: there are none.')
    const live = applicationsOf(object, context.home).filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    const wanted = new Map(desired.map((application) => [application.metadata.name, withoutAutomation(application)]))
    const ownership = { ignored: ignoredBy(set), jq: context.jq }
    const changed = new Set<string>()
    try {
      await Promise.all(
        live.map(async (one) => {
          const application = wanted.get(one.metadata.name)
          if (application && !(await hasSameSpec(one, application, ownership))) changed.add(one.metadata.name)
        }),
      )
    } catch (error) {
      if (error instanceof PlimsollError) return error
      throw error
    }
    return advance({ set, live, desired, changed, now: now() })
  }

  function decide(object: KubeObject, set: ApplicationSet, generation: Generated): GuardDecision | undefined {
    if (!mayDelete(set)) return undefined
    const before = set.status?.generated
    return decideRemoval({
      existing: applicationsOf(object, context.home)
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .map(({ metadata }) => metadata.name),
      desired: new Set(generation.applications.map(({ metadata }) => metadata.name)),
      counts: generation.counts,
      countsBefore: before?.digest === digestOf(set.spec.generators) ? before.counts : undefined,
      pending: set.status?.pendingDeletion,
      approval: object.metadata.annotations?.[setAnnotations.deletionApproved],
      isOff: object.metadata.annotations?.[setAnnotations.deletionGuard] === 'off',
      now: now(),
    })
  }

  /** Deletes what the guard lets go, once it is sure that the spec is still the one that this follows from. */
  async function remove(object: KubeObject, set: ApplicationSet, decision: GuardDecision | undefined): Promise<WriteProblems> {
    if (decision === undefined || decision.removed.length === 0) return new Map()
    const { name, namespace = '', uid, generation } = object.metadata
    const live = await context.home.client.get(await typeOfKind(context.home, 'ApplicationSet'), { name, namespace })
    if (live === undefined || live.metadata.uid !== uid || live.metadata.generation !== generation) {
      if (live) context.home.cache.observe(live)
      throw new PlimsollError('conflict', `ApplicationSet '${name}' was changed meanwhile: nothing was deleted.`)
    }
    const gone = new Set(decision.removed)
    const applications = applicationsOf(object, context.home).filter(
      ({ metadata }) => gone.has(metadata.name) && metadata.deletionTimestamp === undefined,
    )
    return deleteApplications(context, object, applications, { keepsResources: set.spec.syncPolicy?.preserveResourcesOnDeletion === true })
  }

  /** The one place that writes what a look has found. */
  async function report(
    object: KubeObject,
    found: {
      conditions: SetConditions
      /** What was asked for by a refresh has been looked at. */
      isAnswered: boolean
      isApprovalSpent?: boolean
      status?: Partial<ApplicationSetStatus>
      resources?: readonly KubeObject[]
    },
  ): Promise<void> {
    const cleared = await clearAnnotations(context, object, { refresh: found.isAnswered, approval: found.isApprovalSpent ?? false })
    const set = setOfObject(cleared)
    const conditions = mergedConditions(set.status?.conditions ?? [], found.conditions, obsolete(set, found.conditions), now())
    const applications = found.resources ?? applicationsOf(cleared, context.home)
    await writeStatus(
      context,
      cleared,
      withoutUndefined({ ...set.status, ...found.status, ...resourcesOf(applications), conditions, health: setHealth(conditions) }),
    )
  }

  function now(): string {
    return new Date(context.clock.now()).toISOString()
  }

  return { reconcile, wantFresh: (key) => void known.delete(key) }
}

/** What is held stands beside an error, too: it must not be overlooked. */
function heldOnly(set: ApplicationSet, decision: GuardDecision | undefined): SetConditions {
  const { DeletionHeld } = heldCondition(set, decision?.pending)
  return DeletionHeld ? { DeletionHeld } : {}
}

/** Conditions of what this set does not do any more. A look that failed early says nothing of what is held. */
function obsolete(set: ApplicationSet, found: SetConditions): SetConditionType[] {
  const isComplete = found.ParametersGenerated?.status === 'True'
  return [
    ...(isRollingSync(set) ? [] : (['RolloutProgressing', 'InvalidRolloutConfig'] as const)),
    ...(isComplete && found.DeletionHeld === undefined ? (['DeletionHeld'] as const) : []),
  ]
}

function invalidText(invalid: ReadonlyMap<string, string>): string {
  const [first = ''] = [...invalid.keys()].toSorted()
  const more = invalid.size > 1 ? ` (and ${invalid.size - 1} more)` : ''
  return `${invalid.get(first) ?? ''}${more}`.slice(0, longestMessage)
}

function digestOf(generators: ApplicationSet['spec']['generators']): string {
  return createHash('sha256').update(JSON.stringify(generators)).digest('hex').slice(0, 16)
}

function withoutUndefined(status: ApplicationSetStatus): ApplicationSetStatus {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined)) as ApplicationSetStatus
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
