import type { UseQueryResult } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { GateReport, PullRequest } from '@plimsoll/api'
import { toDate } from '../../facts/moment.ts'
import { Bones, Empty } from '../../parts/empty.tsx'
import { Failure, Problem } from '../../parts/problem.tsx'
import { useLanguage } from '../../words/index.tsx'
import { ReportView } from '../gates/report-view.tsx'

/** What the gates said of this pull request's model: the newest first, the others by a press. */
export function ReportTab({
  pull,
  reports,
  report,
}: {
  pull: PullRequest
  reports: UseQueryResult<{ items: GateReport[] }>
  report: GateReport | undefined
}) {
  const { words, format } = useLanguage()
  const w = words.gates
  const navigate = useNavigate()
  const items = reports.data?.items ?? []
  if (reports.isPending) return <Bones lines={12} />
  if (reports.error && !reports.data)
    return <Failure title={words.failure.title.load(w.theReport)} error={reports.error} onRetry={() => void reports.refetch()} />
  if (!report)
    return (
      <Empty icon="g-notjudged" title={w.noReport}>
        <p>{w.noReportText}</p>
        <p>
          <code>plimsoll gate run</code>
        </p>
      </Empty>
    )
  return (
    <>
      {items.length > 1 && (
        <div className="field inline-field">
          <label htmlFor="which-report">{w.which}</label>
          <select
            id="which-report"
            className="input"
            value={report.id}
            onChange={(event) =>
              void navigate({
                to: '/pulls/$repository/$number',
                params: { repository: pull.repository, number: String(pull.number) },
                search: { tab: 'report', report: event.target.value },
                replace: true,
                resetScroll: false,
              })
            }
          >
            {items.map((one) => {
              const at = toDate(one.createdAt)
              return (
                <option key={one.id} value={one.id}>
                  {[one.gate, w.verdicts[one.override?.verdict ?? one.verdict], one.commit?.slice(0, 7), at && format.moment(at)]
                    .filter(Boolean)
                    .join(' · ')}
                </option>
              )
            })}
          </select>
        </div>
      )}
      {report.commit !== undefined && report.commit !== pull.head.commit && pull.state === 'open' && (
        <Problem
          title={w.ofEarlierHead(report.commit.slice(0, 7), pull.head.commit.slice(0, 7))}
          tone="warn"
          icon="g-warning"
          role="status"
        >
          <p>{w.ofEarlierHeadText}</p>
        </Problem>
      )}
      <ReportView key={report.id} report={report} isAlone={false} />
    </>
  )
}
