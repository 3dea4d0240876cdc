import { useNavigate } from '@tanstack/react-router'
import type { ApplicationSet } from '@plimsoll/api'
import { useId, useState, type ReactNode } from 'react'
import { setsApi } from '../../client/sets.ts'
import { pick } from '../../facts/manifest.ts'
import { policyOf, type PendingFacts } from '../../facts/set-look.ts'
import { putSet } from '../../loaders/sets.ts'
import { queryClient } from '../../loaders/queries.ts'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import type { Sentence } from '../../words/say.ts'
import { SubmitDialog } from '../dialogs/submit-dialog.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'

/** More names than anybody reads; how many there are stands above. */
const mostNamed = 500

/** Confirms exactly what is listed: the digest stands for it, and the server refuses when it is something else by now. */
export function ConfirmDeletionDialog({ name, pending, onClose }: { name: string; pending: PendingFacts; onClose: () => void }) {
  const w = useWords().sets
  // What was shown is what is confirmed, whatever arrives meanwhile.
  const [{ digest, names }] = useState(pending)
  return (
    <Destructive
      name={name}
      title={w.confirm.title(names.length)}
      submitText={w.confirm.submit(names.length)}
      failed={w.confirm.failed}
      onClose={onClose}
      work={async () => {
        putSet(queryClient, 'MODIFIED', await setsApi.confirmDeletion(name, digest))
        toast({ look: { glyph: 'i-trash', tone: 'none' }, title: w.confirm.done(names.length) })
      }}
    >
      <ul className="set-names scroll" aria-label={w.confirm.names} tabIndex={0}>
        {names.slice(0, mostNamed).map((one) => (
          <li key={one}>
            <code>{one}</code>
          </li>
        ))}
        {names.length > mostNamed && <li className="muted">{w.pending.more(names.length - mostNamed)}</li>}
      </ul>
      <p>{w.confirm.text}</p>
    </Destructive>
  )
}

export function DeleteSetDialog({ set, onClose }: { set: ApplicationSet; onClose: () => void }) {
  const w = useWords().sets
  const navigate = useNavigate()
  const { name } = set.metadata
  const count = set.status?.resourcesCount ?? 0
  const lets = policyOf(set) === 'create-only' || policyOf(set) === 'create-update'
  const keepsResources = pick(set, 'spec', 'syncPolicy', 'preserveResourcesOnDeletion') === true
  const what = lets ? w.remove.keeps : keepsResources && count > 0 ? w.remove.keepsResources : w.remove.takes
  return (
    <Destructive
      name={name}
      title={w.remove.title(name)}
      submitText={lets ? w.remove.submitAlone : w.remove.submit(count)}
      failed={w.remove.failed}
      onClose={onClose}
      work={async () => {
        await setsApi.delete(name)
        toast({ look: { glyph: 'i-trash', tone: 'none' }, title: w.remove.done(name) })
        void navigate({ to: '/applicationsets' })
      }}
    >
      <p>{what(count)}</p>
    </Destructive>
  )
}

/** What cannot be taken back is confirmed by the name of the set. */
function Destructive({
  name,
  title,
  submitText,
  failed,
  work,
  onClose,
  children,
}: {
  name: string
  title: Sentence
  submitText: string
  failed: string
  work: () => Promise<void>
  onClose: () => void
  children: ReactNode
}) {
  const words = useWords()
  const w = words.sets.confirm
  const id = useId()
  const [typed, setTyped] = useState('')
  const isConfirmed = typed.trim() === name
  const { isBusy, error, submit } = useSubmit(work, onClose)
  return (
    <SubmitDialog
      isDangerous
      title={<Prose of={title} />}
      submitLabel={submitText}
      icon="i-trash"
      reason={isConfirmed ? undefined : w.noMatch}
      submission={{ isBusy, error, submit }}
      failed={failed}
      onClose={onClose}
    >
      {children}
      <div className="field">
        <label htmlFor={id}>
          <Prose of={w.type(name)} />
        </label>
        <span className="input">
          <input
            id={id}
            className="mono"
            aria-label={w.label}
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
