import type { KubeObject } from '@plimsoll/kube'
import type { SelectableField } from '../api-server/kind-registry.ts'
import { fieldsOrEmpty } from './reading.ts'

/** Field selectors beyond name and namespace, by `apiVersion/Kind`: the `GetAttrs` functions in Kubernetes `pkg/registry`, 1.34. */
const paths: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'v1/Pod',
    [
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'spec.hostNetwork=false',
      'status.phase',
      'status.podIP',
      'status.nominatedNodeName',
    ],
  ],
  [
    'v1/Event',
    [
      'involvedObject.kind',
      'involvedObject.namespace',
      'involvedObject.name',
      'involvedObject.uid',
      'involvedObject.apiVersion',
      'involvedObject.resourceVersion',
      'involvedObject.fieldPath',
      'reason',
      'reportingComponent',
      'type',
    ],
  ],
  [
    'events.k8s.io/v1/Event',
    [
      'regarding.kind',
      'regarding.namespace',
      'regarding.name',
      'regarding.uid',
      'regarding.apiVersion',
      'regarding.resourceVersion',
      'regarding.fieldPath',
      'reason',
      'reportingController',
      'type',
    ],
  ],
  ['v1/Secret', ['type']],
  ['v1/Namespace', ['status.phase']],
  ['v1/Node', ['spec.unschedulable=false']],
  ['v1/Service', ['spec.clusterIP', 'spec.type']],
  ['v1/ReplicationController', ['status.replicas=0']],
  ['apps/v1/ReplicaSet', ['status.replicas=0']],
  ['batch/v1/Job', ['status.successful=0']],
  ['certificates.k8s.io/v1/CertificateSigningRequest', ['spec.signerName']],
])

export function selectableFieldsOf(id: string): SelectableField[] {
  const fields = (paths.get(id) ?? []).map((entry) => {
    const [path = '', whenUnset = ''] = entry.split('=')
    const steps = path === 'status.successful' ? ['status', 'succeeded'] : path.split('.')
    return { path, valueOf: (object: KubeObject) => readText(object, steps, whenUnset) }
  })
  if (id === 'v1/Event') {
    fields.push({
      path: 'source',
      valueOf: (object) => readText(object, ['source', 'component'], '') || readText(object, ['reportingComponent'], ''),
    })
  }
  return fields
}

function readText(object: KubeObject, steps: readonly string[], whenUnset: string): string {
  let value: unknown = object
  for (const step of steps) value = fieldsOrEmpty(value)[step]
  return value === undefined || value === null || typeof value === 'object' ? whenUnset : String(value as string | number | boolean)
}
