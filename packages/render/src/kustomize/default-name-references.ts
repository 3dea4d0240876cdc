import type { FieldSpec } from './field-spec.ts'
import type { Gvk } from './resource-id.ts'

/** Where objects of a kind are named by others. */
export interface NameReference extends Partial<Gvk> {
  referrers: readonly FieldSpec[]
}

/** Kinds that hold a pod's specification, and where; `version` only where the real table names one. */
const pods: readonly (FieldSpec & { kind: string })[] = [
  { kind: 'Pod', version: 'v1', path: 'spec' },
  { kind: 'PodTemplate', path: 'template/spec' },
  ...['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet', 'Job'].map((kind) => ({ kind, path: 'spec/template/spec' })),
  { kind: 'CronJob', path: 'spec/jobTemplate/spec/template/spec' },
]

/** Those for the names that only the pod itself has: without replica sets and templates, with replication controllers. */
const workloads: readonly (FieldSpec & { kind: string })[] = [
  { kind: 'Pod', path: 'spec' },
  ...['StatefulSet', 'Deployment', 'ReplicationController', 'Job', 'DaemonSet'].map((kind) => ({ kind, path: 'spec/template/spec' })),
  { kind: 'CronJob', path: 'spec/jobTemplate/spec/template/spec' },
]

function inside(holders: readonly FieldSpec[], paths: readonly string[]): FieldSpec[] {
  return holders.flatMap((holder) => paths.map((path) => ({ ...holder, path: `${holder.path}/${path}` })))
}

function containerEnvironment(source: 'configMap' | 'secret'): string[] {
  return ['containers', 'initContainers'].flatMap((list) => [
    `${list}/env/valueFrom/${source}KeyRef/name`,
    `${list}/envFrom/${source}Ref/name`,
  ])
}

const roleRules: readonly FieldSpec[] = ['Role', 'ClusterRole'].map((kind) => ({ kind, path: 'rules/resourceNames' }))
const roleBindings = ['RoleBinding', 'ClusterRoleBinding'].map((kind) => ({ group: 'rbac.authorization.k8s.io', kind }))

/** The places that kustomize 5.7 knows by default (`builtinpluginconsts/namereference.go`). */
export const defaultNameReferences: readonly NameReference[] = [
  ...['Deployment', 'ReplicationController', 'ReplicaSet', 'StatefulSet'].map((kind) => ({
    kind,
    referrers: [{ kind: 'HorizontalPodAutoscaler', path: 'spec/scaleTargetRef/name' }],
  })),
  {
    kind: 'ConfigMap',
    version: 'v1',
    referrers: [
      ...inside(pods, ['volumes/configMap/name', ...containerEnvironment('configMap'), 'volumes/projected/sources/configMap/name']),
      { kind: 'Node', path: 'spec/configSource/configMap' },
      ...roleRules,
      { kind: 'Ingress', path: String.raw`metadata/annotations/nginx.ingress.kubernetes.io\/fastcgi-params-configmap` },
    ],
  },
  {
    kind: 'Secret',
    version: 'v1',
    referrers: [
      ...inside(pods, [
        'volumes/secret/secretName',
        ...containerEnvironment('secret'),
        'imagePullSecrets/name',
        'volumes/projected/sources/secret/name',
      ]),
      { kind: 'Ingress', path: 'spec/tls/secretName' },
      ...[
        'ingress.kubernetes.io\\/auth-secret',
        'nginx.ingress.kubernetes.io\\/auth-secret',
        'nginx.ingress.kubernetes.io\\/auth-tls-secret',
      ].map((annotation) => ({ kind: 'Ingress', path: `metadata/annotations/${annotation}` })),
      { kind: 'ServiceAccount', path: 'imagePullSecrets/name' },
      ...['secretName', 'adminSecretName', 'userSecretName', 'secretRef'].map((name) => ({
        kind: 'StorageClass',
        path: `parameters/${name}`,
      })),
      ...roleRules,
      {
        group: 'serving.knative.dev',
        version: 'v1',
        kind: 'Service',
        path: 'spec/template/spec/containers/env/valueFrom/secretKeyRef/name',
      },
      { kind: 'PersistentVolume', path: 'spec/azureFile/secretName' },
    ],
  },
  {
    kind: 'Service',
    version: 'v1',
    referrers: [
      { group: 'apps', kind: 'StatefulSet', path: 'spec/serviceName' },
      ...[
        'spec/rules/http/paths/backend/serviceName',
        'spec/backend/serviceName',
        'spec/rules/http/paths/backend/service/name',
        'spec/defaultBackend/service/name',
      ].map((path) => ({ kind: 'Ingress', path })),
      { group: 'apiregistration.k8s.io', kind: 'APIService', path: 'spec/service/name' },
      ...['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'].map((kind) => ({
        group: 'admissionregistration.k8s.io',
        kind,
        path: 'webhooks/clientConfig/service',
      })),
    ],
  },
  {
    group: 'rbac.authorization.k8s.io',
    kind: 'Role',
    referrers: [{ group: 'rbac.authorization.k8s.io', kind: 'RoleBinding', path: 'roleRef/name' }],
  },
  {
    group: 'rbac.authorization.k8s.io',
    kind: 'ClusterRole',
    referrers: roleBindings.map((binding) => ({ ...binding, path: 'roleRef/name' })),
  },
  {
    kind: 'ServiceAccount',
    version: 'v1',
    // The whole subject: its namespace is looked at and written too.
    referrers: [...roleBindings.map((binding) => ({ ...binding, path: 'subjects' })), ...inside(workloads, ['serviceAccountName'])],
  },
  { kind: 'PersistentVolumeClaim', version: 'v1', referrers: inside(workloads, ['volumes/persistentVolumeClaim/claimName']) },
  {
    kind: 'PersistentVolume',
    version: 'v1',
    referrers: [
      { kind: 'PersistentVolumeClaim', path: 'spec/volumeName' },
      { kind: 'ClusterRole', path: 'rules/resourceNames' },
    ],
  },
  {
    group: 'storage.k8s.io',
    version: 'v1',
    kind: 'StorageClass',
    referrers: [
      { kind: 'PersistentVolume', path: 'spec/storageClassName' },
      { kind: 'PersistentVolumeClaim', path: 'spec/storageClassName' },
      { kind: 'StatefulSet', path: 'spec/volumeClaimTemplates/spec/storageClassName' },
    ],
  },
  { group: 'scheduling.k8s.io', version: 'v1', kind: 'PriorityClass', referrers: inside(workloads, ['priorityClassName']) },
  // The real table has the version in the group, so that no ingress class is ever found.
  {
    group: 'networking.k8s.io/v1',
    version: 'v1',
    kind: 'IngressClass',
    referrers: [{ kind: 'Ingress', path: 'spec/ingressClassName' }],
  },
  {
    group: 'admissionregistration.k8s.io',
    kind: 'ValidatingAdmissionPolicy',
    referrers: [{ group: 'admissionregistration.k8s.io', kind: 'ValidatingAdmissionPolicyBinding', path: 'spec/policyName' }],
  },
]
