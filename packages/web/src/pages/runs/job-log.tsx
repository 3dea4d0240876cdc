import type { RunLogLine, WorkflowJob } from '@plimsoll/api'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { runsApi } from '../../client/runs.ts'
import { withoutAnsi } from '../../facts/ansi.ts'
import { logRows, logWindow, scrollTo, type LogRow } from '../../facts/run-log.ts'
import { RunLogSource } from '../../loaders/run-log.ts'
import { Button } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { useKeys } from '../../parts/keys.ts'
import { useTicking } from '../../parts/now.ts'
import { Failure } from '../../parts/problem.tsx'
import { Status } from '../../parts/status.tsx'
import { useLanguage } from '../../words/index.tsx'
import { showStep } from './job-steps.tsx'
import { LogRowView } from './log-row.tsx'

/** As in the style sheet: 1.25rem. */
const rowHeight = 20
const mostWrapped = 1_500
const searchAfterMs = 200
const mostFramesToLayOut = 60

/** The log of one job: folded by groups, live, of any length. */
export function JobLog({ job, line, onLine }: { job: WorkflowJob; line: number | undefined; onLine: (line: number | undefined) => void }) {
  const { words, format } = useLanguage()
  const w = words.runs.log
  const isOver = job.state === 'completed'
  const hasBegun = job.state === 'inProgress' || job.steps.some((step) => step.startedAt !== undefined)
  const { source, version } = useSource(job.id, hasBegun || isOver)
  const [isFollowing, setFollowing] = useState(line === undefined && !isOver)
  const [wraps, setWraps] = useState(false)
  const [showsTimes, setShowsTimes] = useState(true)
  const [groups, setGroups] = useState<ReadonlyMap<number, boolean>>(new Map())
  const [steps, setSteps] = useState<ReadonlyMap<number, boolean>>(new Map())
  const [search, setSearch] = useState('')
  const found = useFound(source, version, search)
  const [hit, setHit] = useState(0)
  const frame = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 800 })

  const log = source?.log
  const isPaged = log?.isPaged === true
  const rows = useMemo(() => {
    void version
    return isPaged || !log ? [] : logRows(log.lines(), { groups, steps, isAllOpen: search.trim() !== '' })
  }, [log, version, isPaged, groups, steps, search])
  // As it was when this was drawn: more may be known by the time that an effect runs.
  const known = log?.total ?? 0
  const count = isPaged ? known : rows.length

  useEffect(() => {
    const element = frame.current
    if (!element) return
    const look = () => setView({ top: element.scrollTop, height: element.clientHeight })
    look()
    element.addEventListener('scroll', look, { passive: true })
    const watching = new ResizeObserver(look)
    watching.observe(element)
    return () => {
      element.removeEventListener('scroll', look)
      watching.disconnect()
    }
  }, [])
  useEffect(() => {
    const element = frame.current
    return element && isFollowing ? scrollWhenLaidOut(element, () => element.scrollHeight - element.clientHeight) : undefined
  }, [version, count, isFollowing, wraps])

  const shown = logWindow(count, rowHeight, view.top, view.height)
  const from = wraps ? Math.max(0, count - mostWrapped) : shown.from
  const to = wraps ? count : shown.to
  useEffect(() => {
    if (isPaged) source?.need(from + 1, to)
  }, [source, isPaged, from, to, version])

  const stopGoing = useRef<() => void>(undefined)
  useEffect(() => () => stopGoing.current?.(), [])
  const goToRow = useCallback(
    (row: number) => {
      const element = frame.current
      if (!element || row < 0) return
      setFollowing(false)
      stopGoing.current?.()
      stopGoing.current = scrollWhenLaidOut(element, () =>
        Math.min(scrollTo(row, count, rowHeight, element.clientHeight), Math.max(0, count * rowHeight - element.clientHeight)),
      )
    },
    [count],
  )
  const rowOf = useCallback((n: number) => (isPaged ? n - 1 : rowOfLine(rows, n)), [isPaged, rows])

  // The line of the address is gone to once, when it is there.
  const wentTo = useRef<number | undefined>(undefined)
  useEffect(() => {
    if (line === undefined || wentTo.current === line || known < line) return
    const row = rowOf(line)
    if (row < 0) return
    wentTo.current = line
    goToRow(row)
  }, [line, known, rowOf, goToRow])

  useEffect(() => {
    const listener = (event: Event) => {
      const step = (event as CustomEvent<number>).detail
      if (isPaged)
        void source?.firstLineOf(step).then(
          (n) => n !== undefined && goToRow(n - 1),
          () => {},
        )
      else {
        setSteps((before) => new Map(before).set(step, true))
        goToRow(rows.findIndex((row) => row.kind === 'step' && row.step >= step))
      }
    }
    showStep.addEventListener('step', listener)
    return () => showStep.removeEventListener('step', listener)
  }, [source, isPaged, rows, goToRow])

  const goToHit = (next: number) => {
    if (found.hits.length === 0) return
    const at = (next + found.hits.length) % found.hits.length
    setHit(at)
    goToRow(rowOf(found.hits[at] ?? 0))
  }
  useKeys({ f: () => setFollowing(!isFollowing) })
  const nextTry = useTicking((now) =>
    source?.state.name === 'broken' ? Math.max(0, Math.ceil((source.state.nextTryAt - now) / 1_000)) : 0,
  )
  const drawn: { row: LogRow | undefined; index: number }[] = []
  for (let index = from; index < to; index += 1) drawn.push({ row: isPaged ? pagedRow(log.line(index + 1)) : rows[index], index })
  const state = source?.state
  const isLive = !isOver && state?.name !== 'ended'
  const total = format.number(log?.total ?? 0)

  return (
    <section className="log-viewer" aria-label={w.of(job.name)}>
      <div className="log-bar">
        <label className="input">
          <span className="visually-hidden">{w.search}</span>
          <Icon name="i-search" />
          <input
            type="search"
            placeholder={w.searchHint}
            data-key="/"
            value={search}
            onChange={(event) => {
              setSearch(event.target.value)
              setHit(0)
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter') {
                event.preventDefault()
                goToHit(event.shiftKey ? hit - 1 : rowIsInSight(rowOf(found.hits[hit] ?? 0), view) ? hit + 1 : hit)
              } else if (event.key === 'Escape') {
                setSearch('')
                event.currentTarget.blur()
              }
            }}
          />
          {search.trim() === '' ? (
            <kbd>/</kbd>
          ) : (
            <span className="muted small nowrap" role="status">
              {found.read === undefined
                ? w.found(Math.min(hit + 1, found.hits.length), found.hits.length)
                : w.searching(format.number(found.read), total)}
            </span>
          )}
        </label>
        <span className="end">
          <Button small look="ghost" icon="i-clock" aria-pressed={showsTimes} onClick={() => setShowsTimes(!showsTimes)}>
            {w.times}
          </Button>
          <Button small look="ghost" icon="i-wrap" aria-pressed={wraps} onClick={() => setWraps(!wraps)}>
            {w.wrap}
          </Button>
          <a className="button ghost small" href={runsApi.rawLogPath(job.id)} download>
            <Icon name="i-download" />
            {w.raw}
          </a>
          <Button
            small
            icon="i-tail"
            className="following"
            keyCap="F"
            aria-pressed={isFollowing}
            onClick={() => {
              setFollowing(!isFollowing)
              if (isOver && !isFollowing) goToRow(count - 1)
            }}
          >
            {isOver ? w.toEnd : isFollowing ? w.following : w.follow}
          </Button>
        </span>
      </div>
      {state?.name === 'failed' ? (
        <Failure title={words.failure.title.load(w.theLog)} error={state.error} />
      ) : (
        <div
          ref={frame}
          className={`log-frame run-log${wraps ? ' wraps' : ''}`}
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
          {count === 0 ? (
            <p className="log-empty muted">
              {job.conclusion === 'skipped'
                ? w.skipped
                : !hasBegun && !isOver
                  ? w.waiting
                  : state?.name === 'ended'
                    ? w.empty
                    : words.common.loading}
            </p>
          ) : (
            <ol className="log-lines" style={wraps ? undefined : { paddingTop: shown.top, height: shown.height }}>
              {drawn.map(({ row, index }) => (
                <LogRowView
                  key={index}
                  row={row}
                  index={index}
                  stepName={row?.kind === 'step' ? (job.steps.find((one) => one.number === row.step)?.name ?? w.step(row.step)) : ''}
                  showsTimes={showsTimes}
                  search={search.trim()}
                  isChosen={row !== undefined && row.kind !== 'step' && row.line.n === line}
                  isHit={row !== undefined && row.kind !== 'step' && row.line.n === found.hits[hit] && search.trim() !== ''}
                  isLast={isLive && index === count - 1}
                  onLine={(n) => {
                    wentTo.current = n
                    onLine(n === line ? undefined : n)
                  }}
                  onToggle={() => {
                    if (row?.kind === 'group') setGroups((before) => new Map(before).set(row.line.n, !row.isOpen))
                    if (row?.kind === 'step') setSteps((before) => new Map(before).set(row.step, !row.isOpen))
                    setFollowing(false)
                  }}
                />
              ))}
            </ol>
          )}
        </div>
      )}
      <div className="log-foot">
        {isLive && hasBegun ? (
          <Status look={{ glyph: 'g-progress', tone: 'run', turning: true }} word={w.live(total)} />
        ) : (
          <span className="muted">{w.count(total)}</span>
        )}
        {isPaged && <span className="muted">{w.paged}</span>}
        {state?.name === 'broken' && nextTry > 1 && <span className="tone-warn-text">{w.broken(format.duration(nextTry * 1_000))}</span>}
      </div>
    </section>
  )
}

