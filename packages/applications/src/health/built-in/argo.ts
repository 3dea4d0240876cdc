import type { HealthStatus, HealthStatusCode } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { isObject, textAt } from '../../json.ts'
import { type HealthCheck, progressing, statusOf } from '../health-status.ts'
import { isStatusCode } from '../status-code.ts'
import { byConditions } from './conditions.ts'
import { rolloutHealth } from './rollout.ts'

/** Argo's own kinds, as Argo CD has them (argo-cd `resource_customizations/argoproj.io`, and for Workflows its Go code, 3.x). */
export const argo: Record<string, HealthCheck> = {
  'argoproj.io/Application': applicationHealth,
  'argoproj.io/ApplicationSet': byConditions('Waiting for the status to be reported', [
    { type: 'ErrorOccurred', status: 'True', as: 'Degraded' },
    { type: 'ResourcesUpToDate', status: 'False', as: 'Degraded' },
    { type: 'RolloutProgressing', status: 'True', as: 'Progressing' },
    { type: 'ResourcesUpToDate', status: 'True', as: 'Healthy' },
  ]),
  'argoproj.io/Rollout': rolloutHealth,
  'argoproj.io/AnalysisRun': byPhase(
    {
      Pending: ['Progressing', 'Analysis run is running'],
      Running: ['Progressing', 'Analysis run is running'],
      Successful: ['Healthy', 'Analysis run completed successfully'],
      Failed: ['Degraded', 'Analysis run failed'],
      Error: ['Degraded', 'Analysis run had an error'],
      Inconclusive: ['Unknown', 'Analysis run was inconclusive'],
    },
    'Waiting for analysis run to finish: status has not been reconciled.',
    ['Pending', 'Running'],
  ),
  'argoproj.io/Experiment': byPhase(
    {
      Pending: ['Progressing', 'Experiment is pending'],
      Running: ['Progressing', 'Experiment is running'],
      Successful: ['Healthy', 'Experiment is successful'],
      Failed: ['Degraded', 'Experiment has failed'],
      Error: ['Degraded', 'Experiment had an error'],
    },
    'Waiting for experiment to finish: status has not been reconciled.',
    ['Pending', 'Running', 'Successful', 'Failed', 'Error'],
  ),
  'argoproj.io/Workflow': workflowHealth,
  'argoproj.io/CronWorkflow': cronWorkflowHealth,
  'argoproj.io/EventBus': eventBusHealth,
}

/** By `status.phase`. For the phases in `fixed` the message is ours; for the others that of the status, where there is one. */
function byPhase(phases: Record<string, readonly [HealthStatusCode, string]>, waiting: string, fixed: readonly string[]): HealthCheck {
  const known = new Map(Object.entries(phases))
  return (object) => {
    if (!isObject(object.status)) return progressing(waiting)
    const phase = textAt(object, 'status', 'phase') ?? ''
    const found = known.get(phase)
    if (!found) return phase === '' ? progressing(waiting) : statusOf('Unknown', `There is no phase ${phase} of this kind`)
    const [status, message] = found
    return statusOf(status, fixed.includes(phase) ? message : (textAt(object, 'status', 'message') ?? message))
  }
}

const workflowPhases = new Map<string, HealthStatusCode>([
  ['', 'Progressing'],
  ['Pending', 'Progressing'],
  ['Running', 'Progressing'],
  ['Succeeded', 'Healthy'],
  ['Failed', 'Degraded'],
  ['Error', 'Degraded'],
])

function workflowHealth(object: KubeObject): HealthStatus {
  return statusOf(workflowPhases.get(textAt(object, 'status', 'phase') ?? '') ?? 'Unknown', textAt(object, 'status', 'message'))
}

const cronWorkflowRules = byConditions('', [
  { type: 'SpecError', status: 'True', as: 'Degraded' },
  { type: 'SubmissionError', status: 'True', as: 'Degraded' },
  { type: 'Completed', status: 'True', as: 'Healthy' },
])

function cronWorkflowHealth(object: KubeObject): HealthStatus | undefined {
  const found = cronWorkflowRules(object)
  return found?.status === 'Progressing' ? statusOf('Healthy', 'CronWorkflow is healthy.') : found
}

function eventBusHealth(object: KubeObject): HealthStatus | undefined {
  const rules = byConditions('Waiting for initialization', [
    { type: 'Deployed', status: 'False', as: 'Degraded' },
    { type: 'Deployed', status: 'True', as: 'Healthy' },
  ])
  return rules(object)
}

/** The health that an Application says it has. */
function applicationHealth(object: KubeObject): HealthStatus {
  const status = textAt(object, 'status', 'health', 'status')
  return { status: isStatusCode(status) ? status : 'Unknown' }
}
