import type { GateReport, MetricValue } from '@plimsoll/api'
import { print } from '../../output/print.ts'
import { table } from '../../output/table.ts'

const words = { pass: 'Pass', fail: 'Fail', inconclusive: 'Inconclusive' } as const

/** For a terminal: verdict first. */
export function printReport(report: GateReport, url?: string): void {
  const { result, override } = report
  print(`${words[override?.verdict ?? report.verdict]}  gate ${report.gate}`)
  print(result.words)
  if (override) print(`Overridden by ${override.by}: ${override.why}`)
  print('')
  print(
    table(
      ['METRIC', 'BASELINE', 'CANDIDATE', 'INTERVAL OF THE GAIN', 'RULE', 'VERDICT'],
      result.metrics.flatMap((metric) =>
        metric.rules.map((rule) => [
          metric.name,
          valueText(metric.baseline),
          valueText(metric.candidate),
          rule.interval ? `${number(rule.interval.low)} to ${number(rule.interval.high)}` : '',
          `${rule.rule} ${number(rule.threshold)} (${rule.of})`,
          words[rule.verdict],
        ]),
      ),
    ),
  )
  const worse = result.slices?.slices.filter(({ isWorse }) => isWorse) ?? []
  for (const slice of worse) print(`worse in ${slice.name}: ${valueText(slice.baseline)} → ${valueText(slice.candidate)} (${slice.n} rows)`)
  for (const warning of result.warnings) print(`! ${warning}`)
  print('')
  print(`Candidate  ${report.candidate.digest}`)
  if (report.baseline) print(`Baseline   ${report.baseline.digest}, serves in ${report.baseline.application}`)
  if (url !== undefined) print(`Report     ${url}`)
}

function valueText(value: MetricValue | undefined): string {
  if (value === undefined) return '-'
  return typeof value === 'number' ? number(value) : value.undefined
}

function number(value: number): string {
  return String(Number(value.toPrecision(4)))
}
