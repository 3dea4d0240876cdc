import type { Application, Delivery, DeliveryStage, Promotion, VersionField } from '@plimsoll/api'
import type { Approval, Override, Placement, ReleaseRecord } from './records/rows.ts'

/** Everything that one look at a delivery goes by, as it was read. */
export interface Picture {
  delivery: Delivery
  name: string
  now: number
  head?: string
  /** Newest first. */
  releases: readonly ReleaseRecord[]
  stages: readonly StagePicture[]
  /** Of the releases that are in a stage, or would come into one. */
  approvals: readonly Approval[]
  overrides: readonly Override[]
  hold: { by: string; why: string; at: number } | undefined
}

export interface StagePicture {
  stage: DeliveryStage
  index: number
  isLast: boolean
  fields: readonly VersionField[]
  promotion: Required<Promotion>
  application: Application | undefined
  /** What is in it. */
  current: Placement | undefined
  /** What is being written into it. */
  promoting: Placement | undefined
  /** Newest first, 20 at most. */
  placements: readonly Placement[]
}

export function stagePicture(
  delivery: Delivery,
  index: number,
  application: Application | undefined,
  placements: readonly Placement[],
): StagePicture {
  const { spec } = delivery
  const stage = spec.stages[index]
  if (stage === undefined) throw new Error(`${delivery.metadata.name} has no stage ${index}`)
  const by = stage.promotion?.by ?? spec.promotion?.by ?? 'path'
  return {
    stage,
    index,
    isLast: index === spec.stages.length - 1,
    fields: stage.fields ?? spec.fields ?? [],
    // What a merge brings is in Git by that merge: the pin that follows needs no pull request unless the stage itself asks for one.
    promotion: { by, as: stage.promotion?.as ?? (index === 0 || by === 'ref' ? 'commit' : (spec.promotion?.as ?? 'commit')) },
    application,
    current: placements.find(({ placedAt, endedAt }) => placedAt !== undefined && endedAt === undefined),
    promoting: placements.find(({ phase }) => phase === 'Promoting'),
    placements,
  }
}

export function releaseIn(picture: Picture, name: string | undefined): ReleaseRecord | undefined {
  return picture.releases.find((release) => release.name === name)
}

export function overrideOf(picture: Picture, stage: string, release: string, requirement: string): Override | undefined {
  return picture.overrides.find((one) => one.stage === stage && one.release === release && one.requirement === requirement)
}

/** In a stage, and not yet through. */
export function isBusy({ current, promoting }: StagePicture): boolean {
  return promoting !== undefined || current?.phase === 'Verifying' || current?.phase === 'Soaking'
}

/**
 * What would come into a stage next: the newest release for the first one, what is in the stage before for the others. What was there already, or is
 * older than what is there, does not come by itself again.
 */
export function candidateOf(picture: Picture, index: number): ReleaseRecord | undefined {
  const at = picture.stages[index]
  if (at === undefined) return undefined
  const before = picture.stages[index - 1]?.current
  if (index > 0 && (before === undefined || before.phase === 'RolledBack' || before.phase === 'Superseded')) return undefined
  const release = index === 0 ? picture.releases[0] : releaseIn(picture, before?.release)
  if (release === undefined || at.promoting?.release === release.name) return undefined
  const earlier = at.placements.find((placement) => placement.release === release.name)
  const again = overrideOf(picture, at.stage.name, release.name, 'again')
  if (again !== undefined && (earlier === undefined || again.at > earlier.startedAt)) return release
  if (earlier !== undefined) return undefined
  const present = releaseIn(picture, (at.promoting ?? at.current)?.release)
  return present !== undefined && present.number > release.number ? undefined : release
}

export function describeDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const
  const first = parts.findIndex(([count]) => count > 0)
  if (first < 0) return '0s'
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join('')
}
