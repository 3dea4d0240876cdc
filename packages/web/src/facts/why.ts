import type { Language } from '../words/index.tsx'
import type { Sentence } from '../words/say.ts'
import { explain, firstLine, isError } from './condition.ts'
import type { Tone } from './tone.ts'
import type { AppSummary, Trouble } from './summary.ts'

/** Where a sentence leads: its next step. */
export type NextStep = 'diff' | 'sync' | 'events' | 'logs' | 'conditions' | 'resume' | 'rollback' | 'open'

export type Urgency = 'attention' | 'moving' | 'steady'

export interface Why {
  /** The word that the sentence explains. */
  state: string
  tone: Tone
  sentence: Sentence
  steps: readonly NextStep[]
  urgency: Urgency
  /** The object that it is about, when it is one. */
  about?: Trouble
}

/** Progress that takes longer than this is no longer calm. Kubernetes gives a rollout ten minutes by default (progressDeadlineSeconds). */
const longProgressMs = 10 * 60 * 1000

/**
 * The sentences that explain why an application is not well, the most urgent first. An application that is well has none.
 * They say only what was observed: what the server has not told is left out.
 */
export function explainState(summary: AppSummary, { words, format }: Pick<Language, 'words' | 'format'>, now = Date.now()): Why[] {
  const w = words.why
  const reasons: Why[] = []
  const time = (at: number | undefined) => (at === undefined ? undefined : format.inSentence(new Date(at), new Date(now)))
  const { operation, hold } = summary

  if (summary.deletingSince !== undefined) {
    const failure = summary.conditions.find((one) => one.type === 'DeletionError')
    reasons.push({
      state: words.state.deleting,
      tone: failure ? 'bad' : 'run',
      sentence: failure ? w.deletionFails(firstLine(failure.message)) : w.deleting(time(summary.deletingSince), summary.objects),
      steps: failure ? ['conditions'] : [],
      urgency: failure ? 'attention' : 'moving',
    })
  }

  for (const condition of summary.conditions) {
    if (!isError(condition.type) || condition.type === 'DeletionError') continue
    if (condition.type === 'SyncError' && operation && (operation.phase === 'Failed' || operation.phase === 'Error')) continue
    const { what } = explain(condition.message)
    reasons.push({
      state: condition.type,
      tone: 'bad',
      sentence: w.condition(firstLine(what)),
      steps: ['conditions'],
      urgency: 'attention',
    })
  }

  if (summary.isRequested && operation?.phase !== 'Running' && operation?.phase !== 'Terminating') {
    reasons.push({ state: words.state.syncing, tone: 'run', sentence: w.syncRequested(), steps: [], urgency: 'moving' })
  } else if (operation?.phase === 'Running' || operation?.phase === 'Terminating') {
    reasons.push({
      state: words.state.syncing,
      tone: 'run',
      sentence: w.syncRuns({
        revision: short(operation.revision),
        since: operation.startedAt === undefined ? undefined : format.duration(now - operation.startedAt),
        done: operation.done,
        isTerminating: operation.phase === 'Terminating',
        message: firstLine(operation.message, 120),
      }),
      steps: ['open'],
      urgency: 'moving',
    })
  } else if ((operation?.phase === 'Failed' || operation?.phase === 'Error') && summary.sync !== 'Synced') {
    const first = operation.failed[0]
    reasons.push({
      state: words.state.syncFailed,
      tone: 'bad',
      sentence: first?.message
        ? w.syncFailedAt(short(operation.revision), time(operation.finishedAt), first.kind, first.name, firstLine(first.message))
        : w.syncFailed(short(operation.revision), time(operation.finishedAt), firstLine(operation.message)),
      steps: ['open', 'sync'],
      urgency: 'attention',
      ...(first && { about: first }),
    })
  }

  if (hold) {
    reasons.push({
      state: words.state.held,
      tone: 'hold',
      sentence: w.held(time(hold.since), hold.by, hold.revision ? short(hold.revision) : undefined, hold.reason),
      steps: ['resume'],
      urgency: 'moving',
    })
  }

  reasons.push(...explainHealth(summary, { words, format }, now), ...explainSync(summary, { words, format }))
  return reasons
}

