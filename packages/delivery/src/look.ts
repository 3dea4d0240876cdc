import { randomUUID } from 'node:crypto'
import { type Application, type Delivery, PlimsollError, type ReleaseImage } from '@plimsoll/api'
import { type OtherStage, type Requirements, requirementsOf } from './conditions/requirements.ts'
import type { DeliveriesContext } from './contract.ts'
import { candidateOf, type Picture, stagePicture, type StagePicture } from './picture.ts'
import { environmentOf } from './promotion/environment.ts'
import { recordFound } from './promotion/found-placement.ts'
import { writePromotion } from './promotion/write-promotion.ts'
import type { DeliveryRecords } from './records/delivery-records.ts'
import type { Placement, ReleaseRecord } from './records/rows.ts'
import { lookAtSource } from './release/make-release.ts'
import { stepsOf, verifyPlacement } from './verification/verify-placement.ts'

/** So many steps in one look at most: what is left goes on with the next. */
const maxSteps = 60
/** Nothing depends on it while events come; it finds what an event has missed. */
const idleMs = 30 * 60_000
const soonMs = 500

export interface LookContext extends DeliveriesContext {
  store: DeliveryRecords
  otherStage: OtherStage
  /** When an Application was last made to look at Git for a placement, by its id. */
  refreshedAt: Map<string, number>
  imagesOf(delivery: Delivery): Promise<{ images: ReadonlyMap<string, ReleaseImage>; againMs: number | undefined; problem?: string }>
}

export interface Look {
  picture: Picture
  /** By stage. */
  requirements: readonly (Requirements | undefined)[]
  againMs: number
  /** What could not be done, in words: by stage, or `source`. */
  problems: ReadonlyMap<string, Error>
}

/**
 * One look at a delivery: reads what is, does what follows from it, one step after the other, each on record before or as it is made. Whatever it is
 * interrupted at, the next look reads the same and goes on from there.
 */
export async function lookAt(context: LookContext, delivery: Delivery): Promise<Look> {
  const problems = new Map<string, Error>()
  let againMs = idleMs
  const again = (ms: number | undefined): void => {
    if (ms !== undefined) againMs = Math.min(againMs, Math.max(1, ms))
  }
  let head: string | undefined
  try {
    // The head first, then what is half written: what of ours is in that head is known to be ours by the time it is looked at.
    const { source } = delivery.spec
    head = (await context.repositories.resolve(source.repoURL, source.branch ?? 'main')).commit
    await finishWriting(context, await readPicture(context, delivery, head), problems)
    const { images, againMs: imagesAgain, problem } = await context.imagesOf(delivery)
    again(imagesAgain)
    if (problem !== undefined) problems.set('images', new Error(problem))
    if (problems.size === 0 || problem !== undefined) {
      const look = await lookAtSource(context, context.store, delivery, { first: applicationOf(context, delivery, 0), images, head })
      if (look.pending !== undefined) again(soonMs)
      if (look.release !== undefined) await supersedeWaiting(context, look.release)
    }
  } catch (error) {
    problems.set('source', asError(error))
  }

  let picture = await readPicture(context, delivery, head)
  let requirements: (Requirements | undefined)[] = []
  for (let count = 0; count < maxSteps; count++) {
    let hasMoved = false
    for (const at of picture.stages) {
      if (problems.has(at.stage.name)) continue
      try {
        if (await recordFound(context, picture, at)) {
          hasMoved = true
          continue
        }
        const { moved, againMs: next } = await stepOf(context, picture, at)
        again(next)
        hasMoved ||= moved
      } catch (error) {
        problems.set(at.stage.name, asError(error))
      }
    }
    if (hasMoved) {
      picture = await readPicture(context, delivery, head)
      continue
    }
    const ready = await evaluate(context, picture, problems)
    requirements = ready.requirements
    again(ready.againMs)
    if (!(await promoteReady(context, picture, requirements))) break
    picture = await readPicture(context, delivery, head)
  }
  return { picture, requirements, againMs, problems }
}

/** What was interrupted, or waits for somebody to merge it: whether it is in Git by now. */
async function finishWriting(context: LookContext, picture: Picture, problems: Map<string, Error>): Promise<void> {
  for (const at of picture.stages) {
    if (at.promoting === undefined) continue
    try {
      await stepOf(context, picture, at)
    } catch (error) {
      problems.set(at.stage.name, asError(error))
    }
  }
}

