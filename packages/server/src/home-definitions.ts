import type { AppProject } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'

const preserve = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
const labels = (name: string): Record<string, string> => ({ 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'plimsoll' })

/**
 * `applications.argoproj.io`: names, columns and the shape of the outermost fields as in Argo CD's `manifests/crds/application-crd.yaml` (v3). The
 * status is no subresource, as in Argo CD: its clients patch status and operation in one object.
 */
export const applicationDefinition = definition('argoproj.io', {
  names: { kind: 'Application', plural: 'applications', shortNames: ['app', 'apps'] },
  subresources: {},
  columns: [
    { name: 'Sync Status', type: 'string', jsonPath: '.status.sync.status' },
    { name: 'Health Status', type: 'string', jsonPath: '.status.health.status' },
    { name: 'Revision', type: 'string', jsonPath: '.status.sync.revision', priority: 10 },
    { name: 'Project', type: 'string', jsonPath: '.spec.project', priority: 10 },
  ],
  required: ['metadata', 'spec'],
  fields: ['spec', 'status', 'operation'],
})

/** `manifests/crds/appproject-crd.yaml` (v3). */
export const projectDefinition = definition('argoproj.io', {
  names: { kind: 'AppProject', plural: 'appprojects', shortNames: ['appproj', 'appprojs'] },
  required: ['metadata', 'spec'],
  fields: ['spec', 'status'],
})

/** `manifests/crds/applicationset-crd.yaml` (v3). */
const applicationSetDefinition = definition('argoproj.io', {
  names: { kind: 'ApplicationSet', plural: 'applicationsets', shortNames: ['appset', 'appsets'] },
  subresources: { status: {} },
  columns: [
    { name: 'Health Status', type: 'string', jsonPath: '.status.health.status' },
    { name: 'Applications', type: 'integer', jsonPath: '.status.resourcesCount' },
    { name: 'Message', type: 'string', jsonPath: '.status.health.message', priority: 10 },
  ],
  required: ['metadata', 'spec'],
  fields: ['spec', 'status'],
})

const deliveryDefinition = definition('plimsoll.dev', {
  names: { kind: 'Delivery', plural: 'deliveries' },
  subresources: { status: {} },
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
    { name: 'Message', type: 'string', jsonPath: '.status.message' },
  ],
  required: ['spec'],
  fields: ['spec', 'status'],
})

const releaseDefinition = definition('plimsoll.dev', {
  names: { kind: 'Release', plural: 'releases' },
  columns: [
    { name: 'Delivery', type: 'string', jsonPath: '.spec.delivery' },
    { name: 'Title', type: 'string', jsonPath: '.spec.title' },
    { name: 'Author', type: 'string', jsonPath: '.spec.author' },
    { name: 'Verdict', type: 'string', jsonPath: '.spec.verdict' },
  ],
  required: ['spec'],
  fields: ['spec'],
})

/** Whatever the home cluster has to store for us. */
export const homeDefinitions: readonly KubeObject[] = [
  applicationDefinition,
  projectDefinition,
  applicationSetDefinition,
  deliveryDefinition,
  releaseDefinition,
]

interface Shape {
  names: { kind: string; plural: string; shortNames?: string[] }
  subresources?: object
  columns?: readonly object[]
  required: readonly string[]
  /** Whose content is checked by us, with better words: nothing that a newer version knows is lost. */
  fields: readonly string[]
}

/** As much of a definition as a cluster needs to store objects of a kind. */
function definition(group: string, { names, subresources, columns, required, fields }: Shape): KubeObject {
  const { kind, plural } = names
  const name = `${plural}.${group}`
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name, labels: labels(name) },
    spec: {
      group,
      names: { ...names, listKind: `${kind}List`, singular: kind.toLowerCase() },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          ...(subresources && { subresources }),
          ...(columns && { additionalPrinterColumns: columns }),
          schema: {
            openAPIV3Schema: {
              type: 'object',
              required,
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                metadata: { type: 'object' },
                ...Object.fromEntries(fields.map((field) => [field, preserve])),
              },
            },
          },
        },
      ],
    },
  }
}

/** What an installation has from the beginning: a project that allows everything. */
export function defaultProject(namespace: string): KubeObject & AppProject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'default', namespace },
    spec: {
      sourceRepos: ['*'],
      destinations: [{ server: '*', namespace: '*' }],
      clusterResourceWhitelist: [{ group: '*', kind: '*' }],
    },
  }
}
