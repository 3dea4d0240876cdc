import type { AppProject } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'

const preserve = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

/** `appprojects.argoproj.io`, as far as a cluster needs it to store them (Argo CD's `manifests/crds/appproject-crd.yaml`, v3). What is inside is checked by us. */
export const projectDefinition: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'appprojects.argoproj.io',
    labels: { 'app.kubernetes.io/name': 'appprojects.argoproj.io', 'app.kubernetes.io/part-of': 'plimsoll' },
  },
  spec: {
    group: 'argoproj.io',
    names: {
      kind: 'AppProject',
      listKind: 'AppProjectList',
      plural: 'appprojects',
      singular: 'appproject',
      shortNames: ['appproj', 'appprojs'],
    },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['metadata', 'spec'],
            properties: {
              apiVersion: { type: 'string' },
              kind: { type: 'string' },
              metadata: { type: 'object' },
              spec: preserve,
              status: preserve,
            },
          },
        },
      },
    ],
  },
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
