import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { DeploymentQuery, PromotionView } from '@plimsoll/api'
import { useState, type ReactNode } from 'react'
import { deliveriesApi } from '../../client/deliveries.ts'
import { toDate } from '../../facts/moment.ts'
import { promotionsCsv } from '../../facts/promotions-csv.ts'
import { short } from '../../facts/why.ts'
import { without } from '../../facts/without.ts'
import { historyQuery } from '../../loaders/deliveries.ts'
import { Button } from '../../parts/button.tsx'
import { Bones, Empty } from '../../parts/empty.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Failure } from '../../parts/problem.tsx'
import { useLanguage } from '../../words/index.tsx'
import { failed } from '../dialogs/actions.ts'
import { toDeploymentQuery, type HistorySearch } from './delivery-search.ts'
import { DeliveryStatus, ReleaseFrom, ReleaseName, VerdictStatus } from './release-facts.tsx'

const exportAtOnce = 200
const mostExported = 10_000

/** Who deployed what, when, from which pull request, with which verdict: of one delivery, or of all. */
export function PromotionHistory({
  search,
  onSearch,
  stages,
  deliveries,
  of,
  above,
}: {
  search: HistorySearch
  onSearch: (next: (before: HistorySearch) => HistorySearch) => void
  stages: readonly string[]
  deliveries?: readonly string[]
  of?: string
  above?: ReactNode
}) {
  const { words } = useLanguage()
  const w = words.deliveries
  const filter: DeploymentQuery = { ...toDeploymentQuery(search), ...(of !== undefined && { delivery: of }) }
  const { data, error, isPending, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(historyQuery(filter))
  const [isExporting, setExporting] = useState(false)
  const items = (data?.pages ?? []).flatMap((page) => page.items)
  const isFiltered = Object.keys(search).length > 0
  const save = async () => {
    setExporting(true)
    try {
      const all: PromotionView[] = []
      for (;;) {
        const before = all.at(-1)?.id
        const page = (await deliveriesApi.deployments({ ...filter, limit: exportAtOnce, ...(before !== undefined && { before }) })).items
        all.push(...page)
        if (page.length < exportAtOnce || all.length >= mostExported) break
      }
      download(`${of ?? 'promotions'}.csv`, promotionsCsv(all))
    } catch (cause) {
      failed(w.export, cause, words)
    } finally {
      setExporting(false)
    }
  }
  return (
    <section className="section" aria-labelledby="promotions">
      <div className="section-head">
        <h2 id="promotions">{w.history}</h2>
        <p>{w.historyText}</p>
        <span className="end">
          <Button icon="i-download" busy={isExporting} onClick={() => void save()}>
            {isExporting ? w.exporting : w.export}
          </Button>
        </span>
      </div>
      <div className="panel">
        {above}
        <Filters search={search} onSearch={onSearch} stages={stages} deliveries={deliveries} />
        {error && !data ? (
          <Failure title={words.failure.title.load(w.theHistory)} error={error} onRetry={() => void refetch()} />
        ) : isPending ? (
          <Bones lines={4} />
        ) : items.length === 0 ? (
          <Empty icon="i-deliveries" title={isFiltered ? w.noHistoryMatch : w.noHistory} bare>
            {isFiltered && (
              <div className="buttons">
                <Button onClick={() => onSearch(() => ({}))}>{words.fleet.clear}</Button>
              </div>
            )}
          </Empty>
        ) : (
          <Table items={items} showsDelivery={of === undefined} />
        )}
        {items.length > 0 && (
          <div className="panel-foot">
            <span>{w.shown(items.length)}</span>
            <span className="end">
              {hasNextPage ? (
                <Button small busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                  {w.earlier}
                </Button>
              ) : (
                w.all
              )}
            </span>
          </div>
        )}
      </div>
    </section>
  )
}

function Filters({
  search,
  onSearch,
  stages,
  deliveries,
}: {
  search: HistorySearch
  onSearch: (next: (before: HistorySearch) => HistorySearch) => void
  stages: readonly string[]
  deliveries: readonly string[] | undefined
}) {
  const { words } = useLanguage()
  const w = words.deliveries.filters
  const set = (field: 'delivery' | 'stage' | 'model' | 'since', value: string) =>
    onSearch((before) => (value === '' ? without(before, field) : { ...before, [field]: value }))
  return (
    <div className="toolbar history-filters" role="search">
      {deliveries && (
        <select
          className="input"
          aria-label={w.delivery}
          value={search.delivery ?? ''}
          onChange={(event) => set('delivery', event.target.value)}
        >
          <option value="">{w.anyDelivery}</option>
          {deliveries.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      )}
      <select className="input" aria-label={w.stage} value={search.stage ?? ''} onChange={(event) => set('stage', event.target.value)}>
        <option value="">{w.anyStage}</option>
        {stages.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <label className="input">
        <span className="visually-hidden">{w.model}</span>
        <Icon name="i-models" />
        <input
          type="search"
          placeholder={w.modelHint}
          value={search.model ?? ''}
          spellCheck={false}
          onChange={(event) => set('model', event.target.value.trim())}
        />
      </label>
      <label className="input narrow-field">
        <span className="visually-hidden">{w.pull}</span>
        <Icon name="i-pulls" />
        <input
          inputMode="numeric"
          placeholder={w.pull}
          value={search.pull ?? ''}
          onChange={(event) => {
            const number = Number(event.target.value.replace(/^#/, ''))
            onSearch((before) => (Number.isSafeInteger(number) && number > 0 ? { ...before, pull: number } : without(before, 'pull')))
          }}
        />
      </label>
      <label className="input narrow-field">
        <span className="muted small nowrap">{w.since}</span>
        <input type="date" value={search.since ?? ''} onChange={(event) => set('since', event.target.value)} />
      </label>
    </div>
  )
}

function Table({ items, showsDelivery }: { items: readonly PromotionView[]; showsDelivery: boolean }) {
  const { words, format } = useLanguage()
  const w = words.deliveries
  const columns = (['at', 'delivery', 'stage', 'release', 'from', 'verdict', 'approved', 'outcome'] as const).filter(
    (one) => showsDelivery || one !== 'delivery',
  )
  return (
    <table className="table block-table promotions" role="table" aria-label={w.history}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((one) => (
            <th key={one} role="columnheader" scope="col">
              {w.historyColumns[one]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {items.map((one) => {
          const at = toDate(one.startedAt)
          return (
            <tr key={one.id} role="row">
              <td role="cell" className="nowrap soft">
                {at && <time title={format.full(at)}>{format.moment(at)}</time>}
              </td>
              {showsDelivery && (
                <td role="cell">
                  <Link className="link" to="/deliveries/$name" params={{ name: one.delivery }}>
                    <code>{one.delivery}</code>
                  </Link>
                </td>
              )}
              <td role="cell">{one.stage}</td>
              <td role="cell" className="nowrap">
                {one.kind === 'revert' && (
                  <>
                    <Icon name="g-rolledback" className="glyph tone-bad" /> <span className="visually-hidden">{w.kinds.revert}</span>
                  </>
                )}
                <ReleaseName release={one.release} />
              </td>
              <td role="cell" className="c-main">
                <ReleaseFrom release={one.release} />
                <span className="line muted small">{one.release.author}</span>
              </td>
              <td role="cell" className="nowrap">
                <VerdictStatus of={one.release.verdict} />
              </td>
              <td role="cell" className="soft">
                {one.approvedBy.length > 0
                  ? words.list(one.approvedBy)
                  : one.kind === 'pin' || one.kind === 'found'
                    ? one.kind === 'pin'
                      ? w.byMerge
                      : w.kinds.found
                    : one.by === 'system:delivery'
                      ? w.byItself
                      : w.by(one.by)}
              </td>
              <td role="cell">
                <DeliveryStatus of={one.phase} />
                <span className="line muted small said">
                  {one.why ?? one.text}
                  {one.commit !== undefined && (
                    <>
                      {' '}
                      <code className="hash" title={one.commit}>
                        {short(one.commit)}
                      </code>
                    </>
                  )}
                </span>
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 1_000)
}
