import { useNavigate, useRouterState } from '@tanstack/react-router'
import { useId, useState } from 'react'
import { calledOf } from '../../facts/application-name.ts'
import { api } from '../../client/api.ts'
import { useSummary } from '../../loaders/fleet.ts'
import { toast } from '../../parts/toasts.tsx'
import { useLanguage } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import type { Question } from './ask.ts'
import { Choice } from './choice.tsx'
import { SubmitDialog } from './submit-dialog.tsx'
import { useSubmit } from './use-submit.ts'

export function DeleteDialog({ question: { app }, onClose }: { question: Extract<Question, { name: 'delete' }>; onClose: () => void }) {
  const { words } = useLanguage()
  const w = words.remove
  const id = useId()
  const navigate = useNavigate()
  const path = useRouterState({ select: (state) => state.location.pathname })
  const summary = useSummary(app)
  const objects = summary?.objects ?? 0
  const [how, setHow] = useState<'background' | 'foreground' | 'orphan'>('background')
  const [typed, setTyped] = useState('')
  const isConfirmed = typed.trim() === calledOf(app)
  const { isBusy, error, submit } = useSubmit(async () => {
    await api.deleteApplication(app, { cascade: how !== 'orphan', ...(how !== 'orphan' && { propagationPolicy: how }) })
    toast({ look: { glyph: 'g-ok', tone: 'ok' }, title: words.app.toast.deleted(calledOf(app)) })
    if (path.endsWith(`/${encodeURIComponent(app.namespace)}/${encodeURIComponent(app.name)}`)) void navigate({ to: '/applications' })
  }, onClose)
  return (
    <SubmitDialog
      isDangerous
      title={<Prose of={w.title(calledOf(app))} />}
      submitLabel={how === 'orphan' ? w.submitOrphan : w.submit(objects)}
      icon="i-trash"
      reason={isConfirmed ? undefined : w.noMatch}
      note={<span className="left muted small">{w.gitStays}</span>}
      submission={{ isBusy, error, submit }}
      failed={w.failed}
      onClose={onClose}
    >
      <fieldset className="field choices">
        <legend className="label">{w.how}</legend>
        <Choice type="radio" name={`${id}-how`} checked={how === 'background'} onChange={() => setHow('background')} hint={w.cascadeHint}>
          {w.cascade(objects)}
        </Choice>
        <Choice type="radio" name={`${id}-how`} checked={how === 'foreground'} onChange={() => setHow('foreground')} hint={w.cascadeHint}>
          {words.common.join(w.cascade(objects), w.foreground)}
        </Choice>
        <Choice type="radio" name={`${id}-how`} checked={how === 'orphan'} onChange={() => setHow('orphan')} hint={w.orphanHint}>
          {w.orphan}
        </Choice>
      </fieldset>
      <div className="field">
        <label htmlFor={id}>
          <Prose of={w.type(calledOf(app))} />
        </label>
        <span className="input">
          <input
            id={id}
            className="mono"
            aria-label={w.confirmLabel}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            data-first
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </span>
      </div>
    </SubmitDialog>
  )
}
