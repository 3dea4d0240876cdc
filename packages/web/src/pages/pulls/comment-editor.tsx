import type { Comment, PullRequest } from '@plimsoll/api'
import { useEffect, useId, useRef, useState } from 'react'
import { pullsApi, type NewLineComment } from '../../client/pulls.ts'
import { canWrite } from '../../facts/may.ts'
import { useLookAgain } from '../../loaders/pulls.ts'
import { useSession } from '../../loaders/session.ts'
import { Button } from '../../parts/button.tsx'
import { commandEnter } from '../../parts/command-key.ts'
import { Markdown } from '../../parts/markdown.tsx'
import { Failure } from '../../parts/problem.tsx'
import { useWords } from '../../words/index.tsx'
import { addPending } from './pending-review.ts'
import { useWork } from './use-work.ts'

/** What is being written is kept while the reader looks elsewhere in the console: a line may be scrolled out of sight. */
const drafts = new Map<string, string>()

/** A comment: new, an answer, on a line, or one's own again. */
export function CommentEditor({
  pull,
  edits,
  inReplyTo,
  place,
  onDone,
  onCancel,
}: {
  pull: PullRequest
  edits?: Comment
  inReplyTo?: string
  place?: { path: string; line: number; side: 'old' | 'new' }
  onDone: () => void
  onCancel?: () => void
}) {
  const words = useWords()
  const w = words.pulls
  const id = useId()
  const area = useRef<HTMLTextAreaElement>(null)
  const key = [pull.repository, pull.number, edits?.id, inReplyTo, place?.path, place?.side, place?.line].join(' ')
  const [text, setText] = useState(drafts.get(key) ?? edits?.body ?? '')
  const [isPreview, setPreview] = useState(false)
  const lookAgain = useLookAgain(pull.repository, pull.number)
  useEffect(() => {
    if (onCancel) area.current?.focus()
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only when it appears: the focus is not taken again.
  }, [])
  const write = (next: string) => {
    setText(next)
    if (next === '') drafts.delete(key)
    else drafts.set(key, next)
  }
  const isEmpty = text.trim() === ''
  const session = useSession()
  const canReview = pull.state === 'open' && session.name === 'in' && canWrite(session.identity)
  const { isBusy, error, start } = useWork(async () => {
    const body: NewLineComment = { body: text, ...(inReplyTo !== undefined && { inReplyTo }), ...place }
    if (edits) await pullsApi.editComment(pull.repository, pull.number, edits.id, { body: text })
    else await pullsApi.comment(pull.repository, pull.number, body)
    write('')
    await lookAgain()
    onDone()
  })
  const submit = () => {
    if (!isEmpty) start()
  }
  const label = edits ? w.editComment : place ? w.commentOnLine(place.line) : inReplyTo ? w.reply : w.comment
  return (
    <div
      className="editor"
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault()
          submit()
        } else if (event.key === 'Escape' && onCancel) {
          event.stopPropagation()
          onCancel()
        }
      }}
    >
      {isPreview ? (
        <div className="preview">
          <Markdown text={text} />
        </div>
      ) : (
        <textarea
          ref={area}
          id={id}
          className="input"
          aria-label={label}
          placeholder={w.commentHint}
          rows={3}
          maxLength={65_536}
          value={text}
          onChange={(event) => write(event.target.value)}
        />
      )}
      {error !== undefined && <Failure title={words.failure.title.act(w.theComment)} error={error} />}
      <div className="buttons editor-buttons">
        <Button small look="primary" busy={isBusy} reason={isEmpty ? w.needText : undefined} keyCap={commandEnter} onClick={submit}>
          {edits ? w.save : inReplyTo ? w.reply : w.comment}
        </Button>
        {place && canReview && (
          <Button
            small
            reason={isEmpty ? w.needText : undefined}
            onClick={() => {
              addPending(pull.repository, pull.number, { ...place, body: text, head: pull.head.commit })
              write('')
              onDone()
            }}
          >
            {w.addToReview}
          </Button>
        )}
        {onCancel && (
          <Button small onClick={onCancel}>
            {words.common.cancel}
          </Button>
        )}
        <Button small look="ghost" aria-pressed={isPreview} onClick={() => setPreview(!isPreview)}>
          {w.preview}
        </Button>
      </div>
    </div>
  )
}
