import { useDeferredValue, useEffect, useMemo, useRef, useState, type CSSProperties, type KeyboardEvent, type PointerEvent } from 'react'
import type { HealthStatusCode, SyncStatusCode } from '@plimsoll/api'
import { calledOf } from '../../facts/application-name.ts'
import type { AppSummary } from '../../facts/summary.ts'
import { healthOrder, syncOrder } from '../../facts/tone.ts'
import { without } from '../../facts/without.ts'
import { edgePath, type Layout } from '../../graph/layout.ts'
import { layoutLayered } from '../../graph/layered-layout.ts'
import type { ResourceGraph } from '../../graph/resource-graph.ts'
import { showTree, type ShownNode, type ShownTree, type TreeFilter } from '../../graph/shown-tree.ts'
import { IconButton, Button } from '../../parts/button.tsx'
import { Bones, Empty } from '../../parts/empty.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Menu, MenuCheck } from '../../parts/menu.tsx'
import { Segmented } from '../../parts/segmented.tsx'
import { useWords } from '../../words/index.tsx'
import type { ApplicationSearch } from './application-search.ts'
import { TreeNode } from './tree-node.tsx'

/** Below this width of the page, 46rem in the style sheet, a graph has no room. */
const narrowRem = 46
const zooms = [0.5, 0.65, 0.8, 1, 1.2, 1.5]

