import type { ReactNode } from 'react'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import type { IconName } from '../../parts/icon-sprite.tsx'
import { Failure } from '../../parts/problem.tsx'
import { useWords } from '../../words/index.tsx'
import type { Submission } from './use-submit.ts'

interface SubmitDialogProps {
  title: ReactNode
  submitLabel: ReactNode
  icon?: IconName
  /** It asks before something that cannot be taken back. */
  isDangerous?: boolean
  /** Why it cannot be sent now. */
  reason?: string | undefined
  submission: Submission
  /** What has failed when it was refused, as a noun. */
  failed: string
  onClose: () => void
  wide?: boolean
  /** Beside the buttons. */
  note?: ReactNode
  children: ReactNode
}

/** A dialog that sends one thing: a way out, a button that says what it does, and the refusal where it can be read. */
export function SubmitDialog({
  title,
  submitLabel,
  icon,
  isDangerous = false,
  reason,
  submission: { isBusy, error, submit },
  failed,
  onClose,
  wide = false,
  note,
  children,
}: SubmitDialogProps) {
  const words = useWords()
  return (
    <Dialog
      role={isDangerous ? 'alertdialog' : 'dialog'}
      wide={wide}
      title={title}
      onClose={onClose}
      onSubmit={reason === undefined ? submit : undefined}
      foot={
        <>
          {note}
          <Button onClick={onClose}>
            {words.common.cancel}
            <kbd>esc</kbd>
          </Button>
          <Button
            {...(icon && { icon })}
            look={isDangerous ? 'danger' : 'primary'}
            className="primary"
            busy={isBusy}
            reason={reason}
            onClick={submit}
          >
            {submitLabel}
          </Button>
        </>
      }
    >
      {error !== undefined && <Failure title={words.failure.title.act(failed)} error={error} />}
      {children}
    </Dialog>
  )
}
