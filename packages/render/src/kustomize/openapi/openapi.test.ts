import { describe, expect, it } from 'vitest'
import { cloneValue, type JsonValue } from '../json.ts'
import { loadCrdReferences } from './crd-configuration.ts'
import { OpenApi } from './open-api.ts'
import type { PatchSchema } from './patch-schema.ts'

function follow(schema: PatchSchema | undefined, path: string): PatchSchema | undefined {
  return path.split('.').reduce<PatchSchema | undefined>((at, part) => (part === '[]' ? at?.elements() : at?.field(part)), schema)
}

function keysAt(apiVersion: string, kind: string, path: string): readonly string[] | undefined {
  return follow(new OpenApi().schemaFor(apiVersion, kind), path)?.mergeKeys
}

describe('the built-in types, those of Kubernetes 1.21.2', () => {
  it.each([
    ['apps/v1', 'Deployment', 'spec.template.spec.containers.[].env', ['name']],
    ['apps/v1', 'StatefulSet', 'spec.template.spec.containers.[].ports', ['containerPort', 'protocol']],
    ['batch/v1', 'CronJob', 'spec.jobTemplate.spec.template.spec.initContainers.[].volumeMounts', ['mountPath']],
    ['v1', 'Service', 'spec.ports', ['port', 'protocol']],
    ['v1', 'Pod', 'spec.topologySpreadConstraints', ['topologyKey', 'whenUnsatisfiable']],
    ['rbac.authorization.k8s.io/v1', 'ClusterRole', 'metadata.finalizers', []],
    ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'webhooks', ['name']],
  ])('merge a list of %s %s at %s by %j', (apiVersion, kind, path, keys) => {
    expect(keysAt(apiVersion, kind, path)).toEqual(keys)
  })

  it.each([
    ['networking.k8s.io/v1', 'Ingress', 'spec.rules'],
    ['rbac.authorization.k8s.io/v1', 'ClusterRole', 'rules'],
    ['v1', 'Pod', 'spec.tolerations'],
    ['apps/v1', 'StatefulSet', 'spec.volumeClaimTemplates'],
    ['v1', 'ServiceAccount', 'imagePullSecrets'],
    // Newer than 1.21.2, and so unknown.
    ['autoscaling/v2', 'HorizontalPodAutoscaler', 'metadata.finalizers'],
  ])('replace a list of %s %s at %s', (apiVersion, kind, path) => {
    expect(keysAt(apiVersion, kind, path)).toBeUndefined()
  })

  it('take constructor and __proto__ for unknown kinds', () => {
    expect(new OpenApi().schemaFor('constructor', '__proto__')).toBeUndefined()
    expect(new OpenApi().schemaFor('v1', 'constructor')).toBeUndefined()
    expect(keysAt('v1', 'Pod', 'constructor.__proto__')).toBeUndefined()
  })
})

const document: JsonValue = cloneValue({
  definitions: {
    'com.example.Thing': {
      'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Thing' }],
      properties: { spec: { $ref: '#/definitions/com.example.~1Spec' }, round: { $ref: '#/definitions/Round' } },
    },
    'com.example./Spec': {
      properties: {
        items: {
          type: 'array',
          items: { $ref: '#/definitions/Item' },
          'x-kubernetes-patch-merge-key': 'id',
          'x-kubernetes-patch-strategy': 'merge,retainKeys',
        },
        byName: { additionalProperties: { $ref: '#/definitions/Item' } },
      },
    },
    Item: { properties: { tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-patch-strategy': 'merge' } } },
    Round: { $ref: '#/definitions/Round' },
  },
  paths: {
    '/apis/example.com/v1/things': { get: { 'x-kubernetes-group-version-kind': { group: 'example.com', version: 'v1', kind: 'Thing' } } },
    '/apis/example.com/v1/namespaces/{namespace}/parts': {
      get: { 'x-kubernetes-group-version-kind': { group: 'example.com', version: 'v1', kind: 'Part' } },
    },
  },
})

