import type { ResourceType } from '@plimsoll/kube'

/** What `kubectl api-resources` of a 1.34 cluster lists, without beta and alpha versions. */
export interface BuiltInType extends ResourceType {
  /** Absent in kinds that carry no `metadata.generation`. */
  hasGeneration: boolean
  hasStatus: boolean
  isVirtual: boolean
}

const readWrite = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

interface Row {
  /** `Kind plural short,names`; the singular is the kind in lower case. */
  name: string
  scope?: 'cluster'
  subresources?: string
  categories?: string
  generation?: true
  verbs?: string[]
}

/** Groups in the order of discovery of a real cluster; versions of a group with the preferred one first. */
const groups: [groupVersion: string, rows: Row[]][] = [
  [
    'v1',
    [
      { name: 'Binding bindings', verbs: ['create'] },
      { name: 'ComponentStatus componentstatuses cs', scope: 'cluster', verbs: ['get', 'list'] },
      { name: 'ConfigMap configmaps cm' },
      { name: 'Endpoints endpoints ep' },
      { name: 'Event events ev' },
      { name: 'LimitRange limitranges limits' },
      {
        name: 'Namespace namespaces ns',
        scope: 'cluster',
        subresources: 'finalize,status',
        verbs: readWrite.filter((verb) => verb !== 'deletecollection'),
      },
      { name: 'Node nodes no', scope: 'cluster', subresources: 'proxy,status' },
      { name: 'PersistentVolumeClaim persistentvolumeclaims pvc', subresources: 'status' },
      { name: 'PersistentVolume persistentvolumes pv', scope: 'cluster', subresources: 'status' },
      {
        name: 'Pod pods po',
        subresources: 'attach,binding,ephemeralcontainers,eviction,exec,log,portforward,proxy,resize,status',
        categories: 'all',
        generation: true,
      },
      { name: 'PodTemplate podtemplates', generation: true },
      { name: 'ReplicationController replicationcontrollers rc', subresources: 'scale,status', categories: 'all', generation: true },
      { name: 'ResourceQuota resourcequotas quota', subresources: 'status' },
      { name: 'Secret secrets' },
      { name: 'ServiceAccount serviceaccounts sa', subresources: 'token' },
      { name: 'Service services svc', subresources: 'proxy,status', categories: 'all' },
    ],
  ],
  [
    'apiregistration.k8s.io/v1',
    [{ name: 'APIService apiservices', scope: 'cluster', subresources: 'status', categories: 'api-extensions' }],
  ],
  [
    'apps/v1',
    [
      { name: 'ControllerRevision controllerrevisions' },
      { name: 'DaemonSet daemonsets ds', subresources: 'status', categories: 'all', generation: true },
      { name: 'Deployment deployments deploy', subresources: 'scale,status', categories: 'all', generation: true },
      { name: 'ReplicaSet replicasets rs', subresources: 'scale,status', categories: 'all', generation: true },
      { name: 'StatefulSet statefulsets sts', subresources: 'scale,status', categories: 'all', generation: true },
    ],
  ],
  ['events.k8s.io/v1', [{ name: 'Event events ev' }]],
  [
    'authentication.k8s.io/v1',
    [
      { name: 'SelfSubjectReview selfsubjectreviews', scope: 'cluster', verbs: ['create'] },
      { name: 'TokenReview tokenreviews', scope: 'cluster', verbs: ['create'] },
    ],
  ],
  [
    'authorization.k8s.io/v1',
    [
      { name: 'LocalSubjectAccessReview localsubjectaccessreviews', verbs: ['create'] },
      { name: 'SelfSubjectAccessReview selfsubjectaccessreviews', scope: 'cluster', verbs: ['create'] },
      { name: 'SelfSubjectRulesReview selfsubjectrulesreviews', scope: 'cluster', verbs: ['create'] },
      { name: 'SubjectAccessReview subjectaccessreviews', scope: 'cluster', verbs: ['create'] },
    ],
  ],
  ['autoscaling/v2', [{ name: 'HorizontalPodAutoscaler horizontalpodautoscalers hpa', subresources: 'status', categories: 'all' }]],
  ['autoscaling/v1', [{ name: 'HorizontalPodAutoscaler horizontalpodautoscalers hpa', subresources: 'status', categories: 'all' }]],
  [
    'batch/v1',
    [
      { name: 'CronJob cronjobs cj', subresources: 'status', categories: 'all', generation: true },
      { name: 'Job jobs', subresources: 'status', categories: 'all', generation: true },
    ],
  ],
  [
    'certificates.k8s.io/v1',
    [{ name: 'CertificateSigningRequest certificatesigningrequests csr', scope: 'cluster', subresources: 'approval,status' }],
  ],
  [
    'networking.k8s.io/v1',
    [
      { name: 'IngressClass ingressclasses', scope: 'cluster', generation: true },
      { name: 'Ingress ingresses ing', subresources: 'status', generation: true },
      { name: 'IPAddress ipaddresses ip', scope: 'cluster' },
      { name: 'NetworkPolicy networkpolicies netpol', generation: true },
      { name: 'ServiceCIDR servicecidrs', scope: 'cluster', subresources: 'status' },
    ],
  ],
  ['policy/v1', [{ name: 'PodDisruptionBudget poddisruptionbudgets pdb', subresources: 'status', generation: true }]],
  [
    'rbac.authorization.k8s.io/v1',
    [
      { name: 'ClusterRoleBinding clusterrolebindings', scope: 'cluster' },
      { name: 'ClusterRole clusterroles', scope: 'cluster' },
      { name: 'RoleBinding rolebindings' },
      { name: 'Role roles' },
    ],
  ],
  [
    'storage.k8s.io/v1',
    [
      { name: 'CSIDriver csidrivers', scope: 'cluster', generation: true },
      { name: 'CSINode csinodes', scope: 'cluster' },
      { name: 'CSIStorageCapacity csistoragecapacities' },
      { name: 'StorageClass storageclasses sc', scope: 'cluster' },
      { name: 'VolumeAttachment volumeattachments', scope: 'cluster', subresources: 'status' },
      { name: 'VolumeAttributesClass volumeattributesclasses vac', scope: 'cluster' },
    ],
  ],
  [
    'admissionregistration.k8s.io/v1',
    [
      {
        name: 'MutatingWebhookConfiguration mutatingwebhookconfigurations',
        scope: 'cluster',
        categories: 'api-extensions',
        generation: true,
      },
      {
        name: 'ValidatingAdmissionPolicy validatingadmissionpolicies',
        scope: 'cluster',
        subresources: 'status',
        categories: 'api-extensions',
        generation: true,
      },
      {
        name: 'ValidatingAdmissionPolicyBinding validatingadmissionpolicybindings',
        scope: 'cluster',
        categories: 'api-extensions',
        generation: true,
      },
      {
        name: 'ValidatingWebhookConfiguration validatingwebhookconfigurations',
        scope: 'cluster',
        categories: 'api-extensions',
        generation: true,
      },
    ],
  ],
  [
    'apiextensions.k8s.io/v1',
    [
      {
        name: 'CustomResourceDefinition customresourcedefinitions crd,crds',
        scope: 'cluster',
        subresources: 'status',
        categories: 'api-extensions',
        generation: true,
      },
    ],
  ],
  ['scheduling.k8s.io/v1', [{ name: 'PriorityClass priorityclasses pc', scope: 'cluster', generation: true }]],
  ['coordination.k8s.io/v1', [{ name: 'Lease leases' }]],
  ['node.k8s.io/v1', [{ name: 'RuntimeClass runtimeclasses', scope: 'cluster' }]],
  ['discovery.k8s.io/v1', [{ name: 'EndpointSlice endpointslices', generation: true }]],
  [
    'flowcontrol.apiserver.k8s.io/v1',
    [
      { name: 'FlowSchema flowschemas', scope: 'cluster', subresources: 'status', generation: true },
      { name: 'PriorityLevelConfiguration prioritylevelconfigurations', scope: 'cluster', subresources: 'status', generation: true },
    ],
  ],
]

