import type { Application, ApplicationCondition, ResourceStatus } from '@plimsoll/api'
import { revisionsIn, specSources } from '../application-sources.ts'
import { describeKey } from '../conditions.ts'
import { isDeepEqual } from '../json.ts'
import { readHold } from '../reconcile/automated-sync.ts'

/** Why an application is in the state that it is in: what decides, in one sentence, with what it was seen by, and what can be done. */
export interface Why {
  /** `Healthy`, `OutOfSync`, `Syncing`, `Deleting`, `Waiting`, `Held` … */
  state: string
  sentence: string
  evidence: Evidence[]
  /** Commands, most useful first. */
  next: string[]
}

export interface Evidence {
  /** `Deployment shop/web`, `condition SyncError`, `operation`, `history`. */
  about: string
  says: string
  /** RFC 3339. */
  since?: string
}

type Explained = Why | undefined

/** Objects of one kind of trouble that are named; more are counted. */
const mostNamed = 5

/**
 * From what is on record about the application alone: the same for everybody who asks, whenever. The first of its troubles that explains the others.
 * `called`: its name in commands.
 */
export function whyOf(application: Application, called = application.metadata.name): Why {
  return (
    deleting(application, called) ??
    running(application, called) ??
    broken(application, called) ??
    held(application, called) ??
    waiting(application, called) ??
    failedSync(application, called) ??
    unhealthy(application, called) ??
    outOfSync(application, called) ??
    moving(application, called) ??
    well(application)
  )
}

function deleting({ metadata, status }: Application, called: string): Explained {
  if (metadata.deletionTimestamp === undefined) return undefined
  const failure = status?.conditions?.find(({ type }) => type === 'DeletionError')
  const waits = status?.conditions?.find(({ type, message }) => type === 'DependencyWarning' && message.startsWith('Its deletion waits'))
  const left = status?.resources?.length ?? 0
  return {
    state: 'Deleting',
    sentence: failure
      ? `It is being deleted and cannot go on: ${failure.message}`
      : waits
        ? `It is being deleted. ${waits.message}`
        : `It is being deleted, with what it manages${left > 0 ? `: ${count(left, 'object')} ${left === 1 ? 'was' : 'were'} left when it was last looked at` : ''}.`,
    evidence: [
      { about: 'metadata.deletionTimestamp', says: 'the deletion was asked for', since: metadata.deletionTimestamp },
      ...(metadata.finalizers ?? []).map((name) => ({ about: 'finalizer', says: name })),
      ...conditionsAsEvidence([failure, waits].filter((one) => one !== undefined)),
    ],
    next: failure && /confirm/.test(failure.message) ? [`plimsoll app confirm-deletion ${called}`] : [],
  }
}

function running({ operation, status }: Application, called: string): Explained {
  const state = status?.operationState
  if (state?.phase === 'Running' || state?.phase === 'Terminating') {
    const results = state.syncResult?.resources ?? []
    const open = results.filter(({ hookPhase, status: reached }) => hookPhase === 'Running' || reached === undefined)
    const revision = shortRevisions(revisionsIn(state.syncResult) ?? revisionsIn(state.operation.sync))
    const what = state.phase === 'Terminating' ? 'is being terminated' : state.finishedAt ? 'has failed and is tried again' : 'is under way'
    return {
      state: 'Syncing',
      sentence: `A sync${revision === '' ? '' : ` to ${revision}`}, begun ${by(state.operation.initiatedBy)}, ${what}${state.message ? `: ${state.message}` : '.'}`,
      evidence: [
        { about: 'operation', says: state.message ?? state.phase, since: state.startedAt },
        ...open
          .slice(0, mostNamed)
          .map((result) => ({ about: describeKey(result), says: result.message ?? result.hookPhase ?? 'not done yet' })),
      ],
      next: [
        ...((state.message ?? '').startsWith('waiting for pruning confirmation') ? [`plimsoll app confirm-deletion ${called}`] : []),
        `plimsoll app wait ${called}`,
        `plimsoll app terminate-op ${called}`,
      ],
    }
  }
  if (!operation) return undefined
  return {
    state: 'Syncing',
    sentence: `A sync was asked for ${by(operation.initiatedBy)}, and has not begun yet.`,
    evidence: [{ about: 'operation', says: 'asked for' }],
    next: [`plimsoll app wait ${called}`],
  }
}

function broken({ status }: Application, called: string): Explained {
  const errors = (status?.conditions ?? []).filter(({ type }) => type.endsWith('Error'))
  // What stands first in the way: a spec before what it names, that before what was tried.
  const rank = ['InvalidSpecError', 'ComparisonError', 'DependencyError', 'SyncError']
  const [first] = errors.toSorted((a, b) => rankIn(rank, a.type) - rankIn(rank, b.type))
  if (!first) return undefined
  const failed = first.type === 'SyncError' ? (status?.operationState?.syncResult?.resources ?? []).filter(hasFailed) : []
  return {
    state: first.type,
    sentence: first.message,
    evidence: [
      ...conditionsAsEvidence(errors),
      ...failed.slice(0, mostNamed).map((result) => ({ about: describeKey(result), says: result.message ?? 'failed' })),
    ],
    next:
      first.type === 'SyncError'
        ? [`plimsoll app diff ${called}`, `plimsoll app sync ${called}`, `plimsoll app rollback ${called}`]
        : [`plimsoll app get ${called} --refresh`],
  }
}

