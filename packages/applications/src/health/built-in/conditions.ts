import type { HealthStatusCode } from '@plimsoll/api'
import { type Condition, conditionsOf, type HealthCheck, isOutdated, progressing, statusOf } from '../health-status.ts'

/** What a condition means for the health of its object. */
export interface ConditionRule {
  type: string
  status: 'True' | 'False' | 'Unknown'
  /** Only with one of these reasons. */
  reasons?: readonly string[]
  as: HealthStatusCode
  /** Instead of what the condition says. */
  message?: string
}

/**
 * The first rule that a condition fulfils tells the health; without one the object is on its way. `followsGeneration`: what is said of an older spec
 * counts for nothing, for kinds whose controllers write `status.observedGeneration`.
 */
export function byConditions(waiting: string, rules: readonly ConditionRule[], options: { followsGeneration?: boolean } = {}): HealthCheck {
  return (object) => {
    if (options.followsGeneration && isOutdated(object)) return progressing('Waiting for the new spec to be observed')
    const conditions = conditionsOf(object)
    for (const rule of rules) {
      const found = conditions.find((condition) => fulfils(condition, rule))
      if (found) return statusOf(rule.as, rule.message ?? found.message)
    }
    return progressing(waiting)
  }
}

function fulfils({ type, status, reason }: Condition, rule: ConditionRule): boolean {
  return type === rule.type && status === rule.status && (rule.reasons === undefined || rule.reasons.includes(reason))
}

/** The condition that most projects have: `Ready`. */
export const readyRules: readonly ConditionRule[] = [
  { type: 'Ready', status: 'False', as: 'Degraded' },
  { type: 'Ready', status: 'True', as: 'Healthy' },
]
