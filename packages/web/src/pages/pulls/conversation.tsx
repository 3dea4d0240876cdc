import type { UseQueryResult } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Comment, GateReport, PullRequest, Review } from '@plimsoll/api'
import { useState, type ReactNode } from 'react'
import { toTalk, type TalkItem, type Thread } from '../../facts/conversation.ts'
import { initials } from '../../facts/initials.ts'
import { toMs } from '../../facts/moment.ts'
import { reviewLooks, verdictLooks } from '../../facts/pull-look.ts'
import { useSession } from '../../loaders/session.ts'
import { Ago } from '../../parts/ago.tsx'
import { IconButton } from '../../parts/button.tsx'
import { Bones } from '../../parts/empty.tsx'
import { Icon } from '../../parts/icon.tsx'
import type { IconName } from '../../parts/icon-sprite.tsx'
import { Markdown } from '../../parts/markdown.tsx'
import { Failure } from '../../parts/problem.tsx'
import { Status } from '../../parts/status.tsx'
import { useWords } from '../../words/index.tsx'
import { CommentEditor } from './comment-editor.tsx'
import { ThreadView } from './thread-view.tsx'

/** What was said, and what happened, the oldest first. */
export function Conversation({
  pull,
  comments,
  reviews,
  reports,
}: {
  pull: PullRequest
  comments: UseQueryResult<{ items: Comment[] }>
  reviews: UseQueryResult<{ items: Review[] }>
  reports: readonly GateReport[]
}) {
  const words = useWords()
  const w = words.pulls
  const error = comments.error ?? reviews.error
  const items = toTalk(comments.data?.items ?? [], reviews.data?.items ?? [])
  return (
    <section className="conversation" aria-label={w.tabs.conversation}>
      <ol className="talk">
        <Say author={pull.author} at={pull.createdAt}>
          {pull.body.trim() === '' ? <p className="muted">{w.noDescription}</p> : <Markdown text={pull.body} />}
        </Say>
        {items.map((item) => (
          <Item key={keyOf(item)} item={item} pull={pull} reports={reports} />
        ))}
      </ol>
      {comments.isPending && <Bones lines={4} />}
      {error && !comments.data && (
        <Failure title={words.failure.title.load(w.theConversation)} error={error} onRetry={() => void comments.refetch()} />
      )}
    </section>
  )
}

function keyOf(item: TalkItem): string {
  if (item.kind === 'thread') return item.thread.root.id
  return item.kind === 'review' ? `review ${item.review.id}` : item.comment.id
}

function Item({ item, pull, reports }: { item: TalkItem; pull: PullRequest; reports: readonly GateReport[] }) {
  const words = useWords()
  const w = words.pulls
  switch (item.kind) {
    case 'event':
      return (
        <Note icon={iconOfEvent(item.comment.body)} at={item.at}>
          <strong>{item.comment.author}</strong> {item.comment.body}
        </Note>
      )
    case 'report':
      return <Report comment={item.comment} reports={reports} />
    case 'thread':
      return <ThreadItem thread={item.thread} pull={pull} />
    case 'review':
      return <ReviewItem review={item.review} />
    case 'comment':
      return <OwnOrOther comment={item.comment} pull={pull} label={w.commented} />
  }
}

/** The words of events are the server's; a glyph is only a help to the eye. */
function iconOfEvent(body: string): IconName {
  if (body.startsWith('merged')) return 'g-merged'
  if (body.startsWith('closed')) return 'g-failed'
  if (body.startsWith('reopened')) return 'i-pulls'
  if (body.includes('draft')) return 'g-draft'
  return 'i-commit'
}

function Say({ author, at, says, end, children }: { author: string; at: string; says?: ReactNode; end?: ReactNode; children: ReactNode }) {
  return (
    <li className="say">
      <span className="avatar" aria-hidden="true">
        {initials(author)}
      </span>
      <div className="say-body">
        <p className="say-head">
          <strong>{author}</strong> {says}{' '}
          <span className="muted when">
            <Ago at={toMs(at)} long />
          </span>
          {end && <span className="end">{end}</span>}
        </p>
        {children}
      </div>
    </li>
  )
}

