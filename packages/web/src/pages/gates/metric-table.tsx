import type { GateReport, MetricResult, MetricValue, RuleResult } from '@plimsoll/api'
import { differenceText, metricText, shareText } from '../../facts/metric-text.ts'
import { notJudgedLook, verdictLooks } from '../../facts/pull-look.ts'
import { drawRule, isNumber, place, type RuleDrawing } from '../../facts/rule-drawing.ts'
import { Status } from '../../parts/status.tsx'
import { useLanguage } from '../../words/index.tsx'
import { IntervalDrawing } from './interval.tsx'

/** One row for each rule: what it asks, both models, the difference with its interval against the limit, the verdict. */
export function MetricTable({ report }: { report: GateReport }) {
  const { words } = useLanguage()
  const w = words.gates
  const { result } = report
  return (
    <section className="panel section" aria-labelledby="metrics">
      <div className="panel-head">
        <h2 id="metrics">{w.metrics}</h2>
        <span className="interval-key muted">
          <span>
            <i className="k-range" />
            {w.keyInterval(Math.round(result.confidence * 100), report.baseline !== undefined)}
          </span>
          <span>
            <i className="k-limit" />
            {w.keyLimit}
          </span>
          <span>
            <i className="k-beyond" />
            {w.keyBeyond}
          </span>
        </span>
      </div>
      <div className="scroll-x" tabIndex={0} role="region" aria-label={w.metrics}>
        <table role="table" className="table metric-table" aria-labelledby="metrics">
          <thead role="rowgroup">
            <tr role="row">
              <th role="columnheader" scope="col">
                {w.columns.metric}
              </th>
              <th role="columnheader" scope="col" className="right">
                {report.baseline?.name ?? w.baselineShort}
              </th>
              <th role="columnheader" scope="col" className="right">
                {report.candidate.name ?? w.candidate}
              </th>
              <th role="columnheader" scope="col" className="right">
                {w.columns.difference}
              </th>
              <th role="columnheader" scope="col" className="c-interval">
                {w.columns.interval}
              </th>
              <th role="columnheader" scope="col" className="right">
                {w.columns.limit}
              </th>
              <th role="columnheader" scope="col">
                {w.columns.verdict}
              </th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            {result.metrics.map((metric) =>
              metric.rules.length === 0 ? (
                <RuleRow key={metric.name} metric={metric} rule={undefined} />
              ) : (
                metric.rules.map((rule, index) => <RuleRow key={`${metric.name} ${index}`} metric={metric} rule={rule} />)
              ),
            )}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function RuleRow({ metric, rule }: { metric: MetricResult; rule: RuleResult | undefined }) {
  const { words } = useLanguage()
  const w = words.gates
  const drawing = rule && drawRule(metric, rule)
  const verdict = rule?.verdict
  return (
    <>
      <tr role="row" className={rule && rule.verdict !== 'pass' ? 'with-words' : undefined}>
        <th role="rowheader" scope="row">
          <span className="name">{metric.name}</span>
          <span className="rule">
            {rule ? w.ruleWords(rule, shareText(Math.abs(rule.threshold), false), metricText(rule.threshold)) : w.guardless}
            {metric.better === 'lower' && ` ${w.lowIsGood}`}
          </span>
        </th>
        <td role="cell" className="right">
          <Value of={metric.baseline} />
        </td>
        <td role="cell" className="right strong">
          <Value of={metric.candidate} />
        </td>
        <td role="cell" className="right">
          {isNumber(metric.difference) ? differenceText(metric.difference) : <span className="muted">–</span>}
          {drawing && rule && drawing.unit === 'share' && (
            <span className="rule">{rule.of === 'error' ? w.ofError(shareText(drawing.at, false)) : shareText(drawing.at)}</span>
          )}
        </td>
        <td role="cell" className="c-interval">
          {drawing ? <Drawn drawing={drawing} /> : <span className="soft small">{rule ? w.notDrawn : ''}</span>}
        </td>
        <td role="cell" className="right">
          {drawing && `${drawing.forbidden === 'low' ? '≥' : '≤'} ${textOf(drawing, drawing.limit)}`}
        </td>
        <td role="cell">
          <span title={rule?.words}>
            <Status look={verdict ? verdictLooks[verdict] : notJudgedLook} word={verdict ? w.verdicts[verdict] : w.notJudged} />
          </span>
        </td>
      </tr>
      {rule && rule.verdict !== 'pass' && (
        <tr role="row" className="said-row">
          <td role="cell" colSpan={7}>
            {rule.words} {rule.rowsNeeded !== undefined && w.rowsNeeded(rule.rowsNeeded)}
          </td>
        </tr>
      )}
    </>
  )
}

function Drawn({ drawing }: { drawing: RuleDrawing }) {
  const { words } = useLanguage()
  const w = words.gates
  const limit = `${drawing.forbidden === 'low' ? '≥' : '≤'} ${textOf(drawing, drawing.limit)}`
  const range =
    drawing.low === undefined || drawing.high === undefined
      ? undefined
      : w.range(textOf(drawing, drawing.low), textOf(drawing, drawing.high))
  const label = range ? w.intervalLabel(range, limit) : w.pointLabel(textOf(drawing, drawing.at), limit)
  return (
    <>
      <IntervalDrawing drawing={drawing} at={place(drawing)} label={label} />
      <span className="rule">{range ?? w.pointOnly}</span>
    </>
  )
}

function textOf({ unit, zero }: RuleDrawing, value: number): string {
  if (unit === 'share') return shareText(value)
  return zero === undefined ? metricText(value) : differenceText(value)
}

/** A number, or why there is none. */
export function Value({ of: value }: { of: MetricValue | undefined }) {
  const words = useLanguage().words.gates
  if (value === undefined) return <span className="muted">–</span>
  if (typeof value === 'number') return metricText(value)
  return (
    <span className="muted" title={value.undefined}>
      {words.undefinedValue}
    </span>
  )
}
