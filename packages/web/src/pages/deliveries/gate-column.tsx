import type { DeliveryView, NextView, RequirementView, StageView } from '@plimsoll/api'
import type { Identity } from '../../client/api.ts'
import { requirementGlyph, shortDigest, unmetOf, whyNoApproval } from '../../facts/delivery-look.ts'
import { canWrite } from '../../facts/may.ts'
import { toDate, toMs } from '../../facts/moment.ts'
import { short } from '../../facts/why.ts'
import { Button, Reason } from '../../parts/button.tsx'
import { Glyph } from '../../parts/icon.tsx'
import { useTicking } from '../../parts/now.ts'
import { useLanguage } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { code, say } from '../../words/say.ts'
import type { DeliveryQuestion } from './delivery-dialogs.tsx'
import { ReleaseFrom } from './release-facts.tsx'
import { countdown } from './stage-column.tsx'

/** What a stage waits for before the next release comes in, and the words of those who may say them. */
export function GateColumn({
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
  const { words } = useLanguage()
  const w = words.deliveries
  const { next } = stage
  const may = identity !== undefined && canWrite(identity)
  const isStopped = ['RolledBack', 'Failed', 'Inconclusive'].includes(stage.phase)
  const again = isStopped ? before(delivery, stage) : undefined
  return (
    <section className="stage gate" aria-labelledby={`g-${stage.name}`}>
      <div className="track">
        <span className="gate-line" aria-hidden="true" />
      </div>
      <div className="stage-head">
        <h2 id={`g-${stage.name}`}>{w.before(stage.name)}</h2>
        {next && next.requirements.length > 0 && (
          <span className="muted">{w.met(next.requirements.filter((one) => one.isMet).length, next.requirements.length)}</span>
        )}
      </div>
      <div className="panel">
        {next === undefined ? (
          <div className="stage-part">
            <p className="muted small">{w.nothingWaits}</p>
            {again !== undefined && (
              <div className="buttons again">
                <Button
                  icon="i-arrow-right"
                  reason={may ? undefined : w.notAllowed}
                  onClick={() => onAsk({ name: 'promote', delivery: delivery.name, stage: stage.name, release: again })}
                >
                  {w.promoteAgain}
                </Button>
              </div>
            )}
          </div>
        ) : (
          <>
            <div className="carried">
              <p className="carried-from">
                <Prose of={w.candidate(next.release.name)} />
              </p>
              <p className="carried-from clip">
                <ReleaseFrom release={next.release} />
              </p>
            </div>
            <ul className="needs stage-part">
              {next.requirements.map((one) => (
                <Requirement
                  key={one.id}
                  requirement={one}
                  reason={may ? undefined : w.notAllowed}
                  onOverride={() =>
                    onAsk({
                      name: 'override',
                      delivery: delivery.name,
                      stage: stage.name,
                      release: next.release.name,
                      requirement: one.id,
                      title: one.title,
                    })
                  }
                />
              ))}
            </ul>
            <Approving delivery={delivery} stage={stage} next={next} identity={identity} onAsk={onAsk} />
          </>
        )}
      </div>
    </section>
  )
}

/** The release of the stage before: what could come in once more. */
function before(delivery: DeliveryView, stage: StageView): string | undefined {
  const index = delivery.stages.indexOf(stage)
  return index === 0 ? delivery.releases[0]?.name : delivery.stages[index - 1]?.release?.name
}

function Requirement({
  requirement,
  reason,
  onOverride,
}: {
  requirement: RequirementView
  reason: string | undefined
  onOverride: () => void
}) {
  const { words, format } = useLanguage()
  const w = words.deliveries
  const metAt = toMs(requirement.metAt)
  const left = useTicking((now) => (metAt === undefined ? '' : countdown(Math.max(0, metAt - now))))
  return (
    <li>
      <Glyph look={requirementGlyph(requirement)} />
      <span className="said">
        {requirement.title}
        {requirement.text && <span className="hint">{withTimes(requirement.text, (at) => format.inSentence(at))}</span>}
        {requirement.overridden && <span className="hint">{w.overriddenBy(requirement.overridden.by, requirement.overridden.why)}</span>}
        {!requirement.isMet && requirement.mayBeOverridden && (
          <Button small className="override" reason={reason} aria-label={`${w.override}: ${requirement.title}`} onClick={onOverride}>
            {w.override}
          </Button>
        )}
      </span>
      <span className="dur">{requirement.isMet || metAt === undefined ? requirement.figure : left}</span>
    </li>
  )
}

/** Times that the server writes for programs are shown as people write them. */
function withTimes(text: string, show: (at: Date) => string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (time) => {
    const at = toDate(time)
    return at ? show(at) : time
  })
}

function Approving({
  delivery,
  stage,
  next,
  identity,
  onAsk,
}: {
  delivery: DeliveryView
  stage: StageView
  next: NextView
  identity: Identity | undefined
  onAsk: (question: DeliveryQuestion) => void
}) {
  const { words } = useLanguage()
  const w = words.deliveries
  const { release, approvals } = next
  const about = { delivery: delivery.name, stage: stage.name, release: release.name }
  const unmet = unmetOf(next)
  const isGiven = approvals.given.some((one) => one.by === identity?.username && one.void === undefined)
  const no = whyNoApproval(next, identity)
  const noApproval =
    approvals.required === 0
      ? w.noApproval.none
      : no === 'group'
        ? w.noApproval.group(words.list(approvals.groups))
        : no !== undefined
          ? w.noApproval[no]
          : undefined
  const noPromotion =
    identity === undefined || !canWrite(identity)
      ? w.notAllowed
      : next.isAutomatic
        ? unmet.length === 0
          ? w.promotesNow
          : w.promotesItself(next.requirements.length)
        : unmet.length > 0
          ? w.promoteUnmet(unmet.length)
          : undefined
  const what = release.model ? w.model(shortDigest(release.model.digest)) : say`${code(release.name)}`
  const reasons = [...new Set([...(approvals.required > 0 && noApproval !== undefined && !isGiven ? [noApproval] : []), noPromotion])]
  return (
    <div className="stage-part approve">
      {approvals.given.length > 0 && (
        <ul className="needs tight" aria-label={w.approvals}>
          {approvals.given.map((one) => (
            <li key={`${one.by} ${one.at}`}>
              <Glyph look={one.void === undefined ? { glyph: 'g-ok', tone: 'ok' } : { glyph: 'g-skipped', tone: 'none' }} />
              <span className="said">
                {one.by}
                {(one.void ?? one.comment) && <span className="hint">{one.void === undefined ? one.comment : w.void(one.void)}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
      {approvals.required > 0 && (
        <p>
          <Prose of={w.approves(what, short(release.revision))} />
        </p>
      )}
      <div className="buttons">
        {approvals.required > 0 &&
          (isGiven ? (
            <Button icon="i-x" onClick={() => onAsk({ name: 'unapprove', ...about })}>
              {w.takeBack}
            </Button>
          ) : (
            <Button look="primary" icon="i-check" reason={noApproval} onClick={() => onAsk({ name: 'approve', ...about })}>
              {w.approve}
            </Button>
          ))}
        <Button
          icon="i-arrow-right"
          {...(noPromotion === undefined && { look: 'primary' as const })}
          reason={noPromotion}
          onClick={() => onAsk({ name: 'promote', ...about })}
        >
          {w.promote}
        </Button>
      </div>
      {reasons.map((one) => one !== undefined && <Reason key={one}>{one}</Reason>)}
    </div>
  )
}
