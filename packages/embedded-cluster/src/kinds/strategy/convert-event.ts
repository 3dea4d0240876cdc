import type { KubeObject } from '@plimsoll/kube'

/** Fields that have another name in events.k8s.io/v1: Kubernetes `pkg/apis/events/v1/conversion.go`, 1.34. */
const renamed: readonly (readonly [core: string, events: string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['reportingComponent', 'reportingController'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
]

/** One Event, told as core/v1 or as events.k8s.io/v1, in place. Both are stored as one. */
export function convertEvent(object: KubeObject, toApiVersion: 'v1' | 'events.k8s.io/v1'): void {
  if (object.apiVersion === toApiVersion) return
  object.apiVersion = toApiVersion
  for (const [core, events] of renamed) {
    const [from, to] = toApiVersion === 'v1' ? [events, core] : [core, events]
    if (object[from] === undefined) continue
    object[to] = object[from]
    delete object[from]
  }
  if (toApiVersion === 'v1') object['involvedObject'] ??= {}
}
