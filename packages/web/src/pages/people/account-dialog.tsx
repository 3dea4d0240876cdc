import type { Account, AccountRole } from '@plimsoll/api'
import { useId, useState } from 'react'
import { peopleApi } from '../../client/people.ts'
import { accountsQuery } from '../../loaders/people.ts'
import { queryClient } from '../../loaders/queries.ts'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { Choice } from '../dialogs/choice.tsx'
import { SubmitDialog } from '../dialogs/submit-dialog.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'
import { TextField } from './text-field.tsx'

const roles: readonly AccountRole[] = ['maintainer', 'contributor', 'readonly', 'none', 'admin']

/** Makes an account, or changes one. */
export function AccountDialog({ account, onClose }: { account?: Account; onClose: () => void }) {
  const words = useWords()
  const w = words.people
  const f = w.fields
  const id = useId()
  const [name, setName] = useState('')
  const [kind, setKind] = useState<'person' | 'service'>('person')
  const [displayName, setDisplayName] = useState(account?.displayName ?? '')
  const [email, setEmail] = useState(account?.email ?? '')
  const [role, setRole] = useState<AccountRole>(account?.role ?? 'readonly')
  const [groups, setGroups] = useState((account?.groups ?? []).join(', '))
  const [password, setPassword] = useState('')
  const [isEnabled, setEnabled] = useState(account?.enabled ?? true)
  const [isTried, setTried] = useState(false)
  const { isBusy, error, submit } = useSubmit(async () => {
    const change = {
      role,
      groups: groups.split(',').map((one) => one.trim()).filter(Boolean), // prettier-ignore
      enabled: isEnabled,
      ...((displayName.trim() !== '' || account?.displayName !== undefined) && { displayName: displayName.trim() }),
      ...((email.trim() !== '' || account?.email !== undefined) && { email: email.trim() }),
    }
    if (account) await peopleApi.update(account.name, change)
    else await peopleApi.create({ ...change, name: name.trim(), kind, ...(kind === 'person' && password !== '' && { password }) })
    void queryClient.invalidateQueries({ queryKey: accountsQuery.queryKey })
    toast({ look: { glyph: 'g-ok', tone: 'ok' }, title: account ? w.saved(account.name) : w.created(name.trim()) })
  }, onClose)
  const isMissing = account === undefined && name.trim() === ''
  const trySubmit = () => {
    setTried(true)
    if (!isMissing) submit()
  }
  return (
    <SubmitDialog
      title={account ? <Prose of={w.editTitle(account.name)} /> : w.create}
      submitLabel={account ? w.save : w.createSubmit}
      icon="i-check"
      submission={{ isBusy, error, submit: trySubmit }}
      failed={account ? w.failed.save : w.failed.create}
      onClose={onClose}
    >
      {!account && (
        <>
          <TextField
            label={f.name}
            value={name}
            onValue={setName}
            hint={f.nameHint}
            problem={isTried && isMissing ? f.need : undefined}
            isFirst
          />
          <fieldset className="field plain-set">
            <legend className="label">{f.kind}</legend>
            {(['person', 'service'] as const).map((one) => (
              <Choice
                key={one}
                type="radio"
                name={`${id}-kind`}
                checked={kind === one}
                onChange={() => setKind(one)}
                hint={w.kindHints[one]}
              >
                {w.kinds[one]}
              </Choice>
            ))}
          </fieldset>
        </>
      )}
      <TextField label={f.displayName} value={displayName} onValue={setDisplayName} />
      <TextField label={f.email} value={email} onValue={setEmail} hint={f.emailHint} type="email" />
      <div className="field">
        <label htmlFor={`${id}-role`}>{f.role}</label>
        <select id={`${id}-role`} className="input" value={role} onChange={(event) => setRole(event.target.value as AccountRole)}>
          {roles.map((one) => (
            <option key={one} value={one}>
              {w.roles[one]}: {w.roleHints[one]}
            </option>
          ))}
        </select>
      </div>
      <TextField label={f.groups} value={groups} onValue={setGroups} hint={f.groupsHint} />
      {!account && kind === 'person' && (
        <TextField
          label={f.password}
          value={password}
          onValue={setPassword}
          hint={f.passwordHint}
          type="password"
          autoComplete="new-password"
        />
      )}
      <Choice checked={isEnabled} onChange={setEnabled} hint={f.enabledHint}>
        {f.enabled}
      </Choice>
    </SubmitDialog>
  )
}
