import type { Application, ApplicationSet, RolloutStatus, RolloutStep } from '@plimsoll/api'
import { annotations } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { applicationOf } from '../../application-object.ts'
import { isDeepEqual } from '../../json.ts'
import type { SetConditions } from './set-conditions.ts'

/**
 * Applications are synced step by step: one step's when all of those before it are healthy. The set starts each sync, so that the Applications' own
 * automation is switched off (argo-cd docs/operator-manual/applicationset/Progressive-Syncs.md and `applicationset/progressivesync`, 3.x).
 */
export function isRollingSync({ spec: { strategy } }: ApplicationSet): boolean {
  return strategy?.type === 'RollingSync' && Boolean(strategy.rollingSync)
}

export function stepsOf({ spec }: ApplicationSet): readonly RolloutStep[] {
  return spec.strategy?.rollingSync?.steps ?? []
}

/** By name, the step of each application from 0; of several steps that select it the first. */
export interface Steps {
  stepOf: ReadonlyMap<string, number>
  names: readonly (readonly string[])[]
  /** What is wrong with the steps, in words. */
  problems: string[]
}

export function divide(
  applications: readonly { name: string; labels: Readonly<Record<string, string>> }[],
  steps: readonly RolloutStep[],
): Steps {
  const stepOf = new Map<string, number>()
  const problems = new Set<string>()
  const names = steps.map((step, index) => {
    const expressions = step.matchExpressions ?? []
    const unknown = expressions.find(({ operator }) => operator !== 'In' && operator !== 'NotIn')
    if (unknown !== undefined) {
      problems.add(
        `Step ${index + 1} has invalid matchExpression operators: ${unknown.operator ?? ''}. Supported operators are In and NotIn.`,
      )
      return []
    }
    const selected = applications.filter(({ labels }) => expressions.every((expression) => isSelected(labels, expression)))
    for (const { name } of selected) {
      const before = stepOf.get(name)
      if (before === undefined) stepOf.set(name, index)
      else problems.add(`Application '${name}' is selected by several steps: ${before + 1} and ${index + 1}.`)
    }
    if (selected.length === 0) problems.add(`Step ${index + 1} has no applications that match it.`)
    return selected.map(({ name }) => name)
  })
  return { stepOf, names, problems: [...problems] }
}

function isSelected(
  labels: Readonly<Record<string, string>>,
  {
    key = '',
    operator,
    values,
  }: { key?: string | undefined; operator?: string | undefined; values?: readonly string[] | null | undefined },
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  if (value === undefined) return operator === 'NotIn'
  return (values ?? []).includes(value) === (operator === 'In')
}

export interface RolloutInput {
  set: ApplicationSet
  /** As they are in the cluster. */
  live: readonly KubeObject[]
  desired: readonly Application[]
  /** Names of those whose spec would be written anew: see `withoutAutomation`. */
  changed: ReadonlySet<string>
  now: string
}

export interface Rollout {
  statuses: RolloutStatus[]
  /** What is to be written, with a sync where one begins. */
  desired: Application[]
  conditions: SetConditions
}

/** One step forward: what each application's standing is now, and which of them sync. */
export function advance({ set, live, desired, changed, now }: RolloutInput): Rollout {
  const steps = stepsOf(set)
  const division = divide(
    desired.map(({ metadata }) => ({ name: metadata.name, labels: metadata.labels ?? {} })),
    steps,
  )
  const before = new Map((set.status?.applicationStatus ?? []).map((status) => [status.application, status]))
  const observed = live.map((object): RolloutStatus => {
    const { name } = object.metadata
    return observe(object, before.get(name), { isNew: changed.has(name), step: stepText(division, name), now })
  })
  const allowed = allowedNow(division, observed)
  const problems = [...division.problems]
  const statuses = start(observed, { division, steps, allowed, problems, now, held: heldAmong(live) })
  const free = new Set(live.filter(isFree).map(({ metadata }) => metadata.name))
  const pending = new Set(statuses.filter(({ status }) => status === 'Pending').map(({ application }) => application))
  return {
    statuses,
    desired: desired.map((application) => {
      const { name } = application.metadata
      return allowed.has(name) && pending.has(name) && free.has(name) ? withSync(application) : withoutAutomation(application)
    }),
    conditions: { ...progress(statuses, steps), ...configuration(problems) },
  }
}

