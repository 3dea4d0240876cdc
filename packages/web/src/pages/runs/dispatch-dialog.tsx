import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useId, useState } from 'react'
import { runsApi, type DispatchInput } from '../../client/runs.ts'
import { repositoriesQuery } from '../../loaders/pulls.ts'
import { queryClient } from '../../loaders/queries.ts'
import { workflowsQuery } from '../../loaders/runs.ts'
import { Bones } from '../../parts/empty.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Failure } from '../../parts/problem.tsx'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { Choice } from '../dialogs/choice.tsx'
import { SubmitDialog } from '../dialogs/submit-dialog.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'

/** Starts a workflow by hand, with the inputs that its file names. */
export function DispatchDialog({ first, onClose }: { first?: string; onClose: () => void }) {
  const words = useWords()
  const w = words.runs.start
  const id = useId()
  const navigate = useNavigate()
  const [repository, setRepository] = useState(first ?? '')
  const [typedRef, setTypedRef] = useState('')
  const [ref, setRef] = useState('')
  const [path, setPath] = useState('')
  const [given, setGiven] = useState<ReadonlyMap<string, string>>(new Map())
  const [isTried, setTried] = useState(false)
  const repositories = useQuery(repositoriesQuery)
  const names = (repositories.data?.items ?? []).map(({ name }) => name)
  const chosenRepository = repository || (names[0] ?? '')
  const workflows = useQuery(workflowsQuery(chosenRepository, ref))
  const startable = (workflows.data?.items ?? []).filter((one) => one.dispatch !== undefined)
  const chosen = startable.find((one) => one.path === path) ?? startable[0]
  const inputs = Object.entries(chosen?.dispatch?.inputs ?? {})
  const valueOf = (name: string, input: DispatchInput) => given.get(name) ?? firstValue(input)
  const missing = inputs.filter(([name, input]) => input.required === true && input.type !== 'boolean' && valueOf(name, input) === '')
  const { isBusy, error, submit } = useSubmit(async () => {
    if (!chosen) return
    const sent = Object.create(null) as Record<string, string | boolean>
    for (const [name, input] of inputs) {
      const value = valueOf(name, input)
      sent[name] = input.type === 'boolean' ? value === 'true' : value
    }
    const { items } = await runsApi.dispatch(chosenRepository, { workflow: chosen.path, ...(ref && { ref }), inputs: sent })
    void queryClient.invalidateQueries({ queryKey: ['runs'] })
    const run = items[0]
    if (!run) return
    toast({ look: { glyph: 'i-play', tone: 'run' }, title: words.runs.toast.started(run.number, run.workflow.name) })
    await navigate({ to: '/runs/$id', params: { id: run.id } })
  }, onClose)
  const trySubmit = () => {
    setTried(true)
    if (missing.length === 0 && chosen) submit()
  }
  return (
    <SubmitDialog
      title={w.title}
      submitLabel={w.submit}
      icon="i-play"
      reason={chosen ? undefined : w.none}
      submission={{ isBusy, error, submit: trySubmit }}
      failed={words.runs.failed.dispatch}
      onClose={onClose}
    >
      <div className="field">
        <label htmlFor={`${id}-repository`}>{w.repository}</label>
        <select
          id={`${id}-repository`}
          className="input"
          data-first=""
          value={chosenRepository}
          onChange={(event) => {
            setRepository(event.target.value)
            setPath('')
            setGiven(new Map())
          }}
        >
          {names.length === 0 && <option value="">{w.noRepositories}</option>}
          {names.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </div>
      <div className="field">
        <label htmlFor={`${id}-ref`}>{w.ref}</label>
        <span className="input">
          <input
            id={`${id}-ref`}
            value={typedRef}
            spellCheck={false}
            aria-describedby={`${id}-ref-hint`}
            onChange={(event) => setTypedRef(event.target.value)}
            onBlur={() => setRef(typedRef.trim())}
          />
        </span>
        <span className="hint" id={`${id}-ref-hint`}>
          {w.refHint}
        </span>
      </div>
      {workflows.error ? (
        <Failure title={words.failure.title.load(w.theWorkflows)} error={workflows.error} />
      ) : workflows.isPending && chosenRepository !== '' ? (
        <Bones lines={2} />
      ) : chosen === undefined ? (
        <p className="soft">
          {w.none} <Prose of={w.noneText} />
        </p>
      ) : (
        <>
          <div className="field">
            <label htmlFor={`${id}-workflow`}>{w.workflow}</label>
            <select
              id={`${id}-workflow`}
              className="input"
              value={chosen.path}
              onChange={(event) => {
                setPath(event.target.value)
                setGiven(new Map())
              }}
            >
              {startable.map((one) => (
                <option key={one.path} value={one.path}>
                  {one.name}
                </option>
              ))}
            </select>
          </div>
          {inputs.length === 0 && <p className="muted small">{w.noInputs}</p>}
          {inputs.map(([name, input], at) => (
            <InputField
              key={name}
              id={`${id}-input-${at}`}
              name={name}
              input={input}
              value={valueOf(name, input)}
              problem={isTried && missing.some(([one]) => one === name) ? w.required : undefined}
              onValue={(value) => setGiven((before) => new Map(before).set(name, value))}
            />
          ))}
        </>
      )}
    </SubmitDialog>
  )
}

function firstValue(input: DispatchInput): string {
  const { default: first } = input
  if (typeof first === 'string' || typeof first === 'number' || typeof first === 'boolean') return String(first)
  return input.type === 'boolean' ? 'false' : input.type === 'choice' ? (input.options?.[0] ?? '') : ''
}

function InputField({
  id,
  name,
  input,
  value,
  problem,
  onValue,
}: {
  id: string
  name: string
  input: DispatchInput
  value: string
  problem: string | undefined
  onValue: (value: string) => void
}) {
  if (input.type === 'boolean')
    return (
      <Choice checked={value === 'true'} onChange={(checked) => onValue(String(checked))} hint={input.description}>
        <code>{name}</code>
      </Choice>
    )
  return (
    <div className="field">
      <label htmlFor={id}>
        <code>{name}</code>
      </label>
      {input.type === 'choice' && input.options ? (
        <select id={id} className="input" value={value} onChange={(event) => onValue(event.target.value)}>
          {input.options.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      ) : (
        <span className={problem ? 'input invalid' : 'input'}>
          <input
            id={id}
            value={value}
            type={input.type === 'number' ? 'number' : 'text'}
            spellCheck={false}
            required={input.required === true}
            aria-invalid={problem !== undefined}
            onChange={(event) => onValue(event.target.value)}
          />
        </span>
      )}
      {problem && (
        <span className="problem">
          <Icon name="g-failed" />
          {problem}
        </span>
      )}
      {input.description && <span className="hint">{input.description}</span>}
    </div>
  )
}
