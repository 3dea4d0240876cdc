import type { Check, CheckSource, MergeRequirement, PullRequest, Review, Verdict } from '@plimsoll/api'
import type { Look } from './tone.ts'

export type PullWord = 'open' | 'draft' | 'merged' | 'closed'

export const pullLooks: Record<PullWord, Look> = {
  open: { glyph: 'i-pulls', tone: 'ok' },
  draft: { glyph: 'g-draft', tone: 'none' },
  merged: { glyph: 'g-merged', tone: 'hold' },
  closed: { glyph: 'g-failed', tone: 'bad' },
}

/** A draft is one only while it is open. */
export function pullWord({ state, isDraft }: Pick<PullRequest, 'state' | 'isDraft'>): PullWord {
  return state === 'open' && isDraft ? 'draft' : state
}

export const verdictLooks: Record<Verdict, Look> = {
  pass: { glyph: 'g-pass', tone: 'ok' },
  fail: { glyph: 'g-fail', tone: 'bad' },
  inconclusive: { glyph: 'g-inconclusive', tone: 'warn' },
}
export const notJudgedLook: Look = { glyph: 'g-notjudged', tone: 'none' }

export type CheckWord = 'queued' | 'inProgress' | NonNullable<Check['conclusion']> | 'unknown'

export function checkWord(check: Pick<Check, 'status' | 'conclusion'>): CheckWord {
  return check.status === 'completed' ? (check.conclusion ?? 'unknown') : check.status
}

export const checkLooks: Record<CheckWord, Look> = {
  queued: { glyph: 'g-queued', tone: 'none' },
  inProgress: { glyph: 'g-progress', tone: 'run', turning: true },
  success: { glyph: 'g-ok', tone: 'ok' },
  failure: { glyph: 'g-failed', tone: 'bad' },
  neutral: { glyph: 'g-notjudged', tone: 'none' },
  cancelled: { glyph: 'g-cancelled', tone: 'none' },
  skipped: { glyph: 'g-skipped', tone: 'none' },
  timedOut: { glyph: 'g-failed', tone: 'bad' },
  actionRequired: { glyph: 'g-inconclusive', tone: 'warn' },
  unknown: { glyph: 'g-unknown', tone: 'none' },
}

/** Trouble first, then what moves, then what is well. */
const checkOrder: readonly CheckWord[] = [
  'failure',
  'timedOut',
  'actionRequired',
  'inProgress',
  'queued',
  'unknown',
  'success',
  'neutral',
  'cancelled',
  'skipped',
]

export function inCheckOrder(checks: readonly Check[]): Check[] {
  return checks.toSorted(
    (a, b) => checkOrder.indexOf(checkWord(a)) - checkOrder.indexOf(checkWord(b)) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  )
}

/** Checks of one name are told apart by the workflow file that speaks, and by what started it. */
export function checkKey({ name, source }: Pick<Check, 'name' | 'source'>): string {
  return `${name}\n${source?.workflow ?? ''}\n${source?.event ?? ''}`
}

/** Workflow file and event of those whose name others bear too. */
export function checkFiles(checks: readonly Check[]): Map<string, string> {
  const times = new Map<string, number>()
  for (const { name } of checks) times.set(name, (times.get(name) ?? 0) + 1)
  return new Map(checks.flatMap((one) => (one.source && (times.get(one.name) ?? 0) > 1 ? [[checkKey(one), speakerOf(one.source)]] : [])))
}

function speakerOf({ workflow, event }: CheckSource): string {
  return event === undefined ? workflow : `${workflow} (${event})`
}

export const reviewLooks: Record<Review['state'], Look> = {
  approved: { glyph: 'g-ok', tone: 'ok' },
  changesRequested: { glyph: 'g-failed', tone: 'bad' },
  commented: { glyph: 'i-comment', tone: 'none' },
  dismissed: { glyph: 'g-cancelled', tone: 'none' },
}

export function requirementLook({ kind, isMet }: MergeRequirement): Look {
  if (isMet) return { glyph: 'g-ok', tone: 'ok' }
  if (kind === 'approvals' || kind === 'codeOwners') return { glyph: 'g-person', tone: 'hold' }
  if (kind === 'draft') return { glyph: 'g-draft', tone: 'none' }
  if (kind === 'check') return { glyph: 'g-queued', tone: 'hold' }
  return { glyph: 'g-failed', tone: 'bad' }
}

/** Of each reviewer the last word that decides; one who only commented is there, too. */
export function lastReviews(reviews: readonly Review[]): Review[] {
  const last = new Map<string, Review>()
  for (const review of reviews) {
    const before = last.get(review.author)
    if (before !== undefined && review.state === 'commented' && before.state !== 'commented') continue
    last.set(review.author, review)
  }
  return [...last.values()]
}