/** Nothing is asked of it, and nothing runs. */
function isFree(object: KubeObject): boolean {
  const { operation, status } = applicationOf(object)
  const phase = status?.operationState?.phase
  return operation === undefined && phase !== 'Running' && phase !== 'Terminating'
}

function stepText({ stepOf }: Steps, name: string): string {
  const step = stepOf.get(name)
  return step === undefined ? '-1' : String(step + 1)
}

/** Waiting, Pending, Progressing, Healthy: forward by what is seen, and back to Waiting when something else is wanted. */
function observe(
  object: KubeObject,
  known: RolloutStatus | undefined,
  { isNew, step, now }: { isNew: boolean; step: string; now: string },
): RolloutStatus {
  const application = applicationOf(object)
  const { sync, health, operationState, conditions, reconciledAt } = application.status ?? {}
  const revisions = sync?.revisions ?? (sync?.revision ? [sync.revision] : [])
  const isSynced = sync?.status === 'Synced' && !isNew && isComparedTo(application)
  const isHealthy = health?.status === 'Healthy'
  const current: RolloutStatus = known
    ? { ...known, step }
    : {
        application: object.metadata.name,
        status: 'Waiting',
        message: 'No Application status found, defaulting status to Waiting',
        step,
        targetRevisions: revisions,
        lastTransitionTime: now,
      }
  const to = (status: RolloutStatus['status'], message: string): RolloutStatus => ({
    ...current,
    status,
    message,
    targetRevisions: revisions,
    lastTransitionTime: now,
  })
  const hasMoved = known !== undefined && JSON.stringify(known.targetRevisions) !== JSON.stringify(revisions)
  if (hasMoved || (isNew && current.status !== 'Pending') || current.status === 'Waiting') {
    if (isSynced) {
      return isHealthy
        ? to('Healthy', 'Application resource has synced, updating status to Healthy')
        : to('Progressing', 'Application resource has synced, updating status to Progressing')
    }
    if (current.status === 'Waiting' && !hasMoved && known !== undefined) return current
    if (!hasMoved && !isNew) return current
    const what = hasMoved && isNew ? ' (revision and spec differ)' : isNew ? ' (spec differs)' : ''
    return to('Waiting', `Application has pending changes${what}, setting status to Waiting`)
  }
  const since = current.lastTransitionTime ?? ''
  if (current.status === 'Pending' && !isBefore(reconciledAt, since)) {
    if (operationState && !isBefore(operationState.startedAt, since)) {
      const begun = to('Progressing', 'Application resource became Progressing, updating status from Pending to Progressing')
      // It may be through already: nothing would tell once more.
      return observe(object, begun, { isNew, step, now })
    }
    if ((conditions ?? []).some(({ type }) => type === 'InvalidSpecError' || type === 'UnknownError')) {
      return to('Progressing', 'Application resource has error and cannot sync, updating status to Progressing')
    }
  }
  if (current.status === 'Progressing' && isSynced && isHealthy) {
    return to('Healthy', 'Application resource became Healthy, updating status from Progressing to Healthy')
  }
  return current
}

/** A status may still be about the spec before this one. */
function isComparedTo({ spec, status }: Application): boolean {
  const compared = status?.sync?.comparedTo
  if (compared === undefined) return true
  const of = ({ source, sources }: Pick<Application['spec'], 'source' | 'sources'>): unknown =>
    sources && sources.length > 0 ? sources : source
  return isDeepEqual(of(compared), of(spec)) && (compared.destination === undefined || isDeepEqual(compared.destination, spec.destination))
}

/** Times have seconds in some places: of one second, neither is before the other. */
function isBefore(time: string | undefined, other: string): boolean {
  return time !== undefined && Math.floor(Date.parse(time) / 1000) < Math.floor(Date.parse(other) / 1000)
}

/** Those of every step up to the first that is not through. */
function allowedNow({ names }: Steps, statuses: readonly RolloutStatus[]): Set<string> {
  const healthy = new Set(statuses.filter(({ status }) => status === 'Healthy').map(({ application }) => application))
  const allowed = new Set<string>()
  for (const step of names) {
    for (const name of step) allowed.add(name)
    if (!step.every((name) => healthy.has(name))) break
  }
  return allowed
}

