import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Failure } from '../../parts/problem.tsx'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
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
    <Dialog
      role="alertdialog"
      title={<Prose of={w.forgetTitle(name)} />}
      onClose={onClose}
      onSubmit={submit}
      foot={
        <>
          <Button onClick={onClose}>
            {words.common.cancel}
            <kbd>esc</kbd>
          </Button>
          <Button icon="i-trash" look="danger" className="primary" busy={isBusy} onClick={submit}>
            {w.forget}
          </Button>
        </>
      }
    >
      {error !== undefined && <Failure title={words.failure.title.act(w.theForgetting)} error={error} />}
      <p>{text}</p>
    </Dialog>
  )
}
