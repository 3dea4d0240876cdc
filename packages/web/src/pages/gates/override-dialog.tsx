import type { GateReport } from '@plimsoll/api'
import { useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { pullsApi } from '../../client/pulls.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Failure } from '../../parts/problem.tsx'
import { useWords } from '../../words/index.tsx'
import { Choice } from '../dialogs/choice.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'

const shortestReason = 3

/** Lets a model through that the gate did not, or stops one that it did. The reason stays on record. */
export function OverrideDialog({ report, onClose }: { report: GateReport; onClose: () => void }) {
  const words = useWords()
  const w = words.gates
  const id = useId()
  const client = useQueryClient()
  const standing = report.override?.verdict ?? report.verdict
  const [verdict, setVerdict] = useState<'pass' | 'fail'>(standing === 'pass' ? 'fail' : 'pass')
  const [why, setWhy] = useState('')
  const isTooShort = why.trim().length < shortestReason
  const { isBusy, error, submit } = useSubmit(async () => {
    const next = await pullsApi.override(report.id, { verdict, why: why.trim() })
    client.setQueryData(['gate-report', report.id], next)
    await Promise.all([client.invalidateQueries({ queryKey: ['gate-report'] }), client.invalidateQueries({ queryKey: ['pull'] })])
  }, onClose)
  return (
    <Dialog
      title={w.overrideTitle(report.gate)}
      onClose={onClose}
      onSubmit={isTooShort ? undefined : submit}
      foot={
        <>
          <Button onClick={onClose}>{words.common.cancel}</Button>
          <Button look="primary" busy={isBusy} reason={isTooShort ? w.needReason : undefined} onClick={submit}>
            {verdict === 'pass' ? w.letThrough : w.stopIt}
          </Button>
        </>
      }
    >
      <p>{w.overrideText(w.verdicts[report.verdict])}</p>
      <div className="field choices" role="radiogroup" aria-label={w.verdict}>
        <Choice type="radio" name={id} checked={verdict === 'pass'} onChange={() => setVerdict('pass')} hint={w.letThroughHint}>
          {w.letThrough}
        </Choice>
        <Choice type="radio" name={id} checked={verdict === 'fail'} onChange={() => setVerdict('fail')} hint={w.stopItHint}>
          {w.stopIt}
        </Choice>
      </div>
      <div className="field">
        <label htmlFor={`${id}-why`}>{w.why}</label>
        <textarea
          id={`${id}-why`}
          className="input"
          rows={3}
          maxLength={2000}
          data-first
          value={why}
          onChange={(event) => setWhy(event.target.value)}
        />
        <span className="hint">{w.whyHint}</span>
      </div>
      {error !== undefined && <Failure title={words.failure.title.act(w.theOverride)} error={error} />}
    </Dialog>
  )
}
