import type { Comment, Review } from '@plimsoll/api'

/** A comment on a line with what was answered. */
export interface Thread {
  root: Comment
  replies: Comment[]
}

export type TalkItem =
  | { kind: 'comment'; at: string; comment: Comment }
  | { kind: 'event'; at: string; comment: Comment }
  | { kind: 'report'; at: string; comment: Comment }
  | { kind: 'thread'; at: string; thread: Thread }
  | { kind: 'review'; at: string; review: Review }

/** Threads of lines; a reply whose root is not there begins one of its own. */
export function threadsOf(comments: readonly Comment[]): Thread[] {
  const threads = new Map<string, Thread>()
  const late: Comment[] = []
  for (const one of comments) {
    if (one.kind !== 'line') continue
    if (one.inReplyTo === undefined) threads.set(one.id, { root: one, replies: [] })
    else late.push(one)
  }
  for (const one of late) {
    const thread = one.inReplyTo === undefined ? undefined : threads.get(one.inReplyTo)
    if (thread) thread.replies.push(one)
    else threads.set(one.id, { root: one, replies: [] })
  }
  for (const { replies } of threads.values()) replies.sort(byTime)
  return [...threads.values()]
}

const byTime = (a: { createdAt: string }, b: { createdAt: string }) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0)

/** Everything that was said or happened, the oldest first. */
export function toTalk(comments: readonly Comment[], reviews: readonly Review[]): TalkItem[] {
  const items: TalkItem[] = threadsOf(comments).map((thread) => ({ kind: 'thread', at: thread.root.createdAt, thread }))
  for (const comment of comments) if (comment.kind !== 'line') items.push({ kind: comment.kind, at: comment.createdAt, comment })
  for (const review of reviews) items.push({ kind: 'review', at: review.submittedAt, review })
  return items.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
}
