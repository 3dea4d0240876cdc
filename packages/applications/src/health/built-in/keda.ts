import { type Condition, conditionsOf, type HealthCheck, progressing, statusOf } from '../health-status.ts'

/** KEDA (argo-cd `resource_customizations/keda.sh`, 3.x). */
export const keda: Record<string, HealthCheck> = {
  'keda.sh/ScaledObject': scalerHealth('Creating HorizontalPodAutoscaler Object', ({ type, status }) => {
    return (type === 'Ready' && status === 'False') || (type === 'Fallback' && status === 'True')
  }),
  'keda.sh/ScaledJob': scalerHealth('Waiting for ScaledJob', ({ type, status }) => {
    return type === 'Ready' && (status === 'False' || status === 'Unknown')
  }),
}

/** The message is that of the last condition that says anything. */
function scalerHealth(waiting: string, isBad: (condition: Condition) => boolean): HealthCheck {
  return (object) => {
    const conditions = conditionsOf(object)
    const isGood = ({ type, status }: Condition): boolean => type === 'Ready' && status === 'True'
    const isPaused = ({ type, status }: Condition): boolean => type === 'Paused' && status === 'True'
    const message = conditions.findLast((condition) => isBad(condition) || isGood(condition) || isPaused(condition))?.message
    if (conditions.some(isBad)) return statusOf('Degraded', message)
    if (!conditions.some(isGood)) return progressing(waiting)
    return statusOf(conditions.some(isPaused) ? 'Suspended' : 'Healthy', message)
  }
}
