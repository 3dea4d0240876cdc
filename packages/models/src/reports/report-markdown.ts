import type { GateReport, GainOf, MetricResult, MetricValue, RuleResult, SliceResult, Verdict } from '@plimsoll/api'
import { asPercent, count, figure, gainText, valueText } from '../gate/figures.ts'

const marks = { pass: '🟢 Pass', fail: '🔴 Fail', inconclusive: '🟡 Inconclusive' } as const satisfies Record<Verdict, string>
const shownSlices = 20

/**
 * The report as one comment: verdict first. Nothing in it that others wrote (names of metrics, slices, models) can become a link, an image, a
 * mention or HTML.
 */
export function reportMarkdown(report: GateReport, options: { url?: string } = {}): string {
  const { result, candidate, baseline } = report
  const parts = [
    `### ${marks[report.override?.verdict ?? report.verdict]}: gate ${code(report.gate)}`,
    result.words === '' ? '' : plain(result.words),
    report.override &&
      `**Overridden** by ${plain(report.override.by)}: ${plain(report.override.why)}. The gate itself said: ${report.verdict}.`,
    modelTable(report),
    metricTable(result.metrics),
    result.slices && sliceTable(result.slices.slices, result.slices.of, result.slices.words),
    result.warnings.length > 0 && result.warnings.map((warning) => `> ⚠ ${plain(warning)}`).join('\n>\n'),
    changes(report),
    `Reproduce:\n\n${fenced(report.reproduce)}`,
    `<sub>${[
      `${asPercent(result.confidence)} confidence`,
      methodsOf(result.metrics),
      `seed \`${result.seed.replaceAll(/[`\r\n]/g, ' ')}\``,
      `candidate ${code(candidate.digest)}`,
      baseline && `baseline ${code(baseline.digest)}`,
    ]
      .filter(Boolean)
      .join(' · ')}</sub>`,
    options.url && `[Curves, slices and everything else in the report](${options.url})`,
  ]
  return `${parts.filter(Boolean).join('\n\n')}\n`
}

function modelTable({ candidate, baseline, result }: GateReport): string {
  const rows: [string, string, string][] = [
    [
      'Model',
      `${candidate.name ? `${plain(candidate.name)} ` : ''}${shortDigest(candidate.digest)}`,
      baseline
        ? `${baseline.name ? `${plain(baseline.name)} ` : ''}${shortDigest(baseline.digest)}, serves in ${code(baseline.application)}`
        : 'none',
    ],
    ['Evaluated on', dataText(result.candidate), result.baseline ? dataText(result.baseline) : ''],
  ]
  if (candidate.trainedBy ?? baseline?.trainedBy)
    rows.push(['Trained by', plain(candidate.trainedBy ?? ''), plain(baseline?.trainedBy ?? '')])
  if (candidate.trainingDataDigest ?? baseline?.trainingDataDigest)
    rows.push(['Trained on', shortDigest(candidate.trainingDataDigest), shortDigest(baseline?.trainingDataDigest)])
  return table(['', 'Candidate', 'Baseline'], ['---', '---', '---'], rows)
}

function dataText({ dataDigest, rows }: { dataDigest?: string | undefined; rows?: number | undefined }): string {
  return [rows === undefined ? '' : `${count(rows)} rows`, shortDigest(dataDigest)].filter(Boolean).join(', ')
}

function metricTable(metrics: readonly MetricResult[]): string {
  const rows = metrics.flatMap((metric) =>
    (metric.rules.length === 0 ? [undefined] : metric.rules).map((rule, index) => [
      index === 0 ? code(metric.name) : '',
      index === 0 ? valueText(metric.baseline) : '',
      index === 0 ? `**${valueText(metric.candidate)}**` : '',
      index === 0 ? signed(metric.difference) : '',
      rule?.interval ? `${gainText(rule.interval.low, rule.of)} to ${gainText(rule.interval.high, rule.of)}` : '',
      rule ? ruleText(rule) : '',
      marks[rule?.verdict ?? metric.verdict],
    ]),
  )
  return table(
    ['Metric', 'Baseline', 'Candidate', 'Difference', 'Interval of the gain', 'Asked', 'Verdict'],
    ['---', '--:', '--:', '--:', '---', '---', '---'],
    rows,
  )
}

function ruleText({ rule, threshold, of, verdict, words }: RuleResult): string {
  const limit = gainText(threshold, of)
  const asked = {
    improve: `better by ${limit}${ofText(of)}`,
    noWorseThan: `at most ${limit}${ofText(of)} worse`,
    atLeast: `at least ${figure(threshold)}`,
    atMost: `at most ${figure(threshold)}`,
  }[rule]
  return verdict === 'pass' ? asked : `${asked}. ${plain(words)}`
}

function ofText(of: GainOf): string {
  return of === 'error' ? ' of the remaining error' : ''
}

function sliceTable(slices: readonly SliceResult[], of: GainOf, words: string): string {
  const ordered = slices.toSorted((a, b) => rank(a) - rank(b))
  const rows = ordered
    .slice(0, shownSlices)
    .map((slice) => [
      code(slice.name),
      count(slice.n),
      valueText(slice.baseline),
      valueText(slice.candidate),
      typeof slice.gain === 'number' ? gainText(slice.gain, of) : valueText(slice.gain),
      slice.notJudged === undefined
        ? slice.isWorse
          ? '🔴 worse'
          : slice.isWorthALook
            ? '🟡 worth a look'
            : '🟢'
        : `not judged: ${plain(slice.notJudged)}`,
    ])
  const more = slices.length > shownSlices ? `\n\n${slices.length - shownSlices} more slices are in the report.` : ''
  const open = slices.some(({ isWorse }) => isWorse) ? ' open' : ''
  return `<details${open}><summary>Slices: ${plain(words)}</summary>\n\n${table(['Slice', 'Rows', 'Baseline', 'Candidate', 'Gain', ''], ['---', '--:', '--:', '--:', '--:', '---'], rows)}${more}\n</details>`
}

function rank({ isWorse, isWorthALook, gain }: SliceResult): number {
  return (isWorse ? -2e6 : isWorthALook ? -1e6 : 0) + (typeof gain === 'number' ? gain : 1e6)
}

function changes({ changed }: GateReport): string {
  if (!changed) return ''
  const { code: files, data } = changed
  const lines = [
    files &&
      `- Code: ${count(files.files)} files, +${count(files.additions)} −${count(files.deletions)}, since ${code(files.from.slice(0, 12))}`,
    ...(data ?? []).map(
      ({ name, from, to }) =>
        `- Data: ${code(name)} ${from === undefined ? 'is new' : `was ${shortDigest(from)}`}${to === undefined ? ', gone' : `, is ${shortDigest(to)}`}`,
    ),
  ].filter(Boolean)
  return lines.length === 0 ? '' : `What changed:\n\n${lines.join('\n')}`
}

function methodsOf(metrics: readonly MetricResult[]): string {
  const names = { bootstrap: 'paired bootstrap', delong: 'DeLong', exact: 'exact interval', point: 'point estimates' }
  return [...new Set(metrics.flatMap(({ rules }) => rules.map(({ method }) => names[method])))].join(', ')
}

function table(heads: string[], dividers: string[], rows: readonly (readonly string[])[]): string {
  return [heads, dividers, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function signed(value: MetricValue | undefined): string {
  return typeof value === 'number' && value > 0 ? `+${valueText(value)}` : value === undefined ? '' : valueText(value)
}

function shortDigest(digest: string | undefined): string {
  return digest === undefined ? '' : code(digest.replace(/^((?:sha256|md5):[0-9a-f]{12})[0-9a-f]*$/, '$1'))
}

/** As code, with nothing that ends it early, and no new column. */
function code(text: string): string {
  return `\`${text.replaceAll(/[`|\r\n]/g, ' ').slice(0, 200)}\``
}

/** Text of others: every character that Markdown, HTML or a forge would take for its own is escaped. */
function plain(text: string): string {
  return text
    .replaceAll(/[\r\n]+/g, ' ')
    .slice(0, 1000)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_{}[\]()#|!~]/g, String.raw`\$&`)
    .replaceAll(/@(?=\w)/g, '@\u200b')
    .replaceAll(/\b(https?):\/\//g, '$1:\u200b//')
}

function fenced(text: string): string {
  return `\`\`\`sh\n${text.replaceAll('```', "'''")}\n\`\`\``
}