/** Every built-in type, one per served version. */
export const builtInTypes: readonly BuiltInType[] = groups.flatMap(([groupVersion, rows]) => rows.map((row) => expand(groupVersion, row)))

function expand(groupVersion: string, row: Row): BuiltInType {
  const [kind = '', plural = '', shortNames] = row.name.split(' ')
  const [group, version] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion]
  const verbs = row.verbs ?? readWrite
  return {
    group: group ?? '',
    version: version ?? '',
    kind,
    plural,
    singular: kind.toLowerCase(),
    ...(shortNames === undefined ? {} : { shortNames: shortNames.split(',') }),
    ...(row.categories === undefined ? {} : { categories: row.categories.split(',') }),
    namespaced: row.scope !== 'cluster',
    verbs,
    subresources: row.subresources?.split(',') ?? [],
    hasGeneration: row.generation === true,
    hasStatus: row.subresources?.split(',').includes('status') ?? false,
    isVirtual: !verbs.includes('update'),
  }
}

/** Subresources whose body is of another kind than their resource's: `plural/subresource` to apiVersion and kind. */
export const subresourceKinds: ReadonlyMap<string, { group: string; version: string; kind: string; verbs: readonly string[] }> = new Map([
  ['pods/binding', { group: '', version: 'v1', kind: 'Binding', verbs: ['create'] }],
  ['pods/eviction', { group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] }],
  ['pods/attach', { group: '', version: 'v1', kind: 'PodAttachOptions', verbs: ['create', 'get'] }],
  ['pods/exec', { group: '', version: 'v1', kind: 'PodExecOptions', verbs: ['create', 'get'] }],
  ['pods/portforward', { group: '', version: 'v1', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] }],
  ['pods/proxy', { group: '', version: 'v1', kind: 'PodProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] }],
  ['services/proxy', { group: '', version: 'v1', kind: 'ServiceProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] }],
  ['nodes/proxy', { group: '', version: 'v1', kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] }],
  ['serviceaccounts/token', { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] }],
  ['*/scale', { group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] }],
])