/** One that somebody asked for leaves no condition, as in Argo CD. It explains the state as long as Git says the same. */
function failedSync({ status }: Application, called: string): Explained {
  const state = status?.operationState
  if (!state || (state.phase !== 'Failed' && state.phase !== 'Error') || state.operation.sync?.dryRun) return undefined
  const tried = revisionsIn(state.syncResult)
  if (status?.sync?.status === 'Synced' || (tried && !isDeepEqual(tried, revisionsIn(status?.sync)))) return undefined
  return {
    state: 'SyncFailed',
    sentence: `The last sync, begun ${by(state.operation.initiatedBy)}, has failed: ${state.message ?? state.phase}`,
    evidence: [
      { about: 'operation', says: state.message ?? state.phase, ...(state.finishedAt && { since: state.finishedAt }) },
      ...(state.syncResult?.resources ?? [])
        .filter(hasFailed)
        .slice(0, mostNamed)
        .map((result) => ({ about: describeKey(result), says: result.message ?? 'failed' })),
    ],
    next: [`plimsoll app diff ${called}`, `plimsoll app sync ${called}`],
  }
}

function held(application: Application, called: string): Explained {
  const hold = readHold(application)
  if (!hold) return undefined
  const { status } = application
  return {
    state: 'Held',
    sentence: `Automated sync is on hold${hold.by ? ` by ${hold.by}` : ''}: ${hold.reason}. What Git says now is not applied.`,
    evidence: [
      { about: 'hold', says: hold.reason, ...(hold.since && { since: hold.since }) },
      { about: 'sync', says: `${status?.sync?.status ?? 'Unknown'} with ${shortRevisions(revisionsIn(status?.sync)) || 'no revision'}` },
      ...troubled(status?.resources).slice(0, mostNamed),
    ],
    next: [`plimsoll app resume ${called}`, `plimsoll app diff ${called}`],
  }
}

function waiting({ status }: Application, called: string): Explained {
  const found = status?.conditions?.find(({ type }) => type === 'DependencyWarning' || type === 'SyncWindowWarning')
  if (!found) return undefined
  return {
    state: 'Waiting',
    sentence: found.message,
    evidence: [...conditionsAsEvidence([found]), ...differing(status?.resources).slice(0, mostNamed)],
    next: [`plimsoll app sync ${called}`, `plimsoll app diff ${called}`],
  }
}

function unhealthy({ status }: Application, called: string): Explained {
  const health = status?.health?.status
  if (health !== 'Degraded' && health !== 'Missing' && health !== 'Suspended') return undefined
  const blamed = (status?.resources ?? []).filter((resource) => resource.health?.status === health && resource.hook !== true)
  const [first] = blamed
  const others = blamed.length > 1 ? `, and ${count(blamed.length - 1, 'other object')} with it` : ''
  const message = first?.health?.message ?? status?.health?.message
  const missing = `${first ? describeKey(keyOf(first)) : 'What Git wants'} is not in the cluster${others}.${status?.sync?.status === 'OutOfSync' ? ' Nothing has been synced since.' : ''}`
  return {
    state: health,
    sentence:
      health === 'Missing' ? missing : `${first ? describeKey(keyOf(first)) : 'It'} is ${health}${others}${message ? `: ${message}` : '.'}`,
    evidence: [
      ...blamed.slice(0, mostNamed).map((resource) => ({
        about: describeKey(keyOf(resource)),
        says: resource.health?.message ?? health,
        ...(resource.health?.lastTransitionTime && { since: resource.health.lastTransitionTime }),
      })),
      ...lastDeployment(status),
    ],
    next:
      health === 'Missing'
        ? [`plimsoll app sync ${called}`]
        : health === 'Suspended'
          ? [`plimsoll app actions list ${called}`]
          : [`plimsoll app logs ${called}`, `plimsoll app resources ${called}`, `plimsoll app rollback ${called}`],
  }
}

