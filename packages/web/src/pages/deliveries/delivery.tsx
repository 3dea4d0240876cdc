import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { DeliveryView } from '@plimsoll/api'
import { useState } from 'react'
import { whyNoApproval } from '../../facts/delivery-look.ts'
import { canWrite } from '../../facts/may.ts'
import { short } from '../../facts/why.ts'
import { deliveryQuery, lanesQuery, useDeliveryStream } from '../../loaders/deliveries.ts'
import { useSession } from '../../loaders/session.ts'
import { Button } from '../../parts/button.tsx'
import { Bones } from '../../parts/empty.tsx'
import { Icon } from '../../parts/icon.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure, Problem } from '../../parts/problem.tsx'
import { Badge } from '../../parts/status.tsx'
import { useLanguage } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { Board } from './board.tsx'
import { DeliveryDialog, type DeliveryQuestion } from './delivery-dialogs.tsx'
import { PromotionHistory } from './history.tsx'
import { WhatRanWhere } from './lanes.tsx'
import { DeliveryBadge } from './release-facts.tsx'

const route = getRouteApi('/deliveries/$name')

export function DeliveryPage() {
  const { words, format } = useLanguage()
  const w = words.deliveries
  const { name } = route.useParams()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  usePageTitle(name)
  useDeliveryStream(name)
  const { data: delivery, error, refetch } = useQuery(deliveryQuery(name))
  const lanes = useQuery(lanesQuery(name))
  const session = useSession()
  const identity = session.name === 'in' ? session.identity : undefined
  const [question, setQuestion] = useState<DeliveryQuestion>()
  if (!delivery)
    return (
      <>
        <div className="page-head">
          <h1>
            <code>{name}</code>
          </h1>
        </div>
        {error ? (
          <Failure title={words.failure.title.load(w.theDelivery)} error={error} onRetry={() => void refetch()} />
        ) : (
          <Bones lines={10} />
        )}
      </>
    )
  const may = identity !== undefined && canWrite(identity)
  const waitsForMe = delivery.stages.some(
    ({ next }) =>
      next !== undefined &&
      next.requirements.some((one) => one.kind === 'approvals' && !one.isMet) &&
      whyNoApproval(next, identity) === undefined &&
      !next.approvals.given.some((one) => one.by === identity?.username),
  )
  const problems = delivery.conditions.filter((one) => one.status === 'False' && !/^(Ready|Available)$/.test(one.type))
  return (
    <>
      <div className="page-head">
        <div className="titles">
          <div className="title">
            <h1>
              <code>{delivery.name}</code>
            </h1>
            {waitsForMe ? <Badge look={{ glyph: 'g-person', tone: 'hold' }} word={w.waitsForYou} /> : <DeliveryBadge of={delivery.phase} />}
          </div>
          <p className="lede dotted">
            <span>{w.stages(delivery.stages.length)}</span>
            <span>{w.promotesBy[delivery.promotion.as](w.promotesBy[delivery.promotion.by])}</span>
            {delivery.gate !== undefined && (
              <span>
                <Prose of={w.gate(delivery.gate)} />
              </span>
            )}
            <span>{placeOf(delivery)}</span>
          </p>
        </div>
        <div className="actions">
          {delivery.hold ? (
            <Button
              icon="i-play"
              reason={may ? undefined : w.notAllowed}
              onClick={() => setQuestion({ name: 'resume', delivery: delivery.name })}
            >
              {w.resume}
            </Button>
          ) : (
            <Button
              icon="i-pause"
              reason={may ? undefined : w.notAllowed}
              onClick={() => setQuestion({ name: 'hold', delivery: delivery.name })}
            >
              {w.hold}
            </Button>
          )}
        </div>
      </div>
      {delivery.hold && (
        <p className="why tone-hold">
          <Icon name="g-suspended" className="glyph" />
          <span>
            <Prose of={w.held(delivery.hold.by, format.inSentence(new Date(delivery.hold.since)))} /> {delivery.hold.why}
          </span>
        </p>
      )}
      {delivery.text && !delivery.hold && <p className="delivery-text said">{delivery.text}</p>}
      {problems.length > 0 && (
        <Problem title={w.conditions} tone={delivery.phase === 'Invalid' ? 'bad' : 'warn'} role="status">
          {problems.map((one) => (
            <p key={one.type} className="said">
              <strong>{one.type}</strong> {one.message}
            </p>
          ))}
        </Problem>
      )}
      <Board delivery={delivery} identity={identity} onAsk={setQuestion} />
      <PromotionHistory
        search={search}
        onSearch={(next) => void navigate({ search: next, replace: true, resetScroll: false })}
        stages={delivery.stages.map(({ name: stage }) => stage)}
        of={delivery.name}
        above={<WhatRanWhere promotions={lanes.data?.items ?? []} stages={delivery.stages.map(({ name: stage }) => stage)} />}
      />
      {question && <DeliveryDialog question={question} delivery={delivery} onClose={() => setQuestion(undefined)} />}
    </>
  )
}

function placeOf({ source }: DeliveryView) {
  const repository = /\/git\/([^/]+?)(?:\.git)?$/.exec(source.repoURL)?.[1]
  return (
    <code title={source.repoURL}>
      {repository === undefined ? source.repoURL : decodeURIComponent(repository)} {source.branch}
      {source.head !== undefined && `@${short(source.head)}`}
    </code>
  )
}
