import type { Comment, Review } from '@plimsoll/api'
import { describe, expect, it } from 'vitest'
import { threadsOf, toTalk } from './conversation.ts'
import { inCheckOrder, lastReviews } from './pull-look.ts'

const at = (minute: number) => `2026-11-20T10:${String(minute).padStart(2, '0')}:00.000Z`
const comment = (id: string, minute: number, more: Partial<Comment> = {}): Comment => ({
  id,
  author: 'mira',
  body: id,
  createdAt: at(minute),
  updatedAt: at(minute),
  kind: 'comment',
  ...more,
})
const review = (id: string, author: string, minute: number, state: Review['state']): Review => ({
  id,
  author,
  state,
  body: '',
  commit: 'c',
  baseBranch: 'main',
  submittedAt: at(minute),
})

describe('a conversation', () => {
  it('goes from the oldest to the newest, a thread where it began', () => {
    const talk = toTalk(
      [
        comment('said', 5),
        comment('line', 1, { kind: 'line' }),
        comment('answer', 9, { kind: 'line', inReplyTo: 'line' }),
        comment('pushed', 3, { kind: 'event' }),
      ],
      [review('r', 'lea', 4, 'approved')],
    )

    expect(talk.map((one) => one.kind)).toEqual(['thread', 'event', 'review', 'comment'])
  })

  it('keeps answers with what they answer, in their order, and those whose beginning is gone', () => {
    const threads = threadsOf([
      comment('late', 9, { kind: 'line', inReplyTo: 'root' }),
      comment('root', 1, { kind: 'line' }),
      comment('early', 4, { kind: 'line', inReplyTo: 'root' }),
      comment('orphan', 5, { kind: 'line', inReplyTo: 'gone' }),
    ])

    expect(threads.map(({ root, replies }) => [root.id, replies.map(({ id }) => id)])).toEqual([
      ['root', ['early', 'late']],
      ['orphan', []],
    ])
  })
})

describe('reviewers', () => {
  it('stand with their last word; a comment does not take back an approval', () => {
    const last = lastReviews([
      review('1', 'lea', 1, 'changesRequested'),
      review('2', 'lea', 2, 'approved'),
      review('3', 'lea', 3, 'commented'),
      review('4', 'constructor', 4, 'commented'),
    ])

    expect(last.map(({ author, state }) => [author, state])).toEqual([
      ['lea', 'approved'],
      ['constructor', 'commented'],
    ])
  })
})

describe('checks', () => {
  it('put trouble first, then what moves, then what is well', () => {
    const check = (name: string, status: 'queued' | 'inProgress' | 'completed', conclusion?: 'success' | 'failure' | 'actionRequired') => ({
      name,
      commit: 'c',
      title: '',
      status,
      ...(conclusion && { conclusion }),
    })

    const sorted = inCheckOrder([
      check('b', 'completed', 'success'),
      check('a', 'completed', 'success'),
      check('runs', 'inProgress'),
      check('gate', 'completed', 'actionRequired'),
      check('test', 'completed', 'failure'),
    ])

    expect(sorted.map(({ name }) => name)).toEqual(['test', 'gate', 'runs', 'a', 'b'])
  })
})
