import { Link } from '@tanstack/react-router'
import type { ApplicationSet } from '@plimsoll/api'
import { rolloutLooks, stepsOf, type StepFacts } from '../../facts/set-look.ts'
import { Glyph } from '../../parts/icon.tsx'
import { Status } from '../../parts/status.tsx'
import { useWords } from '../../words/index.tsx'

/** Who is named of a step: those that are not through yet. */
const mostNamed = 12

/** Where a rolling sync stands: each step with who is in it. */
export function RollingSteps({ set }: { set: ApplicationSet }) {
  const w = useWords().sets
  return (
    <section className="section" aria-labelledby="set-steps">
      <div className="section-head">
        <h2 id="set-steps">{w.steps}</h2>
        <p>{w.stepsText}</p>
      </div>
      <ol className="panel set-steps">
        {stepsOf(set).map((step) => (
          <Step key={step.number ?? 0} step={step} namespace={set.metadata.namespace ?? ''} />
        ))}
      </ol>
    </section>
  )
}

function Step({ step, namespace }: { step: StepFacts; namespace: string }) {
  const w = useWords().sets
  const { number, selects, maxUpdate, members } = step
  const healthy = members.filter(({ status }) => status === 'Healthy').length
  const others = members.filter(({ status }) => status !== 'Healthy')
  const moving = others.some(({ status }) => status !== 'Waiting')
  const look = others.length === 0 ? rolloutLooks.Healthy : moving ? rolloutLooks.Progressing : rolloutLooks.Waiting
  return (
    <li>
      <div className="set-step-head">
        {number === undefined ? (
          <strong>{w.noStep}</strong>
        ) : (
          <>
            <Glyph look={look} />
            <strong>{w.step(number)}</strong>
          </>
        )}
        <code>{number === undefined ? '' : selects.join(', ') || w.all}</code>
        {maxUpdate !== '' && <span className="muted small">{w.atOnce(maxUpdate)}</span>}
        <span className="end muted small">{number === undefined ? w.noStepText : w.healthyOf(healthy, members.length)}</span>
      </div>
      {others.length > 0 && (
        <ul className="set-members">
          {others.slice(0, mostNamed).map(({ application, status, message }) => (
            <li key={application} title={message}>
              <Link className="mono" to="/applications/$namespace/$name" params={{ namespace, name: application }}>
                {application}
              </Link>{' '}
              <Status look={rolloutLooks[status]} word={status} />
            </li>
          ))}
          {others.length > mostNamed && <li className="muted">{w.pending.more(others.length - mostNamed)}</li>}
        </ul>
      )}
    </li>
  )
}
