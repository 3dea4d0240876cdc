import { useQuery } from '@tanstack/react-query'
import type { KubeEvent } from '../../../client/api.ts'
import { toMs } from '../../../facts/moment.ts'
import { rootId, type GraphNode } from '../../../graph/resource-graph.ts'
import { eventsQuery } from '../../../loaders/queries.ts'
import { Ago } from '../../../parts/ago.tsx'
import { Bones, Empty } from '../../../parts/empty.tsx'
import { Failure } from '../../../parts/problem.tsx'
import { Status } from '../../../parts/status.tsx'
import { useWords } from '../../../words/index.tsx'
import type { InspectorProps } from './inspector.tsx'
import { keyOf } from './key-of.ts'

const most = 200

export function EventsTab({ summary, node }: InspectorProps & { node: GraphNode }) {
  const words = useWords()
  const w = words.inspector
  const { data, error, isPending, refetch } = useQuery(eventsQuery(summary, node.id === rootId ? undefined : keyOf(node)))
  if (isPending) return <Bones lines={5} />
  if (error && !data) return <Failure title={words.failure.title.load(w.theEvents)} error={error} onRetry={() => void refetch()} />
  const events = (data?.items ?? []).toSorted((a, b) => (timeOf(b) ?? 0) - (timeOf(a) ?? 0)).slice(0, most)
  if (events.length === 0) {
    return (
      <Empty icon="i-audit" title={w.noEvents} bare>
        <p>{w.noEventsText}</p>
      </Empty>
    )
  }
  return (
    <ul className="event-list" aria-label={w.tabs.events}>
      {events.map((one, index) => {
        const count = one.series?.count ?? one.count ?? 1
        return (
          <li key={one.metadata?.uid ?? one.metadata?.name ?? index}>
            <Status
              look={one.type === 'Warning' ? { glyph: 'g-warning', tone: 'warn' } : { glyph: 'g-dot', tone: 'none' }}
              word={one.reason ?? ''}
            />
            <span className="muted small">
              {count > 1 && `${w.times(count)}, `}
              <Ago at={timeOf(one)} long />
            </span>
            <p className="soft small said">
              {one.involvedObject?.name !== undefined && one.involvedObject.name !== node.name && (
                <>
                  {one.involvedObject.kind} <code>{tail(one.involvedObject.name)}</code>:{' '}
                </>
              )}
              {one.message}
            </p>
          </li>
        )
      })}
    </ul>
  )
}

function timeOf(event: KubeEvent): number | undefined {
  return toMs(
    event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp ?? event.metadata?.creationTimestamp,
  )
}

/** Names of pods end in what tells them apart. */
function tail(name: string): string {
  return name.length > 28 ? `…${name.slice(-12)}` : name
}
