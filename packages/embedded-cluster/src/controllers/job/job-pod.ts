import type { NewObject } from '../kinds.ts'
import { podFromTemplate } from '../pods/pod-from-template.ts'
import type { Container, PodTemplate } from '../pods/pod.ts'
import { completionIndexAnnotation, type Job } from './job.ts'

const indexEnvironment = 'JOB_COMPLETION_INDEX'

/** A pod of a job; with an index it knows which part of the work is its own. */
export function buildJobPod(job: Job, index: number | undefined): NewObject {
  const template = withJobLabels(job)
  const pod = podFromTemplate(template, job)
  if (index === undefined) return pod
  const spec = pod['spec'] as { hostname?: string; containers?: Container[]; initContainers?: Container[] }
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    if (container.env?.some((variable) => variable.name === indexEnvironment)) continue
    const fieldPath = `metadata.annotations['${completionIndexAnnotation}']`
    container.env = [...(container.env ?? []), { name: indexEnvironment, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } }]
  }
  spec.hostname ??= `${job.metadata.name}-${index}`.slice(0, 63)
  const { metadata } = pod
  metadata.generateName = `${job.metadata.name}-${index}-`
  metadata.annotations = { ...metadata.annotations, [completionIndexAnnotation]: String(index) }
  metadata.labels = { ...metadata.labels, [completionIndexAnnotation]: String(index) }
  return pod
}

/** The labels a job's pods always have, the old names included (batch/v1). */
function withJobLabels(job: Job): PodTemplate {
  const { name, uid = '' } = job.metadata
  const own: Record<string, string> =
    job.spec.manualSelector === true ? {} : { 'controller-uid': uid, 'batch.kubernetes.io/controller-uid': uid }
  const names = { 'job-name': name.slice(0, 63), 'batch.kubernetes.io/job-name': name.slice(0, 63) }
  const { template } = job.spec
  return { ...template, metadata: { ...template?.metadata, labels: { ...names, ...own, ...template?.metadata?.labels } } }
}
