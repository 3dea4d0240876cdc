import type { ContainerStatus, Pod } from '../pods/pod.ts'
import type { Job, PodFailureRule } from './job.ts'

export interface FailureVerdict {
  action: 'FailJob' | 'FailIndex' | 'Ignore' | 'Count'
  /** What to say about it, for `FailJob`. */
  message?: string
}

/** What a failed pod means for its job by `spec.podFailurePolicy`: the first rule that fits counts, none means it is counted. */
export function judgeFailure(job: Job, pod: Pod): FailureVerdict {
  for (const [index, rule] of (job.spec.podFailurePolicy?.rules ?? []).entries()) {
    const found = matchRule(rule, pod)
    if (found === undefined) continue
    if (rule.action !== 'FailJob' && rule.action !== 'FailIndex') return { action: rule.action === 'Ignore' ? 'Ignore' : 'Count' }
    return { action: rule.action, message: `${found} matching ${rule.action} rule at index ${index}` }
  }
  return { action: 'Count' }
}

/** What the rule was met by, in words; undefined when it does not fit. */
function matchRule(rule: PodFailureRule, pod: Pod): string | undefined {
  const name = `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`
  if (rule.onExitCodes !== undefined) {
    const { containerName, operator, values = [] } = rule.onExitCodes
    for (const status of [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]) {
      const code = exitCodeOf(status)
      if (code === undefined || code === 0 || (containerName !== undefined && containerName !== status.name)) continue
      if (operator === 'In' ? values.includes(code) : !values.includes(code))
        return `Container ${status.name} for pod ${name} failed with exit code ${code}`
    }
    return undefined
  }
  for (const pattern of rule.onPodConditions ?? []) {
    const wanted = pattern.status ?? 'True'
    const isMet = pod.status?.conditions?.some((condition) => condition.type === pattern.type && condition.status === wanted)
    if (isMet) return `Pod ${name} has condition ${pattern.type}`
  }
  return undefined
}

function exitCodeOf(status: ContainerStatus): number | undefined {
  return status.state?.terminated?.exitCode
}
