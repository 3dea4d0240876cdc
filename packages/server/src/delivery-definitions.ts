import type { KubeObject } from '@plimsoll/kube'

const preserve = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

/** What our own kinds need for a cluster to store them. What is inside is checked by us, with better words (`deliveryProblems`). */
export const deliveryDefinitions: readonly KubeObject[] = [
  definition(
    { kind: 'Delivery', plural: 'deliveries' },
    [
      { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
      { name: 'Message', type: 'string', jsonPath: '.status.message' },
    ],
    { subresources: { status: {} }, status: preserve },
  ),
  definition(
    { kind: 'Release', plural: 'releases' },
    [
      { name: 'Delivery', type: 'string', jsonPath: '.spec.delivery' },
      { name: 'Title', type: 'string', jsonPath: '.spec.title' },
      { name: 'Author', type: 'string', jsonPath: '.spec.author' },
      { name: 'Verdict', type: 'string', jsonPath: '.spec.verdict' },
    ],
    {},
  ),
]

function definition(
  { kind, plural }: { kind: string; plural: string },
  columns: readonly object[],
  { subresources, status }: { subresources?: object; status?: object },
): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.plimsoll.dev`, labels: { 'app.kubernetes.io/part-of': 'plimsoll' } },
    spec: {
      group: 'plimsoll.dev',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          ...(subresources && { subresources }),
          additionalPrinterColumns: columns,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              required: ['spec'],
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                metadata: { type: 'object' },
                spec: preserve,
                ...(status && { status }),
              },
            },
          },
        },
      ],
    },
  }
}
