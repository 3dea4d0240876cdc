import { useQuery } from '@tanstack/react-query'
import type { CheckAnnotation, WorkflowRun } from '@plimsoll/api'
import { runsApi } from '../../client/runs.ts'
import { toDate } from '../../facts/moment.ts'
import type { Look } from '../../facts/tone.ts'
import { artifactsQuery } from '../../loaders/runs.ts'
import { Bones } from '../../parts/empty.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Markdown } from '../../parts/markdown.tsx'
import { PathLink } from '../../parts/path-link.tsx'
import { Failure } from '../../parts/problem.tsx'
import { Status } from '../../parts/status.tsx'
import { useLanguage, useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'

export function Artifacts({ run }: { run: WorkflowRun }) {
  const { words, format } = useLanguage()
  const w = words.runs
  const stamp = `${run.attempt} ${run.state} ${run.jobs.map((job) => job.steps.filter((step) => step.state === 'completed').length).join()}`
  const { data, error, isPending, refetch } = useQuery(artifactsQuery(run.id, stamp))
  const items = data?.items ?? []
  return (
    <section className="panel" aria-labelledby="artifacts">
      <div className="panel-head">
        <h2 id="artifacts">{w.artifacts}</h2>
        <span className="muted">{w.artifactsText}</span>
      </div>
      {error && !data ? (
        <Failure title={words.failure.title.load(w.theArtifacts)} error={error} onRetry={() => void refetch()} />
      ) : isPending ? (
        <Bones lines={2} />
      ) : items.length === 0 ? (
        <p className="panel-body muted">{run.state === 'completed' ? w.noArtifacts : w.noArtifactsYet}</p>
      ) : (
        <div className="scroll-x" tabIndex={0} role="region" aria-label={w.artifacts}>
          <table className="table artefacts">
            <thead>
              <tr>
                <th scope="col">{w.artifactColumns.name}</th>
                <th scope="col" className="right">
                  {w.artifactColumns.size}
                </th>
                <th scope="col">{w.artifactColumns.digest}</th>
                <th scope="col">{w.artifactColumns.kept}</th>
                <th scope="col">
                  <span className="visually-hidden">{words.common.download}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((one) => {
                const until = toDate(one.expiresAt)
                return (
                  <tr key={one.name}>
                    <td>
                      <span className="name">{one.name}</span> <span className="muted small">{w.files(one.files)}</span>
                    </td>
                    <td className="right nowrap">{format.bytes(one.size)}</td>
                    <td>
                      <code className="hash" title={one.digest}>
                        {one.digest.replace(/^sha256:/, '').slice(0, 8)}
                      </code>
                    </td>
                    <td className="soft nowrap">{until ? w.keptUntil(format.moment(until)) : w.keptAlways}</td>
                    <td className="right">
                      <a
                        className="button ghost square small"
                        href={runsApi.artifactPath(run.id, one.name)}
                        download
                        aria-label={w.downloadOf(one.name)}
                        title={w.downloadOf(one.name)}
                      >
                        <Icon name="i-download" />
                      </a>
                    </td>
                  </tr>
                )
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

export function Summary({ run }: { run: WorkflowRun }) {
  const words = useWords()
  const w = words.runs
  const written = run.jobs.flatMap((job) => job.steps.flatMap((step) => (step.summary ? [{ job, step, text: step.summary }] : [])))
  return (
    <section className="panel" aria-labelledby="summary">
      <div className="panel-head">
        <h2 id="summary">{w.summary}</h2>
        <span className="muted">{run.state === 'completed' ? w.summaryText : w.summarySoFar}</span>
      </div>
      <div className="panel-body summary-body">
        {written.length === 0 ? (
          <p className="muted">
            <Prose of={w.noSummary} />
          </p>
        ) : (
          written.map(({ job, step, text }) => (
            <section key={`${job.id} ${step.number}`} aria-label={`${job.name}, ${step.name}`}>
              <h3>
                {job.name} <span className="muted">{step.name}</span>
              </h3>
              <Markdown text={text} />
            </section>
          ))
        )}
      </div>
    </section>
  )
}

const levelLooks: Record<CheckAnnotation['level'], Look> = {
  notice: { glyph: 'g-dot', tone: 'run' },
  warning: { glyph: 'g-warning', tone: 'warn' },
  failure: { glyph: 'g-failed', tone: 'bad' },
}
const mostShown = 200

export function Annotations({ run }: { run: WorkflowRun }) {
  const words = useWords()
  const w = words.runs
  const all = run.jobs.flatMap((job) => (job.annotations ?? []).map((one) => ({ job, one })))
  if (all.length === 0) return null
  const rank = (level: CheckAnnotation['level']) => ['failure', 'warning', 'notice'].indexOf(level)
  const shown = all.toSorted((a, b) => rank(a.one.level) - rank(b.one.level)).slice(0, mostShown)
  return (
    <section className="panel run-annotations" aria-labelledby="annotations">
      <div className="panel-head">
        <h2 id="annotations">{w.annotations}</h2>
        <span className="muted">{w.annotationsOf(all.length)}</span>
      </div>
      <ul>
        {shown.map(({ job, one }, index) => (
          <li key={index}>
            <Status look={levelLooks[one.level]} word={w.levels[one.level]} />
            <span>
              {one.title && <strong>{one.title} </strong>}
              <span className="said">{one.message}</span>
              <span className="line muted small dotted">
                <span>{job.name}</span>
                {one.path && (
                  <span>
                    <PathLink
                      to={`/repositories/${encodeURIComponent(run.repository)}?revision=${run.commit}&path=${encodeURIComponent(one.path)}`}
                    >
                      <code>
                        {one.path}:{one.line}
                        {one.column !== undefined && `:${one.column}`}
                      </code>
                    </PathLink>
                  </span>
                )}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