describe('a document of openapi.path', () => {
  const openApi = new OpenApi()
  openApi.use({}, document, true)

  it('says which lists merge, through references', () => {
    const thing = openApi.schemaFor('example.com/v1', 'Thing')

    expect(follow(thing, 'spec.items')?.mergeKeys).toEqual(['id'])
    expect(follow(thing, 'spec.items.[].tags')?.mergeKeys).toEqual([])
    expect(follow(thing, 'spec.byName.any.tags')?.mergeKeys).toEqual([])
  })

  it('does not come to an end where a reference leads to itself', () => {
    expect(follow(openApi.schemaFor('example.com/v1', 'Thing'), 'round')).toBeUndefined()
  })

  it('says which kinds are outside of namespaces', () => {
    expect(openApi.isClusterScoped('example.com/v1', 'Thing')).toBe(true)
    expect(openApi.isClusterScoped('example.com/v1', 'Part')).toBe(false)
    expect(openApi.isClusterScoped('v1', 'Namespace')).toBe(true)
  })

  it('takes the place of the built-in types', () => {
    expect(openApi.schemaFor('apps/v1', 'Deployment')).toBeUndefined()
  })

  it('comes in addition to built-in types that were asked for before', () => {
    const late = new OpenApi()
    late.use({}, undefined, true)
    late.isClusterScoped('example.com/v1', 'Other')
    late.use({}, document, false)

    expect(late.schemaFor('apps/v1', 'Deployment')).toBeDefined()
    expect(late.schemaFor('example.com/v1', 'Thing')).toBeDefined()
  })

  it('counts only once', () => {
    const twice = new OpenApi()
    twice.use({}, document, true)
    twice.use({}, cloneValue({ definitions: {} }), false)

    expect(twice.schemaFor('example.com/v1', 'Thing')).toBeDefined()
  })
})

describe('openapi', () => {
  it('names the one version that is built in, or a document', () => {
    expect(() => new OpenApi().use({ version: 'v1.20.4' }, undefined, true)).toThrow('the specified OpenAPI version is not built in')
    expect(() => new OpenApi().use({ version: 'v1.21.2' }, document, true)).toThrow(
      'builtin version and custom schema provided, cannot use both',
    )
  })

  it('fails for a document that is none only when it is needed', () => {
    const openApi = new OpenApi()
    openApi.use({}, 'text', true)

    expect(() => openApi.schemaFor('v1', 'Pod')).toThrow('invalid schema file')
  })
})

describe('a file of crds', () => {
  const object = { kind: {}, apiVersion: {}, metadata: {} }

  it('tells references, selectors, annotations and identities of custom kinds', () => {
    const configuration = loadCrdReferences(
      cloneValue({
        'github.com/example/v1beta1.Bee': { Schema: { properties: { ...object, spec: { $ref: 'github.com/example/v1beta1.BeeSpec' } } } },
        'github.com/example/v1beta1.BeeSpec': {
          Schema: {
            properties: {
              secretRef: { 'x-kubernetes-object-ref-api-version': 'v1', 'x-kubernetes-object-ref-kind': 'Secret' },
              configRef: {
                'x-kubernetes-object-ref-api-version': 'v1',
                'x-kubernetes-object-ref-kind': 'ConfigMap',
                'x-kubernetes-object-ref-name-key': 'title',
              },
              selector: { 'x-kubernetes-label-selector': '' },
              notes: { 'x-kubernetes-annotation': '' },
              id: { 'x-kubernetes-identity': '' },
            },
          },
        },
      }),
      'crds.json',
    )

    expect(configuration).toEqual({
      nameReference: [
        { kind: 'Secret', version: 'v1', fieldSpecs: [{ kind: 'Bee', path: 'spec/secretRef/name' }] },
        { kind: 'ConfigMap', version: 'v1', fieldSpecs: [{ kind: 'Bee', path: 'spec/configRef/title' }] },
      ],
      commonLabels: [{ kind: 'Bee', path: 'spec/selector' }],
      commonAnnotations: [{ kind: 'Bee', path: 'spec/notes' }],
      namePrefix: [{ kind: 'Bee', path: 'spec/id' }],
    })
  })

  it('refuses types that hold themselves', () => {
    const content = cloneValue({ Bee: { Schema: { properties: { ...object, bee: { $ref: 'Bee' } } } } })

    expect(() => loadCrdReferences(content, 'crds.json')).toThrow('refers to itself')
  })

  it('is an object of types', () => {
    expect(() => loadCrdReferences([1], 'crds.json')).toThrow("unable to parse open API definition from 'crds.json'")
    expect(loadCrdReferences(null, 'crds.json').nameReference).toEqual([])
  })
})
