import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { toMs } from '../../facts/moment.ts'
import { verdictLooks } from '../../facts/pull-look.ts'
import { reportQuery } from '../../loaders/pulls.ts'
import { Ago } from '../../parts/ago.tsx'
import { Bones } from '../../parts/empty.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure } from '../../parts/problem.tsx'
import { Badge } from '../../parts/status.tsx'
import { useWords } from '../../words/index.tsx'
import { ReportView } from './report-view.tsx'

/** One report, by itself. */
export function GatePage() {
  const words = useWords()
  const w = words.gates
  const { id } = useParams({ strict: false })
  const { data: report, error, isPending, refetch } = useQuery(reportQuery(id ?? ''))
  usePageTitle(report ? w.titleOf(report.gate) : w.report)
  const verdict = report && (report.override?.verdict ?? report.verdict)
  return (
    <>
      <div className="page-head">
        <div className="titles">
          <div className="title">
            <h1>{report ? w.titleOf(report.gate) : w.report}</h1>
            {verdict && <Badge look={verdictLooks[verdict]} word={w.verdicts[verdict]} />}
          </div>
          {report && (
            <p className="lede dotted">
              {report.repository && <span className="name">{report.repository}</span>}
              {report.commit && <code className="hash">{report.commit.slice(0, 7)}</code>}
              <span className="muted">
                <Ago at={toMs(report.createdAt)} long />
              </span>
            </p>
          )}
        </div>
      </div>
      {report ? (
        <div className="report-alone main-column">
          <ReportView report={report} isAlone />
        </div>
      ) : isPending ? (
        <Bones lines={12} />
      ) : (
        <Failure title={words.failure.title.load(w.theReport)} error={error} onRetry={() => void refetch()} />
      )}
    </>
  )
}
