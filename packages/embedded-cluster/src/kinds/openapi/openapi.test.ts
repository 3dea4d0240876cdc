import { expect, test } from 'vitest'
import { at, created, registry } from '../kinds-on-trial.ts'
import { type Fields, fieldsOf } from '../reading.ts'

const apps = registry.openApiV3('apps', 'v1', registry.builtIns())

test('Every reference in a document leads to a schema in it', () => {
  for (const { group, version } of new Set(registry.builtIns().map((kind) => kind.type))) {
    const document = registry.openApiV3(group, version, registry.builtIns())
    const schemas = at(document, 'components', 'schemas') as Fields

    expect([...referencesIn(document)].filter((name) => !Object.hasOwn(schemas, name.replace('#/components/schemas/', '')))).toEqual([])
  }
  const swagger = registry.openApiV2(registry.builtIns())
  expect(
    [...referencesIn(swagger)].filter((name) => !Object.hasOwn(swagger['definitions'] as Fields, name.replace('#/definitions/', ''))),
  ).toEqual([])
})

test('kubectl finds out that a patch can be validated and tried', () => {
  const patch = at(apps, 'paths', '/apis/apps/v1/namespaces/{namespace}/deployments/{name}', 'patch')

  expect(at(patch, 'x-kubernetes-group-version-kind')).toEqual({ group: 'apps', version: 'v1', kind: 'Deployment' })
  expect((at(patch, 'parameters') as Fields[]).map((parameter) => parameter['name'])).toEqual(
    expect.arrayContaining(['fieldValidation', 'dryRun', 'force']),
  )
})

test('Schemas say how lists merge', () => {
  const schemas = at(apps, 'components', 'schemas')
  const container = at(schemas, 'io.k8s.api.core.v1.Container', 'properties', 'ports')

  expect(at(schemas, 'io.k8s.api.apps.v1.Deployment', 'x-kubernetes-group-version-kind')).toEqual([
    { group: 'apps', version: 'v1', kind: 'Deployment' },
  ])
  expect(container).toMatchObject({
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['containerPort', 'protocol'],
    'x-kubernetes-patch-merge-key': 'containerPort',
    'x-kubernetes-patch-strategy': 'merge',
  })
})

test('A custom kind has a document of its own', () => {
  const crd = created(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: models.ml.example.com }
spec:
  group: ml.example.com
  scope: Cluster
  names: { plural: models, kind: Model }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, description: A model, properties: { spec: { type: object, properties: { n: { type: integer, nullable: true } } } } } }
`)
  const { definitions } = registry.fromCustomResourceDefinition(crd)

  const document = registry.openApiV3('ml.example.com', 'v1', definitions)
  const swagger = registry.openApiV2(definitions)

  expect(at(document, 'components', 'schemas', 'com.example.ml.v1.Model')).toMatchObject({
    description: 'A model',
    properties: { metadata: { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }, spec: { type: 'object' } },
    'x-kubernetes-group-version-kind': [{ group: 'ml.example.com', version: 'v1', kind: 'Model' }],
  })
  const patches = at(document, 'paths', '/apis/ml.example.com/v1/models/{name}', 'patch', 'requestBody', 'content')
  // kubectl sends a strategic merge patch to every kind that says so, and a custom kind takes none.
  expect(Object.keys(patches as Fields)).toEqual([
    'application/apply-patch+yaml',
    'application/json-patch+json',
    'application/merge-patch+json',
  ])
  expect(at(swagger, 'paths', '/apis/ml.example.com/v1/models/{name}', 'patch', 'consumes')).toEqual(Object.keys(patches as Fields))
  expect(at(swagger, 'definitions', 'com.example.ml.v1.Model', 'properties', 'spec', 'properties', 'n')).toEqual({})
})

function referencesIn(value: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) referencesIn(item, found)
  const fields = fieldsOf(value)
  if (fields === undefined) return found
  if (typeof fields['$ref'] === 'string') found.add(fields['$ref'])
  for (const item of Object.values(fields)) referencesIn(item, found)
  return found
}
