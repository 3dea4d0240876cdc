import type { UseQueryResult } from '@tanstack/react-query'
import type { Check, GateReport, PullRequest, Review } from '@plimsoll/api'
import { useState } from 'react'
import { pullsApi } from '../../client/pulls.ts'
import { canWrite } from '../../facts/may.ts'
import { toMs } from '../../facts/moment.ts'
import { checkFiles, checkKey, checkLooks, checkWord, inCheckOrder, lastReviews, reviewLooks } from '../../facts/pull-look.ts'
import { useLookAgain } from '../../loaders/pulls.ts'
import { useSession } from '../../loaders/session.ts'
import { Elapsed } from '../../parts/ago.tsx'
import { Button, IconButton } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Bones } from '../../parts/empty.tsx'
import { Glyph } from '../../parts/icon.tsx'
import { Markdown } from '../../parts/markdown.tsx'
import { PathLink } from '../../parts/path-link.tsx'
import { Failure } from '../../parts/problem.tsx'
import { Status } from '../../parts/status.tsx'
import { useLanguage } from '../../words/index.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'
import { WhatWentIn } from '../gates/report-view.tsx'
import { Who } from './who.tsx'

/** What is said about the head, as it comes. */
export function Checks({ checks }: { checks: UseQueryResult<{ items: Check[] }> }) {
  const { words } = useLanguage()
  const w = words.pulls
  const items = inCheckOrder(checks.data?.items ?? [])
  const [shown, setShown] = useState<string>()
  const chosen = items.find((one) => checkKey(one) === shown)
  const files = checkFiles(items)
  const done = items.filter(({ status }) => status === 'completed').length
  return (
    <section className="panel" aria-labelledby="checks-title">
      <div className="panel-head">
        <h2 id="checks-title">{w.checks}</h2>
        {items.length > 0 && <span className="end muted">{w.checksDone(done, items.length)}</span>}
      </div>
      {checks.isPending ? (
        <div className="panel-body">
          <Bones lines={3} />
        </div>
      ) : checks.error && !checks.data ? (
        <div className="panel-body">
          <Failure title={words.failure.title.load(w.checks)} error={checks.error} onRetry={() => void checks.refetch()} />
        </div>
      ) : items.length === 0 ? (
        <p className="panel-body muted small">{w.noChecks}</p>
      ) : (
        <ul className="checks">
          {items.map((one) => {
            const word = checkWord(one)
            const file = files.get(checkKey(one))
            return (
              <li key={checkKey(one)}>
                <Glyph look={checkLooks[word]} />
                <span className="check-name">
                  {one.detailsUrl ? <PathLink to={one.detailsUrl}>{one.name}</PathLink> : one.name}
                  <span className="visually-hidden"> {w.checkWords[word]}</span>
                  {file !== undefined && (
                    <span className="hint clip" title={file}>
                      {file}
                    </span>
                  )}
                  {one.title !== '' && (
                    <span className="hint clip" title={one.title}>
                      {one.title}
                    </span>
                  )}
                </span>
                {(one.summary ?? one.annotations?.length) ? (
                  <IconButton icon="i-audit" small look="ghost" label={w.checkSummary(one.name)} onClick={() => setShown(checkKey(one))} />
                ) : null}
                <span className="dur">
                  <CheckTime check={one} />
                </span>
              </li>
            )
          })}
        </ul>
      )}
      {chosen && <CheckDialog check={chosen} onClose={() => setShown(undefined)} />}
    </section>
  )
}

function CheckTime({ check }: { check: Check }) {
  const { words, format } = useLanguage()
  const from = toMs(check.startedAt)
  const to = toMs(check.completedAt)
  if (from !== undefined && to !== undefined) return format.took(Math.max(0, to - from))
  if (check.status === 'inProgress' && from !== undefined) return <Elapsed since={from} />
  return words.pulls.checkWords[checkWord(check)]
}

