import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ApplicationPlan, PlannedChange, PullRequest } from '@plimsoll/api'
import { useState } from 'react'
import { keyOfCalled } from '../../facts/application-name.ts'
import { countActions, fieldsOf, planKey, signOf } from '../../facts/plan-words.ts'
import { planQuery } from '../../loaders/pulls.ts'
import { DiffView } from '../../parts/diff-view.tsx'
import { Bones, Empty } from '../../parts/empty.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Failure } from '../../parts/problem.tsx'
import { Segmented } from '../../parts/segmented.tsx'
import { useWords } from '../../words/index.tsx'

/** For every application that the change touches: what would be created, changed, pruned, in which order. */
export function PlanTab({ pull }: { pull: PullRequest }) {
  const words = useWords()
  const w = words.pulls.plan
  const { data, error, isPending, refetch } = useQuery(planQuery(pull.repository, pull.number, pull.head.commit, pull.base.commit))
  const [look, setLook] = useState<'unified' | 'split'>('unified')
  const plans = data?.items ?? []
  return (
    <section className="panel plan" aria-labelledby="plan-title">
      <div className="panel-head">
        <h2 id="plan-title">{words.pulls.tabs.plan}</h2>
        <span className="muted">{w.text}</span>
        <span className="end">
          <Segmented
            small
            label={words.pulls.look}
            value={look}
            choices={[
              { value: 'unified', label: words.pulls.unified },
              { value: 'split', label: words.pulls.split },
            ]}
            onChange={setLook}
          />
        </span>
      </div>
      {isPending ? (
        <div className="panel-body">
          <Bones lines={5} />
        </div>
      ) : error && !data ? (
        <div className="panel-body">
          <Failure title={words.failure.title.load(w.thePlan)} error={error} onRetry={() => void refetch()} />
        </div>
      ) : plans.length === 0 ? (
        <Empty bare icon="i-applications" title={w.none}>
          <p>{w.noneText}</p>
        </Empty>
      ) : (
        plans.map((one, index) => <OneApplication key={one.application} plan={one} isFirst={index === 0} isSplit={look === 'split'} />)
      )}
    </section>
  )
}

function OneApplication({ plan, isFirst, isSplit }: { plan: ApplicationPlan; isFirst: boolean; isSplit: boolean }) {
  const words = useWords()
  const w = words.pulls.plan
  const counts = countActions(plan.changes)
  const hasTrouble = plan.problems.length > 0
  const [isOpen, setOpen] = useState(isFirst || hasTrouble)
  return (
    <details className="plan-app" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <Icon name="i-right" className="plan-twist" />
        <span className="name">{plan.application}</span>
        <span className="plan-sum">
          {(['change', 'create', 'prune', 'keep', 'run'] as const)
            .filter((action) => counts[action] > 0)
            .map((action) => (
              <span key={action} className="plan-count">
                <Sign action={action} />
                {w.counts[action](counts[action])}
              </span>
            ))}
          {plan.changes.length === 0 && !hasTrouble && <span className="muted">{w.nothing}</span>}
          {hasTrouble && (
            <span className="plan-count warn">
              <Icon name="g-warning" className="glyph tone-warn" />
              {w.problems(plan.problems.length)}
            </span>
          )}
        </span>
        <span className="when">{w.unchanged(plan.unchanged)}</span>
      </summary>
      {isOpen && (
        <>
          {hasTrouble && (
            <ul className="warnings tone-warn plan-problems">
              {plan.problems.map((text) => (
                <li key={text}>
                  <Icon name="g-warning" className="glyph" />
                  <span>{text}</span>
                </li>
              ))}
            </ul>
          )}
          {plan.changes.length > 0 && (
            <ul className="plan-changes" aria-label={w.changesOf(plan.application)}>
              {plan.changes.map((one) => (
                <OneChange key={planKey(plan, one)} change={one} isSplit={isSplit} />
              ))}
            </ul>
          )}
          <p className="plan-foot small muted">
            {plan.revisions.length > 0 && (
              <>
                {w.atRevision}{' '}
                <code>{plan.revisions.map((one) => (/^[0-9a-f]{40}$/.test(one) ? one.slice(0, 7) : one)).join(', ')}</code>{' '}
              </>
            )}
            <Link className="link" to="/applications/$namespace/$name" params={keyOfCalled(plan.application)}>
              {w.toApplication}
            </Link>
          </p>
        </>
      )}
    </details>
  )
}

function Sign({ action }: { action: PlannedChange['action'] }) {
  const { sign, look } = signOf[action]
  return (
    <span className={`sign-box ${look}`} aria-hidden="true">
      {sign}
    </span>
  )
}

function OneChange({ change, isSplit }: { change: PlannedChange; isSplit: boolean }) {
  const words = useWords()
  const w = words.pulls.plan
  const [isOpen, setOpen] = useState(false)
  const { names, more } = fieldsOf(change)
  const hasTexts = change.live !== undefined || change.target !== undefined
  const title = `${w.actions[change.action]} ${change.kind} ${change.name}`
  return (
    <li className="plan-change">
      <div className="plan-row">
        <span className="plan-order muted">
          {change.phase === 'Sync' ? w.wave(change.wave) : change.wave === 0 ? change.phase : `${change.phase} ${change.wave}`}
        </span>
        <Sign action={change.action} />
        <span className="plan-name">
          <span className="visually-hidden">{w.actions[change.action]} </span>
          <span className="muted">{change.kind}</span> <span className="name">{change.name}</span>
          {change.namespace && <span className="muted small"> {change.namespace}</span>}
        </span>
        <span className="plan-what soft small">
          {change.why ??
            (names.length > 0 ? (
              <>
                {names.map((name) => (
                  <code key={name}>{name}</code>
                ))}
                {more > 0 && <span className="muted">{words.pulls.andMore(more)}</span>}
              </>
            ) : (
              w.says[change.action]
            ))}
        </span>
        {hasTexts && (
          <button
            type="button"
            className="button ghost small"
            aria-expanded={isOpen}
            aria-label={w.showDiff(title)}
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? w.hide : w.diff}
          </button>
        )}
      </div>
      {isOpen && hasTexts && (
        <div className="diff-frame plan-diff">
          <DiffView before={change.live ?? ''} after={change.target ?? ''} split={isSplit} label={title} />
        </div>
      )}
    </li>
  )
}