function outOfSync({ spec, status }: Application, called: string): Explained {
  if (status?.sync?.status !== 'OutOfSync') return undefined
  const different = (status.resources ?? []).filter((resource) => resource.status === 'OutOfSync')
  const [first] = different
  const policy = spec.syncPolicy?.automated
  const isAutomated = policy !== undefined && policy !== null && policy.enabled !== false
  const isPruneOnly = different.length > 0 && different.every((resource) => resource.requiresPruning === true)
  const why = !isAutomated
    ? 'automated sync is off'
    : isPruneOnly && policy.prune !== true
      ? 'automated sync does not prune here (spec.syncPolicy.automated.prune)'
      : policy.selfHeal === true
        ? 'a sync is about to begin'
        : 'the revision was synced already, and what was changed since is left alone without spec.syncPolicy.automated.selfHeal'
  const named = first
    ? `${describeKey(keyOf(first))} ${isMissing(first) ? 'is missing in the cluster' : first.requiresPruning ? 'is not in Git any more' : 'differs from Git'}`
    : 'it differs from Git'
  const others =
    different.length > 1
      ? `, and ${count(different.length - 1, 'other object')} ${different.length === 2 ? 'is' : 'are'} OutOfSync, too`
      : ''
  return {
    state: 'OutOfSync',
    sentence: `${named}${others}: ${why}.`,
    evidence: [...differing(status.resources).slice(0, mostNamed), ...lastDeployment(status)],
    next: [
      `plimsoll app diff ${called}`,
      `plimsoll app sync ${called}${different.some((resource) => resource.requiresPruning) ? ' --prune' : ''}`,
    ],
  }
}

/** Not done yet, or not known yet. */
function moving({ status }: Application, called: string): Explained {
  const health = status?.health
  if (status?.sync === undefined || (status.sync.status === 'Unknown' && health?.status !== 'Progressing'))
    return {
      state: 'Unknown',
      sentence: 'It has not been compared yet.',
      evidence: [],
      next: [`plimsoll app get ${called} --refresh`],
    }
  if (health?.status === undefined || health.status === 'Healthy') return undefined
  const { status: now } = health
  const blamed = (status.resources ?? []).filter((resource) => resource.health?.status === health.status && resource.hook !== true)
  const [first] = blamed
  const message = first?.health?.message ?? health.message
  return {
    state: now,
    sentence: `${first ? describeKey(keyOf(first)) : 'It'} is ${now}${message ? `: ${message}` : '.'}`,
    evidence: [
      ...blamed.slice(0, mostNamed).map((resource) => ({ about: describeKey(keyOf(resource)), says: resource.health?.message ?? now })),
      ...(health.lastTransitionTime ? [{ about: 'health', says: now, since: health.lastTransitionTime }] : []),
    ],
    next: [`plimsoll app wait ${called}`],
  }
}

function well(application: Application): Why {
  const { status } = application
  const [source] = specSources(application).sources
  const objects = (status?.resources ?? []).filter(({ hook }) => hook !== true).length
  return {
    state: 'Healthy',
    sentence: `All is well: ${count(objects, 'object')} ${objects === 1 ? 'is' : 'are'} as ${shortRevisions(revisionsIn(status?.sync)) || 'the source'} of ${source?.repoURL ?? 'its source'} wants.`,
    evidence: lastDeployment(status),
    next: [],
  }
}

function lastDeployment(status: Application['status']): Evidence[] {
  const last = status?.history?.at(-1)
  if (!last) return []
  const says = `${shortRevisions(revisionsIn(last)) || 'it'} was deployed ${by(last.initiatedBy)} (history id ${last.id})`
  return [{ about: 'history', says, since: last.deployedAt }]
}

function conditionsAsEvidence(conditions: readonly ApplicationCondition[]): Evidence[] {
  return conditions.map(({ type, message, lastTransitionTime }) => ({
    about: `condition ${type}`,
    says: message,
    ...(lastTransitionTime && { since: lastTransitionTime }),
  }))
}

function differing(resources: readonly ResourceStatus[] | undefined): Evidence[] {
  return (resources ?? [])
    .filter(({ status }) => status === 'OutOfSync')
    .map((resource) => ({
      about: describeKey(keyOf(resource)),
      says: isMissing(resource) ? 'missing in the cluster' : resource.requiresPruning ? 'not in Git' : 'differs from Git',
    }))
}

function isMissing({ health }: ResourceStatus): boolean {
  return health?.status === 'Missing'
}

function troubled(resources: readonly ResourceStatus[] | undefined): Evidence[] {
  const sick = (resources ?? []).filter(({ health }) => health && health.status !== 'Healthy')
  return [
    ...sick.map((resource) => ({ about: describeKey(keyOf(resource)), says: resource.health?.message ?? resource.health?.status ?? '' })),
    ...differing(resources),
  ]
}

function hasFailed({ status, hookPhase }: { status?: string | undefined; hookPhase?: string | undefined }): boolean {
  return status === 'SyncFailed' || hookPhase === 'Failed' || hookPhase === 'Error'
}

function keyOf({ group = '', kind, namespace = '', name }: ResourceStatus): Parameters<typeof describeKey>[0] {
  return { group, kind, namespace, name }
}

function by(initiator: { username?: string | undefined; automated?: boolean | undefined } | undefined): string {
  return initiator?.automated ? 'by automated sync' : initiator?.username ? `by ${initiator.username}` : 'by somebody'
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

function rankIn(order: readonly string[], type: string): number {
  const at = order.indexOf(type)
  return at < 0 ? order.length : at
}

function shortRevisions(revisions: readonly string[] | undefined): string {
  return (revisions ?? []).map((revision) => (/^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 7) : revision)).join(', ')
}
