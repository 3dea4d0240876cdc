import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useId, useRef } from 'react'
import type { Application } from '@plimsoll/api'
import { whyNot } from '../../../facts/allowed.ts'
import { hasLogs, iconOf } from '../../../facts/kind.ts'
import type { AppSummary } from '../../../facts/summary.ts'
import { rootId, type ResourceGraph } from '../../../graph/resource-graph.ts'
import { eventsQuery, managedQuery } from '../../../loaders/queries.ts'
import { Button, IconButton } from '../../../parts/button.tsx'
import { Bones } from '../../../parts/empty.tsx'
import { Icon } from '../../../parts/icon.tsx'
import { Health, Sync } from '../../../parts/status.tsx'
import { Tabs } from '../../../parts/tabs.tsx'
import { useWords } from '../../../words/index.tsx'
import { ask } from '../../dialogs/ask.ts'
import type { ApplicationSearch, InspectorTab } from '../application-search.ts'
import { ActionMenu } from './action-menu.tsx'
import { DiffTab } from './diff-tab.tsx'
import { EventsTab } from './events-tab.tsx'
import { keyOf } from './key-of.ts'
import { ManifestTab } from './manifest-tab.tsx'
import { SummaryTab } from './summary-tab.tsx'

const LogsTab = lazy(() => import('./logs-tab.tsx').then((one) => ({ default: one.LogsTab })))

export interface InspectorProps {
  application: Application
  summary: AppSummary
  graph: ResourceGraph
  id: string
  tab: InspectorTab | undefined
  container: string | undefined
  onSearch: (change: (search: ApplicationSearch) => ApplicationSearch) => void
  onSelect: (id: string) => void
}

/** Everything about one object. */
export function Inspector(props: InspectorProps) {
  const { application, summary, graph, id, onSearch } = props
  const words = useWords()
  const w = words.inspector
  const idBase = useId()
  const node = graph.nodes.get(id)
  const stamp = `${application.metadata.resourceVersion ?? ''} ${summary.revision}`
  // What Git never held has no difference, and the application's own are listed by its status.
  const managed = useQuery({ ...managedQuery(summary, stamp), enabled: node?.isManaged === true })
  const resource = node && node.id !== rootId ? keyOf(node) : undefined
  const { data: events } = useQuery(eventsQuery(summary, resource))
  const ref = useRef<HTMLElement>(null)
  const first = useRef(true)

  // Where the inspector stands below the tree, what was chosen comes into sight.
  useEffect(() => {
    if (first.current) {
      first.current = false
      return
    }
    const element = ref.current
    if (element && getComputedStyle(element).position === 'static') element.scrollIntoView({ block: 'nearest' })
  }, [id])

  if (!node) return null
  const isRoot = node.id === rootId
  const logs = isRoot || (hasLogs(node.kind) && !node.isMissing)
  const diff = (managed.data?.items ?? []).find(
    (one) =>
      one.kind === node.kind && one.name === node.name && (one.group ?? '') === node.group && (one.namespace ?? '') === node.namespace,
  )
  const wanted = props.tab ?? (node.isManaged && node.sync === 'OutOfSync' && !node.isMissing ? 'diff' : 'summary')
  const tab = wanted === 'logs' && !logs ? 'summary' : wanted
  const setTab = (next: InspectorTab) => onSearch((search) => ({ ...search, resource: id, tab: next }))
  const blocked = whyNot('sync', summary)
  const warnings = (events?.items ?? []).length
  return (
    <aside className="inspector" aria-label={w.label} ref={ref}>
      <div className="inspector-head">
        <div className="inspector-title">
          <Icon name={iconOf(node.kind)} className={isRoot ? 'kind mark' : 'kind'} />
          <h2 className="name">{node.name}</h2>
          <span className="end">
            <IconButton
              icon="i-x"
              label={w.close}
              look="ghost"
              small
              onClick={() => onSearch(({ as }) => ({ resource: 'none', ...(as && { as }) }))}
            />
          </span>
        </div>
        <p className="lede">
          <span className="muted">
            {words.list(
              [
                node.kind,
                [node.group, node.version].filter(Boolean).join('/'),
                ...(node.wave === undefined ? [] : [w.wave(node.wave)]),
              ].filter(Boolean),
            )}
          </span>
          {node.health && <Health of={node.health} />}
          {node.sync && <Sync of={node.sync} />}
          {node.toPrune && <span className="tag">{w.notInGit}</span>}
          {node.isHook && <span className="tag">{w.hook}</span>}
          {node.simulated !== undefined && (
            <span className="tag dashed" title={words.tree.simulatedTitle}>
              {words.tree.simulated}
            </span>
          )}
        </p>
        {!isRoot && (node.isManaged || logs || !node.isMissing) && (
          <div className="buttons">
            {node.isManaged && (
              <Button
                small
                icon="i-sync"
                reason={blocked && words.reasons[blocked]}
                onClick={() => ask({ name: 'sync', app: summary, only: [node.id] })}
              >
                {w.syncThis}
              </Button>
            )}
            {logs && (
              <Button small icon="i-terminal" onClick={() => setTab('logs')}>
                {w.logs}
              </Button>
            )}
            {!node.isMissing && <ActionMenu app={summary} node={node} />}
          </div>
        )}
      </div>
      <Tabs
        label={`${node.kind} ${node.name}`}
        idBase={idBase}
        value={tab}
        onChange={setTab}
        tabs={[
          { value: 'summary', label: w.tabs.summary },
          { value: 'diff', label: w.tabs.diff, count: isRoot ? summary.outOfSync : diff?.differences?.length },
          { value: 'manifest', label: w.tabs.manifest },
          { value: 'events', label: w.tabs.events, count: warnings },
          ...(logs ? [{ value: 'logs' as const, label: w.tabs.logs }] : []),
        ]}
      >
        {tab === 'summary' && <SummaryTab {...props} node={node} />}
        {tab === 'diff' && <DiffTab {...props} node={node} managed={managed} />}
        {tab === 'manifest' && <ManifestTab {...props} node={node} diff={diff} />}
        {tab === 'events' && <EventsTab {...props} node={node} />}
        {tab === 'logs' && (
          <Suspense fallback={<Bones lines={6} />}>
            <LogsTab {...props} node={node} />
          </Suspense>
        )}
      </Tabs>
    </aside>
  )
}
