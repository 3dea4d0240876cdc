import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { DeliveryView } from '@plimsoll/api'
import { deliveryLooks, inDeliveryOrder, releaseLabel } from '../../facts/delivery-look.ts'
import { deliveriesQuery, useDeliveryStream } from '../../loaders/deliveries.ts'
import { Bones, Empty } from '../../parts/empty.tsx'
import { Glyph } from '../../parts/icon.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure } from '../../parts/problem.tsx'
import { useLanguage } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { PromotionHistory } from './history.tsx'
import { DeliveryStatus, ReleaseFrom } from './release-facts.tsx'

const route = getRouteApi('/deliveries')

/** All deliveries, trouble first, and who deployed what in any of them. */
export function Deliveries() {
  const { words } = useLanguage()
  const w = words.deliveries
  usePageTitle(w.title)
  const search = route.useSearch()
  const navigate = route.useNavigate()
  useDeliveryStream()
  const { data, error, isPending, refetch } = useQuery(deliveriesQuery)
  const deliveries = inDeliveryOrder(data?.items ?? [])
  return (
    <>
      <PageHead title={w.title} lede={w.lede} />
      {error && !data ? (
        <Failure title={words.failure.title.load(w.theDeliveries)} error={error} onRetry={() => void refetch()} />
      ) : isPending ? (
        <Bones lines={6} />
      ) : deliveries.length === 0 ? (
        <Empty icon="i-deliveries" title={w.none}>
          <p>{w.noneText}</p>
          <p className="muted small">
            <Prose of={w.orCommand} />
          </p>
        </Empty>
      ) : (
        <div className="panel fleet">
          <table className="table block-table deliveries-table" role="table" aria-label={w.title}>
            <thead role="rowgroup">
              <tr role="row">
                {(['name', 'phase', 'stages', 'newest'] as const).map((one) => (
                  <th key={one} role="columnheader" scope="col">
                    {w.columns[one]}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody role="rowgroup">
              {deliveries.map((one) => (
                <Row key={one.name} delivery={one} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {deliveries.length > 0 && (
        <PromotionHistory
          search={search}
          onSearch={(next) => void navigate({ search: next, replace: true, resetScroll: false })}
          stages={[...new Set(deliveries.flatMap(({ stages }) => stages.map(({ name }) => name)))]}
          deliveries={deliveries.map(({ name }) => name).toSorted()}
        />
      )}
    </>
  )
}

function Row({ delivery }: { delivery: DeliveryView }) {
  const { words } = useLanguage()
  const w = words.deliveries
  const newest = delivery.releases[0]
  return (
    <tr role="row">
      <td role="cell" className="c-main">
        <Link className="row-title mono" to="/deliveries/$name" params={{ name: delivery.name }}>
          {delivery.name}
        </Link>
        <span className="line muted small said">{delivery.text}</span>
      </td>
      <td role="cell" className="nowrap">
        <DeliveryStatus of={delivery.phase} />
      </td>
      <td role="cell">
        <ol className="mini-track" aria-label={w.columns.stages}>
          {delivery.stages.map((stage) => (
            <li key={stage.name} title={`${stage.name}: ${w.phases[stage.phase]}`}>
              <Glyph look={deliveryLooks[stage.phase]} />
              <span>{stage.name}</span>
              <span className="muted">{stage.release ? releaseLabel(stage.release) : w.nothing}</span>
              <span className="visually-hidden">{w.phases[stage.phase]}</span>
            </li>
          ))}
        </ol>
      </td>
      <td role="cell">
        {newest ? (
          <>
            <ReleaseFrom release={newest} />
            <span className="line muted small">{newest.author}</span>
          </>
        ) : (
          <span className="muted">{w.nothingMerged}</span>
        )}
      </td>
    </tr>
  )
}
