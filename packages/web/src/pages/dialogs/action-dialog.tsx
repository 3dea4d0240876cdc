import { useId, useState } from 'react'
import { iconOfAction, isHarsh } from '../../facts/resource-action.ts'
import { useSummary } from '../../loaders/fleet.ts'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { runAction } from './actions.ts'
import type { Question } from './ask.ts'
import { SubmitDialog } from './submit-dialog.tsx'
import { useSubmit } from './use-submit.ts'

/** Asks before something is done with an object, and for what it needs to be told. */
export function ActionDialog({ question, onClose }: { question: Extract<Question, { name: 'action' }>; onClose: () => void }) {
  const { app, resource, action } = question
  const words = useWords()
  const w = words.action
  const id = useId()
  const title = action.displayName || action.name
  const object = `${resource.kind} ${resource.name}`
  const params = action.params ?? []
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(params.map(({ name, default: preset = '' }) => [name, preset])),
  )
  const heals = useSummary(app)?.selfHeal === true
  const isMissing = params.some(({ name }) => (values[name] ?? '').trim() === '')
  const { isBusy, error, submit } = useSubmit(() => runAction(app, resource, action, values, words), onClose)
  return (
    <SubmitDialog
      isDangerous={isHarsh(action)}
      title={<Prose of={w.title(title, object)} />}
      submitLabel={title}
      icon={iconOfAction(action)}
      reason={isMissing ? w.missing : undefined}
      submission={{ isBusy, error, submit }}
      failed={w.failed(title)}
      onClose={onClose}
    >
      {params.map(({ name }, index) => (
        <div className="field" key={name}>
          <label htmlFor={`${id}-${index}`}>{name}</label>
          <span className="input">
            <input
              id={`${id}-${index}`}
              className="mono"
              autoComplete="off"
              spellCheck={false}
              data-first={index === 0 || undefined}
              value={values[name] ?? ''}
              onChange={(event) => setValues({ ...values, [name]: event.target.value })}
            />
          </span>
        </div>
      ))}
      <p>{heals ? w.healed : w.text}</p>
    </SubmitDialog>
  )
}
