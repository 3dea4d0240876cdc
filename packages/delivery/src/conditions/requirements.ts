import { annotations, type ApprovalView, type DeliveryPhase, durationMs, type RequirementView, type StageCondition } from '@plimsoll/api'
import type { People } from '../contract.ts'
import { candidateOf, describeDuration, isBusy, overrideOf, type Picture, type StagePicture } from '../picture.ts'
import type { ReleaseRecord } from '../records/rows.ts'
import { windowAt } from './time-window.ts'

export interface Requirements {
  release: ReleaseRecord
  all: RequirementView[]
  approvals: ApprovalView[]
  isReady: boolean
}

/** What another delivery says about one of its stages. */
export type OtherStage = (delivery: string, stage: string) => { phase: DeliveryPhase; release?: string } | undefined

/** Everything that what would come into a stage waits for, met or not. Undefined when nothing would come. */
export async function requirementsOf(
  picture: Picture,
  index: number,
  ports: { people: People | undefined; otherStage: OtherStage },
): Promise<Requirements | undefined> {
  const release = candidateOf(picture, index)
  const at = picture.stages[index]
  if (release === undefined || at === undefined) return undefined
  const all: RequirementView[] = []
  const add = (requirement: Omit<RequirementView, 'overridden' | 'mayBeOverridden'>, mayBeOverridden = false): void => {
    const override = mayBeOverridden ? overrideOf(picture, at.stage.name, release.name, requirement.id) : undefined
    all.push({
      ...requirement,
      mayBeOverridden,
      ...(override && { isMet: true, overridden: { by: override.by, why: override.why, at: new Date(override.at).toISOString() } }),
    })
  }

  if (index === 0) {
    const gate = gateRequirement(picture, at, release)
    if (gate !== undefined) add(gate, true)
  } else {
    const before = picture.stages[index - 1]
    if (before?.current !== undefined) {
      add(verifiedRequirement(before))
      const soak = soakRequirement(before, picture.now)
      if (soak !== undefined) add(soak, true)
    }
  }
  const { requirement, approvals } = await approvalRequirement(picture, at, release, ports.people)
  if (requirement !== undefined) add(requirement)
  const present = at.current
  // A newer merge takes the place of what is still looked at in the first stage: there Git is ahead of us already.
  if (index > 0 || at.promoting !== undefined) {
    add({
      id: 'free',
      kind: 'free',
      isMet: !isBusy(at),
      title: `${at.stage.name} is free`,
      text: at.promoting
        ? `${at.promoting.release} is being promoted`
        : isBusy(at)
          ? `${present?.release ?? ''}: ${present?.text ?? ''}`
          : '',
    })
  }
  const held = at.application?.metadata.annotations?.[annotations.hold]
  if (held !== undefined) {
    add({
      id: 'application',
      kind: 'hold',
      isMet: false,
      title: `${at.stage.application} follows Git`,
      text: 'It was rolled back and is on hold: resume it, or revert in Git.',
    })
  }
  for (const [number, condition] of (at.stage.while ?? []).entries()) {
    const suffix = number === 0 ? '' : `:${number + 1}`
    add(conditionRequirement(condition, suffix, picture.now, ports.otherStage), true)
  }
  if (at.stage.automatic === false) {
    const asked = overrideOf(picture, at.stage.name, release.name, 'manual')
    add({
      id: 'manual',
      kind: 'manual',
      isMet: asked !== undefined,
      title: 'Somebody promotes it',
      text: asked === undefined ? 'This stage is promoted by hand.' : `${asked.by} has asked for it.`,
    })
  }
  const hold = picture.hold
  if (hold !== undefined || picture.delivery.spec.suspend === true) {
    add({
      id: 'hold',
      kind: 'hold',
      isMet: false,
      title: 'Promotions are not held',
      text: hold ? `${hold.by} holds them: ${hold.why}` : 'The delivery is suspended (spec.suspend).',
    })
  }
  return { release, all, approvals, isReady: all.every(({ isMet }) => isMet) }
}

type Unjudged = Omit<RequirementView, 'overridden' | 'mayBeOverridden'>

function gateRequirement(picture: Picture, at: StagePicture, release: ReleaseRecord): Unjudged | undefined {
  const gate = picture.delivery.spec.model?.gate
  if (gate === undefined) return undefined
  const title = `Gate ${gate} passes`
  const requirement = { id: 'gate', kind: 'gate' as const, title }
  if (release.verdict === 'pass') return { ...requirement, isMet: true, text: `Passed for ${short(release.model?.digest)}.` }
  const present = picture.releases.find(({ name }) => name === at.current?.release)
  if (release.verdict === undefined && (present === undefined || present.model?.digest === release.model?.digest)) {
    const text = present === undefined ? 'Not judged: there is nothing before it.' : 'Not judged: the model is the one that is there.'
    return { ...requirement, isMet: true, text }
  }
  const what = release.verdict === undefined ? 'has not judged' : release.verdict === 'fail' ? 'failed' : 'is inconclusive about'
  return { ...requirement, isMet: false, text: `${gate} ${what} ${short(release.model?.digest)}; ${present?.name ?? 'nothing'} stays.` }
}