export async function readPicture(context: LookContext, delivery: Delivery, head: string | undefined): Promise<Picture> {
  const { store, clock } = context
  const { name } = delivery.metadata
  const releases = await store.releases({ delivery: name, limit: 20 })
  const stages: StagePicture[] = []
  for (const [index, { name: stage }] of delivery.spec.stages.entries())
    stages.push(stagePicture(delivery, index, applicationOf(context, delivery, index), await store.latest(name, stage)))
  const partial: Picture = {
    delivery,
    name,
    now: clock.now(),
    ...(head !== undefined && { head }),
    releases,
    stages,
    approvals: [],
    overrides: [],
    hold: await store.holdOf(name),
  }
  // Those that matter now, however old: one may be in production for years.
  const wanted = new Set(
    stages.flatMap(({ current, promoting }) => [current?.release, promoting?.release]).filter((one) => one !== undefined),
  )
  const known = [...releases]
  for (const one of wanted) {
    if (known.some((release) => release.name === one)) continue
    const release = await store.release(one)
    if (release) known.push(release)
  }
  if (releases[0]) wanted.add(releases[0].name)
  const overrides = (await Promise.all([...wanted].map((one) => store.overrides(name, one)))).flat()
  const approvals = (await Promise.all([...wanted].map((one) => store.approvals(name, one)))).flat()
  return { ...partial, releases: known, approvals, overrides }
}

export function applicationOf(
  context: Pick<DeliveriesContext, 'applications' | 'namespace'>,
  delivery: Delivery,
  index: number,
): Application | undefined {
  const name = delivery.spec.stages[index]?.application
  if (name === undefined) return undefined
  try {
    return context.applications.get({ name, namespace: context.namespace })
  } catch (error) {
    if (error instanceof PlimsollError && error.code === 'not-found') return undefined
    throw error
  }
}

/** Begins to bring a release into a stage: false when something else is half done there. */
export async function beginPlacement(
  context: Pick<LookContext, 'store' | 'clock'>,
  picture: Picture,
  at: StagePicture,
  release: ReleaseRecord,
  how: { kind: Placement['kind']; by: string; why?: string; approvedBy: string[] },
): Promise<boolean> {
  const now = context.clock.now()
  return context.store.addPlacement({
    id: randomUUID(),
    delivery: picture.name,
    stage: at.stage.name,
    application: at.stage.application,
    release: release.name,
    ...how,
    repoURL: '',
    ref: '',
    phase: 'Promoting',
    text: 'Git is being written.',
    startedAt: now,
    since: now,
    steps: stepsOf(at.stage),
  })
}

/** One step of what is in a stage, or on its way into it. */
async function stepOf(context: LookContext, picture: Picture, at: StagePicture): Promise<{ moved: boolean; againMs?: number }> {
  const { store } = context
  const placement = at.promoting ?? at.current
  if (placement === undefined) return { moved: false }
  const release = picture.releases.find(({ name }) => name === placement.release)
  if (release === undefined) throw new Error(`release ${placement.release} is not on record`)
  if (placement.phase !== 'Promoting') {
    const { change, againMs } = await verifyPlacement(context, picture, at, placement, release)
    const moved = change !== undefined && (await store.updatePlacement(placement, change))
    return { moved, ...(againMs !== undefined && { againMs }) }
  }
  const newer = newerThan(picture, at, release)
  if (placement.pull !== undefined && newer !== undefined) {
    const given = await giveWay(context, at, placement, newer)
    if (given !== undefined) return given
  }
  let written
  try {
    const from = await commitFor(context, picture, at, placement, release)
    written = await writePromotion({ context, records: store, at, placement, release, from })
  } catch (error) {
    // What somebody must correct first stops this release here; what may pass is tried again, and said meanwhile.
    if (!(error instanceof PlimsollError) || error.facts.retryable || error.code === 'internal') throw error
    written = { failed: error.message }
  }
  const [latest] = (await store.latest(picture.name, at.stage.name)).filter(({ id }) => id === placement.id)
  if (latest?.phase !== 'Promoting') return { moved: true }
  const now = context.clock.now()
  if ('waits' in written) {
    const moved = latest.text !== written.waits && (await store.updatePlacement(latest, { text: written.waits }))
    return { moved, againMs: written.afterMs }
  }
  if ('failed' in written) {
    const moved = await store.updatePlacement(latest, { phase: 'Failed', text: written.failed, since: now, endedAt: now })
    return { moved }
  }
  await place(context, picture, at, latest, release, written.placed)
  return { moved: true }
}

/** What would come into the stage were it not for the pull request that waits there. */
function newerThan({ releases, stages }: Picture, { index }: StagePicture, release: ReleaseRecord): ReleaseRecord | undefined {
  const before = stages[index - 1]?.current
  const next = index === 0 ? releases[0] : before?.phase === 'Verified' ? releases.find(({ name }) => name === before.release) : undefined
  return next !== undefined && next.number > release.number ? next : undefined
}

/** A pull request that nobody has merged does not hold up what is newer. Undefined for one that is merged by now: that is done first. */
async function giveWay(
  context: LookContext,
  at: StagePicture,
  placement: Placement,
  newer: ReleaseRecord,
): Promise<{ moved: boolean } | undefined> {
  const { pull } = placement
  const { store, clock, pullRequests } = context
  const { repoURL } = await environmentOf(requireApplication(at), at.promotion.by, context.git)
  if (pull !== undefined && pullRequests !== undefined) {
    const { state } = await pullRequests.get(repoURL, pull.number)
    if (state === 'merged') return undefined
    if (state === 'open') await pullRequests.close?.(repoURL, pull.number)
  }
  const now = clock.now()
  const text = `${newer.name} came before its pull request was merged.`
  return { moved: await store.updatePlacement(placement, { phase: 'Superseded', text, since: now, endedAt: now }) }
}

