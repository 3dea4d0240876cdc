import { isSyncing, reasonsOf, type Reason, type Trouble, type Urgency } from '@plimsoll/api'
import type { Language } from '../words/index.tsx'
import type { Sentence } from '../words/say.ts'
import { explain, firstLine } from './condition.ts'
import { isCommit } from './sources.ts'
import type { Tone } from './tone.ts'
import type { AppSummary } from './summary.ts'

export { mostUrgent, type Urgency } from '@plimsoll/api'

/** Where a sentence leads: its next step. */
export type NextStep = 'diff' | 'sync' | 'events' | 'logs' | 'conditions' | 'resume' | 'rollback' | 'open'

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

type Spoken = Pick<Language, 'words' | 'format'>

/**
 * The sentences that explain why an application is not well, the most urgent first. An application that is well has none.
 * They say only what was observed: what the server has not told is left out.
 */
export function explainState(summary: AppSummary, language: Spoken, now = Date.now()): Why[] {
  return reasonsOf(summary, now).map((reason) => ({
    ...inWords(reason, summary, language, now),
    urgency: reason.urgency,
    ...(reason.about && { about: reason.about }),
  }))
}

function inWords(reason: Reason, summary: AppSummary, { words, format }: Spoken, now: number): Omit<Why, 'urgency' | 'about'> {
  const w = words.why
  const time = (at: number | undefined) => (at === undefined ? undefined : format.inSentence(new Date(at), new Date(now)))
  const { operation, hold } = summary
  const { about } = reason
  const message = plainMessage(about?.message ?? summary.healthMessage)
  switch (reason.name) {
    case 'deleting':
      return {
        state: words.state.deleting,
        tone: reason.failure === undefined ? 'run' : 'bad',
        sentence:
          reason.failure === undefined
            ? w.deleting(time(summary.deletingSince), summary.objects)
            : w.deletionFails(firstLine(reason.failure)),
        steps: reason.failure === undefined ? [] : ['conditions'],
      }
    case 'condition':
      return { state: reason.type, tone: 'bad', sentence: w.condition(firstLine(explain(reason.message).what)), steps: ['conditions'] }
    case 'sync-requested':
      return { state: words.state.syncing, tone: 'run', sentence: w.syncRequested(), steps: [] }
    case 'sync-running':
      return {
        state: words.state.syncing,
        tone: 'run',
        sentence: w.syncRuns({
          revision: short(operation?.revision ?? ''),
          since: operation?.startedAt === undefined ? undefined : format.duration(now - operation.startedAt),
          done: operation?.done ?? 0,
          isTerminating: operation?.phase === 'Terminating',
          message: firstLine(operation?.message ?? '', 120),
        }),
        steps: ['open'],
      }
    case 'sync-failed':
      return {
        state: words.state.syncFailed,
        tone: 'bad',
        sentence: about?.message
          ? w.syncFailedAt(short(operation?.revision ?? ''), time(operation?.finishedAt), about.kind, about.name, firstLine(about.message))
          : w.syncFailed(short(operation?.revision ?? ''), time(operation?.finishedAt), firstLine(operation?.message ?? '')),
        steps: ['open', 'sync'],
      }
    case 'held':
      return {
        state: words.state.held,
        tone: 'hold',
        sentence: w.held(time(hold?.since), hold?.by, hold?.revision ? short(hold.revision) : undefined, hold?.reason),
        steps: ['resume'],
      }
    case 'degraded':
      return {
        state: 'Degraded',
        tone: 'bad',
        sentence: saysName(message, about) ? w.degraded(undefined, undefined, message) : w.degraded(about?.kind, about?.name, message),
        steps: hasPods(about) ? ['logs', 'events'] : ['events'],
      }
    case 'missing': {
      const isWaiting = isSyncing(summary)
      return {
        state: 'Missing',
        tone: 'warn',
        sentence: w.missing(about?.kind, about?.name, summary.missing, summary.automated || isWaiting, short(summary.revision)),
        steps: isWaiting ? [] : ['sync'],
      }
    }
    case 'progressing': {
      const forHowLong = summary.healthSince === undefined ? undefined : format.duration(now - summary.healthSince)
      return {
        state: 'Progressing',
        tone: 'run',
        sentence: w.progressing(about?.kind, about?.name, message, forHowLong, reason.isLong),
        steps: reason.isLong ? ['events'] : [],
      }
    }
    case 'suspended':
      return { state: 'Suspended', tone: 'hold', sentence: w.suspended(about?.kind, about?.name, message), steps: [] }
    case 'health-unknown':
      return { state: 'Unknown', tone: 'none', sentence: w.healthUnknown(about?.kind, about?.name, message), steps: ['events'] }
    case 'not-compared':
      return { state: 'Unknown', tone: 'none', sentence: w.notCompared(), steps: [] }
    case 'out-of-sync': {
      // Automated sync does not try the same commit again.
      const hasFailed = operation?.phase === 'Failed' || operation?.phase === 'Error'
      return {
        state: 'OutOfSync',
        tone: 'warn',
        sentence: w.outOfSync({
          kind: about?.kind,
          name: about?.name,
          count: summary.outOfSync,
          toPrune: summary.toPrune,
          isPrune: about?.toPrune === true,
          automation: hold || hasFailed ? 'held' : !summary.automated ? 'off' : !summary.selfHeal ? 'no-self-heal' : 'on',
          prunes: summary.prune,
        }),
        steps: isSyncing(summary) ? ['diff'] : ['diff', 'sync'],
      }
    }
  }
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

/** Of more sources than this the rest is counted. */
const namedRevisions = 3

/** A commit, cut as Git does; a branch or a version stays whole. Those of several sources stand one after the other. */
export function short(revision: string): string {
  const parts = revision.split(',')
  // A branch may have a comma in its name; what stands for several sources has nothing but commits and versions.
  if (parts.length === 1 || !parts.every((one) => isCommit(one) || /^v?\d/.test(one))) return cut(revision)
  // Sources of one repository stand at the same commit.
  const different = [...new Set(parts)]
  const rest = different.length - namedRevisions
  return different.slice(0, namedRevisions).map(cut).join(', ') + (rest > 0 ? ` +${rest}` : '')
}

function cut(revision: string): string {
  return isCommit(revision) ? revision.slice(0, 7) : revision
}
