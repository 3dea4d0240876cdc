import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { DeliveryView, HealthStatusCode, StageView, SyncStatusCode, VerificationView } from '@plimsoll/api'
import type { Identity } from '../../client/api.ts'
import { stepLook } from '../../facts/delivery-look.ts'
import { canWrite } from '../../facts/may.ts'
import { toDate, toMs } from '../../facts/moment.ts'
import { healthLook, syncLook } from '../../facts/tone.ts'
import { stageReleasesQuery } from '../../loaders/deliveries.ts'
import { Button } from '../../parts/button.tsx'
import { Glyph } from '../../parts/icon.tsx'
import { useTicking } from '../../parts/now.ts'
import { PathLink } from '../../parts/path-link.tsx'
import { useLanguage, useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import type { DeliveryQuestion } from './delivery-dialogs.tsx'
import { Carried, DeliveryBadge } from './release-facts.tsx'

/** One stage: what is in it, how it was verified, and how long it still has to hold. */
export function StageColumn({
  delivery,
  stage,
  identity,
  onAsk,
}: {
  delivery: DeliveryView
  stage: StageView
  identity: Identity | undefined
  onAsk: (question: DeliveryQuestion) => void
}) {
  const { words, format } = useLanguage()
  const w = words.deliveries
  const since = toDate(stage.since)
  const passed = stage.verification.filter((one) => one.state === 'pass' || one.overridden).length
  const may = identity !== undefined && canWrite(identity)
  const earlier = useQuery(stageReleasesQuery(delivery.name, stage.name))
  const hasEarlier = (earlier.data?.items ?? []).some((one) => one.release.name !== stage.release?.name)
  const who = stage.approvedBy.length > 0 ? w.approvedBy(words.list(stage.approvedBy)) : whoOf(stage.by, w)
  return (
    <section className="stage" aria-labelledby={`s-${stage.name}`}>
      <div className="track">
        <span className={stage.release ? 'stop on' : 'stop'} aria-hidden="true" />
      </div>
      <div className="stage-head">
        <h2 id={`s-${stage.name}`}>{stage.name}</h2>
        <DeliveryBadge of={stage.phase} />
      </div>
      <div className="panel">
        {stage.release ? (
          <Carried release={stage.release}>
            {who && <span>{who}</span>}
            {since && (
              <span>
                <time dateTime={since.toISOString()} title={format.full(since)}>
                  {format.inSentence(since)}
                </time>
              </span>
            )}
          </Carried>
        ) : (
          <p className="carried muted">{w.empty}</p>
        )}
        {stage.text && !['Verified', 'Finished', 'Empty'].includes(stage.phase) && (
          <p
            className={`stage-part stage-text small said${['Failed', 'Inconclusive', 'RolledBack', 'Held'].includes(stage.phase) ? ' loud' : ''}`}
          >
            {stage.text}
          </p>
        )}
        {stage.pullRequest && (
          <p className="stage-part small">
            {w.waitsForMerge}{' '}
            <PathLink
              to={stage.pullRequest.url ?? `/pulls/${encodeURIComponent(stage.pullRequest.repository)}/${stage.pullRequest.number}`}
            >
              #{stage.pullRequest.number}
            </PathLink>
          </p>
        )}
        {stage.verification.length > 0 && (
          <div className="stage-part">
            <h3 className="caption">
              {w.verified} <span className="end">{w.of(passed, stage.verification.length)}</span>
            </h3>
            <ul className="needs tight">
              {stage.verification.map((step) => (
                <Step key={step.name} delivery={delivery} stage={stage} step={step} may={may} onAsk={onAsk} />
              ))}
            </ul>
          </div>
        )}
        {stage.soak && <Soak soak={stage.soak} isOver={stage.phase === 'Verified' || stage.phase === 'Finished'} />}
        <div className="stage-foot">
          <Link
            className="name link"
            to="/applications/$namespace/$name"
            params={{ namespace: delivery.namespace, name: stage.application }}
          >
            {stage.application}
          </Link>
          <ApplicationState stage={stage} />
          <span className="end">
            <Button
              small
              icon="i-rollback"
              reason={!may ? w.notAllowed : hasEarlier ? undefined : w.revertReason}
              onClick={() => onAsk({ name: 'revert', delivery: delivery.name, stage: stage.name })}
            >
              {w.revert}
            </Button>
          </span>
        </div>
      </div>
    </section>
  )
}

function whoOf(by: string | undefined, w: { byItself: string; byMerge: string; by: (who: string) => string }): string {
  if (by === undefined) return ''
  return by === 'merge' ? w.byMerge : by === 'system:delivery' ? w.byItself : w.by(by)
}

function ApplicationState({ stage: { health, sync } }: { stage: StageView }) {
  const words = [health, sync].filter((one) => one !== undefined)
  if (words.length === 0) return null
  return (
    <span className="app-glyphs" title={words.join(', ')}>
      <span className="visually-hidden">{words.join(', ')}</span>
      {health !== undefined && Object.hasOwn(healthLook, health) && <Glyph look={healthLook[health as HealthStatusCode]} />}
      {sync !== undefined && Object.hasOwn(syncLook, sync) && <Glyph look={syncLook[sync as SyncStatusCode]} />}
    </span>
  )
}

function Step({
  delivery,
  stage,
  step,
  may,
  onAsk,
}: {
  delivery: DeliveryView
  stage: StageView
  step: VerificationView
  may: boolean
  onAsk: (question: DeliveryQuestion) => void
}) {
  const { words, format } = useLanguage()
  const w = words.deliveries
  const from = toMs(step.startedAt)
  const to = toMs(step.finishedAt)
  const { release } = stage
  const isStopped = (step.state === 'fail' || step.state === 'inconclusive') && !step.overridden
  return (
    <li>
      <Glyph look={stepLook(step)} />
      <span className="said">
        {step.name}
        {step.text && <span className="hint">{step.text}</span>}
        {step.overridden && <span className="hint">{w.overriddenBy(step.overridden.by, step.overridden.why)}</span>}
        {step.job && (
          <span className="hint">
            <PathLink
              to={`/applications/${encodeURIComponent(delivery.namespace)}/${encodeURIComponent(stage.application)}?resource=${encodeURIComponent(`batch/Job/${step.job.namespace}/${step.job.name}`)}&tab=logs`}
            >
              {w.log}
            </PathLink>
          </span>
        )}
        {isStopped && release && (
          <Button
            small
            className="override"
            reason={may ? undefined : w.notAllowed}
            onClick={() =>
              onAsk({
                name: 'override',
                delivery: delivery.name,
                stage: stage.name,
                release: release.name,
                requirement: `verify:${step.name}`,
                title: step.name,
              })
            }
          >
            {w.override}
          </Button>
        )}
      </span>
      <span className="dur">{from !== undefined && to !== undefined && format.took(Math.max(0, to - from))}</span>
    </li>
  )
}

function Soak({ soak, isOver }: { soak: NonNullable<StageView['soak']>; isOver: boolean }) {
  const { format } = useLanguage()
  const words = useWords()
  const w = words.deliveries
  const endsAt = toMs(soak.endsAt)
  const left = useTicking((now) => (endsAt === undefined ? soak.totalMs : Math.max(0, Math.ceil((endsAt - now) / 1_000) * 1_000)))
  const total = format.duration(soak.totalMs)
  const isDone = isOver || left === 0
  const done = isDone ? 100 : soak.totalMs === 0 ? 100 : ((soak.totalMs - left) / soak.totalMs) * 100
  return (
    <div className="stage-part">
      <h3 className="caption">
        {w.soak}{' '}
        <span className="end">
          {isDone ? (
            `${w.soakDone}, ${total}`
          ) : endsAt === undefined ? (
            w.soakOf(total)
          ) : (
            <span role="timer" aria-label={w.soakLabel(countdown(left), total)}>
              <Prose of={w.soakLeft(countdown(left), total)} />
            </span>
          )}
        </span>
      </h3>
      <div className="progress" style={{ '--done': `${done}%` } as React.CSSProperties} aria-hidden="true">
        <i />
      </div>
    </div>
  )
}

/** 6:12, or 1:06:12. */
export function countdown(ms: number): string {
  const seconds = Math.ceil(ms / 1_000)
  const two = (value: number) => String(value).padStart(2, '0')
  const hours = Math.floor(seconds / 3_600)
  const minutes = Math.floor(seconds / 60) % 60
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}
