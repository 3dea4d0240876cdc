import { useQueryClient } from '@tanstack/react-query'
import type { BranchProtection } from '@plimsoll/api'
import { useId, useState } from 'react'
import { pullsApi, type RepositoryFacts } from '../../client/pulls.ts'
import { canAdminister } from '../../facts/may.ts'
import { useSession } from '../../loaders/session.ts'
import { Button, IconButton } from '../../parts/button.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Failure } from '../../parts/problem.tsx'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { Choice } from '../dialogs/choice.tsx'
import { useWork } from '../pulls/use-work.ts'

const fresh: BranchProtection = {
  pattern: 'main',
  requiredChecks: [],
  requiredApprovals: 1,
  codeOwners: false,
  allowSelfApproval: false,
  linearHistory: false,
  upToDate: false,
  mayPush: [],
}

/** What branches demand before they move. All of it is sent together, in the place of what was. */
export function Protections({ facts }: { facts: RepositoryFacts }) {
  const words = useWords()
  const w = words.repositories
  const session = useSession()
  const client = useQueryClient()
  const [items, setItems] = useState<readonly BranchProtection[]>(facts.protections)
  const may = session.name === 'in' && canAdminister(session.identity)
  const isChanged = JSON.stringify(items) !== JSON.stringify(facts.protections)
  const { isBusy, error, start } = useWork(async () => {
    await pullsApi.protect(
      facts.name,
      items.map((one) => ({ ...one, requiredChecks: cleaned(one.requiredChecks), mayPush: cleaned(one.mayPush) })),
    )
    await Promise.all([
      client.invalidateQueries({ queryKey: ['repository', facts.name] }),
      client.invalidateQueries({ queryKey: ['pull'] }),
    ])
    toast({ look: { glyph: 'g-ok', tone: 'ok' }, title: w.protectionSaved(facts.name) })
  })
  const reason = !may ? w.mayNotProtect : isChanged ? undefined : w.nothingChanged
  return (
    <>
      {items.length === 0 ? (
        <Empty icon="i-lock" title={w.unprotected}>
          <p>{w.unprotectedText}</p>
        </Empty>
      ) : (
        items.map((one, index) => (
          <Rule
            key={index}
            rule={one}
            isOff={!may}
            onChange={(next) => setItems(items.map((other, at) => (at === index ? next : other)))}
            onRemove={() => setItems(items.filter((_, at) => at !== index))}
          />
        ))
      )}
      {error !== undefined && <Failure title={words.failure.title.act(w.theProtection)} error={error} />}
      <div className="buttons form-foot">
        <Button
          icon="i-plus"
          reason={may ? undefined : w.mayNotProtect}
          onClick={() => setItems([...items, { ...fresh, pattern: items.length === 0 ? (facts.defaultBranch ?? 'main') : 'release/*' }])}
        >
          {w.addRule}
        </Button>
        <Button look="primary" icon="i-lock" busy={isBusy} reason={reason} onClick={start}>
          {w.saveProtection}
        </Button>
      </div>
    </>
  )
}

const cleaned = (names: readonly string[]) => names.map((name) => name.trim()).filter(Boolean)

function Rule({
  rule,
  isOff,
  onChange,
  onRemove,
}: {
  rule: BranchProtection
  isOff: boolean
  onChange: (next: BranchProtection) => void
  onRemove: () => void
}) {
  const words = useWords()
  const w = words.repositories
  const id = useId()
  const lines = (name: 'requiredChecks' | 'mayPush') => (
    <div className="field">
      <label htmlFor={`${id}-${name}`}>{w.rule[name]}</label>
      <textarea
        id={`${id}-${name}`}
        className="input mono"
        rows={2}
        disabled={isOff}
        value={rule[name].join('\n')}
        onChange={(event) => onChange({ ...rule, [name]: event.target.value === '' ? [] : event.target.value.split('\n') })}
      />
      <span className="hint">{w.ruleHints[name]}</span>
    </div>
  )
  const box = (name: 'codeOwners' | 'allowSelfApproval' | 'linearHistory' | 'upToDate') => (
    <Choice checked={rule[name]} disabled={isOff} hint={w.ruleHints[name]} onChange={(on) => onChange({ ...rule, [name]: on })}>
      {w.rule[name]}
    </Choice>
  )
  return (
    <section className="panel protection" aria-label={w.ruleFor(rule.pattern)}>
      <div className="panel-head">
        <h2>
          <code>{rule.pattern}</code>
        </h2>
        <span className="end">
          {!isOff && <IconButton icon="i-trash" small look="ghost" label={w.removeRule(rule.pattern)} onClick={onRemove} />}
        </span>
      </div>
      <div className="panel-body rule-grid">
        <div className="field">
          <label htmlFor={`${id}-pattern`}>{w.rule.pattern}</label>
          <span className={isOff ? 'input off' : 'input'}>
            <input
              id={`${id}-pattern`}
              className="mono"
              disabled={isOff}
              spellCheck={false}
              value={rule.pattern}
              onChange={(event) => onChange({ ...rule, pattern: event.target.value })}
            />
          </span>
          <span className="hint">{w.ruleHints.pattern}</span>
        </div>
        <div className="field">
          <label htmlFor={`${id}-approvals`}>{w.rule.requiredApprovals}</label>
          <span className={isOff ? 'input off' : 'input'}>
            <input
              id={`${id}-approvals`}
              type="number"
              min={0}
              max={20}
              disabled={isOff}
              value={rule.requiredApprovals}
              onChange={(event) =>
                onChange({ ...rule, requiredApprovals: Math.max(0, Math.min(20, Math.round(Number(event.target.value) || 0))) })
              }
            />
          </span>
          <span className="hint">{w.ruleHints.requiredApprovals}</span>
        </div>
        {lines('requiredChecks')}
        {lines('mayPush')}
        {box('codeOwners')}
        {box('allowSelfApproval')}
        {box('linearHistory')}
        {box('upToDate')}
      </div>
    </section>
  )
}
