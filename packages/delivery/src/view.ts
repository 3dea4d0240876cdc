import type { ApprovalView, DeliveryPhase, DeliveryView, NextView, PromotionView, ReleaseView, StagePhase, StageView } from '@plimsoll/api'
import { durationMs } from '@plimsoll/api'
import { maskCredentials } from '@plimsoll/git'
import type { KubeObject } from '@plimsoll/kube'
import type { Requirements } from './conditions/requirements.ts'
import type { Look } from './look.ts'
import type { Picture, StagePicture } from './picture.ts'
import type { Placement, ReleaseRecord } from './records/rows.ts'

/** What a delivery looks like from outside. `version` is the caller's. */
export function viewOf({ picture, requirements, problems }: Look): Omit<DeliveryView, 'version'> {
  const { delivery, name, releases, hold } = picture
  const { spec } = delivery
  const stages = picture.stages.map((at) => stageView(picture, at, requirements[at.index], problems.get(at.stage.name)))
  const source = problems.get('source') ?? problems.get('images')
  const { phase, text } =
    source === undefined
      ? overall(stages, picture)
      : { phase: 'Waiting' as const, text: `${maskCredentials(spec.source.repoURL)}: ${source.message}` }
  const since = new Date(picture.now).toISOString()
  return {
    name,
    namespace: delivery.metadata.namespace ?? '',
    phase,
    text,
    source: {
      repoURL: maskCredentials(spec.source.repoURL),
      branch: spec.source.branch ?? 'main',
      ...(picture.head !== undefined && { head: picture.head }),
    },
    ...(spec.model?.gate !== undefined && { gate: spec.model.gate }),
    promotion: { by: spec.promotion?.by ?? 'path', as: spec.promotion?.as ?? 'commit' },
    stages,
    releases: releases.slice(0, 20).map((release) => releaseView(release)),
    ...(hold && { hold: { by: hold.by, why: hold.why, since: new Date(hold.at).toISOString() } }),
    conditions: [
      {
        type: 'Ready',
        status: problems.size === 0 ? 'True' : 'False',
        reason: problems.size === 0 ? phase : 'Problem',
        message: problems.size === 0 ? text : [...problems].map(([where, { message }]) => `${where}: ${message}`).join(' '),
        lastTransitionTime: since,
      },
    ],
  }
}

/** One whose spec cannot be kept. */
export function invalidView(object: KubeObject, problems: readonly string[], now: number): Omit<DeliveryView, 'version'> {
  const text = problems.join('; ')
  return {
    name: object.metadata.name,
    namespace: object.metadata.namespace ?? '',
    phase: 'Invalid',
    text,
    source: { repoURL: '', branch: '' },
    promotion: { by: 'path', as: 'commit' },
    stages: [],
    releases: [],
    conditions: [{ type: 'Ready', status: 'False', reason: 'Invalid', message: text, lastTransitionTime: new Date(now).toISOString() }],
  }
}

export function releaseView(release: ReleaseRecord): ReleaseView {
  return {
    name: release.name,
    delivery: release.delivery,
    number: release.number,
    revision: release.revision,
    repoURL: release.repoURL,
    title: release.title,
    author: release.author,
    createdAt: new Date(release.createdAt).toISOString(),
    ...(release.model && { model: release.model }),
    images: release.images,
    ...(release.verdict && { verdict: release.verdict }),
    ...(release.pullRequest && { pullRequest: release.pullRequest }),
    reviewers: release.reviewers,
    ...(release.supersededBy !== undefined && { supersededBy: release.supersededBy }),
  }
}

export function promotionView(placement: Placement, release: ReleaseRecord, isLast: boolean): PromotionView {
  return {
    id: placement.id,
    delivery: placement.delivery,
    stage: placement.stage,
    application: placement.application,
    release: releaseView(release),
    kind: placement.kind,
    by: placement.by,
    ...(placement.why !== undefined && { why: placement.why }),
    approvedBy: placement.approvedBy,
    startedAt: new Date(placement.startedAt).toISOString(),
    ...(placement.placedAt !== undefined && { finishedAt: new Date(placement.placedAt).toISOString() }),
    repoURL: placement.repoURL,
    ...(placement.commit !== undefined && { commit: placement.commit }),
    phase: phaseOf(placement, isLast),
    text: placement.text,
    ...(placement.endedAt !== undefined && { until: new Date(placement.endedAt).toISOString() }),
  }
}

export function phaseOf({ phase }: Placement, isLast: boolean): StagePhase {
  return phase === 'Verified' && isLast ? 'Finished' : phase
}

