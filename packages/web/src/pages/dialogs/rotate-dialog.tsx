import { calledOf } from '../../facts/application-name.ts'
import { useSummary } from '../../loaders/fleet.ts'
import { Icon } from '../../parts/icon.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { rotateApplication } from './actions.ts'
import type { Question } from './ask.ts'
import { SubmitDialog } from './submit-dialog.tsx'
import { useSubmit } from './use-submit.ts'

export function RotateDialog({ question: { app }, onClose }: { question: Extract<Question, { name: 'rotate' }>; onClose: () => void }) {
  const words = useWords()
  const w = words.source.rotation
  const summary = useSummary(app)
  const isAtOnce = summary?.automated === true && !summary.hold
  const { isBusy, error, submit } = useSubmit(() => rotateApplication(app, words), onClose)
  return (
    <SubmitDialog
      isDangerous
      title={<Prose of={w.title(calledOf(app))} />}
      submitLabel={w.submit}
      icon="i-refresh"
      submission={{ isBusy, error, submit }}
      failed={w.failed}
      onClose={onClose}
    >
      <p>
        {w.text} {isAtOnce ? w.automated : w.manual}
      </p>
      <p>{w.whatNow}</p>
      <p className="reason warn">
        <Icon name="g-warning" />
        <span>{w.noUndo}</span>
      </p>
    </SubmitDialog>
  )
}
