import type { Problems } from '../field-problem.ts'
import { check1035Label, checkLabelName, checkPathSegment, checkSubdomain, type NameCheck } from '../names.ts'
import type { Fields } from '../reading.ts'
import { validateAutoscaler, validateAutoscalerV1 } from './autoscaler.ts'
import {
  validateConfigMap,
  validateEvent,
  validateLease,
  validateLimitRange,
  validateNamespace,
  validateNode,
  validatePriorityClass,
  validateResourceQuota,
  validateRole,
  validateRoleBinding,
  validateSecret,
  validateWebhooks,
} from './configuration.ts'
import { validateCustomResourceDefinition } from '../custom/validate-definition.ts'
import { validateCronJob, validateJob } from './job.ts'
import { validateDisruptionBudget, validateIngress, validateIngressClass, validateNetworkPolicy, validateRuntimeClass } from './network.ts'
import { validatePod, validatePodTemplate, validatePodUpdate } from './pod.ts'
import { validateEndpointSlice, validateEndpoints, validateService } from './service.ts'
import { validateClaim, validateStorageClass, validateVolume } from './storage.ts'
import {
  validateControllerRevision,
  validateDaemonSet,
  validateDeployment,
  validateReplicaSet,
  validateReplicationController,
  validateStatefulSet,
} from './workload.ts'

/** `old` is set on update. */
export type Validator = (object: Fields, old: Fields | undefined, problems: Problems) => void

/** What is checked beyond metadata and types, by `apiVersion/Kind`. */
export const validators: ReadonlyMap<string, Validator> = new Map<string, Validator>([
  [
    'v1/Pod',
    (object, old, problems) => {
      validatePod(object, problems)
      if (old !== undefined) validatePodUpdate(object, old, problems)
    },
  ],
  ['v1/PodTemplate', (object, _old, problems) => validatePodTemplate(object['template'], 'template', problems)],
  ['v1/ReplicationController', validateReplicationController],
  ['v1/Service', validateService],
  ['v1/Endpoints', validateEndpoints],
  ['v1/ConfigMap', validateConfigMap],
  ['v1/Secret', validateSecret],
  ['v1/Namespace', validateNamespace],
  ['v1/Node', validateNode],
  ['v1/Event', validateEvent],
  ['v1/LimitRange', validateLimitRange],
  ['v1/ResourceQuota', validateResourceQuota],
  ['v1/PersistentVolume', validateVolume],
  ['v1/PersistentVolumeClaim', validateClaim],
  ['events.k8s.io/v1/Event', validateEvent],
  ['apps/v1/Deployment', validateDeployment],
  ['apps/v1/ReplicaSet', validateReplicaSet],
  ['apps/v1/StatefulSet', validateStatefulSet],
  ['apps/v1/DaemonSet', validateDaemonSet],
  ['apps/v1/ControllerRevision', validateControllerRevision],
  ['batch/v1/Job', validateJob],
  ['batch/v1/CronJob', validateCronJob],
  ['autoscaling/v1/HorizontalPodAutoscaler', validateAutoscalerV1],
  ['autoscaling/v2/HorizontalPodAutoscaler', validateAutoscaler],
  ['networking.k8s.io/v1/Ingress', validateIngress],
  ['networking.k8s.io/v1/IngressClass', validateIngressClass],
  ['networking.k8s.io/v1/NetworkPolicy', validateNetworkPolicy],
  ['policy/v1/PodDisruptionBudget', validateDisruptionBudget],
  ['rbac.authorization.k8s.io/v1/Role', validateRole(false)],
  ['rbac.authorization.k8s.io/v1/ClusterRole', validateRole(true)],
  ['rbac.authorization.k8s.io/v1/RoleBinding', validateRoleBinding(false)],
  ['rbac.authorization.k8s.io/v1/ClusterRoleBinding', validateRoleBinding(true)],
  ['storage.k8s.io/v1/StorageClass', validateStorageClass],
  ['scheduling.k8s.io/v1/PriorityClass', validatePriorityClass],
  ['node.k8s.io/v1/RuntimeClass', validateRuntimeClass],
  ['coordination.k8s.io/v1/Lease', validateLease],
  ['discovery.k8s.io/v1/EndpointSlice', validateEndpointSlice],
  ['admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration', validateWebhooks],
  ['admissionregistration.k8s.io/v1/MutatingWebhookConfiguration', validateWebhooks],
  ['apiextensions.k8s.io/v1/CustomResourceDefinition', validateCustomResourceDefinition],
])

/** How objects of a kind may be called. Most are DNS subdomains. */
export function nameCheckFor(group: string, kind: string): NameCheck {
  if (group === 'rbac.authorization.k8s.io') return checkPathSegment
  if (group === '' && kind === 'Namespace') return checkLabelName
  if (group === '' && kind === 'Service') return check1035Label
  return checkSubdomain
}
