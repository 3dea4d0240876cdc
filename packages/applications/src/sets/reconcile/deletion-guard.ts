import { createHash } from 'node:crypto'
import type { PendingDeletion } from '@plimsoll/api'

/** One Application alone is no mass. */
const fewest = 2
/** Names that wait at once; more would not fit into an object. The rest asks when these are gone. */
const mostNamed = 5000

export interface GuardInput {
  /** Names of the Applications that there are, without those that are being deleted. */
  existing: readonly string[]
  /** Names that the generators want. */
  desired: ReadonlySet<string>
  /** How many Applications each generator gives now, and gave before; undefined where that is not comparable. */
  counts: readonly number[]
  countsBefore: readonly number[] | undefined
  pending: PendingDeletion | undefined
  /** The digest that somebody has approved. */
  approval: string | undefined
  isOff: boolean
  now: string
}

export interface GuardDecision {
  /** These go. */
  removed: string[]
  /** These would go, and wait. */
  pending: PendingDeletion | undefined
  /** What was approved has been taken up, or stands for what is no longer asked. */
  isApprovalSpent: boolean
  /** What is to be remembered of each generator: one that is waited for keeps its former count, or it would not be sudden any more. */
  counts: number[]
}

/**
 * Which Applications of a set may be deleted. A few may. Where all of them would go, more than half, or all that one generator gave, somebody has to say
 * that this is meant: by the digest, which stands for exactly these. Time says nothing.
 */
export function decideRemoval(input: GuardInput): GuardDecision {
  const { existing, desired, pending, approval, isOff, now } = input
  const gone = existing.filter((name) => !desired.has(name)).toSorted()
  if (isOff) return { removed: gone, pending: undefined, isApprovalSpent: approval !== undefined, counts: [...input.counts] }

  const asked = pending === undefined ? undefined : { ...pending, applications: new Set(pending.applications) }
  const isApproved = asked !== undefined && (asked.isApproved === true || (approval !== undefined && approval === asked.digest))
  const unnamed = gone.filter((name) => !(isApproved && asked.applications.has(name)))
  const why = massOf(unnamed, input)
  const waiting = why === undefined ? [] : unnamed.slice(0, mostNamed)
  const digest = digestOf(waiting)
  // Where the status keeps nothing (a definition of somebody else), the approval says by itself what it stands for.
  if (waiting.length > 0 && approval !== undefined && approval === digest) {
    return {
      removed: gone.filter((name) => !unnamed.includes(name) || waiting.includes(name)),
      pending: undefined,
      isApprovalSpent: false,
      counts: [...input.counts],
    }
  }
  const held = new Set(why === undefined ? [] : unnamed)
  const removed = gone.filter((name) => !held.has(name))
  // While approved ones are going they stay named, so that a kill in the middle does not ask again for the rest.
  const going = isApproved ? pending : undefined
  const isGoing = going !== undefined && removed.some((name) => asked?.applications.has(name))
  if (isGoing)
    return {
      removed,
      pending: { ...going, isApproved: true },
      isApprovalSpent: approval !== undefined,
      counts: rememberedCounts(input, held.size > 0),
    }
  return {
    removed,
    pending:
      why === undefined
        ? undefined
        : { digest, applications: waiting, of: existing.length, reason: why, since: pending?.digest === digest ? pending.since : now },
    isApprovalSpent: approval !== undefined,
    counts: rememberedCounts(input, held.size > 0),
  }
}

/** Why this is a mass, in words. */
function massOf(unnamed: readonly string[], { existing, desired, counts, countsBefore, pending }: GuardInput): string | undefined {
  if (unnamed.length === 0) return undefined
  // What waits does so until it is confirmed or wanted again: others that were made meanwhile make it no smaller.
  if (pending && !pending.isApproved && unnamed.some((name) => pending.applications.includes(name))) return pending.reason
  if (desired.size === 0) return 'the generators give nothing'
  const emptied = counts.findIndex((count, index) => count === 0 && (countsBefore?.[index] ?? 0) > 0)
  if (emptied >= 0) return `spec.generators[${emptied}] gives nothing any more`
  if (unnamed.length >= fewest && unnamed.length * 2 > existing.length) return 'more than half of the applications would go'
  return undefined
}

function rememberedCounts({ counts, countsBefore }: GuardInput, isHeld: boolean): number[] {
  return counts.map((count, index) => (isHeld && count === 0 ? (countsBefore?.[index] ?? 0) : count))
}

/** Stands for exactly these names. */
export function digestOf(names: readonly string[]): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(names.toSorted())).digest('hex').slice(0, 32)}`
}