function CheckDialog({ check, onClose }: { check: Check; onClose: () => void }) {
  const { words } = useLanguage()
  const w = words.pulls
  return (
    <Dialog wide title={check.name} onClose={onClose}>
      <p>
        <Status look={checkLooks[checkWord(check)]} word={w.checkWords[checkWord(check)]} /> {check.title}
      </p>
      {check.summary && <Markdown text={check.summary} />}
      {(check.annotations ?? []).length > 0 && (
        <ul className="annotations">
          {(check.annotations ?? []).slice(0, 100).map((one, index) => (
            <li key={index}>
              <code>
                {one.path}:{one.line}
                {one.column !== undefined && `:${one.column}`}
              </code>{' '}
              {one.title && <strong>{one.title} </strong>}
              {one.message}
            </li>
          ))}
        </ul>
      )}
      {check.detailsUrl && (
        <p>
          <PathLink to={check.detailsUrl}>{w.details}</PathLink>
        </p>
      )}
    </Dialog>
  )
}

/** Who has looked, and whether it still counts. */
export function Reviewers({ pull, reviews }: { pull: PullRequest; reviews: readonly Review[] }) {
  const { words } = useLanguage()
  const w = words.pulls
  const session = useSession()
  const [dismissing, setDismissing] = useState<Review>()
  const last = lastReviews(reviews)
  const may = session.name === 'in' && canWrite(session.identity)
  return (
    <section className="panel" aria-labelledby="reviewers-title">
      <div className="panel-head">
        <h2 id="reviewers-title">{w.reviewers}</h2>
      </div>
      {last.length === 0 ? (
        <p className="panel-body muted small">{w.noReviews}</p>
      ) : (
        <ul className="checks people">
          {last.map((one) => (
            <li key={one.id}>
              <span className="check-name">
                <Who name={one.author} />
                {one.void && <span className="hint">{w.void(one.void)}</span>}
              </span>
              {may && pull.state === 'open' && (one.state === 'changesRequested' || (one.state === 'approved' && !one.void)) && (
                <IconButton icon="i-x" small look="ghost" label={w.dismissReviewOf(one.author)} onClick={() => setDismissing(one)} />
              )}
              <span className="dur">
                <Status
                  look={one.void ? { glyph: 'g-cancelled', tone: 'none' } : reviewLooks[one.state]}
                  word={one.void && one.state === 'approved' ? w.voided : w.reviewWords[one.state]}
                />
              </span>
            </li>
          ))}
        </ul>
      )}
      {dismissing && <DismissDialog pull={pull} review={dismissing} onClose={() => setDismissing(undefined)} />}
    </section>
  )
}

function DismissDialog({ pull, review, onClose }: { pull: PullRequest; review: Review; onClose: () => void }) {
  const { words } = useLanguage()
  const w = words.pulls
  const [why, setWhy] = useState('')
  const lookAgain = useLookAgain(pull.repository, pull.number)
  const { isBusy, error, submit } = useSubmit(async () => {
    await pullsApi.dismiss(pull.repository, pull.number, review.id, why)
    await lookAgain()
  }, onClose)
  const reason = why.trim() === '' ? w.needWhy : undefined
  return (
    <Dialog
      title={w.dismissReviewOf(review.author)}
      onClose={onClose}
      onSubmit={reason === undefined ? submit : undefined}
      foot={
        <>
          <Button onClick={onClose}>{words.common.cancel}</Button>
          <Button look="primary" busy={isBusy} reason={reason} onClick={submit}>
            {w.dismiss}
          </Button>
        </>
      }
    >
      <p>{w.dismissText}</p>
      <div className="field">
        <label htmlFor="dismiss-why">{w.why}</label>
        <textarea id="dismiss-why" data-first className="input" rows={3} value={why} onChange={(event) => setWhy(event.target.value)} />
      </div>
      {error !== undefined && <Failure title={words.failure.title.act(w.theChange)} error={error} />}
    </Dialog>
  )
}

export function WentIn({ report }: { report: GateReport }) {
  const { words } = useLanguage()
  return (
    <section className="panel" aria-labelledby="went-in-title">
      <div className="panel-head">
        <h2 id="went-in-title">{words.gates.whatWentIn}</h2>
      </div>
      <div className="panel-body">
        <WhatWentIn report={report} />
      </div>
    </section>
  )
}