function requireApplication({ application, stage }: StagePicture): Application {
  if (application !== undefined) return application
  throw new PlimsollError('not-found', `There is no application '${stage.application}'.`)
}

async function place(
  context: LookContext,
  picture: Picture,
  at: StagePicture,
  placement: Placement,
  release: ReleaseRecord,
  placed: { commit: string; parent?: string },
): Promise<void> {
  const { store, clock } = context
  const now = clock.now()
  const previous = at.current
  // First what was there ends, then what comes is there: interrupted in between, the write is found done, and this is done again.
  if (placement.kind === 'revert' && previous !== undefined) {
    const text = `Reverted to ${release.name} by ${placement.by}${placement.why === undefined ? '' : `: ${placement.why}`}`
    await store.updatePlacement(previous, { phase: 'RolledBack', text, since: now, endedAt: now })
  }
  if (placement.kind !== 'revert' && previous !== undefined && previous.release !== release.name) {
    // Whoever still waited to go on from here gives way, unless the next stage has it already.
    const next = picture.stages[at.index + 1]
    const isWaiting = next !== undefined && !next.placements.some((one) => one.release === previous.release)
    if (isWaiting) await store.supersede([previous.release], release.name)
  }
  await store.endEarlier(placement, now)
  await store.updatePlacement(placement, {
    ...placed,
    phase: 'Verifying',
    text: 'Git says so; the application follows.',
    since: now,
    placedAt: now,
  })
}

/** Where a release's commit comes from: the stage before, or, when it goes back, the time that it was here. */
async function commitFor(
  context: LookContext,
  picture: Picture,
  at: StagePicture,
  placement: Placement,
  release: ReleaseRecord,
): Promise<string> {
  if (placement.kind === 'revert') {
    const earlier = at.placements.find((one) => one.release === release.name && one.commit !== undefined && one.seq < placement.seq)
    if (earlier?.commit !== undefined) return earlier.commit
  }
  const before = picture.stages[at.index - 1]
  if (before === undefined) return release.revision
  const there = await context.store.placementOf(picture.name, before.stage.name, release.name)
  return there?.commit ?? release.revision
}

async function evaluate(
  context: LookContext,
  picture: Picture,
  problems: Map<string, Error>,
): Promise<{ requirements: (Requirements | undefined)[]; againMs: number | undefined }> {
  const requirements: (Requirements | undefined)[] = []
  const { people, otherStage } = context
  for (const { index, stage } of picture.stages) {
    try {
      requirements.push(await requirementsOf(picture, index, { people, otherStage }))
    } catch (error) {
      // What cannot be judged is not met.
      requirements.push(undefined)
      problems.set(stage.name, asError(error))
    }
  }
  const times = requirements
    .flatMap((one) => one?.all ?? [])
    .filter(({ isMet, metAt }) => !isMet && metAt !== undefined)
    .map(({ metAt = '' }) => Date.parse(metAt) - picture.now)
  return { requirements, againMs: times.length === 0 ? undefined : Math.max(1, Math.min(...times)) }
}

/** At most one a look's step: what follows from it is read anew. */
async function promoteReady(context: LookContext, picture: Picture, requirements: readonly (Requirements | undefined)[]): Promise<boolean> {
  for (const at of picture.stages.toReversed()) {
    const ready = requirements[at.index]
    if (ready?.isReady !== true || candidateOf(picture, at.index)?.name !== ready.release.name) continue
    const approvedBy = ready.approvals.filter((one) => one.void === undefined).map(({ by }) => by)
    const asked = picture.overrides.find(
      (one) =>
        one.stage === at.stage.name && one.release === ready.release.name && (one.requirement === 'manual' || one.requirement === 'again'),
    )
    const isBegun = await beginPlacement(context, picture, at, ready.release, {
      kind: at.index === 0 ? 'pin' : 'promotion',
      by: asked?.by ?? (at.index === 0 ? 'merge' : 'system:delivery'),
      approvedBy,
    })
    if (isBegun) return true
  }
  return false
}

/** Older ones that have not even got to the first stage. */
async function supersedeWaiting(context: LookContext, release: ReleaseRecord): Promise<void> {
  const { store } = context
  for (const older of await store.releases({ delivery: release.delivery, limit: 20, before: release.number })) {
    if (older.supersededBy !== undefined) break
    const isPlaced = (await store.query({ delivery: release.delivery, release: older.name, limit: 1 })).length > 0
    if (!isPlaced) await store.supersede([older.name], release.name)
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