function stageView(picture: Picture, at: StagePicture, next: Requirements | undefined, problem: Error | undefined): StageView {
  const { stage, current, promoting, application } = at
  const shown = promoting ?? current
  const release = picture.releases.find(({ name }) => name === shown?.release)
  const soakMs = stage.soak === undefined ? undefined : durationMs(stage.soak)
  // What never got in, and is not there: said as long as nothing else has come.
  const stopped = at.placements[0]?.phase === 'Failed' && at.placements[0].placedAt === undefined ? at.placements[0] : undefined
  const gate = next?.all.find(({ kind, isMet }) => kind === 'gate' && !isMet)
  const phase: StagePhase =
    stopped !== undefined
      ? 'Failed'
      : shown === undefined
        ? gate
          ? 'Held'
          : 'Empty'
        : gate && at.index === 0 && !promoting
          ? 'Held'
          : phaseOf(shown, at.isLast)
  return {
    name: stage.name,
    application: stage.application,
    phase,
    text:
      problem?.message ??
      (stopped !== undefined
        ? `${stopped.release} did not get in: ${stopped.text}`
        : phase === 'Held'
          ? `${next?.release.name ?? ''}: ${gate?.text ?? ''}`
          : (shown?.text ?? 'Nothing has been here yet.')),
    ...(shown && { since: new Date(shown.since).toISOString() }),
    ...(release && { release: releaseView(release) }),
    ...(shown?.commit !== undefined && { commit: shown.commit }),
    approvedBy: shown?.approvedBy ?? [],
    ...(shown && { by: shown.by }),
    verification: shown?.steps ?? [],
    ...(soakMs !== undefined && {
      soak: {
        totalMs: soakMs,
        ...(shown?.soakFrom !== undefined && {
          startedAt: new Date(shown.soakFrom).toISOString(),
          endsAt: new Date(shown.soakFrom + soakMs).toISOString(),
        }),
      },
    }),
    ...(next && { next: nextView(at, next) }),
    ...(application?.status?.health?.status !== undefined && { health: application.status.health.status }),
    ...(application?.status?.sync?.status !== undefined && { sync: application.status.sync.status }),
    ...(promoting?.pull && {
      pullRequest: {
        repository: promoting.pull.repository,
        number: promoting.pull.number,
        ...(promoting.pull.url !== undefined && { url: promoting.pull.url }),
      },
    }),
  }
}

function nextView({ stage }: StagePicture, { release, all, approvals, isReady }: Requirements): NextView {
  const { required, groups = [], notAuthor = true } = stage.approvals ?? { required: 0 }
  return {
    release: releaseView(release),
    requirements: all,
    isReady,
    approvals: { required, groups, notAuthor, given: approvals },
    isAutomatic: stage.automatic !== false,
  }
}

/** The stage that says most: trouble first, then what waits for a person, then movement, then calm. */
function overall(stages: readonly StageView[], picture: Picture): { phase: DeliveryPhase; text: string } {
  const of = (...phases: StagePhase[]): StageView | undefined => stages.find(({ phase }) => phases.includes(phase))
  const say = (stage: StageView): { phase: DeliveryPhase; text: string } => ({
    phase: stage.phase,
    text: `${stage.name}: ${stage.release?.name ?? ''} ${stage.text}`.replace(/\s+/g, ' '),
  })
  const trouble = of('Failed', 'Inconclusive', 'RolledBack', 'Held')
  if (trouble) return say(trouble)
  if (picture.hold) return { phase: 'Held', text: `${picture.hold.by} holds promotions: ${picture.hold.why}` }
  if (picture.delivery.spec.suspend === true) return { phase: 'Suspended', text: 'The delivery is suspended (spec.suspend).' }
  for (const { name, next } of stages) {
    const unmet = next?.requirements.filter(({ isMet }) => !isMet) ?? []
    const approvals = unmet.find(({ kind }) => kind === 'approvals')
    if (next && approvals && unmet.every(({ kind }) => kind === 'approvals' || kind === 'manual'))
      return { phase: 'WaitingForApproval', text: `${next.release.name} waits for ${approvals.title} to go to ${name}.` }
  }
  const moving = of('Promoting', 'Verifying', 'Soaking')
  if (moving) return say(moving)
  for (const { name, next } of stages) {
    const unmet = next?.requirements.find(({ isMet }) => !isMet)
    if (next && unmet)
      return {
        phase: 'Waiting',
        text: `${next.release.name} waits to go to ${name}: ${unmet.title}${unmet.text === '' ? '' : `, ${unmet.text}`}.`,
      }
  }
  const last = stages.findLast(({ release }) => release !== undefined)
  return last ? say(last) : { phase: 'Empty', text: 'There is no release yet.' }
}

/** Of a release: approvals that count, and those that no longer do. */
export function approvalViews(
  release: ReleaseRecord,
  approvals: readonly { stage: string; by: string; at: number; comment?: string }[],
): ApprovalView[] {
  return approvals.map(({ stage, by, at, comment }) => ({
    release: release.name,
    stage,
    by,
    at: new Date(at).toISOString(),
    ...(comment !== undefined && { comment }),
    ...(release.supersededBy !== undefined && { void: `${release.name} is superseded by ${release.supersededBy}` }),
  }))
}
