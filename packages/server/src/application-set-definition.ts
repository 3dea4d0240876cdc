import type { KubeObject } from '@plimsoll/kube'

const preserve = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

/**
 * `applicationsets.argoproj.io`, as far as a cluster needs it to store them: names, columns and the shape of the outermost fields as in Argo CD's
 * `manifests/crds/applicationset-crd.yaml` (v3). What is inside is checked by us, with better words.
 */
export const applicationSetDefinition: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'applicationsets.argoproj.io',
    labels: { 'app.kubernetes.io/name': 'applicationsets.argoproj.io', 'app.kubernetes.io/part-of': 'plimsoll' },
  },
  spec: {
    group: 'argoproj.io',
    names: {
      kind: 'ApplicationSet',
      listKind: 'ApplicationSetList',
      plural: 'applicationsets',
      singular: 'applicationset',
      shortNames: ['appset', 'appsets'],
    },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: 'Health Status', type: 'string', jsonPath: '.status.health.status' },
          { name: 'Applications', type: 'integer', jsonPath: '.status.resourcesCount' },
          { name: 'Message', type: 'string', jsonPath: '.status.health.message', priority: 10 },
        ],
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