/**
 * At once, and again with each frame until it holds: with reduced motion every change of a height is a transition of nearly no time, so
 * that a list that has just grown still has its old height now, and on a busy machine some frames later. Whoever scrolls themselves has
 * the last word.
 */
function scrollWhenLaidOut(element: HTMLElement, read: () => number): () => void {
  const byReader = ['wheel', 'pointerdown', 'keydown', 'touchstart']
  let frame = 0
  let left = mostFramesToLayOut
  let held = 0
  const end = () => {
    cancelAnimationFrame(frame)
    for (const name of byReader) element.removeEventListener(name, end)
  }
  const scroll = () => {
    const wanted = read()
    element.scrollTop = wanted
    held = Math.abs(element.scrollTop - wanted) < 1 ? held + 1 : 0
    left -= 1
    if (held === 3 || left === 0) end()
    else frame = requestAnimationFrame(scroll)
  }
  for (const name of byReader) element.addEventListener(name, end, { passive: true })
  scroll()
  return end
}

function rowIsInSight(row: number, view: { top: number; height: number }): boolean {
  return row * rowHeight >= view.top && (row + 1) * rowHeight <= view.top + view.height
}

/** The row of a line, or of the group that hides it. */
function rowOfLine(rows: readonly LogRow[], n: number): number {
  let low = 0
  let high = rows.length
  const at = (row: LogRow | undefined) => (row === undefined ? 0 : row.kind === 'step' ? row.n - 0.5 : row.line.n)
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (at(rows[middle]) <= n) low = middle + 1
    else high = middle
  }
  return low - 1
}

