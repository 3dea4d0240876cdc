import type { WorkflowJob } from '@plimsoll/api'
import { runLooks, runWord } from '../../facts/run-look.ts'
import { Glyph } from '../../parts/icon.tsx'
import { safeUrl, OutsideLink } from '../../parts/outside-link.tsx'
import { useWords } from '../../words/index.tsx'
import { RunStatus, Took } from './run-status.tsx'

/** Asks the log to show a step: they stand beside each other, and neither holds the other. */
export const showStep = new EventTarget()

export function JobSteps({
  job,
  siblings,
  onChoose,
}: {
  job: WorkflowJob
  /** Of the same matrix, with itself. */
  siblings: readonly WorkflowJob[]
  onChoose: (id: string) => void
}) {
  const words = useWords()
  const w = words.runs
  return (
    <nav className="run-steps" aria-label={w.steps(job.name)}>
      <div className="run-steps-head">
        <h2>
          <code title={job.name}>{job.name}</code>
        </h2>
        <RunStatus of={job} />
      </div>
      {siblings.length > 1 && (
        <select className="input small run-matrix" aria-label={w.matrix} value={job.id} onChange={(event) => onChoose(event.target.value)}>
          {siblings.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name} · {w.words[runWord(one)]}
            </option>
          ))}
        </select>
      )}
      {job.why && <p className="run-why small">{job.why}</p>}
      {job.steps.length === 0 ? (
        <p className="run-why small muted">{w.noSteps}</p>
      ) : (
        <ol>
          {job.steps.map((step) => (
            <li key={step.number}>
              <button
                type="button"
                aria-current={step.state === 'inProgress' ? 'step' : undefined}
                title={`${step.name}: ${w.words[runWord(step)]}`}
                onClick={() => showStep.dispatchEvent(new CustomEvent('step', { detail: step.number }))}
              >
                <Glyph look={runLooks[runWord(step)]} />
                <span className="clip">{step.name}</span>
                <span className="visually-hidden">{w.words[runWord(step)]}</span>
                <span className="dur">
                  <Took of={step} />
                </span>
              </button>
            </li>
          ))}
        </ol>
      )}
      <dl className="facts small">
        {job.isolation !== undefined && (
          <div className="fact">
            <dt>{w.isolation}</dt>
            <dd>{Object.hasOwn(w.isolations, job.isolation) ? w.isolations[job.isolation] : job.isolation}</dd>
          </div>
        )}
        {job.environment && (
          <div className="fact">
            <dt>{w.environment}</dt>
            <dd>
              {safeUrl(job.environment.url) ? (
                <OutsideLink to={job.environment.url}>{job.environment.name}</OutsideLink>
              ) : (
                job.environment.name
              )}
            </dd>
          </div>
        )}
      </dl>
    </nav>
  )
}
