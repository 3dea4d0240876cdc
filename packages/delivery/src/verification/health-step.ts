import { annotations, type Application, durationMs, type VerificationView } from '@plimsoll/api'
import type { ApplicationRef } from '@plimsoll/applications'
import type { StageApplications } from '../contract.ts'

const defaultWithin = '10m'

/**
 * Synced and Healthy, as an Application says after it has looked at Git anew: it has then compared itself with what the release wrote, or with
 * something later that is the same for it (decision 0001). The caller has asked it to look.
 */
export async function healthStep(
  step: VerificationView,
  application: Application | undefined,
  options: { within: string | undefined; now: number; applications: StageApplications; ref: ApplicationRef },
): Promise<VerificationView> {
  const { now, within = defaultWithin } = options
  const seen = application === undefined ? { isGood: false, text: `There is no application '${options.ref.name}'.` } : stateOf(application)
  const finishedAt = new Date(now).toISOString()
  if (seen.isGood && application !== undefined) {
    const simulated = await simulatedPod(options.applications, options.ref)
    if (simulated !== undefined)
      return { ...step, state: 'inconclusive', finishedAt, text: `${seen.text}, but pod ${simulated} is simulated: nothing of it runs.` }
    return { ...step, state: 'pass', finishedAt, text: seen.text }
  }
  const startedAt = Date.parse(step.startedAt ?? finishedAt)
  if (now - startedAt < durationMs(within)) return { ...step, state: 'running', text: seen.text }
  const isUnknown = 'isUnknown' in seen && seen.isUnknown === true
  return { ...step, state: isUnknown ? 'inconclusive' : 'fail', finishedAt, text: `Not within ${within}: ${seen.text}` }
}

/** What an Application says about itself, in words. */
export function stateOf({ status, spec }: Application): { isGood: boolean; isBad?: boolean; isUnknown?: boolean; text: string } {
  const sync = status?.sync?.status ?? 'Unknown'
  const health = status?.health?.status ?? 'Unknown'
  const operation = status?.operationState
  const problem = status?.conditions?.find(({ type }) => type.endsWith('Error'))
  const healthText = `${health}${status?.health?.message ? `: ${status.health.message}` : ''}`
  if (problem !== undefined)
    return { isGood: false, isUnknown: sync === 'Unknown', text: `${problem.type}: ${problem.message}`.slice(0, 500) }
  if (operation?.phase === 'Running' || operation?.phase === 'Terminating') return { isGood: false, text: `${sync}, a sync runs.` }
  if (sync !== 'Synced') {
    const last =
      operation?.phase === 'Failed' || operation?.phase === 'Error' ? ` The last sync: ${operation.message ?? operation.phase}` : ''
    const automated = spec.syncPolicy?.automated
    const isAutomated = automated !== undefined && automated !== null && automated.enabled !== false
    return {
      isGood: false,
      isUnknown: sync === 'Unknown',
      text: `${sync}.${last}${isAutomated || last ? '' : ' It does not sync by itself.'}`.slice(0, 500),
    }
  }
  if (health === 'Healthy') return { isGood: true, text: 'Healthy and Synced' }
  return { isGood: false, isBad: health === 'Degraded', isUnknown: health === 'Unknown', text: `Synced, ${healthText}`.slice(0, 500) }
}

/** A pod of the application that nothing stands behind. */
export async function simulatedPod(applications: StageApplications, ref: ApplicationRef): Promise<string | undefined> {
  const { cache } = applications.clusterFor(ref)
  for (const { namespace, name } of await applications.pods(ref)) {
    const pod = cache.get({ group: '', kind: 'Pod', namespace, name })
    if (pod?.metadata.annotations?.[annotations.simulated] !== undefined) return name
  }
  return undefined
}