function explainHealth(summary: AppSummary, { words, format }: Pick<Language, 'words' | 'format'>, now: number): Why[] {
  const w = words.why
  const about = summary.troubles.find((one) => one.health === summary.health)
  const message = plainMessage(about?.message ?? summary.healthMessage)
  const common = { state: summary.health, ...(about && { about }) }
  switch (summary.health) {
    case 'Degraded':
      return [
        {
          ...common,
          tone: 'bad',
          sentence: saysName(message, about) ? w.degraded(undefined, undefined, message) : w.degraded(about?.kind, about?.name, message),
          steps: hasPods(about) ? ['logs', 'events'] : ['events'],
          urgency: 'attention',
        },
      ]
    case 'Missing': {
      const isWaiting = summary.operation?.phase === 'Running' || summary.isRequested
      return [
        {
          ...common,
          tone: 'warn',
          sentence: w.missing(about?.kind, about?.name, summary.missing, summary.automated, short(summary.revision)),
          steps: isWaiting ? [] : ['sync'],
          urgency: isWaiting ? 'moving' : 'attention',
        },
      ]
    }
    case 'Progressing': {
      const forMs = summary.healthSince === undefined ? undefined : now - summary.healthSince
      const isLong = forMs !== undefined && forMs > longProgressMs
      return [
        {
          ...common,
          tone: 'run',
          sentence: w.progressing(about?.kind, about?.name, message, forMs === undefined ? undefined : format.duration(forMs), isLong),
          steps: isLong ? ['events'] : [],
          urgency: isLong || (summary.sync === 'OutOfSync' && !summary.automated) ? 'attention' : 'moving',
        },
      ]
    }
    case 'Suspended':
      return [{ ...common, tone: 'hold', sentence: w.suspended(about?.kind, about?.name, message), steps: [], urgency: 'steady' }]
    case 'Unknown':
      // A failure to compare says it better; it is among the conditions.
      return summary.conditions.some((one) => isError(one.type)) || summary.sync === 'Unknown'
        ? []
        : [{ ...common, tone: 'none', sentence: w.healthUnknown(about?.kind, about?.name, message), steps: ['events'], urgency: 'moving' }]
    case 'Healthy':
      return []
  }
}

function explainSync(summary: AppSummary, { words }: Pick<Language, 'words' | 'format'>): Why[] {
  const w = words.why
  if (summary.sync === 'Unknown') {
    if (summary.conditions.some((one) => isError(one.type))) return []
    return [{ state: 'Unknown', tone: 'none', sentence: w.notCompared(), steps: [], urgency: 'moving' }]
  }
  if (summary.sync !== 'OutOfSync' || summary.health === 'Missing') return []
  const isMoving = summary.isRequested || summary.operation?.phase === 'Running'
  const about = summary.troubles.find((one) => one.sync === 'OutOfSync')
  const isHeld = summary.hold !== undefined
  // Automated sync does not try the same commit again.
  const hasFailed = summary.operation?.phase === 'Failed' || summary.operation?.phase === 'Error'
  return [
    {
      state: 'OutOfSync',
      tone: 'warn',
      sentence: w.outOfSync({
        kind: about?.kind,
        name: about?.name,
        count: summary.outOfSync,
        toPrune: summary.toPrune,
        isPrune: about?.toPrune === true,
        automation: isHeld || hasFailed ? 'held' : !summary.automated ? 'off' : !summary.selfHeal ? 'no-self-heal' : 'on',
        prunes: summary.prune,
      }),
      steps: isMoving ? ['diff'] : ['diff', 'sync'],
      urgency: isMoving || (isHeld && summary.health === 'Healthy') ? 'moving' : 'attention',
      ...(about && { about }),
    },
  ]
}

/** The one that decides where an application stands in the list. */
export function mostUrgent(reasons: readonly Why[]): Why | undefined {
  return reasons.find((one) => one.urgency === 'attention') ?? reasons.find((one) => one.urgency === 'moving') ?? reasons[0]
}

/** Health messages of Kubernetes' own kinds begin with what the sentence says already. */
function plainMessage(message: string): string {
  return firstLine(message)
    .replace(/^Waiting for (?:rollout|statefulset rolling update|daemon set .*? rollout) to (?:finish|complete): /i, '')
    .replace(/\.{3}$/, '')
}

function saysName(message: string, about: Trouble | undefined): boolean {
  return about !== undefined && message.startsWith(about.kind) && message.includes(about.name)
}

const withPods = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Pod', 'Job'])

function hasPods(about: Trouble | undefined): boolean {
  return about !== undefined && withPods.has(about.kind)
}

/** A commit, cut as Git does; a branch or a version stays whole. */
export function short(revision: string): string {
  return /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(revision) ? revision.slice(0, 7) : revision
}
