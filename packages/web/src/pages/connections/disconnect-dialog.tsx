import type { RemoteConnection } from '@plimsoll/api'
import { connectionsApi } from '../../client/connections.ts'
import { repositoryLabel } from '../../facts/hosted.ts'
import { connectionsQuery } from '../../loaders/connections.ts'
import { queryClient } from '../../loaders/queries.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Failure } from '../../parts/problem.tsx'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'

export function DisconnectDialog({ connection, onClose }: { connection: RemoteConnection; onClose: () => void }) {
  const words = useWords()
  const w = words.connections
  const name = repositoryLabel(connection.url)
  const { isBusy, error, submit } = useSubmit(async () => {
    await connectionsApi.disconnect(connection.url)
    void queryClient.invalidateQueries({ queryKey: connectionsQuery.queryKey })
    void queryClient.invalidateQueries({ queryKey: ['pulls'] })
    toast({ look: { glyph: 'i-trash', tone: 'none' }, title: w.disconnected(name) })
  }, onClose)
  return (
    <Dialog
      role="alertdialog"
      title={<Prose of={w.disconnectTitle(name)} />}
      onClose={onClose}
      onSubmit={submit}
      foot={
        <>
          <Button onClick={onClose}>
            {words.common.cancel}
            <kbd>esc</kbd>
          </Button>
          <Button icon="i-trash" look="danger" className="primary" busy={isBusy} onClick={submit}>
            {w.disconnect}
          </Button>
        </>
      }
    >
      {error !== undefined && <Failure title={words.failure.title.act(w.theDisconnecting)} error={error} />}
      <p>{w.disconnectText}</p>
    </Dialog>
  )
}
