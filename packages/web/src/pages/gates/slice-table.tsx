import type { GateReport, SliceResult, SlicesResult } from '@plimsoll/api'
import { differenceText, metricText, shareText } from '../../facts/metric-text.ts'
import { notJudgedLook, verdictLooks } from '../../facts/pull-look.ts'
import { isNumber, place, type RuleDrawing } from '../../facts/rule-drawing.ts'
import { Status } from '../../parts/status.tsx'
import { useLanguage } from '../../words/index.tsx'
import { IntervalDrawing } from './interval.tsx'
import { Value } from './metric-table.tsx'

/** Parts of the data, the lowest first; what could not be judged comes last and says why. */
export function SliceTable({ slices, report }: { slices: SlicesResult; report: GateReport }) {
  const { words } = useLanguage()
  const w = words.gates
  const rows = slices.slices.toSorted(
    (a, b) => Number(a.notJudged !== undefined) - Number(b.notJudged !== undefined) || gainOf(a) - gainOf(b),
  )
  const drawings = new Map(rows.filter((one) => isNumber(one.gain)).map((one) => [one.name, drawingOf(one, slices)]))
  const all = [...drawings.values()]
  const text = (value: number) => (slices.of === 'absolute' ? differenceText(value) : shareText(value))
  return (
    <section className="panel section" aria-labelledby="slices">
      <div className="panel-head">
        <h2 id="slices">{w.slices}</h2>
        <span className="muted">
          {w.slicesText(slices.metric, slices.of === 'absolute' ? metricText(slices.margin) : shareText(slices.margin, false))}
        </span>
        <span className="end">
          <Status look={verdictLooks[slices.verdict]} word={w.verdicts[slices.verdict]} />
        </span>
      </div>
      {slices.words && <p className="panel-note soft">{slices.words}</p>}
      <div className="scroll-x" tabIndex={0} role="region" aria-label={w.slices}>
        <table role="table" className="table slice-table" aria-labelledby="slices">
          <thead role="rowgroup">
            <tr role="row">
              <th role="columnheader" scope="col">
                {w.columns.slice}
              </th>
              <th role="columnheader" scope="col" className="right">
                {w.columns.rows}
              </th>
              <th role="columnheader" scope="col" className="right">
                {report.baseline?.name ?? w.baselineShort}
              </th>
              <th role="columnheader" scope="col" className="right">
                {report.candidate.name ?? w.candidate}
              </th>
              <th role="columnheader" scope="col" className="right">
                {w.columns.gain}
              </th>
              <th role="columnheader" scope="col" className="c-interval">
                {w.sliceLimit(text(-slices.margin))}
              </th>
              <th role="columnheader" scope="col">
                {w.columns.verdict}
              </th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            {rows.map((one) => {
              const drawing = drawings.get(one.name)
              return (
                <tr role="row" key={one.name}>
                  <th role="rowheader" scope="row">
                    <span className="name">{one.name}</span>
                  </th>
                  <td role="cell" className="right muted">
                    {metricText(one.n)}
                  </td>
                  <td role="cell" className="right">
                    <Value of={one.baseline} />
                  </td>
                  <td role="cell" className="right strong">
                    <Value of={one.candidate} />
                  </td>
                  <td role="cell" className="right">
                    {isNumber(one.gain) ? text(one.gain) : '–'}
                  </td>
                  {one.notJudged !== undefined ? (
                    <td role="cell" className="c-interval soft small">
                      {w.notJudgedBecause(one.notJudged)}
                    </td>
                  ) : (
                    <td role="cell" className="c-interval">
                      {drawing && (
                        <IntervalDrawing
                          drawing={drawing}
                          at={place(drawing, all)}
                          label={w.pointLabel(text(drawing.at), `≥ ${text(drawing.limit)}`)}
                        />
                      )}
                    </td>
                  )}
                  <td role="cell">
                    <span title={one.adjusted === undefined ? undefined : w.adjusted(pText(one.adjusted))}>
                      <Status look={lookOf(one)} word={wordOf(one, w)} />
                    </span>
                    {one.adjusted !== undefined && (one.isWorse || one.isWorthALook) && (
                      <span className="rule">{w.adjusted(pText(one.adjusted))}</span>
                    )}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function lookOf(slice: SliceResult) {
  if (slice.notJudged !== undefined) return notJudgedLook
  return verdictLooks[slice.isWorse ? 'fail' : slice.isWorthALook ? 'inconclusive' : 'pass']
}

function wordOf(slice: SliceResult, w: { notJudged: string; worse: string; worthALook: string; notWorse: string }): string {
  if (slice.notJudged !== undefined) return w.notJudged
  return slice.isWorse ? w.worse : slice.isWorthALook ? w.worthALook : w.notWorse
}

function gainOf({ gain }: SliceResult): number {
  return isNumber(gain) ? gain : Infinity
}

function drawingOf(slice: SliceResult, { margin, of }: SlicesResult): RuleDrawing {
  return { at: gainOf(slice), limit: -margin, zero: 0, forbidden: 'low', unit: of === 'absolute' ? 'number' : 'share' }
}

function pText(p: number): string {
  return p < 0.001 ? '< 0.001' : p.toFixed(3)
}
