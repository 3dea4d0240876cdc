/** A field of a type: the type that it holds, or a list. `merge` are the fields that name an item of a list that merges. */
type FieldType = string | { readonly merge?: readonly string[]; readonly of?: string }

const byName = { merge: ['name'] } as const
const byType = { merge: ['type'] } as const
const conditions = { conditions: byType } as const
const podTemplate = { template: 'PodTemplate' } as const

/**
 * The types of the Kubernetes 1.21.2 API that hold lists which merge (`x-kubernetes-patch-strategy` with `merge`), reduced to the fields that lead
 * to such a list. Facts of the OpenAPI document that kustomize 5.6 and 5.7 carry; types of equal content share a name here.
 */
export const builtInTypes: Readonly<Record<string, Readonly<Record<string, FieldType>>>> = {
  Metadata: { finalizers: { merge: [] }, ownerReferences: { merge: ['uid'] } },
  Object: { metadata: 'Metadata' },
  Webhooks: { metadata: 'Metadata', webhooks: byName },
  WithConditions: { metadata: 'Metadata', status: 'Conditions' },
  Conditions: conditions,

  PodTemplateObject: { metadata: 'Metadata', ...podTemplate },
  PodTemplate: { metadata: 'Metadata', spec: 'PodSpec' },
  Pod: { metadata: 'Metadata', spec: 'PodSpec', status: 'PodStatus' },
  PodStatus: { ...conditions, podIPs: { merge: ['ip'] } },
  PodSpec: {
    containers: { ...byName, of: 'Container' },
    ephemeralContainers: { ...byName, of: 'EphemeralContainer' },
    hostAliases: { merge: ['ip'] },
    imagePullSecrets: byName,
    initContainers: { ...byName, of: 'Container' },
    topologySpreadConstraints: { merge: ['topologyKey', 'whenUnsatisfiable'] },
    volumes: { ...byName, of: 'Volume' },
  },
  Container: {
    env: byName,
    ports: { merge: ['containerPort', 'protocol'] },
    volumeDevices: { merge: ['devicePath'] },
    volumeMounts: { merge: ['mountPath'] },
  },
  EphemeralContainer: { env: byName, volumeDevices: { merge: ['devicePath'] }, volumeMounts: { merge: ['mountPath'] } },
  Volume: { ephemeral: 'EphemeralVolume' },
  EphemeralVolume: { volumeClaimTemplate: 'Object' },

  Workload: { metadata: 'Metadata', spec: 'WorkloadSpec', status: 'Conditions' },
  WorkloadSpec: podTemplate,
  StatefulSet: { metadata: 'Metadata', spec: 'StatefulSetSpec', status: 'Conditions' },
  StatefulSetSpec: { ...podTemplate, volumeClaimTemplates: { of: 'WithConditions' } },
  CronJob: { metadata: 'Metadata', spec: 'CronJobSpec' },
  CronJobSpec: { jobTemplate: 'JobTemplate' },
  JobTemplate: { metadata: 'Metadata', spec: 'WorkloadSpec' },

  Service: { metadata: 'Metadata', spec: 'ServiceSpec', status: 'Conditions' },
  ServiceSpec: { ports: { merge: ['port', 'protocol'] } },
  ServiceAccount: { metadata: 'Metadata', secrets: byName },
  ComponentStatus: { metadata: 'Metadata', conditions: byType },
  Node: { metadata: 'Metadata', spec: 'NodeSpec', status: 'NodeStatus' },
  NodeSpec: { podCIDRs: { merge: [] } },
  NodeStatus: { ...conditions, addresses: byType },
  CSINode: { metadata: 'Metadata', spec: 'CSINodeSpec' },
  CSINodeSpec: { drivers: byName },
}

