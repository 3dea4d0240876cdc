import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { Application, ApplicationTree } from '@plimsoll/api'
import { LiveStream } from '../../client/live-stream.ts'
import { join } from '../../client/http.ts'
import type { AppSummary } from '../../facts/summary.ts'
import { buildGraph, rootId, type ResourceGraph } from '../../graph/resource-graph.ts'
import { treeQuery } from '../../loaders/queries.ts'
import { Failure } from '../../parts/problem.tsx'
import { useWords } from '../../words/index.tsx'
import type { ApplicationSearch } from './application-search.ts'
import { Canvas } from './canvas.tsx'
import { History } from './history.tsx'
import { Inspector } from './inspector/inspector.tsx'

/** Tree, inspector and history of one application. */
export function Workbench({ application, summary }: { application: Application; summary: AppSummary }) {
  const words = useWords()
  const search = useSearch({ from: '/applications/$namespace/$name' })
  const navigate = useNavigate({ from: '/applications/$namespace/$name' })
  const { tree, error, retry } = useLiveTree(summary)
  const graph = useMemo(() => buildGraph(application, tree), [application, tree])
  const selected = findSelected(search.resource, graph)

  const setSearch = useCallback(
    (change: (search: ApplicationSearch) => ApplicationSearch) => void navigate({ search: change, replace: true, resetScroll: false }),
    [navigate],
  )
  const select = useCallback(
    (id: string) => {
      setSearch(({ tab, as }) => ({ resource: id, ...(tab && { tab }), ...(as && { as }) }))
    },
    [setSearch],
  )

  return (
    <div className={selected === undefined ? 'workbench alone' : 'workbench'}>
      <div className="canvas-frame-slot">
        {error && !tree ? (
          <div className="canvas-failure">
            <Failure title={words.failure.title.load(words.tree.theResources)} error={error} onRetry={retry} />
          </div>
        ) : (
          <Canvas
            graph={graph}
            isKnown={tree !== undefined}
            summary={summary}
            selected={selected}
            onSelect={select}
            asList={search.as === 'list'}
            onSearch={setSearch}
          />
        )}
      </div>
      {selected !== undefined && (
        <Inspector
          key={selected}
          application={application}
          summary={summary}
          graph={graph}
          id={selected}
          tab={search.tab}
          container={search.container}
          onSearch={setSearch}
          onSelect={select}
        />
      )}
      <History application={application} summary={summary} />
    </div>
  )
}

/** What is chosen, or what deserves a look: the first object that is not well, else the application. `none`: nothing. */
function findSelected(wanted: string | undefined, graph: ResourceGraph): string | undefined {
  if (wanted === 'none') return undefined
  if (wanted !== undefined && graph.nodes.has(wanted)) return wanted
  let best: string | undefined
  let bestWeight = 0
  for (const id of graph.order) {
    const node = graph.nodes.get(id)
    if (!node || !node.isManaged) continue
    const weight =
      (node.health === 'Degraded' ? 8 : node.health === 'Missing' ? 4 : node.health === 'Progressing' ? 2 : 0) +
      (node.sync === 'OutOfSync' ? 3 : 0)
    if (weight > bestWeight) {
      best = id
      bestWeight = weight
    }
  }
  return best ?? rootId
}

function useLiveTree({ namespace, name }: AppSummary): { tree: ApplicationTree | undefined; error: unknown; retry: () => void } {
  const queryClient = useQueryClient()
  const query = treeQuery({ namespace, name })
  const { data, error, refetch } = useQuery(query)
  const [key] = useState(query.queryKey)
  useEffect(() => {
    const stream = new LiveStream({
      path: join('stream', 'applications', name, 'resource-tree'),
      query: () => ({ appNamespace: namespace }),
      onMessage: (message) => {
        const { result } = message as { result?: ApplicationTree }
        if (result) queryClient.setQueryData(key, result)
      },
      onState: () => {},
    })
    return () => stream.close()
  }, [queryClient, key, namespace, name])
  return { tree: data, error, retry: () => void refetch() }
}
