import { useSummary } from '../../loaders/fleet.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Failure } from '../../parts/problem.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { rotateApplication } from './actions.ts'
import type { Question } from './ask.ts'
import { useSubmit } from './use-submit.ts'

export function RotateDialog({ question: { app }, onClose }: { question: Extract<Question, { name: 'rotate' }>; onClose: () => void }) {
  const words = useWords()
  const w = words.source.rotation
  const summary = useSummary(app)
  const isAtOnce = summary?.automated === true && !summary.hold
  const { isBusy, error, submit } = useSubmit(() => rotateApplication(app, words), onClose)
  return (
    <Dialog
      role="alertdialog"
      title={<Prose of={w.title(app.name)} />}
      onClose={onClose}
      onSubmit={submit}
      foot={
        <>
          <Button onClick={onClose}>
            {words.common.cancel}
            <kbd>esc</kbd>
          </Button>
          <Button icon="i-refresh" look="danger" className="primary" busy={isBusy} onClick={submit}>
            {w.submit}
          </Button>
        </>
      }
    >
      {error !== undefined && <Failure title={words.failure.title.act(w.failed)} error={error} />}
      <p>
        {w.text} {isAtOnce ? w.automated : w.manual}
      </p>
      <p>{w.whatNow}</p>
      <p className="reason warn">
        <Icon name="g-warning" />
        <span>{w.noUndo}</span>
      </p>
    </Dialog>
  )
}
