import type { WorkflowJob } from '@plimsoll/api'
import type { RunsSurroundings, WorkflowEvent } from '../contract.ts'
import { interpolate } from '../language/index.ts'
import type { Scope, StepsJob } from '../language/contract.ts'

export interface Decision {
  isApproved: boolean
  by: string
  comment?: string
}

export interface EnvironmentGate {
  surroundings: RunsSurroundings
  event: WorkflowEvent
  /** Who stands behind this attempt: who pushed or proposed, and who asked for it again. */
  starters: readonly string[]
  /** By job: what becomes of a decision. It gives a sentence when the decision does not count. */
  decisions: Map<string, (decision: Decision) => Promise<string | undefined>>
  /** Tells what has changed; durable when it resolves. */
  save(): Promise<void>
}

/** False when somebody has refused it. */
export async function passEnvironment(
  gate: EnvironmentGate,
  job: StepsJob,
  record: WorkflowJob,
  scope: Scope,
  signal: AbortSignal,
): Promise<boolean> {
  if (!job.environment) return true
  const name = await interpolate(job.environment.name, scope)
  if (name === '') return true
  record.environment = { name }
  const rules = await gate.surroundings.environment(gate.event.repository, name)
  if (!rules) return true
  const { event } = gate
  if (rules.branches && !rules.branches.includes(event.ref.replace(/^refs\/heads\//, ''))) {
    record.why = `Environment '${name}' takes only ${rules.branches.join(', ')}, and this is ${event.ref}.`
    return false
  }
  if (rules.requiredApprovals <= 0) return true
  const approvers = new Set<string>()
  record.state = 'waiting'
  const say = (): void => {
    record.why = `Waits for environment '${name}': ${approvers.size} of ${rules.requiredApprovals} approvals${rules.reviewers.length > 0 ? ` by ${rules.reviewers.join(', ')}` : ''}.`
  }
  say()
  const isOpen = await new Promise<boolean>((resolve) => {
    const onAbort = (): void => resolve(false)
    if (signal.aborted) resolve(false)
    signal.addEventListener('abort', onAbort, { once: true })
    gate.decisions.set(record.id, async ({ isApproved, by, comment }) => {
      if (rules.reviewers.length > 0 && !rules.reviewers.includes(by))
        return `Only ${rules.reviewers.join(', ')} may decide about environment '${name}'.`
      if (rules.preventSelfReview && gate.starters.includes(by))
        return `'${by}' has started this run, and environment '${name}' wants somebody else.`
      if (!isApproved) {
        record.why = `${by} refused environment '${name}'${comment ? `: ${comment}` : '.'}`
        resolve(false)
        return undefined
      }
      approvers.add(by)
      say()
      if (approvers.size >= rules.requiredApprovals) resolve(true)
      await gate.save()
      return undefined
    })
    gate.save().catch(() => undefined)
  })
  gate.decisions.delete(record.id)
  return isOpen
}
