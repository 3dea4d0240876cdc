import type { Comment, PullRequest } from '@plimsoll/api'
import { useState } from 'react'
import { pullsApi } from '../../client/pulls.ts'
import type { Thread } from '../../facts/conversation.ts'
import { canWrite } from '../../facts/may.ts'
import { toMs } from '../../facts/moment.ts'
import { useLookAgain } from '../../loaders/pulls.ts'
import { useSession } from '../../loaders/session.ts'
import { Ago } from '../../parts/ago.tsx'
import { Button } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Markdown } from '../../parts/markdown.tsx'
import { Failure } from '../../parts/problem.tsx'
import { useWords } from '../../words/index.tsx'
import { CommentEditor } from './comment-editor.tsx'
import { useWork } from './use-work.ts'
import { Who } from './who.tsx'

/** What was said about a line, with the answers. One that is resolved is folded. */
export function ThreadView({ thread, pull }: { thread: Thread; pull: PullRequest }) {
  const words = useWords()
  const w = words.pulls
  const { root, replies } = thread
  const session = useSession()
  const [isReplying, setReplying] = useState(false)
  const [isOpen, setOpen] = useState(false)
  const isFolded = root.isResolved === true && !isOpen
  const lookAgain = useLookAgain(pull.repository, pull.number)
  const identity = session.name === 'in' ? session.identity : undefined
  const { isBusy, error, start } = useWork(async () => {
    await pullsApi.editComment(pull.repository, pull.number, root.id, { isResolved: root.isResolved !== true })
    setOpen(false)
    await lookAgain()
  })
  if (isFolded)
    return (
      <div className="thread folded-thread">
        <Icon name="g-ok" className="glyph tone-ok" />
        <span className="soft">
          {w.resolved}: {w.commentsBy(replies.length + 1, root.author)}
        </span>
        <Button small look="ghost" onClick={() => setOpen(true)}>
          {w.show}
        </Button>
      </div>
    )
  return (
    <div className="thread">
      {[root, ...replies].map((one) => (
        <OneComment key={one.id} comment={one} />
      ))}
      {error !== undefined && <Failure title={words.failure.title.act(w.theChange)} error={error} />}
      {isReplying ? (
        <CommentEditor pull={pull} inReplyTo={root.id} onDone={() => setReplying(false)} onCancel={() => setReplying(false)} />
      ) : (
        <div className="buttons">
          <Button small icon="i-comment" onClick={() => setReplying(true)}>
            {w.reply}
          </Button>
          <Button
            small
            look="ghost"
            busy={isBusy}
            reason={
              identity !== undefined && (canWrite(identity) || identity.username === root.author || identity.username === pull.author)
                ? undefined
                : w.mayNotResolve
            }
            onClick={start}
          >
            {root.isResolved ? w.unresolve : w.resolve}
          </Button>
        </div>
      )}
    </div>
  )
}

function OneComment({ comment }: { comment: Comment }) {
  return (
    <div className="thread-comment">
      <p className="say-head">
        <Who name={comment.author} />{' '}
        <span className="muted when">
          <Ago at={toMs(comment.createdAt)} long />
        </span>
      </p>
      <Markdown text={comment.body} />
    </div>
  )
}