function verifiedRequirement({ stage, current, application }: StagePicture): Unjudged {
  const steps = current?.steps ?? []
  const passed = steps.filter(({ state, overridden }) => state === 'pass' || overridden !== undefined).length
  // What was well then need not be well now.
  const isIll = application?.status?.health?.status === 'Degraded'
  const isMet = (current?.phase === 'Verified' || current?.phase === 'Soaking') && !isIll
  return {
    id: 'verified',
    kind: 'verified',
    isMet,
    title: `Verified in ${stage.name}`,
    text: isMet ? '' : isIll ? `${stage.name} is Degraded now` : (current?.text ?? ''),
    figure: `${passed} of ${Math.max(steps.length, 1)}`,
  }
}

function soakRequirement({ stage, current }: StagePicture, now: number): Unjudged | undefined {
  if (stage.soak === undefined) return undefined
  const total = durationMs(stage.soak)
  const isMet = current?.phase === 'Verified'
  const left = current?.soakFrom === undefined ? total : Math.max(0, current.soakFrom + total - now)
  return {
    id: 'soak',
    kind: 'soak',
    isMet,
    title: `Soak in ${stage.name}`,
    text: `${describeDuration(total)} of good health`,
    figure: isMet ? 'done' : `${describeDuration(left)} left`,
    ...(!isMet && current?.soakFrom !== undefined && { metAt: new Date(current.soakFrom + total).toISOString() }),
  }
}

/** Each is looked at again when it is used: who has left a group, or is disabled, no longer counts. */
async function approvalRequirement(
  picture: Picture,
  at: StagePicture,
  release: ReleaseRecord,
  people: People | undefined,
): Promise<{ requirement: Unjudged | undefined; approvals: ApprovalView[] }> {
  const { required, groups, notAuthor = true } = at.stage.approvals ?? { required: 0 }
  const approvals: ApprovalView[] = []
  // What was taken out of the stage again needs somebody to agree anew.
  const takenOut = at.placements.find((placement) => placement.release === release.name && placement.endedAt !== undefined)?.endedAt
  for (const approval of picture.approvals) {
    if (approval.stage !== at.stage.name || approval.release !== release.name) continue
    const account = people === undefined ? { groups: approval.groups, canApprove: true } : await people.of(approval.by)
    const isOfGroup = groups === undefined || groups.some((group) => account?.groups.includes(group))
    const why =
      account === undefined
        ? `${approval.by} has no account any more`
        : !account.canApprove
          ? `${approval.by} may not approve any more`
          : takenOut !== undefined && approval.at <= takenOut
            ? `it was given before ${release.name} was taken out of ${at.stage.name}`
            : notAuthor && approval.by === release.author
              ? `${approval.by} is the author`
              : isOfGroup
                ? undefined
                : `${approval.by} is in none of ${groups?.join(', ') ?? ''}`
    approvals.push({
      release: release.name,
      stage: at.stage.name,
      by: approval.by,
      at: new Date(approval.at).toISOString(),
      ...(approval.comment !== undefined && { comment: approval.comment }),
      ...(why !== undefined && { void: why }),
    })
  }
  if (required === 0) return { requirement: undefined, approvals }
  const given = approvals.filter((one) => one.void === undefined)
  return {
    approvals,
    requirement: {
      id: 'approvals',
      kind: 'approvals',
      isMet: given.length >= required,
      title: `${required} approval${required === 1 ? '' : 's'}${groups === undefined ? '' : ` of ${groups.join(' or ')}`}`,
      text: given.length > 0 ? `by ${given.map(({ by }) => by).join(', ')}` : notAuthor ? `not the author, ${release.author}` : '',
      figure: `${Math.min(given.length, required)} of ${required}`,
    },
  }
}

function conditionRequirement(condition: StageCondition, suffix: string, now: number, otherStage: OtherStage): Unjudged {
  if (condition.window !== undefined) {
    const { cron, duration, timeZone } = condition.window
    const state = windowAt({ cron, duration, timeZone }, now)
    const at = state.isOpen ? state.closesAt : state.opensAt
    return {
      id: `window${suffix}`,
      kind: 'window',
      isMet: state.isOpen,
      title: `Window ${cron}${timeZone === undefined ? '' : ` ${timeZone}`}`,
      text: `${state.isOpen ? 'open until' : 'opens'} ${at === undefined ? 'never within a year' : new Date(at).toISOString()}`,
      ...(at !== undefined && { figure: describeDuration(at - now) }),
      ...(!state.isOpen && at !== undefined && { metAt: new Date(at).toISOString() }),
    }
  }
  if (condition.delivery !== undefined) {
    const other = otherStage(condition.delivery, condition.stage ?? '')
    const isMet = other?.phase === 'Verified' || other?.phase === 'Finished'
    return {
      id: `delivery${suffix}`,
      kind: 'delivery',
      isMet,
      title: `${condition.delivery} is verified in ${condition.stage ?? ''}`,
      text: other === undefined ? 'There is no such stage.' : `${other.release ?? 'nothing'} is ${other.phase} there.`,
    }
  }
  const above = condition.above ?? '0%'
  return {
    id: `errorBudget${suffix}`,
    kind: 'errorBudget',
    isMet: false,
    title: `Error budget ${condition.errorBudget ?? ''} above ${above}`,
    text: 'What is left of it is not known: error budgets are not measured yet.',
    figure: 'unknown',
  }
}

function short(digest: string | undefined): string {
  return digest === undefined ? 'no model' : digest.replace(/^sha256:/, '').slice(0, 8)
}
