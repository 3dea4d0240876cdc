import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { api, type AuditEntry } from '../client/api.ts'
import { toMs } from '../facts/moment.ts'
import type { Look } from '../facts/tone.ts'
import { short } from '../facts/why.ts'
import { Ago } from '../parts/ago.tsx'
import { Button } from '../parts/button.tsx'
import { Bones, Empty } from '../parts/empty.tsx'
import { Icon } from '../parts/icon.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { usePageTitle } from '../parts/page-title.ts'
import { Failure } from '../parts/problem.tsx'
import { Status } from '../parts/status.tsx'
import { useLanguage } from '../words/index.tsx'

const pageSize = 100

const looks: Record<string, Look> = {
  allowed: { glyph: 'g-ok', tone: 'ok' },
  denied: { glyph: 'g-held', tone: 'hold' },
  failed: { glyph: 'g-failed', tone: 'bad' },
}
const noLook: Look = { glyph: 'g-dot', tone: 'none' }

export function Audit() {
  const { words, format } = useLanguage()
  const w = words.audit
  usePageTitle(w.title)
  const [filter, setFilter] = useState('')
  const { data, error, isPending, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['audit'],
    queryFn: ({ pageParam }) => api.audit(pageSize, pageParam),
    initialPageParam: undefined as string | number | undefined,
    getNextPageParam: (last) => ((last.items?.length ?? 0) < pageSize ? undefined : last.items?.at(-1)?.id),
    staleTime: 0,
  })
  const entries = (data?.pages ?? []).flatMap((one) => one.items ?? [])
  const wanted = filter.toLowerCase().split(/\s+/).filter(Boolean)
  const shown = entries.filter((one) => {
    const text = [whoOf(one), one.action, objectOf(one), outcomeOf(one), fromOf(one), detailOf(one)].join(' ').toLowerCase()
    return wanted.every((word) => text.includes(word))
  })
  return (
    <>
      <PageHead title={w.title} lede={w.lede}>
        <Button icon="i-refresh" onClick={() => void refetch()}>
          {words.fleet.refresh}
        </Button>
      </PageHead>
      {error && !data ? (
        <Failure title={words.failure.title.load(w.theLog)} error={error} onRetry={() => void refetch()} />
      ) : isPending ? (
        <Bones lines={10} />
      ) : entries.length === 0 ? (
        <Empty icon="i-audit" title={w.empty} />
      ) : (
        <>
          <div className="toolbar" role="search">
            <label className="input grow">
              <span className="visually-hidden">{w.filter}</span>
              <Icon name="i-search" />
              <input
                type="search"
                placeholder={w.filterHint}
                data-key="/"
                value={filter}
                onChange={(event) => setFilter(event.target.value)}
              />
              <kbd>/</kbd>
            </label>
          </div>
          {shown.length === 0 ? (
            <Empty title={w.noMatch}>
              <div className="buttons">
                <Button onClick={() => setFilter('')}>{words.fleet.clear}</Button>
              </div>
            </Empty>
          ) : (
            <div className="panel fleet">
              <table className="table audit-table" aria-label={w.title}>
                <thead>
                  <tr>
                    <th scope="col">{w.columns.at}</th>
                    <th scope="col">{w.columns.who}</th>
                    <th scope="col">{w.columns.what}</th>
                    <th scope="col">{w.columns.object}</th>
                    <th scope="col">{w.columns.outcome}</th>
                    <th scope="col" className="c-from">
                      {w.columns.from}
                    </th>
                    <th scope="col" className="right c-ago" />
                  </tr>
                </thead>
                <tbody>
                  {shown.map((one) => {
                    const at = toMs(one.at ?? one.time)
                    const outcome = outcomeOf(one)
                    const detail = detailOf(one)
                    return (
                      <tr key={one.id} title={requestIdOf(one)}>
                        <td className="nowrap muted">
                          {at !== undefined && <time title={format.full(new Date(at))}>{format.moment(new Date(at))}</time>}
                        </td>
                        <td>{whoOf(one)}</td>
                        <td>
                          <code>{one.action}</code>
                        </td>
                        <td>
                          <ObjectLink object={objectOf(one)} />
                          {detail && <span className="line muted small said">{detail}</span>}
                        </td>
                        <td>
                          <Status
                            look={looks[outcome] ?? noLook}
                            word={Object.hasOwn(w.outcomes, outcome) ? (w.outcomes[outcome] ?? outcome) : outcome}
                          />
                        </td>
                        <td className="c-from muted">{fromOf(one)}</td>
                        <td className="right muted nowrap c-ago">
                          <Ago at={at} />
                        </td>
                      </tr>
                    )
                  })}
                </tbody>
              </table>
            </div>
          )}
          <div className="list-foot">
            <span>{w.shown(shown.length)}</span>
            {hasNextPage ? (
              <Button small busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {w.older}
              </Button>
            ) : (
              <span>{w.end}</span>
            )}
          </div>
        </>
      )}
    </>
  )
}

function requestIdOf({ detail }: AuditEntry): string | undefined {
  const id = typeof detail === 'object' && detail !== null ? (detail as { requestId?: unknown }).requestId : undefined
  return typeof id === 'string' ? id : undefined
}

const whoOf = (one: AuditEntry) => one.actor ?? one.username ?? ''
const objectOf = (one: AuditEntry) => one.object ?? one.target ?? ''
const outcomeOf = (one: AuditEntry) => one.outcome ?? one.result ?? ''
const fromOf = (one: AuditEntry) =>
  [one['origin'], one.from, one.address, one.remoteAddress].find((from): from is string => typeof from === 'string' && from !== '') ?? ''

/** What the row says already, or what only the server's log needs. */
const untold = new Set(['status', 'requestId', 'via', 'name', 'namespace'])

/** The facts that were recorded, in few words; what is off, empty or nought says nothing. */
function detailOf(one: AuditEntry): string {
  if (one.message) return one.message
  if (typeof one.detail === 'string') return one.detail
  if (typeof one.detail !== 'object' || one.detail === null) return ''
  return Object.entries(one.detail)
    .filter(([name, value]) => !untold.has(name) && value !== undefined && value !== null && value !== '' && value !== false && value !== 0)
    .map(([name, value]) => (value === true ? name : `${name} ${inWords(value)}`))
    .join(', ')
    .slice(0, 300)
}

function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(inWords).join(' ')
  if (typeof value !== 'object' || value === null) return short(String(value))
  return Object.values(value).map(inWords).join(' ')
}

/** `applications/argocd/demo` leads to that application. */
function ObjectLink({ object }: { object: string }) {
  const found = /^applications\/([^/]+)\/([^/]+)$/.exec(object)
  if (!found?.[1] || !found[2]) return <code>{object}</code>
  return (
    <Link className="link" to="/applications/$namespace/$name" params={{ namespace: found[1], name: found[2] }}>
      <code>{found[2]}</code>
    </Link>
  )
}
