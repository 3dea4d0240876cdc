import { type Fields, fieldsOf, listOf, openObject, setDefault, setDefaultForZero } from '../reading.ts'
import { defaultPodTemplate } from './pod.ts'

/** Defaults of the kinds that make pods: Kubernetes `pkg/apis/{apps,batch}/v1/defaults.go` and core's, 1.34. */
export function defaultDeployment(object: Fields): void {
  const spec = openObject(object, 'spec')
  if (spec === undefined) return
  setDefault(spec, 'replicas', 1)
  setDefault(spec, 'revisionHistoryLimit', 10)
  setDefault(spec, 'progressDeadlineSeconds', 600)
  const strategy = openObject(spec, 'strategy')
  if (strategy !== undefined) {
    setDefaultForZero(strategy, 'type', 'RollingUpdate')
    const rolling = strategy['type'] === 'RollingUpdate' ? openObject(strategy, 'rollingUpdate') : undefined
    if (rolling !== undefined) {
      setDefault(rolling, 'maxUnavailable', '25%')
      setDefault(rolling, 'maxSurge', '25%')
    }
  }
  defaultPodTemplate(spec)
}

export function defaultReplicaSet(object: Fields): void {
  const spec = openObject(object, 'spec')
  if (spec === undefined) return
  setDefault(spec, 'replicas', 1)
  defaultPodTemplate(spec)
}

export function defaultReplicationController(object: Fields): void {
  const spec = openObject(object, 'spec')
  if (spec === undefined) return
  setDefault(spec, 'replicas', 1)
  if (fieldsOf(spec['template']) === undefined) return
  defaultPodTemplate(spec)
  const labels = fieldsOf(fieldsOf(fieldsOf(spec['template'])?.['metadata'])?.['labels'])
  if (labels === undefined) return
  const selector = fieldsOf(spec['selector'])
  if (selector === undefined || Object.keys(selector).length === 0) spec['selector'] = { ...labels }
  inheritLabels(object, labels)
}

export function defaultStatefulSet(object: Fields): void {
  const spec = openObject(object, 'spec')
  if (spec === undefined) return
  setDefault(spec, 'replicas', 1)
  setDefault(spec, 'revisionHistoryLimit', 10)
  setDefaultForZero(spec, 'podManagementPolicy', 'OrderedReady')
  const strategy = openObject(spec, 'updateStrategy')
  if (strategy !== undefined) {
    const isUnset = strategy['type'] === undefined || strategy['type'] === '' || strategy['type'] === null
    setDefaultForZero(strategy, 'type', 'RollingUpdate')
    const rolling = isUnset ? openObject(strategy, 'rollingUpdate') : fieldsOf(strategy['rollingUpdate'])
    if (strategy['type'] === 'RollingUpdate' && rolling !== undefined) setDefault(rolling, 'partition', 0)
  }
  const retention = openObject(spec, 'persistentVolumeClaimRetentionPolicy')
  if (retention !== undefined) {
    setDefaultForZero(retention, 'whenDeleted', 'Retain')
    setDefaultForZero(retention, 'whenScaled', 'Retain')
  }
  for (const item of listOf(spec['volumeClaimTemplates'])) {
    const claim = fieldsOf(item)
    if (claim === undefined) continue
    setDefaultForZero(claim, 'apiVersion', 'v1')
    setDefaultForZero(claim, 'kind', 'PersistentVolumeClaim')
    const claimSpec = openObject(claim, 'spec')
    if (claimSpec !== undefined) setDefault(claimSpec, 'volumeMode', 'Filesystem')
    const status = openObject(claim, 'status')
    if (status !== undefined) setDefaultForZero(status, 'phase', 'Pending')
  }
  defaultPodTemplate(spec)
}

export function defaultDaemonSet(object: Fields): void {
  const spec = openObject(object, 'spec')
  if (spec === undefined) return
  setDefault(spec, 'revisionHistoryLimit', 10)
  const strategy = openObject(spec, 'updateStrategy')
  if (strategy !== undefined) {
    setDefaultForZero(strategy, 'type', 'RollingUpdate')
    const rolling = strategy['type'] === 'RollingUpdate' ? openObject(strategy, 'rollingUpdate') : undefined
    if (rolling !== undefined) {
      setDefault(rolling, 'maxUnavailable', 1)
      setDefault(rolling, 'maxSurge', 0)
    }
  }
  defaultPodTemplate(spec)
}

export function defaultJob(object: Fields): void {
  const spec = openObject(object, 'spec')
  if (spec === undefined) return
  defaultJobSpec(spec)
  const labels = fieldsOf(fieldsOf(fieldsOf(spec['template'])?.['metadata'])?.['labels'])
  if (labels !== undefined) inheritLabels(object, labels)
}

/** Not for the jobTemplate of a CronJob: those fields appear once the Job is made. */
function defaultJobSpec(spec: Fields): void {
  if (isUnset(spec['completions']) && isUnset(spec['parallelism'])) spec['completions'] = 1
  setDefault(spec, 'parallelism', 1)
  setDefault(spec, 'backoffLimit', isUnset(spec['backoffLimitPerIndex']) ? 6 : 2147483647)
  setDefault(spec, 'completionMode', 'NonIndexed')
  setDefault(spec, 'suspend', false)
  setDefault(spec, 'manualSelector', false)
  for (const rule of listOf(fieldsOf(spec['podFailurePolicy'])?.['rules'])) {
    for (const item of listOf(fieldsOf(rule)?.['onPodConditions'])) {
      const pattern = fieldsOf(item)
      if (pattern !== undefined) setDefaultForZero(pattern, 'status', 'True')
    }
  }
  setDefault(spec, 'podReplacementPolicy', isUnset(spec['podFailurePolicy']) ? 'TerminatingOrFailed' : 'Failed')
  defaultPodTemplate(spec)
}

export function defaultCronJob(object: Fields): void {
  const spec = openObject(object, 'spec')
  if (spec === undefined) return
  setDefaultForZero(spec, 'concurrencyPolicy', 'Allow')
  setDefault(spec, 'suspend', false)
  setDefault(spec, 'successfulJobsHistoryLimit', 3)
  setDefault(spec, 'failedJobsHistoryLimit', 1)
  const jobTemplate = openObject(spec, 'jobTemplate')
  if (jobTemplate === undefined) return
  openObject(jobTemplate, 'metadata')
  const jobSpec = openObject(jobTemplate, 'spec')
  // Only the pod template inside has defaults here; those of the Job come with the Job.
  if (jobSpec !== undefined) defaultPodTemplate(jobSpec)
}

export function defaultPodTemplateObject(object: Fields): void {
  defaultPodTemplate(object)
}

function inheritLabels(object: Fields, labels: Fields): void {
  const metadata = openObject(object, 'metadata')
  if (metadata === undefined) return
  const own = fieldsOf(metadata['labels'])
  if (isUnset(metadata['labels']) || (own !== undefined && Object.keys(own).length === 0)) metadata['labels'] = { ...labels }
}

function isUnset(value: unknown): boolean {
  return value === undefined || value === null
}
