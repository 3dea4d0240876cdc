import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { LogEntry } from '@plimsoll/api'
import { join } from '../../../client/http.ts'
import { LiveStream, type StreamState } from '../../../client/live-stream.ts'
import { readAnsi, withoutAnsi } from '../../../facts/ansi.ts'
import { LogBuffer, type LogLine } from '../../../facts/log-buffer.ts'
import { parseObject, pickList, pickText } from '../../../facts/manifest.ts'
import { toMs } from '../../../facts/moment.ts'
import { rootId, type GraphNode, type ResourceGraph } from '../../../graph/resource-graph.ts'
import { manifestQuery } from '../../../loaders/queries.ts'
import { Button, IconButton } from '../../../parts/button.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { Icon } from '../../../parts/icon.tsx'
import { useKeys } from '../../../parts/keys.ts'
import { useTicking } from '../../../parts/now.ts'
import { Failure } from '../../../parts/problem.tsx'
import { useLanguage } from '../../../words/index.tsx'
import type { InspectorProps } from './inspector.tsx'
import { keyOf } from './key-of.ts'

/** As in the style sheet: 1.25rem. */
const lineHeight = 20
const overscan = 20
const tailLines = 500
const gatherMs = 80
const podColors = ['cyan', 'magenta', 'blue', 'green', 'yellow'] as const