/** Kinds of the Kubernetes 1.21.2 API by their version, those that are nothing but an `Object` in one string. */
const kinds: Readonly<Record<string, readonly [plain: string, special?: Readonly<Record<string, string>>]>> = {
  v1: [
    'Binding ConfigMap Endpoints Event LimitRange PersistentVolume ResourceQuota Secret',
    {
      ComponentStatus: 'ComponentStatus',
      Namespace: 'WithConditions',
      Node: 'Node',
      PersistentVolumeClaim: 'WithConditions',
      Pod: 'Pod',
      PodTemplate: 'PodTemplateObject',
      ReplicationController: 'Workload',
      Service: 'Service',
      ServiceAccount: 'ServiceAccount',
    },
  ],
  'admissionregistration.k8s.io/v1': ['', { MutatingWebhookConfiguration: 'Webhooks', ValidatingWebhookConfiguration: 'Webhooks' }],
  'admissionregistration.k8s.io/v1beta1': ['', { MutatingWebhookConfiguration: 'Webhooks', ValidatingWebhookConfiguration: 'Webhooks' }],
  'apiextensions.k8s.io/v1': ['CustomResourceDefinition'],
  'apiextensions.k8s.io/v1beta1': ['CustomResourceDefinition'],
  'apiregistration.k8s.io/v1': ['', { APIService: 'WithConditions' }],
  'apiregistration.k8s.io/v1beta1': ['', { APIService: 'WithConditions' }],
  'apps/v1': ['ControllerRevision', { DaemonSet: 'Workload', Deployment: 'Workload', ReplicaSet: 'Workload', StatefulSet: 'StatefulSet' }],
  'authentication.k8s.io/v1': ['TokenRequest TokenReview'],
  'authentication.k8s.io/v1beta1': ['TokenReview'],
  'authorization.k8s.io/v1': ['LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview'],
  'authorization.k8s.io/v1beta1': ['LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview'],
  'autoscaling/v1': ['HorizontalPodAutoscaler Scale'],
  'autoscaling/v2beta1': ['HorizontalPodAutoscaler'],
  'autoscaling/v2beta2': ['HorizontalPodAutoscaler'],
  'batch/v1': ['', { CronJob: 'CronJob', Job: 'Workload' }],
  'batch/v1beta1': ['', { CronJob: 'CronJob' }],
  'certificates.k8s.io/v1': ['CertificateSigningRequest'],
  'certificates.k8s.io/v1beta1': ['CertificateSigningRequest'],
  'coordination.k8s.io/v1': ['Lease'],
  'coordination.k8s.io/v1beta1': ['Lease'],
  'discovery.k8s.io/v1': ['EndpointSlice'],
  'discovery.k8s.io/v1beta1': ['EndpointSlice'],
  'events.k8s.io/v1': ['Event'],
  'events.k8s.io/v1beta1': ['Event'],
  'extensions/v1beta1': ['Ingress'],
  'flowcontrol.apiserver.k8s.io/v1beta1': ['FlowSchema PriorityLevelConfiguration'],
  'networking.k8s.io/v1': ['Ingress IngressClass NetworkPolicy'],
  'networking.k8s.io/v1beta1': ['Ingress IngressClass'],
  'node.k8s.io/v1': ['RuntimeClass'],
  'node.k8s.io/v1beta1': ['RuntimeClass'],
  'policy/v1': ['', { PodDisruptionBudget: 'WithConditions' }],
  'policy/v1beta1': ['Eviction PodSecurityPolicy', { PodDisruptionBudget: 'WithConditions' }],
  'rbac.authorization.k8s.io/v1': ['ClusterRole ClusterRoleBinding Role RoleBinding'],
  'rbac.authorization.k8s.io/v1beta1': ['ClusterRole ClusterRoleBinding Role RoleBinding'],
  'scheduling.k8s.io/v1': ['PriorityClass'],
  'scheduling.k8s.io/v1beta1': ['PriorityClass'],
  'storage.k8s.io/v1': ['CSIDriver StorageClass VolumeAttachment', { CSINode: 'CSINode' }],
  'storage.k8s.io/v1beta1': ['CSIDriver CSIStorageCapacity StorageClass VolumeAttachment', { CSINode: 'CSINode' }],
}

/** Name of the type in `builtInTypes`; undefined for a kind that Kubernetes 1.21.2 does not have. */
export function builtInTypeOf(apiVersion: string, kind: string): string | undefined {
  const known = Object.hasOwn(kinds, apiVersion) ? kinds[apiVersion] : undefined
  if (known === undefined) return undefined
  const [plain, special = {}] = known
  if (Object.hasOwn(special, kind)) return special[kind]
  return plain.split(' ').includes(kind) ? 'Object' : undefined
}
