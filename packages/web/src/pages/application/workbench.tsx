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
  const deserving = useDeserving(graph, tree !== undefined)
  const selected =
    search.resource === 'none' ? undefined : search.resource !== undefined && graph.nodes.has(search.resource) ? search.resource : deserving

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

/** What passes by within this time (a sync that automation starts, say) is not put before the reader. */
const passesMs = 1_500

/** What is shown while nobody has chosen: what deserved a look last, else the application. It does not change back by itself. */
function useDeserving(graph: ResourceGraph, isKnown: boolean): string {
  const worst = findWorst(graph)
  const [chosen, setChosen] = useState<string>()
  if (chosen === undefined && isKnown) setChosen(worst ?? rootId)
  useEffect(() => {
    if (chosen === undefined || worst === undefined || worst === chosen) return
    const timer = setTimeout(() => setChosen(worst), passesMs)
    return () => clearTimeout(timer)
  }, [chosen, worst])
  return chosen !== undefined && graph.nodes.has(chosen) ? chosen : rootId
}

/** The first of the objects that are worst off. What is only on its way is not. */
function findWorst(graph: ResourceGraph): string | undefined {
  let best: string | undefined
  let bestWeight = 0
  for (const id of graph.order) {
    const node = graph.nodes.get(id)
    if (!node || !node.isManaged) continue
    const weight = (node.health === 'Degraded' ? 8 : node.health === 'Missing' ? 4 : 0) + (node.sync === 'OutOfSync' ? 3 : 0)
    if (weight > bestWeight) {
      best = id
      bestWeight = weight
    }
  }
  return best
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
