import type { GatePlots, GateReport } from '@plimsoll/api'
import type { CSSProperties } from 'react'
import { useLanguage } from '../../words/index.tsx'

/** More classes than this do not fit: those are shown in the metrics. */
const mostClasses = 12

/** How often each class was taken for each: rows are what it was, columns what was said. */
export function Confusion({ matrix, report }: { matrix: NonNullable<GatePlots['confusion']>; report: GateReport }) {
  const { words } = useLanguage()
  const w = words.gates
  return (
    <>
      <Matrix title={report.candidate.name ?? w.candidate} classes={matrix.classes} counts={matrix.candidate} isCandidate />
      {matrix.baseline && (
        <Matrix title={report.baseline?.name ?? w.baselineShort} classes={matrix.classes} counts={matrix.baseline} isCandidate={false} />
      )}
    </>
  )
}

function Matrix({
  title,
  classes,
  counts,
  isCandidate,
}: {
  title: string
  classes: readonly string[]
  counts: readonly (readonly number[])[]
  isCandidate: boolean
}) {
  const { words, format } = useLanguage()
  const w = words.gates
  const shown = classes.slice(0, mostClasses)
  return (
    <figure className="panel chart-panel">
      <figcaption className="panel-head">
        <h2>{w.confusionOf(title)}</h2>
        <span className="legend">
          <span className={`key ${isCandidate ? 'candidate' : 'baseline'}`}>{isCandidate ? w.candidate : w.baselineShort}</span>
        </span>
      </figcaption>
      <div className="chart-body scroll-x" tabIndex={0} role="region" aria-label={w.confusionOf(title)}>
        <table className={`confusion ${isCandidate ? '' : 'baseline'}`}>
          <thead>
            <tr>
              <th scope="col">{w.actualPredicted}</th>
              {shown.map((name) => (
                <th key={name} scope="col" className="right">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((name, row) => {
              const all = (counts[row] ?? []).reduce((sum, one) => sum + one, 0)
              return (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  {shown.map((column, at) => {
                    const count = counts[row]?.[at] ?? 0
                    const share = all > 0 ? count / all : 0
                    return (
                      <td key={column} className="right" style={{ '--share': share } as CSSProperties}>
                        {format.number(count)}
                        <span className="rule">{`${(share * 100).toFixed(1)}%`}</span>
                      </td>
                    )
                  })}
                </tr>
              )
            })}
          </tbody>
        </table>
        {classes.length > shown.length && <p className="muted small">{w.moreClasses(classes.length - shown.length)}</p>}
      </div>
    </figure>
  )
}
