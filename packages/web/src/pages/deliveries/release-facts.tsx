import type { DeliveryPhase, ReleaseView, Verdict } from '@plimsoll/api'
import { deliveryLooks, shortDigest } from '../../facts/delivery-look.ts'
import { notJudgedLook, verdictLooks } from '../../facts/pull-look.ts'
import { short } from '../../facts/why.ts'
import { Icon } from '../../parts/icon.tsx'
import { PathLink } from '../../parts/path-link.tsx'
import { Badge, Status } from '../../parts/status.tsx'
import { useWords } from '../../words/index.tsx'

export function DeliveryStatus({ of: phase }: { of: DeliveryPhase }) {
  const words = useWords()
  return <Status look={deliveryLooks[phase]} word={words.deliveries.phases[phase]} />
}

export function DeliveryBadge({ of: phase }: { of: DeliveryPhase }) {
  const words = useWords()
  return <Badge look={deliveryLooks[phase]} word={words.deliveries.phases[phase]} />
}

export function VerdictStatus({ of: verdict }: { of: Verdict | undefined }) {
  const words = useWords()
  const w = words.deliveries
  return verdict === undefined ? (
    <Status look={notJudgedLook} word={w.notJudged} />
  ) : (
    <Status look={verdictLooks[verdict]} word={w.verdicts[verdict]} />
  )
}

/** The way to a release's pull request, in the words of its title. */
export function ReleaseFrom({ release }: { release: ReleaseView }) {
  const { pullRequest } = release
  return (
    <>
      {pullRequest && (
        <PathLink to={pullRequest.url ?? `/pulls/${encodeURIComponent(pullRequest.repository)}/${pullRequest.number}`}>
          #{pullRequest.number}
        </PathLink>
      )}{' '}
      {release.title}
    </>
  )
}

/** What is carried: its version or number, and the digest of its model, or of its first image. */
export function ReleaseName({ release }: { release: ReleaseView }) {
  const words = useWords()
  const image = release.images[0]
  return (
    <>
      <strong title={release.name}>{release.model?.version ?? words.deliveries.release(release.number)}</strong>{' '}
      {release.model ? (
        <code className="hash" title={release.model.digest}>
          {shortDigest(release.model.digest)}
        </code>
      ) : image ? (
        <code
          className="hash"
          title={`${image.newName ?? image.name}${image.tag ? `:${image.tag}` : ''}${image.digest ? `@${image.digest}` : ''}`}
        >
          {image.tag ?? shortDigest(image.digest ?? '')}
        </code>
      ) : null}
    </>
  )
}

export function Carried({ release, children }: { release: ReleaseView; children?: React.ReactNode }) {
  return (
    <div className="carried">
      <p className="carried-model">
        <Icon name="i-models" />
        <ReleaseName release={release} />
      </p>
      <p className="carried-from">
        <ReleaseFrom release={release} />
      </p>
      <p className="carried-from dotted">
        <span>
          <code className="hash" title={release.revision}>
            {short(release.revision)}
          </code>
        </span>
        <span>{release.author}</span>
        {children}
      </p>
    </div>
  )
}
