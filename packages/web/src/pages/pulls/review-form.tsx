import { useQuery } from '@tanstack/react-query'
import type { PullRequest } from '@plimsoll/api'
import { useId, useState } from 'react'
import { ApiError } from '../../client/http.ts'
import { pullsApi } from '../../client/pulls.ts'
import { allowsSelfApproval, neededApprovals } from '../../facts/branch-rules.ts'
import { canWrite } from '../../facts/may.ts'
import { repositoryQuery, useLookAgain } from '../../loaders/pulls.ts'
import { useSession } from '../../loaders/session.ts'
import { Button, IconButton } from '../../parts/button.tsx'
import { commandEnter } from '../../parts/command-key.ts'
import { Failure, Problem } from '../../parts/problem.tsx'
import { useWords } from '../../words/index.tsx'
import { Choice } from '../dialogs/choice.tsx'
import { clearPending, removePending, usePending } from './pending-review.ts'
import { useWork } from './use-work.ts'

type Kind = 'approved' | 'changesRequested' | 'commented'
const kinds: readonly Kind[] = ['approved', 'changesRequested', 'commented']

/** Approve, ask for changes, or comment. It says what an approval counts for, and why one may not give it. */
export function ReviewForm({ pull }: { pull: PullRequest }) {
  const words = useWords()
  const w = words.pulls
  const id = useId()
  const session = useSession()
  const { data: repository } = useQuery(repositoryQuery(pull.repository))
  const pending = usePending(pull.repository, pull.number)
  const lookAgain = useLookAgain(pull.repository, pull.number)
  const identity = session.name === 'in' ? session.identity : undefined
  const protections = repository?.protections ?? []
  const isOpen = pull.state === 'open'
  const mayNot: Record<Kind, string | undefined> = { approved: undefined, changesRequested: undefined, commented: undefined }
  if (!isOpen) mayNot.approved = mayNot.changesRequested = w.notOpen
  else if (!identity || !canWrite(identity)) mayNot.approved = mayNot.changesRequested = w.mayNotReview
  else if (identity.username === pull.author && !allowsSelfApproval(protections, pull.base.branch)) mayNot.approved = w.ownWork
  const [chosen, setChosen] = useState<{ kind: Kind; head: string }>()
  const [text, setText] = useState('')
  // What was chosen for one head is not said of another; the text stays.
  const wanted = chosen?.head === pull.head.commit ? chosen.kind : 'commented'
  const kind = mayNot[wanted] === undefined ? wanted : 'commented'
  const needed = neededApprovals(protections, pull.base.branch)
  const reason = kind !== 'approved' && text.trim() === '' ? w.needText : undefined
  const { isBusy, error, start, forget } = useWork(async () => {
    if (kind === 'commented' && (!isOpen || !identity || !canWrite(identity))) {
      await pullsApi.comment(pull.repository, pull.number, { body: text })
    } else {
      await pullsApi.review(pull.repository, pull.number, {
        state: kind,
        body: text,
        head: pull.head.commit,
        ...(pending.length > 0 && { comments: pending.map(({ path, line, side, body }) => ({ path, line, side, body })) }),
      })
      clearPending(pull.repository, pull.number)
    }
    setText('')
    setChosen(undefined)
    await lookAgain()
  })
  const submit = () => {
    if (reason === undefined) start()
  }
  const hasMoved = error instanceof ApiError && error.reason === 'conflict'
  return (
    <form
      className="panel review"
      aria-labelledby={`${id}-title`}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault()
          submit()
        }
      }}
    >
      <div className="panel-head">
        <h2 id={`${id}-title`}>{w.yourReview}</h2>
        <span className="muted">
          {w.of} <code className="hash">{pull.head.commit.slice(0, 7)}</code> {w.into} <code>{pull.base.branch}</code>
        </span>
      </div>
      <div className="panel-body">
        <textarea
          className="input"
          aria-label={w.comment}
          placeholder={w.reviewHint}
          rows={3}
          maxLength={65_536}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {pending.length > 0 && (
          <div className="pending-list">
            <p className="soft small">{w.withReview(pending.length)}</p>
            <ul>
              {pending.map((one, index) => (
                <li key={index} className="small">
                  <code>
                    {one.path}:{one.line}
                  </code>
                  <span className="clip muted">{one.body}</span>
                  <IconButton
                    icon="i-trash"
                    small
                    look="ghost"
                    label={words.common.remove(`${one.path}:${one.line}`)}
                    onClick={() => removePending(pull.repository, pull.number, one)}
                  />
                </li>
              ))}
            </ul>
          </div>
        )}
        <div className="choices" role="radiogroup" aria-label={w.reviewKind}>
          {kinds.map((one) => (
            <Choice
              key={one}
              type="radio"
              name={id}
              checked={kind === one}
              disabled={mayNot[one] !== undefined}
              onChange={() => setChosen({ kind: one, head: pull.head.commit })}
              hint={mayNot[one] ?? (one === 'approved' ? w.approvalCounts(needed, pull.base.branch) : w.reviewHints[one])}
            >
              {w.reviewActions[one]}
            </Choice>
          ))}
        </div>
        {hasMoved ? (
          <Problem title={w.movedTitle} tone="warn" icon="g-warning">
            <p>{w.movedReviewText}</p>
            <div className="buttons">
              <Button
                small
                icon="i-refresh"
                onClick={() => {
                  forget()
                  void lookAgain()
                }}
              >
                {w.reload}
              </Button>
            </div>
          </Problem>
        ) : (
          error !== undefined && <Failure title={words.failure.title.act(w.theReview)} error={error} />
        )}
      </div>
      <div className="panel-foot">
        <span>{mayNot.approved ?? w.mayApprove}</span>
        <span className="end">
          <Button
            icon={kind === 'approved' ? 'i-check' : 'i-comment'}
            look="primary"
            busy={isBusy}
            reason={reason}
            keyCap={commandEnter}
            onClick={submit}
          >
            {w.reviewActions[kind]}
          </Button>
        </span>
      </div>
    </form>
  )
}
