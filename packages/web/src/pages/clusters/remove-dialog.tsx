import type { Cluster } from '@plimsoll/api'
import { clustersApi } from '../../client/clusters.ts'
import { clustersQuery, queryClient } from '../../loaders/queries.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Failure } from '../../parts/problem.tsx'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
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
    <Dialog
      role="alertdialog"
      title={<Prose of={w.removeTitle(cluster.name)} />}
      onClose={onClose}
      onSubmit={submit}
      foot={
        <>
          <Button onClick={onClose}>
            {words.common.cancel}
            <kbd>esc</kbd>
          </Button>
          <Button icon="i-trash" look="danger" className="primary" busy={isBusy} onClick={submit}>
            {w.remove}
          </Button>
        </>
      }
    >
      {error !== undefined && <Failure title={words.failure.title.act(w.theRemoving)} error={error} />}
      <p>{w.removeText(cluster.info.applicationsCount)}</p>
    </Dialog>
  )
}
