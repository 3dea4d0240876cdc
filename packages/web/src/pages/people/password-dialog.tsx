import { useState } from 'react'
import { peopleApi } from '../../client/people.ts'
import { askWhoIsSignedIn } from '../../client/session.ts'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { SubmitDialog } from '../dialogs/submit-dialog.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'
import { TextField } from './text-field.tsx'

/** One's own password. Whoever changes it proves that it is them, by the old one. */
export function PasswordDialog({ onClose }: { onClose: () => void }) {
  const words = useWords()
  const w = words.people.password
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [again, setAgain] = useState('')
  const [isTried, setTried] = useState(false)
  const { isBusy, error, submit } = useSubmit(async () => {
    await peopleApi.setPassword(current, next)
    toast({ look: { glyph: 'g-ok', tone: 'ok' }, title: w.done })
    // The session may have ended with the old password.
    void askWhoIsSignedIn()
  }, onClose)
  const isMissing = current === '' || next === '' || again === ''
  const trySubmit = () => {
    setTried(true)
    if (!isMissing && next === again) submit()
  }
  return (
    <SubmitDialog
      title={w.title}
      submitLabel={w.change}
      icon="i-lock"
      submission={{ isBusy, error, submit: trySubmit }}
      failed={words.people.failed.password}
      onClose={onClose}
    >
      <TextField label={w.current} value={current} onValue={setCurrent} type="password" autoComplete="current-password" isFirst />
      <TextField label={w.next} value={next} onValue={setNext} type="password" autoComplete="new-password" />
      <TextField
        label={w.again}
        value={again}
        onValue={setAgain}
        type="password"
        autoComplete="new-password"
        problem={isTried ? (isMissing ? w.need : next === again ? undefined : w.differs) : undefined}
      />
      <p className="muted small">{w.text}</p>
    </SubmitDialog>
  )
}
