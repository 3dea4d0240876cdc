import type { NewWebhook, RemoteConnection } from '@plimsoll/api'
import { useState } from 'react'
import { connectionsApi } from '../../client/connections.ts'
import { repositoryLabel } from '../../facts/hosted.ts'
import { connectionsQuery } from '../../loaders/connections.ts'
import { queryClient } from '../../loaders/queries.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Failure } from '../../parts/problem.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'
import { WebhookFacts } from './webhook-facts.tsx'

/** Another secret for the webhooks of a repository. The one before counts no longer, which is asked first. */
export function WebhookDialog({ connection, onClose }: { connection: RemoteConnection; onClose: () => void }) {
  const words = useWords()
  const w = words.connections.webhook
  const [made, setMade] = useState<NewWebhook>()
  const { isBusy, error, submit } = useSubmit(
    async () => {
      setMade(await connectionsApi.renewWebhook(connection.url))
      await queryClient.invalidateQueries({ queryKey: connectionsQuery.queryKey })
    },
    () => undefined,
  )
  return (
    <Dialog
      title={<Prose of={w.renewTitle(repositoryLabel(connection.url))} />}
      onClose={onClose}
      onSubmit={made ? undefined : submit}
      foot={
        made ? (
          <Button onClick={onClose}>{words.common.close}</Button>
        ) : (
          <>
            <Button onClick={onClose}>
              {words.common.cancel}
              <kbd>esc</kbd>
            </Button>
            <Button look="primary" icon="i-refresh" busy={isBusy} onClick={submit}>
              {w.renew}
            </Button>
          </>
        )
      }
    >
      {error !== undefined && <Failure title={words.failure.title.act(w.theRenewing)} error={error} />}
      {made ? <WebhookFacts webhook={made} provider={connection.provider} /> : <p>{w.renewText}</p>}
    </Dialog>
  )
}
