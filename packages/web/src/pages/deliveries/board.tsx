import { useQuery } from '@tanstack/react-query'
import type { DeliveryView } from '@plimsoll/api'
import type { Identity } from '../../client/api.ts'
import { pullsApi } from '../../client/pulls.ts'
import { deliveryLooks } from '../../facts/delivery-look.ts'
import { pullLooks, pullWord } from '../../facts/pull-look.ts'
import { short } from '../../facts/why.ts'
import { Glyph } from '../../parts/icon.tsx'
import { PathLink } from '../../parts/path-link.tsx'
import { useLanguage } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import type { DeliveryQuestion } from './delivery-dialogs.tsx'
import { GateColumn } from './gate-column.tsx'
import { StageColumn } from './stage-column.tsx'

const mostListed = 5

/** The branch, the stages, and before each stage that waits for something what that is. */
export function Board({
  delivery,
  identity,
  onAsk,
}: {
  delivery: DeliveryView
  identity: Identity | undefined
  onAsk: (question: DeliveryQuestion) => void
}) {
  const columns = delivery.stages.flatMap((stage, index) => [
    ...(index > 0 || stage.next !== undefined
      ? [<GateColumn key={`gate ${stage.name}`} delivery={delivery} stage={stage} identity={identity} onAsk={onAsk} />]
      : []),
    <StageColumn key={stage.name} delivery={delivery} stage={stage} identity={identity} onAsk={onAsk} />,
  ])
  return (
    <div className="board-frame" tabIndex={0} role="region" aria-label={delivery.name}>
      <div className="board" style={{ '--stages': columns.length } as React.CSSProperties}>
        <SourceColumn delivery={delivery} />
        {columns}
      </div>
    </div>
  )
}

/** What is proposed for the branch, and what was merged into it last. */
function SourceColumn({ delivery }: { delivery: DeliveryView }) {
  const { words, format } = useLanguage()
  const w = words.deliveries
  const repository = /\/git\/([^/]+?)(?:\.git)?$/.exec(delivery.source.repoURL)?.[1]
  const hosted = repository === undefined ? '' : decodeURIComponent(repository)
  const proposed = useQuery({
    queryKey: ['pulls', 'open', hosted, delivery.source.branch],
    queryFn: () => pullsApi.list(hosted, 'open', 20),
    enabled: hosted !== '',
    refetchInterval: 10_000,
    retry: false,
  })
  const pulls = (proposed.data?.items ?? []).filter((one) => one.base.branch === delivery.source.branch).slice(0, mostListed)
  return (
    <section className="stage source" aria-labelledby="s-source">
      <div className="track">
        <span className="stop" aria-hidden="true" />
      </div>
      <div className="stage-head">
        <h2 id="s-source">
          <code>{delivery.source.branch}</code>
        </h2>
        {delivery.source.head !== undefined && (
          <span className="muted">
            <Prose of={w.head(short(delivery.source.head))} />
          </span>
        )}
      </div>
      <h3 className="caption">{w.proposed}</h3>
      {pulls.length === 0 ? (
        <p className="muted small">{w.nothingProposed}</p>
      ) : (
        <ul className="needs">
          {pulls.map((pull) => (
            <li key={pull.number}>
              <Glyph look={pullLooks[pullWord(pull)]} />
              <span className="coming" title={pull.title}>
                <PathLink to={`/pulls/${encodeURIComponent(pull.repository)}/${pull.number}`}>#{pull.number}</PathLink> {pull.title}
                <span className="hint">{pull.author}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
      <h3 className="caption">{w.merged}</h3>
      {delivery.releases.length === 0 ? (
        <p className="muted small">{w.nothingMerged}</p>
      ) : (
        <ul className="needs">
          {delivery.releases.slice(0, mostListed).map((release) => {
            const at = delivery.stages.findLast((stage) => stage.release?.name === release.name)
            const { pullRequest } = release
            return (
              <li key={release.name}>
                <Glyph look={deliveryLooks[at?.phase ?? (isStillComing(delivery, release.number) ? 'Waiting' : 'Superseded')]} />
                <span className="coming" title={release.title}>
                  {pullRequest && (
                    <>
                      <PathLink to={pullRequest.url ?? `/pulls/${encodeURIComponent(pullRequest.repository)}/${pullRequest.number}`}>
                        #{pullRequest.number}
                      </PathLink>{' '}
                    </>
                  )}
                  {release.title}
                  <span className="hint">
                    {words.list([release.author, ...(at ? [at.name] : []), format.inSentence(new Date(release.createdAt))])}
                  </span>
                </span>
              </li>
            )
          })}
        </ul>
      )}
    </section>
  )
}

/** Newer than what the first stage has: it will be there. What is older was there, or was passed over. */
function isStillComing({ stages, releases }: DeliveryView, number: number): boolean {
  const first = stages[0]?.release?.number
  return first === undefined ? number === releases[0]?.number : number > first
}
