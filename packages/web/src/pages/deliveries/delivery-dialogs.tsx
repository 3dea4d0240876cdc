import { useQuery } from '@tanstack/react-query'
import type { DeliveryView } from '@plimsoll/api'
import { useId, useState, type ReactNode } from 'react'
import { deliveriesApi } from '../../client/deliveries.ts'
import { toDate } from '../../facts/moment.ts'
import { putDelivery, stageReleasesQuery } from '../../loaders/deliveries.ts'
import { queryClient } from '../../loaders/queries.ts'
import { Reason } from '../../parts/button.tsx'
import { Bones } from '../../parts/empty.tsx'
import { Icon } from '../../parts/icon.tsx'
import type { IconName } from '../../parts/icon-sprite.tsx'
import { Failure } from '../../parts/problem.tsx'
import { toast } from '../../parts/toasts.tsx'
import { useLanguage, useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import type { Sentence } from '../../words/say.ts'
import { SubmitDialog } from '../dialogs/submit-dialog.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'
import { ReleaseName } from './release-facts.tsx'

export type DeliveryQuestion =
  | { name: 'approve' | 'unapprove' | 'promote'; delivery: string; stage: string; release: string }
  | { name: 'override'; delivery: string; stage: string; release: string; requirement: string; title: string }
  | { name: 'hold' | 'resume'; delivery: string }
  | { name: 'revert'; delivery: string; stage: string }

export function DeliveryDialog({
  question,
  delivery,
  onClose,
}: {
  question: DeliveryQuestion
  delivery: DeliveryView
  onClose: () => void
}) {
  const words = useWords()
  const w = words.deliveries
  const d = w.dialog
  switch (question.name) {
    case 'approve':
      return (
        <Ask
          title={d.approve(question.release, question.stage)}
          icon="i-check"
          submit={w.approve}
          reason="optional"
          failed={w.failed.approve}
          done={w.done.approve(question.release)}
          onClose={onClose}
          act={(why) =>
            deliveriesApi.approve(question.delivery, { stage: question.stage, release: question.release, ...(why && { comment: why }) })
          }
        />
      )
    case 'unapprove':
      return (
        <Ask
          title={d.approve(question.release, question.stage)}
          icon="i-x"
          submit={w.takeBack}
          failed={w.failed.approve}
          done={w.done.unapprove(question.release)}
          onClose={onClose}
          act={() => deliveriesApi.unapprove(question.delivery, { stage: question.stage, release: question.release })}
        />
      )
    case 'promote':
      return (
        <Ask
          title={d.promote(question.release, question.stage)}
          icon="i-arrow-right"
          submit={w.promote}
          failed={w.failed.promote}
          done={w.done.promote(question.release, question.stage)}
          onClose={onClose}
          act={() => deliveriesApi.promote(question.delivery, { stage: question.stage, release: question.release })}
        />
      )
    case 'override':
      return (
        <Ask
          title={d.override(question.title)}
          icon="i-check"
          submit={w.override}
          reason="needed"
          danger
          failed={w.failed.override}
          done={w.done.override(question.title)}
          onClose={onClose}
          act={(why) =>
            deliveriesApi.override(question.delivery, {
              stage: question.stage,
              release: question.release,
              requirement: question.requirement,
              why,
            })
          }
        >
          <p>
            <Prose of={d.overrideText(question.release)} />
          </p>
        </Ask>
      )
    case 'hold':
      return (
        <Ask
          title={d.hold(question.delivery)}
          icon="i-pause"
          submit={d.submitHold}
          reason="needed"
          failed={w.failed.hold}
          done={w.done.hold}
          onClose={onClose}
          act={(why) => deliveriesApi.hold(question.delivery, why)}
        >
          <p>{d.holdText}</p>
        </Ask>
      )
    case 'resume':
      return (
        <Ask
          title={d.resume(question.delivery)}
          icon="i-play"
          submit={w.resume}
          failed={w.failed.resume}
          done={w.done.resume}
          onClose={onClose}
          act={() => deliveriesApi.resume(question.delivery)}
        >
          {delivery.hold && <p className="said">{delivery.hold.why}</p>}
        </Ask>
      )
    case 'revert':
      return <Revert delivery={delivery} stage={question.stage} onClose={onClose} />
  }
}

/** A question with one answer, and a reason where one is kept. */
function Ask({
  title,
  icon,
  submit: submitText,
  reason,
  danger = false,
  failed,
  done,
  act,
  isReady = true,
  children,
  onClose,
}: {
  title: Sentence
  icon: IconName
  submit: string
  reason?: 'optional' | 'needed'
  danger?: boolean
  failed: string
  done: string
  act: (why: string) => Promise<DeliveryView>
  isReady?: boolean
  children?: ReactNode
  onClose: () => void
}) {
  const words = useWords()
  const d = words.deliveries.dialog
  const id = useId()
  const [why, setWhy] = useState('')
  const [isTried, setTried] = useState(false)
  const isMissing = reason === 'needed' && why.trim() === ''
  const { isBusy, error, submit } = useSubmit(async () => {
    putDelivery(queryClient, 'MODIFIED', await act(why.trim()))
    void queryClient.invalidateQueries({ queryKey: ['promotions'] })
    toast({ look: { glyph: 'g-ok', tone: 'ok' }, title: done })
  }, onClose)
  const trySubmit = () => {
    setTried(true)
    if (!isMissing && isReady) submit()
  }
  return (
    <SubmitDialog
      isDangerous={danger}
      title={<Prose of={title} />}
      submitLabel={submitText}
      icon={icon}
      submission={{ isBusy, error, submit: trySubmit }}
      failed={failed}
      onClose={onClose}
    >
      {children}
      {reason && (
        <div className="field">
          <label htmlFor={id}>{reason === 'needed' ? d.why : d.comment}</label>
          <textarea
            id={id}
            className={isTried && isMissing ? 'input invalid' : 'input'}
            rows={3}
            maxLength={2000}
            data-first=""
            required={reason === 'needed'}
            aria-invalid={isTried && isMissing}
            value={why}
            onChange={(event) => setWhy(event.target.value)}
          />
          {isTried && isMissing && (
            <span className="problem">
              <Icon name="g-failed" />
              {d.whyNeeded}
            </span>
          )}
        </div>
      )}
    </SubmitDialog>
  )
}

function Revert({ delivery, stage, onClose }: { delivery: DeliveryView; stage: string; onClose: () => void }) {
  const { words, format } = useLanguage()
  const w = words.deliveries
  const d = w.dialog
  const id = useId()
  const now = delivery.stages.find((one) => one.name === stage)?.release
  const { data, error } = useQuery(stageReleasesQuery(delivery.name, stage))
  const [chosenName, setChosenName] = useState('')
  const seen = new Set<string>(now ? [now.name] : [])
  const earlier = (data?.items ?? []).filter((one) => {
    if (seen.has(one.release.name)) return false
    seen.add(one.release.name)
    return true
  })
  const chosen = earlier.find((one) => one.release.name === chosenName) ?? earlier[0]
  return (
    <Ask
      title={d.revert(stage)}
      icon="i-rollback"
      submit={d.revertSubmit}
      reason="needed"
      danger
      isReady={chosen !== undefined}
      failed={w.failed.revert}
      done={w.done.revert(chosen?.release.name ?? '', stage)}
      onClose={onClose}
      act={(why) => deliveriesApi.revert(delivery.name, { stage, release: chosen?.release.name ?? '', why })}
    >
      {error ? (
        <Failure title={words.failure.title.load(w.theHistory)} error={error} />
      ) : data === undefined ? (
        <Bones lines={3} />
      ) : (
        <>
          <div className="field">
            <label htmlFor={id}>{d.to}</label>
            <select id={id} className="input" value={chosen?.release.name ?? ''} onChange={(event) => setChosenName(event.target.value)}>
              {earlier.map((one) => {
                const at = toDate(one.startedAt)
                return (
                  <option key={one.id} value={one.release.name}>
                    {words.list([
                      w.release(one.release.number),
                      ...(one.release.model?.version === undefined ? [] : [one.release.model.version]),
                      one.release.title,
                      ...(at ? [d.wasThere(format.moment(at))] : []),
                    ])}
                  </option>
                )
              })}
            </select>
          </div>
          <dl className="facts">
            {now && (
              <div className="fact">
                <dt>{d.now}</dt>
                <dd>
                  <ReleaseName release={now} /> {now.title}
                </dd>
              </div>
            )}
            {chosen && (
              <div className="fact">
                <dt>{d.after}</dt>
                <dd>
                  <ReleaseName release={chosen.release} /> {chosen.release.title}
                </dd>
              </div>
            )}
            <div className="fact">
              <dt>{d.how}</dt>
              <dd>{d.howText}</dd>
            </div>
          </dl>
          <Reason>{d.stays}</Reason>
        </>
      )}
    </Ask>
  )
}
