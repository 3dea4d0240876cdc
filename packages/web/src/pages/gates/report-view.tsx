import type { GateReport, ReportedModel } from '@plimsoll/api'
import { Link } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { canWrite } from '../../facts/may.ts'
import { toDate } from '../../facts/moment.ts'
import { shortDigest } from '../../facts/metric-text.ts'
import { useSession } from '../../loaders/session.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { PathLink } from '../../parts/path-link.tsx'
import { useLanguage } from '../../words/index.tsx'
import { MetricTable } from './metric-table.tsx'
import { OverrideDialog } from './override-dialog.tsx'
import { Plots } from './plots.tsx'
import { SliceTable } from './slice-table.tsx'
import { VerdictPanel } from './verdict-panel.tsx'

/** A gate's report: verdict, metrics, plots, slices, what went in, how to do it again. */
export function ReportView({ report, isAlone }: { report: GateReport; isAlone: boolean }) {
  const { words } = useLanguage()
  const session = useSession()
  const [isAsking, setAsking] = useState(false)
  const may = session.name === 'in' && canWrite(session.identity)
  return (
    <>
      <VerdictPanel
        report={report}
        withLink={!isAlone}
        onOverride={() => setAsking(true)}
        whyNoOverride={may ? undefined : words.gates.mayNotOverride}
      />
      <Warnings warnings={report.result.warnings} />
      {report.result.metrics.length > 0 && <MetricTable report={report} />}
      <Plots report={report} />
      {report.result.slices && report.result.slices.slices.length > 0 && <SliceTable slices={report.result.slices} report={report} />}
      {report.result.slices && report.result.slices.slices.length === 0 && <Warnings warnings={[report.result.slices.words]} />}
      {/* Beside a pull request it stands in the side column. */}
      {isAlone && (
        <section className="panel section" aria-labelledby="what-went-in">
          <div className="panel-head">
            <h2 id="what-went-in">{words.gates.whatWentIn}</h2>
          </div>
          <div className="panel-body">
            <WhatWentIn report={report} />
          </div>
        </section>
      )}
      <div className="panel section reproduce">
        <span>{words.gates.reproduce}</span>
        <code>{report.reproduce}</code>
        <CopyButton text={report.reproduce} label={words.gates.copyCommand} />
      </div>
      {isAsking && <OverrideDialog report={report} onClose={() => setAsking(false)} />}
    </>
  )
}

/** What a reader should know although it did not decide. */
function Warnings({ warnings }: { warnings: readonly string[] }) {
  if (warnings.length === 0) return null
  return (
    <ul className="panel warnings tone-warn section">
      {warnings.map((text) => (
        <li key={text}>
          <Icon name="g-warning" className="glyph" />
          <span>{text}</span>
        </li>
      ))}
    </ul>
  )
}

/** Code, data, settings and who: short in the side column, the same on the report. */
export function WhatWentIn({ report }: { report: GateReport }) {
  const { words, format } = useLanguage()
  const w = words.gates
  const { candidate, baseline, changed } = report
  const settings = differingParameters(candidate, baseline)
  const trainedAt = toDate(candidate.trainedAt)
  return (
    <dl className="facts small">
      <Fact label={w.facts.artefact}>
        <code className="hash breakable" title={candidate.digest}>
          {candidate.digest}
        </code>
        {candidate.size !== undefined && <span className="muted"> {format.bytes(candidate.size)}</span>}
      </Fact>
      {changed?.code && (
        <Fact label={w.facts.code}>
          {w.files(changed.code.files)} <span className="plus">+{format.number(changed.code.additions)}</span>{' '}
          <span className="less">−{format.number(changed.code.deletions)}</span>
        </Fact>
      )}
      {(changed?.data ?? []).map((one) => (
        <Fact key={one.name} label={w.facts.data}>
          <code>{one.name}</code>{' '}
          <span className="muted">
            {one.from ? shortDigest(one.from) : w.none} → {one.to ? shortDigest(one.to) : w.none}
          </span>
        </Fact>
      ))}
      {candidate.trainingDataDigest && (
        <Fact label={w.facts.trainedOn}>
          <code className="hash" title={candidate.trainingDataDigest}>
            {shortDigest(candidate.trainingDataDigest)}
          </code>
          {baseline?.trainingDataDigest === candidate.trainingDataDigest && <span className="muted"> {w.sameAsBaseline}</span>}
        </Fact>
      )}
      {settings.map(({ name, before, after }) => (
        <Fact key={name} label={w.facts.setting}>
          <code>{name}</code> {before === undefined ? after : w.fromTo(before, after ?? w.none)}
        </Fact>
      ))}
      {(candidate.trainedBy ?? trainedAt) && (
        <Fact label={w.facts.trained}>
          {candidate.trainedBy}
          {trainedAt && <span className="muted"> {format.moment(trainedAt)}</span>}
        </Fact>
      )}
      {candidate.commit && (
        <Fact label={w.facts.commit}>
          <code className="hash">{candidate.commit.slice(0, 7)}</code>
        </Fact>
      )}
      {candidate.origin && (
        <Fact label={w.facts.origin}>
          <PathLink to={candidate.origin}>{candidate.origin}</PathLink>
        </Fact>
      )}
      {report.runId && (
        <Fact label={w.facts.run}>
          <PathLink to={`/runs/${encodeURIComponent(report.runId)}`}>{report.runId}</PathLink>
        </Fact>
      )}
      {report.repository && report.pullRequest !== undefined && (
        <Fact label={w.facts.pull}>
          <Link
            className="link"
            to="/pulls/$repository/$number"
            params={{ repository: report.repository, number: String(report.pullRequest) }}
          >
            {report.repository} #{report.pullRequest}
          </Link>
        </Fact>
      )}
      <Fact label={w.facts.by}>{report.by}</Fact>
      <Fact label={w.facts.gateDigest}>
        <code className="hash" title={report.gateDigest}>
          {shortDigest(report.gateDigest)}
        </code>
      </Fact>
      <Fact label={w.facts.seed}>
        <code className="hash breakable" title={report.result.seed}>
          {report.result.seed.length > 40 ? `${report.result.seed.slice(0, 40)}…` : report.result.seed}
        </code>
      </Fact>
    </dl>
  )
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  )
}

const mostSettings = 12

function differingParameters(
  candidate: ReportedModel,
  baseline: ReportedModel | undefined,
): { name: string; before: string | undefined; after: string | undefined }[] {
  const after = new Map(Object.entries(candidate.parameters ?? {}))
  const before = new Map(Object.entries(baseline?.parameters ?? {}))
  return [...new Set([...after.keys(), ...before.keys()])]
    .filter((name) => before.get(name) !== after.get(name))
    .slice(0, mostSettings)
    .map((name) => ({ name, before: before.get(name), after: after.get(name) }))
}
