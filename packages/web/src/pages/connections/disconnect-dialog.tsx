import type { RemoteConnection } from '@plimsoll/api'
import { connectionsApi } from '../../client/connections.ts'
import { repositoryLabel } from '../../facts/hosted.ts'
import { connectionsQuery } from '../../loaders/connections.ts'
import { queryClient } from '../../loaders/queries.ts'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { SubmitDialog } from '../dialogs/submit-dialog.tsx'
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
    <SubmitDialog
      isDangerous
      title={<Prose of={w.disconnectTitle(name)} />}
      submitLabel={w.disconnect}
      icon="i-trash"
      submission={{ isBusy, error, submit }}
      failed={w.theDisconnecting}
      onClose={onClose}
    >
      <p>{w.disconnectText}</p>
    </SubmitDialog>
  )
}
