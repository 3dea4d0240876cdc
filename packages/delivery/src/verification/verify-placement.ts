import { annotations, durationMs, type DeliveryStage, type VerificationView } from '@plimsoll/api'
import type { LookContext } from '../look.ts'
import { describeDuration, overrideOf, type Picture, type StagePicture } from '../picture.ts'
import { driftOf } from '../promotion/write-promotion.ts'
import type { Placement, ReleaseRecord } from '../records/rows.ts'
import { healthStep, stateOf } from './health-step.ts'
import { httpStep } from './http-step.ts'
import { jobStep } from './job-step.ts'

const stepEveryMs = 1000
const soakEveryMs = 30_000
/** Once it has looked at what was written, an Application follows by itself; asked again in case that look went wrong. */
const refreshEveryMs = 10_000

/** What changes of a placement, and when to look again. */
export interface Verified {
  change?: Partial<Omit<Placement, 'id' | 'seq'>>
  againMs?: number
}

/** The steps of a stage before any has run: the look at its health comes first, whether it is written or not. */
export function stepsOf(stage: DeliveryStage): VerificationView[] {
  const steps: VerificationView[] = []
  const used = new Set<string>()
  for (const step of [
    ...(stage.verify?.some(({ health }) => health !== undefined) ? [] : [{ health: {} }]),
    ...(stage.verify ?? []),
  ].toSorted((a, b) => Number(a.health === undefined) - Number(b.health === undefined))) {
    const kind = step.health !== undefined ? 'health' : step.job !== undefined ? 'job' : step.http !== undefined ? 'http' : 'analysis'
    let name = ('name' in step ? step.name : undefined) ?? kind
    for (let number = 2; used.has(name); number++) name = `${kind}-${number}`
    used.add(name)
    steps.push({ name, kind, state: 'waiting', text: '' })
  }
  return steps
}

/** One look at what is in a stage: a step further, or as it was. */
export async function verifyPlacement(
  context: LookContext,
  picture: Picture,
  at: StagePicture,
  placement: Placement,
  release: ReleaseRecord,
): Promise<Verified> {
  const { now } = picture
  const to = (phase: Placement['phase'], text: string, more: Partial<Placement> = {}): Verified => ({
    change: { phase, text, since: now, ...more },
  })
  const hold = at.application?.metadata.annotations?.[annotations.hold]
  if (hold !== undefined) {
    if (placement.phase === 'RolledBack') return {}
    return to('RolledBack', `${at.stage.application} was rolled back in the cluster and is on hold.`)
  }
  // Somebody has let go of the hold: the release runs again, and has everything to show anew.
  if (placement.phase === 'RolledBack') return to('Verifying', '', { steps: stepsOf(at.stage) })
  if (placement.phase === 'Failed' || placement.phase === 'Inconclusive') {
    const stopped = placement.steps.find(
      ({ state, overridden }) => (state === 'fail' || state === 'inconclusive') && overridden === undefined,
    )
    const override = stopped && overrideOf(picture, placement.stage, placement.release, `verify:${stopped.name}`)
    const again = overrideOf(picture, placement.stage, placement.release, 'verify')
    if (again !== undefined && stopped === undefined && placement.phase === 'Failed' && again.at > placement.since)
      return to('Verifying', '', { steps: stepsOf(at.stage) })
    if (stopped === undefined || override === undefined) return {}
    const overridden = { by: override.by, why: override.why, at: new Date(override.at).toISOString() }
    return to('Verifying', '', { steps: placement.steps.map((step) => (step === stopped ? { ...step, overridden } : step)) })
  }
  if (placement.phase !== 'Verifying' && placement.phase !== 'Soaking') return {}
  const drift = await driftOf(context, at, release)
  if (drift !== undefined) return to('Superseded', `Changed in Git: ${drift}.`)
  return placement.phase === 'Soaking' ? soak(at, placement, now) : runSteps(context, at, placement, release, now)
}

