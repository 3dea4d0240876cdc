import { calledOf } from '../../facts/application-name.ts'
import { whereFrom } from '../../facts/sources.ts'
import { useSummary } from '../../loaders/fleet.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { useLanguage } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { resumeApplication } from './actions.ts'
import type { Question } from './ask.ts'
import { useSubmit } from './use-submit.ts'

export function ResumeDialog({ question: { app }, onClose }: { question: Extract<Question, { name: 'resume' }>; onClose: () => void }) {
  const { words, format } = useLanguage()
  const w = words.resume
  const summary = useSummary(app)
  const hold = summary?.hold
  const { isBusy, submit } = useSubmit(() => resumeApplication(app, words), onClose)
  return (
    <Dialog
      title={<Prose of={w.title(calledOf(app))} />}
      onClose={onClose}
      onSubmit={submit}
      foot={
        <>
          <Button onClick={onClose}>
            {words.common.cancel}
            <kbd>esc</kbd>
          </Button>
          <Button
            icon="i-play"
            look="primary"
            busy={isBusy}
            reason={summary && !hold ? words.reasons['not-held'] : undefined}
            onClick={submit}
          >
            {w.submit}
          </Button>
        </>
      }
    >
      {hold && (
        <p>
          <Prose of={words.app.heldBanner(hold.since === undefined ? undefined : format.inSentence(new Date(hold.since)), hold.by)} />{' '}
          {hold.reason && words.app.heldReason(hold.reason)}
        </p>
      )}
      <p>{summary && whereFrom(summary.sources) !== 'git' ? w.textCharts : <Prose of={w.text(summary?.targetRevision || 'HEAD')} />}</p>
    </Dialog>
  )
}