function Note({ icon, at, children }: { icon: IconName; at: string; children: ReactNode }) {
  return (
    <li className="note">
      <span className="note-mark">
        <Icon name={icon} />
      </span>
      <p>
        {children}{' '}
        <span className="muted when">
          <Ago at={toMs(at)} long />
        </span>
      </p>
    </li>
  )
}

function OwnOrOther({ comment, pull, label }: { comment: Comment; pull: PullRequest; label: string }) {
  const words = useWords()
  const session = useSession()
  const [isEditing, setEditing] = useState(false)
  const isMine = session.name === 'in' && session.identity.username === comment.author
  return (
    <Say
      author={comment.author}
      at={comment.createdAt}
      says={
        <>
          <span className="visually-hidden">{label}</span>
          {comment.updatedAt !== comment.createdAt && <span className="muted small">{words.pulls.edited}</span>}
        </>
      }
      end={isMine && <IconButton icon="i-edit" small look="ghost" label={words.pulls.editComment} onClick={() => setEditing(true)} />}
    >
      {isEditing ? (
        <CommentEditor pull={pull} edits={comment} onDone={() => setEditing(false)} onCancel={() => setEditing(false)} />
      ) : (
        <Markdown text={comment.body} />
      )}
    </Say>
  )
}

function ThreadItem({ thread, pull }: { thread: Thread; pull: PullRequest }) {
  const words = useWords()
  const { root } = thread
  return (
    <li className="say">
      <span className="avatar" aria-hidden="true">
        {initials(root.author)}
      </span>
      <div className="say-body">
        <p className="say-head small">
          <Link
            className="link"
            to="/pulls/$repository/$number"
            params={{ repository: pull.repository, number: String(pull.number) }}
            search={{ tab: 'files', file: root.currentPath ?? root.path ?? '' }}
          >
            <code>{root.currentPath ?? root.path}</code>
          </Link>{' '}
          <span className="muted">{words.pulls.line(root.currentLine ?? root.line ?? 0)}</span>
          {root.isOutdated && <span className="tag dashed">{words.pulls.outdated}</span>}
        </p>
        <ThreadView thread={thread} pull={pull} />
      </div>
    </li>
  )
}

function ReviewItem({ review }: { review: Review }) {
  const words = useWords()
  const w = words.pulls
  const status = (
    <>
      <Status look={reviewLooks[review.state]} word={w.reviewSaid[review.state]} />{' '}
      <code className="hash">{review.commit.slice(0, 7)}</code> {w.into} <code>{review.baseBranch}</code>
      {review.void && <span className="muted small"> {w.void(review.void)}</span>}
    </>
  )
  if (review.body.trim() === '')
    return (
      <Note icon={review.state === 'approved' ? 'i-check' : 'i-comment'} at={review.submittedAt}>
        <strong>{review.author}</strong> {status}
      </Note>
    )
  return (
    <Say author={review.author} at={review.submittedAt} says={status}>
      <Markdown text={review.body} />
    </Say>
  )
}

/** A report is long: its verdict stands in the line, the text opens. */
function Report({ comment, reports }: { comment: Comment; reports: readonly GateReport[] }) {
  const words = useWords()
  const w = words.pulls
  // The server marks a gate's comment with its name.
  const report = reports.find(({ gate }) => comment.marker === `gate/${gate}`)
  const verdict = report && (report.override?.verdict ?? report.verdict)
  const look = verdict && verdictLooks[verdict]
  return (
    <li className="note report-note">
      <span className="note-mark">
        <Icon name={look ? look.glyph : 'i-audit'} />
      </span>
      <div>
        <p>
          <strong>{comment.author}</strong> {w.reported} {look && verdict && <Status look={look} word={words.gates.verdicts[verdict]} />}{' '}
          <span className="muted when">
            <Ago at={toMs(comment.updatedAt)} long />
          </span>
        </p>
        <details>
          <summary className="link">{w.showReport}</summary>
          <div className="say-body">
            <Markdown text={comment.body} />
          </div>
        </details>
      </div>
    </li>
  )
}