export function Canvas({
  graph,
  isKnown,
  summary,
  selected,
  onSelect,
  asList,
  onSearch,
}: {
  graph: ResourceGraph
  isKnown: boolean
  summary: AppSummary
  selected: string | undefined
  onSelect: (id: string) => void
  asList: boolean
  onSearch: (change: (search: ApplicationSearch) => ApplicationSearch) => void
}) {
  const words = useWords()
  const w = words.tree
  const [filter, setFilter] = useState<TreeFilter>({ text: '', kinds: [], states: [] })
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set())
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set())
  const deferredFilter = useDeferredValue(filter)
  const shown = useMemo(
    () => showTree(graph, { collapsed, unfolded, filter: deferredFilter }),
    [graph, collapsed, unfolded, deferredFilter],
  )
  const isNarrow = useIsNarrow()
  const isList = asList || isNarrow
  const layout = useLayout(shown, isList)
  const [zoom, setZoom] = useState<number>()
  const frame = useRef<HTMLDivElement>(null)
  const isFiltering = filter.text.trim() !== '' || filter.kinds.length > 0 || filter.states.length > 0

  const fitZoom = useFit(frame, layout)
  const scale = zoom ?? fitZoom
  const stepZoom = (by: 1 | -1) => {
    const next = by === 1 ? zooms.find((one) => one > scale + 0.01) : zooms.findLast((one) => one < scale - 0.01)
    if (next !== undefined) setZoom(next)
  }
  const toggleFold = (one: ShownNode) => {
    if (one.folded) setUnfolded((before) => new Set([...before, one.id]))
    else setCollapsed((before) => (before.has(one.id) ? new Set([...before].filter((id) => id !== one.id)) : new Set([...before, one.id])))
  }

  // A graph that is higher than its frame opens where the chosen object is.
  const isPlaced = layout !== undefined && !isList
  const opened = useRef(selected)
  useEffect(() => {
    const element = frame.current
    const node = opened.current === undefined ? null : element?.querySelector<HTMLElement>(`[data-node="${CSS.escape(opened.current)}"]`)
    if (!isPlaced || !element || !node || element.scrollHeight <= element.clientHeight) return
    element.scrollTop = node.offsetTop - element.clientHeight / 2
  }, [isPlaced])

  const [focused, setFocused] = useState<string>()
  const tabStop = shown.nodes.some((one) => one.id === focused)
    ? focused
    : shown.nodes.some((one) => one.id === selected)
      ? selected
      : shown.nodes[0]?.id
  const focus = (id: string | undefined) => {
    if (id === undefined) return
    setFocused(id)
    frame.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(id)}"]`)?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const at = shown.nodes.findIndex((one) => one.id === tabStop)
    const one = shown.nodes[at]
    if (!one || event.ctrlKey || event.metaKey || event.altKey) return
    const handled = () => event.preventDefault()
    switch (event.key) {
      case 'ArrowDown':
        handled()
        return focus(shown.nodes[at + 1]?.id)
      case 'ArrowUp':
        handled()
        return focus(shown.nodes[at - 1]?.id)
      case 'Home':
        handled()
        return focus(shown.nodes[0]?.id)
      case 'End':
        handled()
        return focus(shown.nodes.at(-1)?.id)
      case 'ArrowRight':
        handled()
        if (one.folded || one.isExpanded === false) return toggleFold(one)
        return one.isExpanded ? focus(shown.nodes[at + 1]?.id) : undefined
      case 'ArrowLeft':
        handled()
        return one.isExpanded && one.parent !== undefined ? toggleFold(one) : focus(one.parent)
      case 'Enter':
      case ' ':
        handled()
        return one.folded ? toggleFold(one) : onSelect(one.id)
    }
  }

  return (
    <section className="canvas-frame" aria-label={words.app.resources}>
      <div className="canvas-bar">
        <label className="input">
          <span className="visually-hidden">{w.filter}</span>
          <Icon name="i-search" />
          <input
            type="search"
            placeholder={w.filter}
            data-key="/"
            value={filter.text}
            onChange={(event) => setFilter({ ...filter, text: event.target.value })}
            onKeyDown={(event) => {
              if (event.key !== 'Escape') return
              setFilter({ ...filter, text: '' })
              event.currentTarget.blur()
            }}
          />
          <kbd>/</kbd>
        </label>
        <Chips graph={graph} filter={filter} onFilter={setFilter} />
        <span className="end">
          <Segmented
            label={w.layout}
            value={asList ? 'list' : 'graph'}
            choices={[
              { value: 'graph', label: w.graph, icon: 'i-graph' },
              { value: 'list', label: w.list, icon: 'i-table' },
            ]}
            onChange={(as) => onSearch((search) => (as === 'list' ? { ...search, as } : without(search, 'as')))}
          />
          {!asList && (
            <span className="joined zoom">
              <IconButton icon="i-zoomout" label={w.zoomOut} onClick={() => stepZoom(-1)} />
              <IconButton icon="i-zoomin" label={w.zoomIn} onClick={() => stepZoom(1)} />
              <IconButton icon="i-fit" label={w.fit} onClick={() => setZoom(undefined)} />
            </span>
          )}
        </span>
      </div>
      <div className={isList ? 'canvas as-list' : 'canvas'} ref={frame} tabIndex={-1} {...(isList ? {} : panning)}>
        {!isKnown && graph.nodes.size <= 1 ? (
          <Bones lines={4} />
        ) : graph.nodes.size <= 1 ? (
          <Empty icon="i-graph" title={w.empty} bare>
            <p>{w.emptyText}</p>
          </Empty>
        ) : isFiltering && shown.nodes.length <= 1 ? (
          <Empty title={w.noMatch} bare>
            <div className="buttons">
              <Button onClick={() => setFilter({ text: '', kinds: [], states: [] })}>{w.clear}</Button>
            </div>
          </Empty>
        ) : isList || layout ? (
          <div
            className="tree"
            role="tree"
            aria-label={words.app.resourcesOf(calledOf(summary))}
            onKeyDown={onKeyDown}
            style={
              layout && !isList
                ? ({ '--tree-w': `${layout.width}px`, '--tree-h': `${layout.height}px`, zoom: scale } as CSSProperties)
                : undefined
            }
          >
            {layout && !isList && <Edges shown={shown} layout={layout} />}
            {shown.nodes.map((one) => {
              const place = isList ? undefined : layout?.places.get(one.id)
              if (!isList && !place) return null
              return (
                <TreeNode
                  key={one.id}
                  shown={one}
                  graph={graph}
                  place={place}
                  isSelected={one.id === selected}
                  isTabStop={one.id === tabStop}
                  outOfSync={summary.outOfSync}
                  objects={summary.objects}
                  onSelect={onSelect}
                  onFold={toggleFold}
                  onFocus={setFocused}
                />
              )
            })}
          </div>
        ) : (
          <div className="tree-waits" />
        )}
      </div>
    </section>
  )
}

function Edges({ shown, layout }: { shown: ShownTree; layout: Layout }) {
  const path = shown.edges
    .map((edge) => {
      const from = layout.places.get(edge.from)
      const to = layout.places.get(edge.to)
      return from && to && to.x > from.x ? edgePath(from, to) : ''
    })
    .join('')
  return (
    <svg className="edges" width={layout.width} height={layout.height} aria-hidden="true">
      <path d={path} />
    </svg>
  )
}

