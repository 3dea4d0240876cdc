import type { WorkflowRun } from '@plimsoll/api'
import { useId, useState } from 'react'
import { runsApi } from '../../client/runs.ts'
import { canWrite } from '../../facts/may.ts'
import { waitsIn } from '../../facts/run-look.ts'
import { queryClient } from '../../loaders/queries.ts'
import { runQuery } from '../../loaders/runs.ts'
import { useSession } from '../../loaders/session.ts'
import { Button, Reason } from '../../parts/button.tsx'
import { Problem } from '../../parts/problem.tsx'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { failed } from '../dialogs/actions.ts'

/** What waits for somebody's word, with the word itself for whoever may say it. */
export function RunWaits({ run }: { run: WorkflowRun }) {
  return waitsIn(run).map((wait) => <Wait key={wait.jobId ?? ''} run={run} wait={wait} />)
}

function Wait({ run, wait }: { run: WorkflowRun; wait: ReturnType<typeof waitsIn>[number] }) {
  const words = useWords()
  const w = words.runs.wait
  const id = useId()
  const session = useSession()
  const [comment, setComment] = useState('')
  const [isBusy, setBusy] = useState(false)
  const identity = session.name === 'in' ? session.identity : undefined
  const reason =
    identity === undefined || !canWrite(identity)
      ? words.runs.notAllowed
      : wait.jobId === undefined && identity.username === run.actor
        ? w.own
        : undefined
  const decide = async (isApproved: boolean) => {
    setBusy(true)
    try {
      const next = await runsApi.decide(run.id, {
        isApproved,
        ...(wait.jobId !== undefined && { jobId: wait.jobId }),
        ...(comment.trim() !== '' && { comment: comment.trim() }),
      })
      queryClient.setQueryData(runQuery(run.id).queryKey, next)
      toast({
        look: isApproved ? { glyph: 'g-ok', tone: 'ok' } : { glyph: 'g-cancelled', tone: 'none' },
        title: words.runs.toast.decided(isApproved),
      })
    } catch (error) {
      failed(words.runs.failed.decide, error, words)
    } finally {
      setBusy(false)
    }
  }
  return (
    <div className="run-wait">
      <Problem
        title={wait.jobId === undefined ? w.outsideTitle : <Prose of={w.title(wait.name)} />}
        tone="hold"
        icon="g-person"
        role="status"
      >
        <p>
          {wait.jobId === undefined ? w.outside : wait.environment !== undefined && <Prose of={w.environment(wait.environment)} />}{' '}
          {wait.why}
        </p>
        <div className="buttons">
          <label className="input" htmlFor={id}>
            <span className="visually-hidden">{w.comment}</span>
            <input
              id={id}
              placeholder={`${w.comment} (${w.commentHint})`}
              value={comment}
              maxLength={4000}
              onChange={(event) => setComment(event.target.value)}
            />
          </label>
          <Button look="primary" icon="i-check" busy={isBusy} reason={reason} onClick={() => void decide(true)}>
            {w.approve}
          </Button>
          <Button icon="i-x" busy={isBusy} reason={reason} onClick={() => void decide(false)}>
            {w.reject}
          </Button>
        </div>
        {reason !== undefined && <Reason>{reason}</Reason>}
      </Problem>
    </div>
  )
}
