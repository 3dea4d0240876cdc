import type { FieldSpec } from './field-spec.ts'

/**
 * Where kustomize 5.7 works by default (`api/internal/konfig/builtinpluginconsts`), arranged by what the places have in common: paths of a pod's
 * specification, times the kinds that have one.
 */
const podTemplate = 'spec/template'
const cronPodTemplate = 'spec/jobTemplate/spec/template'

function rows(paths: readonly string[], kind: Omit<FieldSpec, 'path'>): FieldSpec[] {
  return paths.map((path) => ({ ...kind, path }))
}

function metadataSpecs(field: 'labels' | 'annotations', statefulSet: Omit<FieldSpec, 'path'>): FieldSpec[] {
  const create = true
  return [
    { path: `metadata/${field}`, create },
    { path: `${podTemplate}/metadata/${field}`, create, version: 'v1', kind: 'ReplicationController' },
    ...['Deployment', 'ReplicaSet', 'DaemonSet'].map((kind) => ({ path: `${podTemplate}/metadata/${field}`, create, kind })),
    { ...statefulSet, path: `${podTemplate}/metadata/${field}`, create },
    { path: `${podTemplate}/metadata/${field}`, create, group: 'batch', kind: 'Job' },
    { path: `spec/jobTemplate/metadata/${field}`, create, group: 'batch', kind: 'CronJob' },
    { path: `${cronPodTemplate}/metadata/${field}`, create, group: 'batch', kind: 'CronJob' },
  ]
}

export const annotationSpecs = metadataSpecs('annotations', { kind: 'StatefulSet' })

export const templateLabelSpecs: readonly FieldSpec[] = [
  ...metadataSpecs('labels', { group: 'apps', kind: 'StatefulSet' }),
  { path: 'spec/volumeClaimTemplates[]/metadata/labels', create: true, group: 'apps', kind: 'StatefulSet' },
]

const affinities = ['podAffinity', 'podAntiAffinity'].flatMap((affinity) => [
  `${podTemplate}/spec/affinity/${affinity}/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels`,
  `${podTemplate}/spec/affinity/${affinity}/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels`,
])

export const commonLabelSpecs: readonly FieldSpec[] = [
  { path: 'spec/selector', create: true, version: 'v1', kind: 'Service' },
  { path: 'spec/selector', create: true, version: 'v1', kind: 'ReplicationController' },
  ...['Deployment', 'ReplicaSet', 'DaemonSet'].map((kind) => ({ path: 'spec/selector/matchLabels', create: true, kind })),
  { path: 'spec/selector/matchLabels', create: true, group: 'apps', kind: 'StatefulSet' },
  ...['Deployment', 'StatefulSet'].flatMap((kind) =>
    rows([...affinities, `${podTemplate}/spec/topologySpreadConstraints/labelSelector/matchLabels`], { group: 'apps', kind }),
  ),
  { path: 'spec/selector/matchLabels', group: 'batch', kind: 'Job' },
  { path: 'spec/jobTemplate/spec/selector/matchLabels', group: 'batch', kind: 'CronJob' },
  { path: 'spec/selector/matchLabels', group: 'policy', kind: 'PodDisruptionBudget' },
  ...rows(['spec/podSelector/matchLabels', 'spec/ingress/from/podSelector/matchLabels', 'spec/egress/to/podSelector/matchLabels'], {
    group: 'networking.k8s.io',
    kind: 'NetworkPolicy',
  }),
  ...templateLabelSpecs,
]

export const imageSpecs: readonly FieldSpec[] = ['spec', `${podTemplate}/spec`].flatMap((pod) =>
  rows([`${pod}/containers[]/image`, `${pod}/initContainers[]/image`, `${pod}/volumes[]/image/reference`], { create: true }),
)

export const nameSpecs: readonly FieldSpec[] = [{ path: 'metadata/name' }]

export const namespaceSpecs: readonly FieldSpec[] = [
  { path: 'metadata/name', kind: 'Namespace', create: true },
  { path: 'spec/service/namespace', group: 'apiregistration.k8s.io', kind: 'APIService', create: true },
  { path: 'spec/conversion/webhook/clientConfig/service/namespace', group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' },
]

export const replicaSpecs: readonly FieldSpec[] = ['Deployment', 'ReplicationController', 'ReplicaSet', 'StatefulSet'].map((kind) => ({
  path: 'spec/replicas',
  create: true,
  kind,
}))

const variablePlaces = ['containers', 'initContainers'].flatMap((list) =>
  ['args', 'command', 'env/value', 'volumeMounts/mountPath'].map((place) => `${list}/${place}`),
)

function variableRows(kind: string, pod: string, server: string): FieldSpec[] {
  return rows([...variablePlaces.map((place) => `${pod}/${place}`), server], { kind })
}

export const variableSpecs: readonly FieldSpec[] = [
  // Without `spec` before the volumes, as the real table has it.
  ...variableRows('CronJob', `${cronPodTemplate}/spec`, `${cronPodTemplate}/volumes/nfs/server`),
  ...['DaemonSet', 'Deployment', 'Job', 'ReplicaSet'].flatMap((kind) =>
    variableRows(kind, `${podTemplate}/spec`, `${podTemplate}/spec/volumes/nfs/server`),
  ),
  ...variableRows('StatefulSet', `${podTemplate}/spec`, 'spec/volumeClaimTemplates/spec/nfs/server'),
  ...variableRows('Pod', 'spec', 'spec/volumes/nfs/server'),
  { path: `${podTemplate}/metadata/annotations`, kind: 'Deployment' },
  ...rows(['spec/rules/host', 'spec/tls/hosts', 'spec/tls/secretName'], { kind: 'Ingress' }),
  ...rows(['spec/ports/port', 'spec/ports/targetPort'], { kind: 'Service' }),
  { path: 'spec/nfs/server', kind: 'PersistentVolume' },
  { path: 'metadata/labels' },
  { path: 'metadata/annotations' },
]
