import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { DeliveryView, GateReport } from '@plimsoll/api'
import { useState } from 'react'
import { shortDigest } from '../../facts/delivery-look.ts'
import { toMs } from '../../facts/moment.ts'
import { deliveriesQuery, modelsQuery, useDeliveryStream } from '../../loaders/deliveries.ts'
import { Ago } from '../../parts/ago.tsx'
import { Button } from '../../parts/button.tsx'
import { Bones, Empty } from '../../parts/empty.tsx'
import { Icon } from '../../parts/icon.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { PathLink } from '../../parts/path-link.tsx'
import { Failure } from '../../parts/problem.tsx'
import { useLanguage } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { VerdictStatus } from '../deliveries/release-facts.tsx'

/** What gates said, newest first, and where each model serves now. */
export function Models() {
  const { words } = useLanguage()
  const w = words.models
  usePageTitle(w.title)
  useDeliveryStream()
  const [text, setText] = useState('')
  const { data, error, isPending, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(modelsQuery({}))
  const deliveries = useQuery(deliveriesQuery).data?.items ?? []
  const reports = (data?.pages ?? []).flatMap(({ items }) => items)
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean)
  const shown = reports.filter((one) => {
    const all = [one.candidate.digest, one.candidate.name, one.gate, one.repository, one.by, `#${one.pullRequest ?? ''}`]
      .join(' ')
      .toLowerCase()
    return wanted.every((word) => all.includes(word))
  })
  return (
    <>
      <PageHead title={w.title} lede={w.lede} />
      {error && !data ? (
        <Failure title={words.failure.title.load(w.theModels)} error={error} onRetry={() => void refetch()} />
      ) : isPending ? (
        <Bones lines={8} />
      ) : reports.length === 0 ? (
        <Empty icon="i-models" title={w.none}>
          <p>
            <Prose of={w.noneText} />
          </p>
        </Empty>
      ) : (
        <>
          <div className="toolbar" role="search">
            <label className="input grow">
              <span className="visually-hidden">{w.filter}</span>
              <Icon name="i-search" />
              <input type="search" placeholder={w.filterHint} data-key="/" value={text} onChange={(event) => setText(event.target.value)} />
              <kbd>/</kbd>
            </label>
          </div>
          {shown.length === 0 ? (
            <Empty title={w.noMatch}>
              <div className="buttons">
                <Button onClick={() => setText('')}>{words.fleet.clear}</Button>
              </div>
            </Empty>
          ) : (
            <div className="panel fleet">
              <table className="table block-table models-table" role="table" aria-label={w.title}>
                <thead role="rowgroup">
                  <tr role="row">
                    {(['model', 'verdict', 'gate', 'from', 'serves', 'at'] as const).map((one) => (
                      <th key={one} role="columnheader" scope="col" className={one === 'at' ? 'right' : undefined}>
                        {w.columns[one]}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody role="rowgroup">
                  {shown.map((one) => (
                    <Row key={one.id} report={one} deliveries={deliveries} />
                  ))}
                </tbody>
              </table>
            </div>
          )}
          <div className="list-foot">
            <span>{w.shown(shown.length)}</span>
            {hasNextPage && (
              <Button small busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {w.earlier}
              </Button>
            )}
          </div>
        </>
      )}
    </>
  )
}

function Row({ report, deliveries }: { report: GateReport; deliveries: readonly DeliveryView[] }) {
  const { words } = useLanguage()
  const w = words.models
  const serves = deliveries.flatMap((delivery) =>
    delivery.stages
      .filter((stage) => stage.release?.model?.digest === report.candidate.digest)
      .map((stage) => ({ delivery: delivery.name, stage: stage.name })),
  )
  return (
    <tr role="row">
      <td role="cell" className="c-main">
        <PathLink className="row-title" to={`/gates/${encodeURIComponent(report.id)}`}>
          <code title={report.candidate.digest}>{shortDigest(report.candidate.digest)}</code> {report.candidate.name}
        </PathLink>
        <span className="line muted small said">{report.result.words}</span>
      </td>
      <td role="cell" className="nowrap">
        <VerdictStatus of={report.override?.verdict ?? report.verdict} />
        {report.override && <span className="line muted small">{w.overridden(report.override.by)}</span>}
      </td>
      <td role="cell">
        <code>{report.gate}</code>
      </td>
      <td role="cell">
        {report.repository !== undefined && <code>{report.repository}</code>}{' '}
        {report.repository !== undefined && report.pullRequest !== undefined && (
          <PathLink to={`/pulls/${encodeURIComponent(report.repository)}/${report.pullRequest}`}>#{report.pullRequest}</PathLink>
        )}
        <span className="line muted small">{report.candidate.trainedBy ?? report.by}</span>
      </td>
      <td role="cell">
        {serves.length === 0 ? (
          <span className="muted">{w.nowhere}</span>
        ) : (
          serves.map((one) => (
            <span key={`${one.delivery} ${one.stage}`} className="line">
              <Link className="link" to="/deliveries/$name" params={{ name: one.delivery }}>
                {one.stage}
              </Link>
            </span>
          ))
        )}
      </td>
      <td role="cell" className="right muted nowrap">
        <Ago at={toMs(report.createdAt)} long />
      </td>
    </tr>
  )
}
