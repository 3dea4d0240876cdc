import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import type { RevisionHistory } from '@plimsoll/api'
import { calledOf } from '../../facts/application-name.ts'
import { whyNot } from '../../facts/allowed.ts'
import { toDate } from '../../facts/moment.ts'
import { commitThen, joinRevisions, mainSource, sourcesThen } from '../../facts/sources.ts'
import { summarize, type AppSummary } from '../../facts/summary.ts'
import { short } from '../../facts/why.ts'
import { applicationQuery, revisionQuery } from '../../loaders/queries.ts'
import { Button, Reason } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Bones } from '../../parts/empty.tsx'
import { Failure } from '../../parts/problem.tsx'
import { useLanguage } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { rollbackApplication } from './actions.ts'
import type { Question } from './ask.ts'
import { Choice } from './choice.tsx'
import { useSubmit } from './use-submit.ts'

export function RollbackDialog({
  question: { app, id },
  onClose,
}: {
  question: Extract<Question, { name: 'rollback' }>
  onClose: () => void
}) {
  const language = useLanguage()
  const { words, format } = language
  const w = words.rollback
  const fieldId = useId()
  const { data: application, error: loadError, refetch } = useQuery({ ...applicationQuery(app), refetchOnMount: 'always' })
  const summary = application && summarize(application)
  const history = application?.status?.history ?? []
  const current = history.at(-1)
  const earlier = history.slice(0, -1).toReversed()
  const [chosenId, setChosenId] = useState<number | undefined>(id)
  const chosen =
    earlier.find((one) => one.id === chosenId) ??
    (id === undefined ? earlier.find((one) => one.id === summary?.previous?.id) : undefined) ??
    earlier[0]
  const [prune, setPrune] = useState(true)
  const [dryRun, setDryRun] = useState(false)
  const { isBusy, error, submit } = useSubmit(async () => {
    if (chosen) await rollbackApplication(app, { id: chosen.id, prune, dryRun }, joinRevisions(chosen), language)
  }, onClose)
  const blocked = summary && whyNot('rollback', summary)
  const reason = !chosen
    ? words.reasons['no-earlier-revision']
    : blocked && blocked !== 'no-earlier-revision'
      ? words.reasons[blocked]
      : undefined
  return (
    <Dialog
      role="alertdialog"
      title={<Prose of={w.title(calledOf(app), short(joinRevisions(chosen) || '…'))} />}
      onClose={onClose}
      onSubmit={reason === undefined ? submit : undefined}
      foot={
        <>
          {reason !== undefined && application && (
            <span className="left">
              <Reason>{reason}</Reason>
            </span>
          )}
          <Button onClick={onClose}>
            {words.common.cancel}
            <kbd>esc</kbd>
          </Button>
          <Button icon="i-rollback" look="danger" className="primary" busy={isBusy} reason={reason} onClick={submit}>
            {dryRun ? w.submitDry : w.submit}
          </Button>
        </>
      }
    >
      {error !== undefined && <Failure title={words.failure.title.act(w.failed)} error={error} />}
      {loadError && !application && (
        <Failure title={words.failure.title.load(words.app.theApplication)} error={loadError} onRetry={() => void refetch()} />
      )}
      {!application || !summary ? (
        <Bones lines={4} />
      ) : (
        <>
          <div className="field">
            <label htmlFor={fieldId}>{w.choose}</label>
            <select id={fieldId} className="input" value={chosen?.id} onChange={(event) => setChosenId(Number(event.target.value))}>
              {earlier.map((one) => {
                const at = toDate(one.deployedAt)
                return (
                  <option key={one.id} value={one.id}>
                    {short(joinRevisions(one))}
                    {at && `, ${w.deployedAt(format.moment(at))}`}
                  </option>
                )
              })}
            </select>
          </div>
          <dl className="facts">
            <div className="fact">
              <dt>{w.now}</dt>
              <dd>{current && <Revision summary={summary} entry={current} />}</dd>
            </div>
            <div className="fact">
              <dt>{w.after}</dt>
              <dd>{chosen && <Revision summary={summary} entry={chosen} />}</dd>
            </div>
            <div className="fact">
              <dt>{w.how}</dt>
              <dd>{w.howText}</dd>
            </div>
          </dl>
          <div className="option-grid">
            <Choice checked={prune} onChange={setPrune} hint={w.pruneHint}>
              {w.prune}
            </Choice>
            <Choice checked={dryRun} onChange={setDryRun} hint={words.sync.dryRunHint}>
              {w.dryRun}
            </Choice>
          </div>
          {!dryRun && <Reason>{summary.automated ? w.hold : w.holdManual}</Reason>}
        </>
      )}
    </Dialog>
  )
}

function Revision({ summary, entry }: { summary: AppSummary; entry: RevisionHistory }) {
  const { words, format } = useLanguage()
  const sources = sourcesThen(entry, summary.sources)
  const { data } = useQuery(revisionQuery(summary, commitThen(sources, summary.sources)))
  const chart = mainSource(sources)?.chart
  const at = toDate(entry.deployedAt)
  return (
    <>
      <code className="hash">{short(joinRevisions(entry))}</code> {data?.message?.split('\n', 1)[0] ?? (chart && words.source.chart(chart))}
      {at && <span className="muted line small">{words.rollback.deployedAt(format.moment(at))}</span>}
    </>
  )
}