function Chips({ graph, filter, onFilter }: { graph: ResourceGraph; filter: TreeFilter; onFilter: (filter: TreeFilter) => void }) {
  const words = useWords()
  const w = words.tree
  const kinds = new Map<string, number>()
  const states = new Map<HealthStatusCode | SyncStatusCode, number>()
  for (const node of graph.nodes.values()) {
    if (node.depth === 0) continue
    kinds.set(node.kind, (kinds.get(node.kind) ?? 0) + 1)
    if (node.health) states.set(node.health, (states.get(node.health) ?? 0) + 1)
    if (node.sync) states.set(node.sync, (states.get(node.sync) ?? 0) + 1)
  }
  const stateOrder = [...new Set([...healthOrder, ...syncOrder])].filter((one) => states.has(one))
  const toggle = <T,>(list: readonly T[], value: T) => (list.includes(value) ? list.filter((one) => one !== value) : [...list, value])
  const chip = (label: string) => (
    <button type="button" className="chip">
      <Icon name="i-plus" />
      {label}
    </button>
  )
  return (
    <>
      {filter.kinds.map((one) => (
        <button
          key={one}
          type="button"
          className="chip on"
          aria-label={words.common.remove(w.chipKind(one))}
          onClick={() => onFilter({ ...filter, kinds: toggle(filter.kinds, one) })}
        >
          {one}
          <Icon name="i-x" />
        </button>
      ))}
      <Menu align="start" label={w.kind} trigger={chip(w.kind)}>
        {[...kinds]
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([kind, count]) => (
            <MenuCheck
              key={kind}
              checked={filter.kinds.includes(kind)}
              onChange={() => onFilter({ ...filter, kinds: toggle(filter.kinds, kind) })}
              count={count}
            >
              {kind}
            </MenuCheck>
          ))}
      </Menu>
      {filter.states.map((one) => (
        <button
          key={one}
          type="button"
          className="chip on"
          aria-label={words.common.remove(w.chipState(one))}
          onClick={() => onFilter({ ...filter, states: toggle(filter.states, one) })}
        >
          {one}
          <Icon name="i-x" />
        </button>
      ))}
      <Menu align="start" label={w.stateChip} trigger={chip(w.stateChip)}>
        {stateOrder.map((state) => (
          <MenuCheck
            key={state}
            checked={filter.states.includes(state)}
            onChange={() => onFilter({ ...filter, states: toggle(filter.states, state) })}
            count={states.get(state)}
          >
            {state}
          </MenuCheck>
        ))}
      </Menu>
    </>
  )
}

/** The newest layout that is done. While the next is worked out, what is known stays where it is. */
function useLayout(shown: ShownTree, isList: boolean): Layout | undefined {
  const [layout, setLayout] = useState<Layout>()
  const shape = shown.nodes.map((one) => one.id).join('\n') + shown.edges.map((one) => `${one.from}>${one.to}`).join('\n')
  const latest = useRef(shown)
  useEffect(() => {
    latest.current = shown
  })
  useEffect(() => {
    if (isList) return
    let isLatest = true
    const work = async () => {
      const done = await layoutLayered(latest.current)
      if (isLatest) setLayout(done)
    }
    void work()
    return () => {
      isLatest = false
    }
  }, [shape, isList])
  return layout
}

function useIsNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(false)
  useEffect(() => {
    const page = document.getElementById('main')
    if (!page) return
    const watching = new ResizeObserver(() => {
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16
      setNarrow(page.clientWidth <= narrowRem * rem)
    })
    watching.observe(page)
    return () => watching.disconnect()
  }, [])
  return isNarrow
}

/** As large as fits the width, and never larger than life; a graph that would get too small to read scrolls instead. */
function useFit(frame: React.RefObject<HTMLDivElement | null>, layout: Layout | undefined): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const element = frame.current
    if (!element) return
    const watching = new ResizeObserver(() => {
      const style = getComputedStyle(element)
      setWidth(element.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight))
    })
    watching.observe(element)
    return () => watching.disconnect()
  }, [frame])
  if (!layout || width <= 0) return 1
  return Math.max(0.65, Math.min(1, width / layout.width))
}

/** Drag the ground to move the graph. */
const panning = {
  onPointerDown(event: PointerEvent<HTMLDivElement>) {
    if (event.button !== 0 || event.pointerType === 'touch' || (event.target as Element).closest('.node')) return
    const element = event.currentTarget
    const start = { x: event.clientX + element.scrollLeft, y: event.clientY + element.scrollTop }
    const move = (next: globalThis.PointerEvent) => {
      element.scrollLeft = start.x - next.clientX
      element.scrollTop = start.y - next.clientY
    }
    const stop = () => {
      window.removeEventListener('pointermove', move)
      window.removeEventListener('pointerup', stop)
    }
    window.addEventListener('pointermove', move)
    window.addEventListener('pointerup', stop)
  },
}
