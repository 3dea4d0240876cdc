import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Cluster } from '@plimsoll/api'
import { useState } from 'react'
import { clustersApi } from '../../client/clusters.ts'
import { canAdminister } from '../../facts/may.ts'
import { toMs } from '../../facts/moment.ts'
import type { Look } from '../../facts/tone.ts'
import { clustersQuery, queryClient } from '../../loaders/queries.ts'
import { useSession } from '../../loaders/session.ts'
import { Ago } from '../../parts/ago.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Bones } from '../../parts/empty.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Menu, MenuItem, MenuLine } from '../../parts/menu.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure, useFailureWords } from '../../parts/problem.tsx'
import { Status } from '../../parts/status.tsx'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { ClusterDetails } from './cluster-details.tsx'
import { RemoveDialog } from './remove-dialog.tsx'

interface Open {
  name: 'details' | 'remove'
  server: string
}

export const clusterLooks: Record<Cluster['connectionState']['status'], Look> = {
  Successful: { glyph: 'g-ok', tone: 'ok' },
  Failed: { glyph: 'g-degraded', tone: 'bad' },
  Unknown: { glyph: 'g-progress', tone: 'none' },
}
const homeServer = 'https://kubernetes.default.svc'
const addCommand = 'npx plimsoll cluster add CONTEXT'

/** The clusters that there are: whether each answers, what of it is held, and how many applications it has. */
export function Clusters() {
  const words = useWords()
  const w = words.clusters
  usePageTitle(w.title)
  const session = useSession()
  const mayChange = session.name === 'in' && canAdminister(session.identity)
  const { data, error, isPending, refetch } = useQuery(clustersQuery)
  const [open, setOpen] = useState<Open>()
  // Trouble first.
  const rank = ({ connectionState }: Cluster) => Number(connectionState.status === 'Failed')
  const items = (data?.items ?? []).toSorted((a, b) => rank(b) - rank(a))
  const about = items.find(({ server }) => server === open?.server)
  const close = () => setOpen(undefined)
  return (
    <>
      <PageHead title={w.title} lede={w.lede} />
      {error && !data ? (
        <Failure title={words.failure.title.load(w.theClusters)} error={error} onRetry={() => void refetch()} />
      ) : isPending ? (
        <Bones lines={4} />
      ) : (
        <div className="clusters-page">
          <div className="panel fleet">
            <table className="table block-table connections-table" role="table" aria-label={w.title}>
              <thead role="rowgroup">
                <tr role="row">
                  {(['name', 'state', 'version', 'cache', 'applications'] as const).map((one) => (
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
                {items.map((one) => (
                  <Row key={one.server} cluster={one} mayChange={mayChange} onOpen={(name) => setOpen({ name, server: one.server })} />
                ))}
              </tbody>
            </table>
          </div>
          <section className="panel" aria-labelledby="add-cluster">
            <div className="panel-head">
              <h2 id="add-cluster">{w.addTitle}</h2>
            </div>
            <div className="panel-body">
              <p className="soft">{w.addText}</p>
              <ul className="commands">
                <li>
                  <code>{addCommand}</code>
                  <CopyButton text={addCommand} />
                </li>
              </ul>
            </div>
          </section>
        </div>
      )}
      {open?.name === 'details' && about && <ClusterDetails cluster={about} onClose={close} />}
      {open?.name === 'remove' && about && <RemoveDialog cluster={about} onClose={close} />}
    </>
  )
}

function Row({ cluster, mayChange, onOpen }: { cluster: Cluster; mayChange: boolean; onOpen: (name: Open['name']) => void }) {
  const words = useWords()
  const w = words.clusters
  const { server, name, info, connectionState: state } = cluster
  const isHome = server === homeServer
  const readAnew = useReadAnew(cluster)
  const reason = !mayChange ? w.notAdmin : isHome ? w.isHome : undefined
  const unreadable = info.unreadableKinds ?? []
  return (
    <tr role="row">
      <td role="cell" className="c-main">
        <button type="button" className="link" onClick={() => onOpen('details')}>
          <strong>{name}</strong>
        </button>
        <span className="line muted small">{isHome ? w.home : server}</span>
      </td>
      <td role="cell" className="c-state">
        <Status look={clusterLooks[state.status]} word={w.states[state.status]} />
        {state.status === 'Failed' && (
          <span className="line small said">
            {state.message} (<Ago at={toMs(state.attemptedAt)} long />)
          </span>
        )}
        {state.status !== 'Failed' && unreadable.length > 0 && <span className="line small said">{w.unreadable(unreadable.length)}</span>}
      </td>
      <td role="cell" className="soft nowrap" data-label={w.columns.version}>
        {info.serverVersion}
      </td>
      <td role="cell" className="soft nowrap" data-label={w.columns.cache}>
        {info.cacheInfo.resourcesCount ?? 0} <span className="muted small">{w.kinds(info.cacheInfo.apisCount ?? 0)}</span>
      </td>
      <td role="cell" className="soft nowrap" data-label={w.columns.applications}>
        <Link className="link" to="/applications" search={{ cluster: name }}>
          {info.applicationsCount}
        </Link>
      </td>
      <td role="cell">
        <span className="buttons row-buttons">
          <Menu
            label={w.moreOf(name)}
            trigger={
              <button type="button" className="button ghost square small" aria-label={w.moreOf(name)} title={w.moreOf(name)}>
                <Icon name="i-dots" />
              </button>
            }
          >
            <MenuItem icon="i-clusters" onSelect={() => onOpen('details')}>
              {w.details}
            </MenuItem>
            <MenuItem icon="i-refresh" reason={reason} onSelect={readAnew}>
              {w.readAnew}
            </MenuItem>
            <MenuLine />
            <MenuItem icon="i-trash" danger reason={reason} onSelect={() => onOpen('remove')}>
              {w.remove}
            </MenuItem>
          </Menu>
        </span>
      </td>
    </tr>
  )
}

function useReadAnew({ server, name }: Cluster): () => void {
  const w = useWords().clusters
  const inWords = useFailureWords()
  const run = async () => {
    try {
      await clustersApi.invalidateCache(server)
      toast({ look: clusterLooks.Successful, title: w.isReadAnew(name) })
    } catch (cause) {
      const { what, remedy } = inWords(cause)
      toast({ look: clusterLooks.Failed, title: w.failsReadAnew(name), text: [what, remedy].filter(Boolean).join(' ') })
    } finally {
      void queryClient.invalidateQueries({ queryKey: clustersQuery.queryKey })
    }
  }
  return () => void run()
}
