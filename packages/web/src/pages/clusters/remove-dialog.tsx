import type { Cluster } from '@plimsoll/api'
import { clustersApi } from '../../client/clusters.ts'
import { clustersQuery, queryClient } from '../../loaders/queries.ts'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { SubmitDialog } from '../dialogs/submit-dialog.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'

export function RemoveDialog({ cluster, onClose }: { cluster: Cluster; onClose: () => void }) {
  const words = useWords()
  const w = words.clusters
  const { isBusy, error, submit } = useSubmit(async () => {
    await clustersApi.remove(cluster.server)
    void queryClient.invalidateQueries({ queryKey: clustersQuery.queryKey })
    toast({ look: { glyph: 'i-trash', tone: 'none' }, title: w.removed(cluster.name) })
  }, onClose)
  return (
    <SubmitDialog
      isDangerous
      title={<Prose of={w.removeTitle(cluster.name)} />}
      submitLabel={w.remove}
      icon="i-trash"
      submission={{ isBusy, error, submit }}
      failed={w.theRemoving}
      onClose={onClose}
    >
      <p>{w.removeText(cluster.info.applicationsCount)}</p>
    </SubmitDialog>
  )
}
