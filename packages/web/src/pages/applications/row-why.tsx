import { Link } from '@tanstack/react-router'
import type { AppSummary } from '../../facts/summary.ts'
import type { NextStep, Why } from '../../facts/why.ts'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { ask } from '../dialogs/ask.ts'
import type { ApplicationSearch } from '../application/application-search.ts'

/** The sentence and its next steps, as links. */
export function RowWhy({ app, why, className = 'row-why' }: { app: AppSummary; why: Why; className?: string }) {
  return (
    <p className={className}>
      <Prose of={why.sentence} />{' '}
      {why.steps.map((step) => (
        <StepLink key={step} app={app} why={why} step={step} />
      ))}
    </p>
  )
}

export function StepLink({ app, why, step }: { app: AppSummary; why: Why; step: NextStep }) {
  const words = useWords()
  const label = words.steps[step]
  if (step === 'sync' || step === 'resume' || step === 'rollback') {
    return (
      <button type="button" className="link" onClick={() => ask({ name: step, app })}>
        {label}
      </button>
    )
  }
  const about = why.about && [why.about.group, why.about.kind, why.about.namespace, why.about.name].join('/')
  const tab: ApplicationSearch['tab'] = step === 'diff' || step === 'events' || step === 'logs' ? step : undefined
  return (
    <Link
      className="link"
      to="/applications/$namespace/$name"
      params={app}
      search={{ ...(about && { resource: about }), ...(tab && { tab }) }}
    >
      {label}
    </Link>
  )
}