/** The log of a pod, or of all pods below an object. */
export function LogsTab({ summary, graph, node, container, onSearch }: InspectorProps & { node: GraphNode }) {
  const { words } = useLanguage()
  const w = words.logs
  const pods = useMemo(() => podsBelow(node, graph), [node, graph])
  const [podName, setPodName] = useState('')
  const pod = node.kind === 'Pod' ? node : (pods.find((one) => one.name === podName) ?? undefined)
  const sample = pod ?? pods.find((one) => one.health === 'Healthy') ?? pods[0]
  const containers = useContainers(summary, sample)
  const [previous, setPrevious] = useState(false)

  if (pods.length === 0) {
    return (
      <Empty icon="i-terminal" title={w.noPods} bare>
        <p>{w.noPodsText}</p>
      </Empty>
    )
  }
  const chosen = container !== undefined && containers.includes(container) ? container : (containers[0] ?? '')
  const owner = pod === undefined && node.id !== rootId ? node : undefined
  return (
    <>
      <div className="log-source">
        {node.kind !== 'Pod' && (
          <label className="log-choice">
            <span className="visually-hidden">{w.pod}</span>
            <select className="input small" value={pod?.name ?? ''} onChange={(event) => setPodName(event.target.value)}>
              <option value="">
                {w.allPods} ({pods.length})
              </option>
              {pods.map((one) => (
                <option key={one.id} value={one.name}>
                  {one.name}
                </option>
              ))}
            </select>
          </label>
        )}
        {containers.length > 0 && (
          <label className="log-choice">
            <span className="visually-hidden">{w.container}</span>
            <select
              className="input small"
              value={chosen}
              onChange={(event) => {
                const next = event.target.value
                onSearch((before) => ({ ...before, container: next }))
              }}
            >
              {containers.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
        )}
        <Button small look="ghost" aria-pressed={previous} title={w.previousTitle} onClick={() => setPrevious(!previous)}>
          {w.previous}
        </Button>
      </div>
      <LogView
        key={`${pod?.id ?? ''} ${owner?.id ?? ''} ${chosen} ${String(previous)}`}
        path={join('applications', summary.name, 'logs')}
        query={{
          appNamespace: summary.namespace,
          container: chosen,
          tailLines,
          ...(previous && { previous: true }),
          ...(pod ? { podName: pod.name, namespace: pod.namespace } : {}),
          ...(owner && { group: owner.group, kind: owner.kind, resourceName: owner.name, namespace: owner.namespace }),
        }}
        isPrevious={previous}
        showsPods={pod === undefined && pods.length > 1}
        fileName={`${node.name}.log`}
      />
    </>
  )
}

function podsBelow(node: GraphNode, graph: ResourceGraph): GraphNode[] {
  const pods: GraphNode[] = []
  const seen = new Set<string>()
  const walk = (one: GraphNode) => {
    if (seen.has(one.id)) return
    seen.add(one.id)
    if (one.kind === 'Pod') pods.push(one)
    for (const id of one.children) {
      const child = graph.nodes.get(id)
      if (child) walk(child)
    }
  }
  walk(node)
  return pods
}

function useContainers(app: { namespace: string; name: string }, pod: GraphNode | undefined): string[] {
  const { data } = useQuery({ ...manifestQuery(app, keyOf(pod ?? nobody), pod?.resourceVersion ?? ''), enabled: pod !== undefined })
  return useMemo(() => {
    const object = parseObject(data?.manifest)
    return [...pickList(object, 'spec', 'containers'), ...pickList(object, 'spec', 'initContainers')]
      .map((one) => pickText(one, 'name'))
      .filter(Boolean)
  }, [data])
}

const nobody = { group: '', version: 'v1', kind: 'Pod', namespace: '', name: '' } as GraphNode

interface LogViewProps {
  path: string
  query: Record<string, string | number | boolean | undefined>
  isPrevious: boolean
  showsPods: boolean
  fileName: string
}

function LogView({ path, query, isPrevious, showsPods, fileName }: LogViewProps) {
  const { words, format } = useLanguage()
  const w = words.logs
  const [buffer] = useState(() => new LogBuffer())
  const [version, setVersion] = useState(0)
  const [state, setState] = useState<StreamState>({ name: 'connecting' })
  const [isFollowing, setFollowing] = useState(true)
  const [wraps, setWraps] = useState(false)
  const [showsTimes, setShowsTimes] = useState(true)
  const [search, setSearch] = useState('')
  const [hit, setHit] = useState(0)
  const frame = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ from: 0, to: 80 })

  useEffect(() => {
    let waiting: { text: string; at: number | undefined; pod: string }[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    let lastAt = ''
    const lastOfPod = new Map<string, string>()
    /** Lines up to these were shown before the connection broke: a log goes on by the second, so some come again. */
    let shownBefore = new Map<string, string>()
    const flush = () => {
      timer = undefined
      buffer.add(waiting)
      waiting = []
      setVersion((one) => one + 1)
    }
    const stream = new LiveStream({
      path,
      // After a break the log goes on where it was.
      query: () => {
        shownBefore = new Map(lastOfPod)
        return { ...query, follow: !isPrevious, ...(lastAt && { sinceTime: lastAt }) }
      },
      finite: isPrevious,
      onMessage: (message) => {
        const { result } = message as { result?: LogEntry }
        if (!result || (result.last === true && result.content === '')) return
        const stamp = result.timeStampStr ?? result.timeStamp ?? ''
        const pod = result.podName ?? ''
        const before = shownBefore.get(pod)
        if (before !== undefined && stamp !== '' && (stamp === before || (toMs(stamp) ?? 0) < (toMs(before) ?? 0))) return
        if (stamp) {
          lastAt = stamp
          lastOfPod.set(pod, stamp)
        }
        waiting.push({ text: result.content.replace(/\n$/, ''), at: toMs(stamp), pod })
        timer ??= setTimeout(flush, gatherMs)
      },
      onState: setState,
    })
    return () => {
      stream.close()
      clearTimeout(timer)
    }
    // The view is made anew for another log (its key), so these never change.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [])

  const lines = buffer.lines
  const hits = useMemo(() => {
    void version
    const wanted = search.trim().toLowerCase()
    if (wanted === '') return []
    return buffer.lines.flatMap((line, index) => (withoutAnsi(line.text).toLowerCase().includes(wanted) ? [index] : []))
  }, [buffer, search, version])

  useEffect(() => {
    const element = frame.current
    if (!element || !isFollowing) return
    element.scrollTop = element.scrollHeight
  }, [version, isFollowing, wraps])

  useEffect(() => {
    const element = frame.current
    if (!element) return
    const look = () => {
      const from = Math.max(0, Math.floor(element.scrollTop / lineHeight) - overscan)
      const to = Math.ceil((element.scrollTop + element.clientHeight) / lineHeight) + overscan
      setView((before) => (before.from === from && before.to === to ? before : { from, to }))
    }
    look()
    element.addEventListener('scroll', look, { passive: true })
    const watching = new ResizeObserver(look)
    watching.observe(element)
    return () => {
      element.removeEventListener('scroll', look)
      watching.disconnect()
    }
  }, [])

  const goTo = (next: number) => {
    if (hits.length === 0) return
    const at = (next + hits.length) % hits.length
    setHit(at)
    setFollowing(false)
    const line = hits[at] ?? 0
    const element = frame.current
    if (!element) return
    const drawn = element.querySelector<HTMLElement>(`[data-line="${line}"]`)
    if (wraps && drawn) drawn.scrollIntoView({ block: 'center' })
    else element.scrollTop = line * lineHeight - element.clientHeight / 2
  }
  useKeys({ f: () => setFollowing(!isFollowing) })

  // Wrapped lines have any height, so they are drawn as they are; only the last of them.
  const wrapFrom = Math.max(0, lines.length - 1_000)
  const from = wraps ? wrapFrom : Math.min(view.from, lines.length)
  const to = wraps ? lines.length : Math.min(view.to, lines.length)
  const pods = useMemo(() => podColorsOf(lines), [lines])
  const nextTry = useTicking((now) => (state.name === 'broken' ? Math.max(0, Math.ceil((state.nextTryAt - now) / 1_000)) : 0))

  if (state.name === 'refused') return <Failure title={words.failure.title.load(w.theLog)} error={state.error} />
  return (
    <div className="diff-frame log-viewer">
      <div className="log-bar">
        <label className="input">
          <span className="visually-hidden">{w.search}</span>
          <Icon name="i-search" />
          <input
            type="search"
            placeholder={w.searchHint}
            value={search}
            onChange={(event) => {
              setSearch(event.target.value)
              setHit(0)
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter') {
                event.preventDefault()
                goTo(event.shiftKey ? hit - 1 : hits.length === 0 ? 0 : hit + 1)
              } else if (event.key === 'Escape') {
                setSearch('')
                event.currentTarget.blur()
              }
            }}
          />
          {search.trim() !== '' && <span className="muted small nowrap">{w.found(Math.min(hit + 1, hits.length), hits.length)}</span>}
        </label>
        <span className="end">
          <IconButton
            icon="i-clock"
            label={w.times}
            look="ghost"
            small
            aria-pressed={showsTimes}
            onClick={() => setShowsTimes(!showsTimes)}
          />
          <IconButton icon="i-wrap" label={w.wrap} look="ghost" small aria-pressed={wraps} onClick={() => setWraps(!wraps)} />
          <IconButton icon="i-download" label={w.download} look="ghost" small onClick={() => save(fileName, lines)} />
          {!isPrevious && (
            <Button
              small
              icon="i-tail"
              className="following"
              aria-pressed={isFollowing}
              keyCap="F"
              onClick={() => setFollowing(!isFollowing)}
            >
              {isFollowing ? w.following : w.follow}
            </Button>
          )}
        </span>
      </div>
      <div
        ref={frame}
        className={`log-frame${wraps ? ' wraps' : ''}`}
        role="log"
        aria-live="off"
        aria-label={w.lines}
        tabIndex={0}
        onWheel={(event) => {
          if (event.deltaY < 0) setFollowing(false)
        }}
        onKeyDown={(event) => {
          if (event.key === 'PageUp' || event.key === 'ArrowUp' || event.key === 'Home') setFollowing(false)
          if (event.key === 'End') setFollowing(true)
        }}
      >
        {lines.length === 0 ? (
          <p className="log-empty muted">
            {isPrevious ? (state.name === 'ended' ? w.emptyPrevious : words.common.loading) : state.name === 'live' ? w.empty : w.waiting}
          </p>
        ) : (
          <ol
            className="log-lines"
            style={wraps ? undefined : { paddingTop: from * lineHeight + 8, paddingBottom: (lines.length - to) * lineHeight + 8 }}
          >
            {lines.slice(from, to).map((line, index) => (
              <Line
                key={line.number}
                line={line}
                index={from + index}
                time={showsTimes && line.at !== undefined ? format.timeOfDay(new Date(line.at)) : undefined}
                podColor={showsPods ? (pods.get(line.pod) ?? 'grey') : undefined}
                search={search.trim()}
                isHit={hits[hit] === from + index}
              />
            ))}
          </ol>
        )}
      </div>
      <div className="log-foot">
        <span className="muted">{w.count(buffer.dropped + lines.length)}</span>
        {buffer.dropped > 0 && <span className="muted">{w.dropped(buffer.dropped)}</span>}
        {state.name === 'broken' && <span className="tone-warn-text">{w.broken(format.duration(nextTry * 1_000))}</span>}
        {state.name === 'ended' && <span className="muted">{w.ended}</span>}
      </div>
    </div>
  )
}

function podColorsOf(lines: readonly LogLine[]): Map<string, (typeof podColors)[number]> {
  const names = [...new Set(lines.map((line) => line.pod))].toSorted()
  return new Map(names.map((name, index) => [name, podColors[index % podColors.length] ?? 'cyan']))
}

function Line({
  line,
  index,
  time,
  podColor,
  search,
  isHit,
}: {
  line: LogLine
  index: number
  time: string | undefined
  podColor: string | undefined
  search: string
  isHit: boolean
}) {
  return (
    <li data-line={index} className={isHit ? 'hit' : undefined}>
      <span className="ln">{line.number}</span>
      {time !== undefined && <time>{time}</time>}
      <span className="code">
        {podColor !== undefined && (
          <span className={`a-${podColor} pod-name`} title={line.pod}>
            {line.pod.slice(line.pod.lastIndexOf('-') + 1)}{' '}
          </span>
        )}
        {readAnsi(line.text).map((span, at) => (
          <span key={at} className={[span.color && `a-${span.color}`, span.bold && 'a-bold'].filter(Boolean).join(' ') || undefined}>
            <Found text={span.text} search={search} />
          </span>
        ))}
      </span>
    </li>
  )
}

/** The text with what is searched for marked. */
function Found({ text, search }: { text: string; search: string }) {
  if (search === '') return text
  const parts: React.ReactNode[] = []
  const lower = text.toLowerCase()
  const wanted = search.toLowerCase()
  let from = 0
  for (let at = lower.indexOf(wanted); at !== -1 && parts.length < 100; at = lower.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), <mark key={at}>{text.slice(at, at + wanted.length)}</mark>)
    from = at + wanted.length
  }
  return parts.length === 0 ? text : [...parts, text.slice(from)]
}

function save(name: string, lines: readonly LogLine[]): void {
  const text = lines
    .map((line) => `${line.at === undefined ? '' : `${new Date(line.at).toISOString()} `}${withoutAnsi(line.text)}`)
    .join('\n')
  const url = URL.createObjectURL(new Blob([`${text}\n`], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 1_000)
}
