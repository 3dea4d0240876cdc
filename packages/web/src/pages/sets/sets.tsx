import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ApplicationSet } from '@plimsoll/api'
import { healthOfSet, inSetOrder, isRollingSync, policyOf, stepsOf } from '../../facts/set-look.ts'
import { setsQuery, useSetStream } from '../../loaders/sets.ts'
import { Bones, Empty } from '../../parts/empty.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure } from '../../parts/problem.tsx'
import { Health } from '../../parts/status.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { Counts, Generators, SetWhy } from './set-facts.tsx'

/** All application sets, trouble and what waits first. */
export function ApplicationSets() {
  const words = useWords()
  const w = words.sets
  usePageTitle(w.title)
  useSetStream()
  const { data, error, isPending, refetch } = useQuery(setsQuery)
  const sets = inSetOrder(data?.items ?? [])
  return (
    <>
      <PageHead title={w.title} lede={w.lede} />
      {error && !data ? (
        <Failure title={words.failure.title.load(w.theSets)} error={error} onRetry={() => void refetch()} />
      ) : isPending ? (
        <Bones lines={6} />
      ) : sets.length === 0 ? (
        <Empty icon="i-tiles" title={w.none}>
          <p>{w.noneText}</p>
          <p className="muted small">
            <Prose of={w.orCommand} />
          </p>
        </Empty>
      ) : (
        <div className="panel fleet">
          <table className="table block-table sets-table" role="table" aria-label={w.title}>
            <thead role="rowgroup">
              <tr role="row">
                {(['name', 'health', 'applications', 'from', 'policy'] as const).map((one) => (
                  <th key={one} role="columnheader" scope="col">
                    {w.columns[one]}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody role="rowgroup">
              {sets.map((one) => (
                <Row key={one.metadata.name} set={one} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  )
}

function Row({ set }: { set: ApplicationSet }) {
  const w = useWords().sets
  const { name } = set.metadata
  return (
    <tr role="row">
      <td role="cell" className="c-main">
        <Link className="row-title mono" to="/applicationsets/$name" params={{ name }}>
          {name}
        </Link>
        <SetWhy of={set} />
      </td>
      <td role="cell" className="nowrap">
        <Health of={healthOfSet(set)} />
      </td>
      <td role="cell" className="nowrap" data-label={w.columns.applications}>
        <Counts of={set} />
      </td>
      <td role="cell" className="soft">
        <Generators of={set} />
      </td>
      <td role="cell" className="soft" title={w.policyTitle}>
        <code>{policyOf(set)}</code>
        {isRollingSync(set) && (
          <span className="line muted small">{w.rolling(stepsOf(set).filter(({ number }) => number !== undefined).length)}</span>
        )}
      </td>
    </tr>
  )
}
