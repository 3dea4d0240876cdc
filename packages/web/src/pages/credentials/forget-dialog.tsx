import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { SubmitDialog } from '../dialogs/submit-dialog.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'

/** Asks before something that lets us in is forgotten. */
export function ForgetDialog({
  name,
  text,
  forget,
  onClose,
}: {
  name: string
  text: string
  forget: () => Promise<unknown>
  onClose: () => void
}) {
  const words = useWords()
  const w = words.credentials
  const { isBusy, error, submit } = useSubmit(async () => {
    await forget()
    toast({ look: { glyph: 'i-trash', tone: 'none' }, title: w.forgotten(name) })
  }, onClose)
  return (
    <SubmitDialog
      isDangerous
      title={<Prose of={w.forgetTitle(name)} />}
      submitLabel={w.forget}
      icon="i-trash"
      submission={{ isBusy, error, submit }}
      failed={w.theForgetting}
      onClose={onClose}
    >
      <p>{text}</p>
    </SubmitDialog>
  )
}