function soak(at: StagePicture, placement: Placement, now: number): Verified {
  const total = durationMs(at.stage.soak ?? '0s')
  const state = at.application === undefined ? undefined : stateOf(at.application)
  if (state?.isBad === true) return { change: { phase: 'Failed', since: now, text: `While it soaked: ${state.text}` } }
  const left = (placement.soakFrom ?? now) + total - now
  if (left > 0) return { againMs: Math.min(left, soakEveryMs) }
  // What cannot be seen to be well has not soaked, and has not failed either.
  if (state?.isGood !== true) return { againMs: stepEveryMs }
  return { change: { phase: 'Verified', since: now, text: `Soaked ${describeDuration(total)}.` } }
}

async function runSteps(
  context: LookContext,
  at: StagePicture,
  placement: Placement,
  release: ReleaseRecord,
  now: number,
): Promise<Verified> {
  const index = placement.steps.findIndex((step) => step.state !== 'pass' && step.overridden === undefined)
  const step = placement.steps[index]
  if (step === undefined) {
    if (at.stage.soak !== undefined)
      return { change: { phase: 'Soaking', since: now, soakFrom: now, text: `Soaks for ${describeDuration(durationMs(at.stage.soak))}.` } }
    return { change: { phase: 'Verified', since: now, text: `${placement.steps.length} of ${placement.steps.length} steps passed.` } }
  }
  // That a step has begun is on record before it does anything.
  if (step.state === 'waiting') {
    const begun = { ...step, state: 'running' as const, startedAt: new Date(now).toISOString() }
    return { change: { steps: placement.steps.with(index, begun), text: `Runs ${step.name}.` } }
  }
  const after = await runStep(context, at, placement, release, step)
  const steps = placement.steps.with(index, after)
  if (after.state === 'running') {
    const isSame = JSON.stringify(after) === JSON.stringify(step)
    return { ...(!isSame && { change: { steps, text: `${after.name}: ${after.text}` } }), againMs: stepEveryMs }
  }
  if (after.state === 'fail') return { change: { steps, phase: 'Failed', since: now, text: `${after.name}: ${after.text}` } }
  if (after.state === 'inconclusive') return { change: { steps, phase: 'Inconclusive', since: now, text: `${after.name}: ${after.text}` } }
  return { change: { steps, text: `${after.name}: ${after.text}` } }
}

async function runStep(
  context: LookContext,
  at: StagePicture,
  placement: Placement,
  release: ReleaseRecord,
  step: VerificationView,
): Promise<VerificationView> {
  const { applications, namespace, clock } = context
  const ref = { name: at.stage.application, namespace }
  const written = stepsOf(at.stage).findIndex(({ name, kind }) => name === step.name && kind === step.kind)
  const ordered = [...(at.stage.verify ?? [])].toSorted((a, b) => Number(a.health === undefined) - Number(b.health === undefined))
  const isImplied = ordered[0]?.health === undefined
  const verification = ordered[isImplied ? written - 1 : written]
  if (step.kind === 'health') {
    const now = clock.now()
    const isSeen = now - (context.refreshedAt.get(placement.id) ?? -Infinity) < refreshEveryMs
    const application = at.application === undefined || isSeen ? at.application : await applications.refresh(ref, 'normal')
    if (!isSeen && application !== undefined) {
      if (context.refreshedAt.size > 1000) context.refreshedAt.clear()
      context.refreshedAt.set(placement.id, now)
    }
    return healthStep(step, application, { within: verification?.health?.within, now: clock.now(), applications, ref })
  }
  const now = clock.now()
  const finishedAt = new Date(now).toISOString()
  if (verification === undefined || written < 0)
    return { ...step, state: 'inconclusive', finishedAt, text: 'The delivery no longer has this step.' }
  if (at.application === undefined) return { ...step, state: 'running', text: `There is no application '${at.stage.application}'.` }
  if (verification.job !== undefined)
    return jobStep(step, verification.job, {
      placement,
      release,
      application: at.application,
      client: applications.clusterFor(ref).client,
      now,
    })
  if (verification.http !== undefined)
    return httpStep(step, verification.http, { probe: context.http, application: at.application, now: () => clock.now() })
  return { ...step, state: 'inconclusive', finishedAt, text: `Analysis '${verification.analysis ?? ''}' is not supported yet.` }
}
