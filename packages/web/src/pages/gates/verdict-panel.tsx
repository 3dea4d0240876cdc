import type { GateReport, ReportedModel } from '@plimsoll/api'
import { Link } from '@tanstack/react-router'
import { toDate } from '../../facts/moment.ts'
import { metricText, shortDigest } from '../../facts/metric-text.ts'
import { verdictLooks } from '../../facts/pull-look.ts'
import { loadMark, type LoadMark } from '../../facts/rule-drawing.ts'
import { Button } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { useLanguage } from '../../words/index.tsx'
import { LoadLine } from './load-line.tsx'

/** The verdict first: word, sentence, the line, and what was compared. */
export function VerdictPanel({
  report,
  withLink,
  onOverride,
  whyNoOverride,
}: {
  report: GateReport
  withLink: boolean
  onOverride: () => void
  whyNoOverride: string | undefined
}) {
  const { words, format } = useLanguage()
  const w = words.gates
  const { result } = report
  const verdict = report.override?.verdict ?? report.verdict
  const look = verdictLooks[verdict]
  const at = toDate(report.createdAt)
  const rules = result.metrics.flatMap((metric) => metric.rules.map((rule) => ({ metric, rule })))
  const marks = rules
    .map(({ metric, rule }) =>
      loadMark(metric.rules.length > 1 ? `${metric.name}, ${w.ruleShort[rule.rule]}` : metric.name, rule, result.confidence),
    )
    .filter((one): one is LoadMark => one !== undefined)
  const overrideAt = toDate(report.override?.at)
  return (
    <section className={`panel verdict tone-${look.tone}`} id="report" aria-labelledby="verdict">
      <div className="verdict-head">
        <Icon name={look.glyph} />
        <div>
          <h2 id="verdict">{w.verdicts[verdict]}</h2>
          {report.override && (
            <p className="overridden">
              {w.overridden(
                report.override.by,
                w.verdicts[report.verdict],
                overrideAt ? format.inSentence(overrideAt) : '',
                report.override.why,
              )}
            </p>
          )}
          <p>{result.words}</p>
          {verdict === 'inconclusive' && <p>{result.next ? w.next[result.next] : w.inconclusiveText}</p>}
        </div>
        <div className="end muted">
          <span>
            {w.gate} <code>{report.gate}</code>
            {at && `, ${format.inSentence(at)}`}
          </span>
          <span className="verdict-actions">
            {withLink && (
              <Link className="link" to="/gates/$id" params={{ id: report.id }}>
                {w.alone}
              </Link>
            )}
            <Button small icon="i-edit" reason={whyNoOverride} onClick={onOverride}>
              {w.override}
            </Button>
          </span>
        </div>
      </div>
      <LoadLine marks={marks} confidence={result.confidence} unseen={rules.length - marks.length} />
      <dl className="fact-row">
        <div>
          <dt>{w.candidate}</dt>
          <dd>
            <ModelName model={report.candidate} />
          </dd>
        </div>
        <div>
          <dt>{report.baseline ? w.baselineServes(report.baseline.application) : w.baseline}</dt>
          <dd>{report.baseline ? <ModelName model={report.baseline} /> : <span className="muted">{w.noBaseline}</span>}</dd>
        </div>
        <div>
          <dt>{report.baseline ? w.bothScoredOn : w.scoredOn}</dt>
          <dd>
            {result.candidate.rows === undefined ? w.reportedFigures : w.rows(result.candidate.rows)}
            {result.candidate.dataDigest && (
              <code className="hash" title={result.candidate.dataDigest}>
                {shortDigest(result.candidate.dataDigest)}
              </code>
            )}
          </dd>
        </div>
        {result.replicates > 0 && (
          <div>
            <dt>{w.interval}</dt>
            <dd title={w.draws(format.number(result.replicates))}>
              {w.intervalOf(Math.round(result.confidence * 100), report.baseline !== undefined)}
            </dd>
          </div>
        )}
        {result.leak.candidateRows > 0 && (
          <div>
            <dt>{w.leak}</dt>
            <dd>{w.leakRows(format.number(result.leak.candidateRows), metricText(result.leak.incumbentRows))}</dd>
          </div>
        )}
      </dl>
    </section>
  )
}

export function ModelName({ model }: { model: ReportedModel }) {
  return (
    <>
      {model.name && <span className="model-name">{model.name}</span>}
      <code className="hash" title={model.digest}>
        {shortDigest(model.digest)}
      </code>
    </>
  )
}