/** After a rollback nothing is synced by itself, here as anywhere. */
function heldAmong(live: readonly KubeObject[]): Set<string> {
  return new Set(live.filter(({ metadata }) => metadata.annotations?.[annotations.hold] !== undefined).map(({ metadata }) => metadata.name))
}

function start(
  statuses: readonly RolloutStatus[],
  {
    division,
    steps,
    allowed,
    problems,
    now,
    held,
  }: {
    division: Steps
    steps: readonly RolloutStep[]
    allowed: ReadonlySet<string>
    problems: string[]
    now: string
    held: ReadonlySet<string>
  },
): RolloutStatus[] {
  const inStep = (index: number): RolloutStatus[] => statuses.filter(({ application }) => division.stepOf.get(application) === index)
  const places = steps.map(({ maxUpdate }, index) => {
    const members = inStep(index)
    const busy = members.filter(({ status }) => status === 'Pending' || status === 'Progressing').length
    const most = mostAtOnce(maxUpdate, members.length)
    if (most === undefined) problems.push(`Step ${index + 1} has an invalid maxUpdate value: ${String(maxUpdate)}.`)
    return (most ?? 0) - busy
  })
  return statuses.map((status) => {
    const step = division.stepOf.get(status.application)
    if (status.status !== 'Waiting' || step === undefined || !allowed.has(status.application) || held.has(status.application)) return status
    if ((places[step] ?? 0) <= 0) return status
    places[step] = (places[step] ?? 0) - 1
    const message = 'Application moved to Pending status, watching for the Application resource to start Progressing'
    return { ...status, status: 'Pending', message, lastTransitionTime: now }
  })
}

/** Of a share at least one, unless it is none at all. Undefined for what is neither a number nor a share. */
function mostAtOnce(maxUpdate: RolloutStep['maxUpdate'], members: number): number | undefined {
  if (maxUpdate === undefined || maxUpdate === null) return Infinity
  if (typeof maxUpdate === 'number') return maxUpdate
  const share = /^(\d{1,3})%$/.exec(maxUpdate)?.[1]
  if (share === undefined) return undefined
  return share === '0' ? 0 : Math.max(1, Math.floor((Number(share) * members) / 100))
}

/** The set begins its syncs: automation of its own would not wait for its turn. */
export function withoutAutomation(application: Application): Application {
  const { syncPolicy } = application.spec
  if (!syncPolicy?.automated) return application
  return {
    ...application,
    spec: { ...application.spec, syncPolicy: { ...syncPolicy, automated: { ...syncPolicy.automated, enabled: false } } },
  }
}

function withSync(application: Application): Application {
  const { syncPolicy } = application.spec
  const isPruned = syncPolicy?.automated && syncPolicy.automated.enabled !== false && syncPolicy.automated.prune === true
  return {
    ...withoutAutomation(application),
    operation: {
      initiatedBy: { username: 'applicationset-controller', automated: true },
      info: [{ name: 'Reason', value: 'ApplicationSet RollingSync triggered a sync of this Application resource' }],
      sync: { ...(isPruned && { prune: true }), ...(syncPolicy?.syncOptions && { syncOptions: syncPolicy.syncOptions }) },
      retry: syncPolicy?.retry ?? { limit: 5 },
    },
  }
}

function progress(statuses: readonly RolloutStatus[], steps: readonly RolloutStep[]): SetConditions {
  const at = steps.findIndex((_, index) => statuses.some(({ step, status }) => step === String(index + 1) && status !== 'Healthy'))
  return {
    RolloutProgressing:
      at >= 0
        ? { status: 'True', reason: 'ApplicationSetModified', message: `ApplicationSet is performing rollout of step ${at + 1}` }
        : { status: 'False', reason: 'ApplicationSetRolloutComplete', message: 'ApplicationSet Rollout has completed' },
  }
}

function configuration([problem]: readonly string[]): SetConditions {
  return {
    InvalidRolloutConfig:
      problem === undefined
        ? { status: 'False', reason: 'ApplicationSetValidRolloutConfig', message: 'Rolling Sync Configured correctly' }
        : { status: 'True', reason: 'ApplicationSetInvalidRolloutConfig', message: problem },
  }
}
