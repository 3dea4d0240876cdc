import { useQuery } from '@tanstack/react-query'
import type { Account } from '@plimsoll/api'
import { useState } from 'react'
import { peopleApi } from '../../client/people.ts'
import { initials } from '../../facts/initials.ts'
import { canAdminister } from '../../facts/may.ts'
import type { Look } from '../../facts/tone.ts'
import { accountsQuery } from '../../loaders/people.ts'
import { queryClient } from '../../loaders/queries.ts'
import { useSession } from '../../loaders/session.ts'
import { Button } from '../../parts/button.tsx'
import { Bones } from '../../parts/empty.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure } from '../../parts/problem.tsx'
import { Status } from '../../parts/status.tsx'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { SubmitDialog } from '../dialogs/submit-dialog.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'
import { AccountDialog } from './account-dialog.tsx'
import { PasswordDialog } from './password-dialog.tsx'
import { TokensDialog } from './tokens-dialog.tsx'

type Open = { name: 'create' } | { name: 'password' } | { name: 'edit' | 'tokens' | 'remove'; account: string }

const on: Look = { glyph: 'g-ok', tone: 'ok' }
const off: Look = { glyph: 'g-cancelled', tone: 'none' }

export function Accounts() {
  const words = useWords()
  const w = words.people
  usePageTitle(w.title)
  const session = useSession()
  const identity = session.name === 'in' ? session.identity : undefined
  const mayChange = identity !== undefined && canAdminister(identity)
  const { data, error, isPending, refetch } = useQuery(accountsQuery)
  const [open, setOpen] = useState<Open>()
  const accounts = data?.items ?? []
  const about = open && 'account' in open ? accounts.find((one) => one.name === open.account) : undefined
  const close = () => setOpen(undefined)
  return (
    <>
      <PageHead title={w.title} lede={w.lede}>
        <Button icon="i-lock" onClick={() => setOpen({ name: 'password' })}>
          {w.password.change}
        </Button>
        <Button look="primary" icon="i-plus" reason={mayChange ? undefined : w.notAdmin} onClick={() => setOpen({ name: 'create' })}>
          {w.create}
        </Button>
      </PageHead>
      {error && !data ? (
        <Failure title={words.failure.title.load(w.theAccounts)} error={error} onRetry={() => void refetch()} />
      ) : isPending ? (
        <Bones lines={5} />
      ) : (
        <div className="panel fleet">
          <table className="table block-table accounts-table" role="table" aria-label={w.title}>
            <thead role="rowgroup">
              <tr role="row">
                {(['name', 'role', 'groups', 'state', 'tokens'] as const).map((one) => (
                  <th key={one} role="columnheader" scope="col">
                    {w.columns[one]}
                  </th>
                ))}
                <th role="columnheader" scope="col">
                  <span className="visually-hidden">{w.columns.actions}</span>
                </th>
              </tr>
            </thead>
            <tbody role="rowgroup">
              {accounts.map((one) => (
                <Row
                  key={one.name}
                  account={one}
                  isOwn={one.name === identity?.username}
                  mayChange={mayChange}
                  onOpen={(name) => setOpen({ name, account: one.name })}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {open?.name === 'create' && <AccountDialog onClose={close} />}
      {open?.name === 'password' && <PasswordDialog onClose={close} />}
      {open?.name === 'edit' && about && <AccountDialog account={about} onClose={close} />}
      {open?.name === 'tokens' && about && <TokensDialog account={about} onClose={close} />}
      {open?.name === 'remove' && about && <RemoveDialog account={about} onClose={close} />}
    </>
  )
}

function Row({
  account,
  isOwn,
  mayChange,
  onOpen,
}: {
  account: Account
  isOwn: boolean
  mayChange: boolean
  onOpen: (name: 'edit' | 'tokens' | 'remove') => void
}) {
  const words = useWords()
  const w = words.people
  const reason = !mayChange ? w.notAdmin : account.name === 'admin' ? w.adminStays : undefined
  return (
    <tr role="row">
      <td role="cell" className="c-main">
        <span className="who">
          <span className="avatar" aria-hidden="true">
            {initials(account.displayName ?? account.name)}
          </span>
          <span>
            <strong>{account.displayName ?? account.name}</strong> {isOwn && <span className="tag">{w.you}</span>}
            <span className="line muted small dotted">
              <span>
                <code>{account.name}</code>
              </span>
              {account.kind === 'service' && <span>{w.kinds.service}</span>}
              {account.email !== undefined && <span>{account.email}</span>}
            </span>
          </span>
        </span>
      </td>
      <td role="cell">{w.roles[account.role]}</td>
      <td role="cell" className="soft">
        {account.groups.length > 0 ? words.list(account.groups) : <span className="muted">{w.none}</span>}
      </td>
      <td role="cell" className="nowrap">
        <Status look={account.enabled ? on : off} word={account.enabled ? w.enabled : w.disabled} />
      </td>
      <td role="cell" className="soft nowrap">
        {account.tokens !== undefined && w.tokensOf(account.tokens.length)}
      </td>
      <td role="cell">
        <span className="buttons row-buttons">
          <Button small reason={isOwn || mayChange ? undefined : w.notOwner} onClick={() => onOpen('tokens')}>
            {w.tokens}
          </Button>
          <Button small reason={reason} onClick={() => onOpen('edit')}>
            {w.edit}
          </Button>
          <Button small look="danger" reason={reason} onClick={() => onOpen('remove')}>
            {w.remove}
          </Button>
        </span>
      </td>
    </tr>
  )
}

function RemoveDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const words = useWords()
  const w = words.people
  const { isBusy, error, submit } = useSubmit(async () => {
    await peopleApi.remove(account.name)
    void queryClient.invalidateQueries({ queryKey: accountsQuery.queryKey })
    toast({ look: { glyph: 'i-trash', tone: 'none' }, title: w.removed(account.name) })
  }, onClose)
  return (
    <SubmitDialog
      isDangerous
      title={<Prose of={w.removeTitle(account.name)} />}
      submitLabel={w.remove}
      icon="i-trash"
      submission={{ isBusy, error, submit }}
      failed={w.failed.remove}
      onClose={onClose}
    >
      <p>{w.removeText}</p>
    </SubmitDialog>
  )
}
