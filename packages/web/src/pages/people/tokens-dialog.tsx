import type { Account } from '@plimsoll/api'
import { useId, useState } from 'react'
import { peopleApi, type NewToken } from '../../client/people.ts'
import { toDate } from '../../facts/moment.ts'
import { accountsQuery } from '../../loaders/people.ts'
import { queryClient } from '../../loaders/queries.ts'
import { Button } from '../../parts/button.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Failure, Problem } from '../../parts/problem.tsx'
import { toast } from '../../parts/toasts.tsx'
import { useLanguage } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { TextField } from './text-field.tsx'

const day = 24 * 60 * 60
const validDays = [1, 7, 30, 90, 365] as const

/** Tokens of one account: made, shown once, revoked. */
export function TokensDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const { words, format } = useLanguage()
  const w = words.people.token
  const id = useId()
  const [label, setLabel] = useState('')
  const [days, setDays] = useState<number>(90)
  const [made, setMade] = useState<NewToken>()
  const [error, setError] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const act = async (work: () => Promise<void>) => {
    setBusy(true)
    setError(undefined)
    try {
      await work()
      await queryClient.invalidateQueries({ queryKey: accountsQuery.queryKey })
    } catch (cause) {
      setError(cause)
    } finally {
      setBusy(false)
    }
  }
  const create = () =>
    void act(async () => {
      setMade(await peopleApi.createToken(account.name, { expiresIn: days * day, ...(label.trim() !== '' && { label: label.trim() }) }))
      setLabel('')
    })
  const tokens = account.tokens ?? []
  return (
    <Dialog
      title={<Prose of={words.people.tokensTitle(account.name)} />}
      onClose={onClose}
      onSubmit={create}
      foot={<Button onClick={onClose}>{words.common.close}</Button>}
    >
      {error !== undefined && <Failure title={words.failure.title.act(words.people.failed.token)} error={error} />}
      <p className="soft">
        <Prose of={words.people.tokensText} />
      </p>
      {made && (
        <Problem title={w.once} tone="hold" icon="i-lock" role="status">
          <p className="copied">
            <code className="new-token" aria-label={w.value}>
              {made.token}
            </code>
            <CopyButton text={made.token} />
          </p>
        </Problem>
      )}
      {tokens.length === 0 ? (
        <p className="muted">{w.none}</p>
      ) : (
        <ul className="pick tokens">
          {tokens.map((one) => {
            const [issued, expires, used] = [toDate(one.issuedAt), toDate(one.expiresAt), toDate(one.lastUsedAt)]
            const what = one.label ?? one.id
            return (
              <li key={one.id}>
                <span>
                  {what} {one.label !== undefined && <code className="muted">{one.id.slice(0, 12)}</code>}
                  <span className="line muted small dotted">
                    {issued && <span>{w.issued(format.moment(issued))}</span>}
                    {expires && <span>{w.expires(format.moment(expires))}</span>}
                    <span>{used ? w.used(format.moment(used)) : w.unused}</span>
                  </span>
                </span>
                <Button
                  small
                  look="danger"
                  busy={isBusy}
                  aria-label={w.revokeOf(what)}
                  onClick={() =>
                    void act(async () => {
                      await peopleApi.deleteToken(account.name, one.id)
                      toast({ look: { glyph: 'g-cancelled', tone: 'none' }, title: w.revoked(what) })
                    })
                  }
                >
                  {w.revoke}
                </Button>
              </li>
            )
          })}
        </ul>
      )}
      <TextField label={w.label} value={label} onValue={setLabel} hint={w.labelHint} isFirst />
      <div className="field">
        <label htmlFor={`${id}-days`}>{w.days}</label>
        <select id={`${id}-days`} className="input" value={days} onChange={(event) => setDays(Number(event.target.value))}>
          {validDays.map((one) => (
            <option key={one} value={one}>
              {w.daysOf(one)}
            </option>
          ))}
        </select>
      </div>
      <div className="buttons">
        <Button icon="i-plus" busy={isBusy} onClick={create}>
          {w.create}
        </Button>
      </div>
    </Dialog>
  )
}
