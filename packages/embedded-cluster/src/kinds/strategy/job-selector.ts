import { type Fields, fieldsOrEmpty, openObject, textOf } from '../reading.ts'

/** A Job's pods are told apart by its UID: Kubernetes `pkg/registry/batch/job/strategy.go`, 1.34. */
export function generateJobSelector(job: Fields): void {
  const spec = openObject(job, 'spec')
  if (spec === undefined || spec['manualSelector'] === true) return
  const metadata = fieldsOrEmpty(job['metadata'])
  const uid = textOf(metadata['uid'])
  const name = textOf(metadata['name'])
  const template = openObject(spec, 'template')
  const templateMeta = template === undefined ? undefined : openObject(template, 'metadata')
  const labels = templateMeta === undefined ? undefined : openObject(templateMeta, 'labels')
  const selector = openObject(spec, 'selector')
  const matchLabels = selector === undefined ? undefined : openObject(selector, 'matchLabels')
  if (labels === undefined || matchLabels === undefined) return
  // What the user set stays; validation refuses it when it says something else.
  labels['batch.kubernetes.io/job-name'] ??= name
  labels['job-name'] ??= name
  labels['batch.kubernetes.io/controller-uid'] ??= uid
  labels['controller-uid'] ??= uid
  matchLabels['batch.kubernetes.io/controller-uid'] ??= uid
}
