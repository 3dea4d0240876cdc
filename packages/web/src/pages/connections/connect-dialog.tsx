import type { ConnectedRepository, RemoteConnection, RemoteProvider } from '@plimsoll/api'
import { useId, useState } from 'react'
import { connectionsApi } from '../../client/connections.ts'
import { addressProblem, providerOf } from '../../facts/connection-place.ts'
import { repositoryLabel } from '../../facts/hosted.ts'
import { connectionsQuery } from '../../loaders/connections.ts'
import { queryClient } from '../../loaders/queries.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { SubmitDialog } from '../dialogs/submit-dialog.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'
import { TextField } from '../people/text-field.tsx'
import { WebhookFacts } from './webhook-facts.tsx'

const providers: readonly RemoteProvider[] = ['github', 'gitlab', 'gitea']

/** Connects a repository, or gives one that is connected another token. The token is tried before it is kept. */
export function ConnectDialog({ known, onClose }: { known?: RemoteConnection; onClose: () => void }) {
  const words = useWords()
  const w = words.connections
  const f = w.fields
  const id = useId()
  const [url, setUrl] = useState(known?.url ?? '')
  const [chosen, setChosen] = useState<RemoteProvider | undefined>(known?.provider)
  const [baseUrl, setBaseUrl] = useState(known?.baseUrl ?? '')
  const [token, setToken] = useState('')
  const [isTried, setTried] = useState(false)
  const [made, setMade] = useState<ConnectedRepository>()
  const provider = chosen ?? providerOf(url)
  const problem = addressProblem(url)
  const isWhole = problem === undefined && provider !== undefined && token.trim() !== ''
  const { isBusy, error, submit } = useSubmit(
    async () => {
      const connected = await connectionsApi.connect({
        url: url.trim(),
        token: token.trim(),
        ...(provider && { provider }),
        ...(baseUrl.trim() !== '' && { baseUrl: baseUrl.trim() }),
        ...(known?.apiUrl !== undefined && { apiUrl: known.apiUrl }),
      })
      await queryClient.invalidateQueries({ queryKey: connectionsQuery.queryKey })
      toast({ look: { glyph: 'g-ok', tone: 'ok' }, title: w.connected(repositoryLabel(connected.url)) })
      setToken('')
      if (connected.webhook) setMade(connected)
      else onClose()
    },
    () => undefined,
  )
  const trySubmit = () => {
    setTried(true)
    if (isWhole) submit()
  }
  if (made?.webhook)
    return (
      <Dialog title={w.webhook.title} onClose={onClose} foot={<Button onClick={onClose}>{words.common.close}</Button>}>
        <p>
          <Prose of={w.isConnected(repositoryLabel(made.url))} /> {w.webhook.text}
        </p>
        <WebhookFacts webhook={made.webhook} provider={made.provider} />
      </Dialog>
    )
  return (
    <SubmitDialog
      title={known ? <Prose of={w.newTokenTitle(repositoryLabel(known.url))} /> : w.connect}
      submitLabel={known ? w.replace : w.connectSubmit}
      icon="i-check"
      submission={{ isBusy, error, submit: trySubmit }}
      failed={w.theConnecting}
      onClose={onClose}
    >
      {!known && (
        <>
          <TextField
            label={f.url}
            value={url}
            onValue={setUrl}
            hint={f.urlHint}
            problem={isTried && problem ? f.urlProblems[problem] : undefined}
            isFirst
          />
          <div className="field">
            <label htmlFor={`${id}-provider`}>{f.provider}</label>
            <select
              id={`${id}-provider`}
              className="input"
              value={provider ?? ''}
              aria-invalid={isTried && provider === undefined}
              aria-describedby={`${id}-provider-hint`}
              onChange={(event) => setChosen(providers.find((one) => one === event.target.value))}
            >
              <option value="">{f.choose}</option>
              {providers.map((one) => (
                <option key={one} value={one}>
                  {w.providers[one]}
                </option>
              ))}
            </select>
            <span className="hint" id={`${id}-provider-hint`}>
              {isTried && provider === undefined ? f.providerNeeded : f.providerHint}
            </span>
          </div>
          {provider === 'gitlab' && <TextField label={f.baseUrl} value={baseUrl} onValue={setBaseUrl} hint={f.baseUrlHint} />}
        </>
      )}
      <TextField
        label={f.token}
        value={token}
        onValue={setToken}
        type="password"
        autoComplete="off"
        hint={provider === undefined ? f.tokenHint : f.tokenHints[provider]}
        problem={isTried && token.trim() === '' ? f.tokenNeeded : undefined}
        isFirst={known !== undefined}
      />
    </SubmitDialog>
  )
}