function pagedRow(line: RunLogLine | undefined): LogRow | undefined {
  return line === undefined ? undefined : { kind: 'line', line, isInGroup: false }
}

function useSource(jobId: string, isOn: boolean): { source: RunLogSource | undefined; version: number } {
  const [source, setSource] = useState<RunLogSource>()
  const [version, setVersion] = useState(0)
  useEffect(() => {
    if (!isOn) return
    const next = new RunLogSource(jobId, () => setVersion((one) => one + 1))
    setSource(next)
    return () => next.close()
  }, [jobId, isOn])
  return { source, version }
}

interface Found {
  /** Numbers of lines. */
  hits: readonly number[]
  /** Lines of a long log that have been read; absent when all have. */
  read?: number
}

const nothing: Found = { hits: [] }

/** A short log is searched at once, a long one page by page. */
function useFound(source: RunLogSource | undefined, version: number, search: string): Found {
  const wanted = search.trim().toLowerCase()
  const isPaged = source?.log.isPaged === true
  const here = useMemo(() => {
    void version
    if (wanted === '' || isPaged || !source) return nothing
    return { hits: source.log.lines().flatMap((line) => (holds(line, wanted) ? [line.n] : [])) }
  }, [source, version, wanted, isPaged])
  const [far, setFar] = useState<Found>(nothing)
  useEffect(() => {
    if (!isPaged || !source || wanted === '') {
      setFar(nothing)
      return
    }
    const abort = new AbortController()
    const timer = setTimeout(() => {
      void source
        .find(
          (line) => holds(line, wanted),
          abort.signal,
          (hits, read) => {
            if (!abort.signal.aborted) setFar(read >= source.log.total ? { hits } : { hits, read })
          },
        )
        .catch(() => setFar(nothing))
    }, searchAfterMs)
    return () => {
      abort.abort()
      clearTimeout(timer)
    }
  }, [source, isPaged, wanted])
  return isPaged ? far : here
}

function holds(line: RunLogLine, wanted: string): boolean {
  return line.kind !== 'endgroup' && withoutAnsi(line.text).toLowerCase().includes(wanted)
}
