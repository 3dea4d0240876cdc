import { describe, expect, it } from 'vitest'
import { builtInKinds, openApiTypeName, typeSchemaFor, typeSchemaNamed } from './built-in-schema.ts'
import { compileStructuralSchema } from './structural-schema.ts'
import type { FieldSchema, TypeSchema } from './type-schema.ts'

function fieldAt(type: TypeSchema | undefined, path: string): FieldSchema | undefined {
  let at = type
  let found: FieldSchema | undefined
  for (const name of path.split('.')) {
    found = at?.map?.fields.get(name)
    at = found?.type.list?.element ?? found?.type
  }
  return found
}

describe('The schema of a built-in kind', () => {
  const deployment = typeSchemaFor({ group: 'apps', version: 'v1', kind: 'Deployment' })

  it('knows that keys differ between server-side apply and strategic merge', () => {
    const ports = fieldAt(deployment, 'spec.template.spec.containers.ports')

    expect(ports?.type.list?.keys).toEqual(['containerPort', 'protocol'])
    expect(ports?.patchMergeKey).toBe('containerPort')
    expect(fieldAt(deployment, 'spec.template.spec.containers.ports.protocol')?.default).toBe('TCP')
  })

  it('knows sets, atomic lists and atomic maps', () => {
    expect(fieldAt(deployment, 'metadata.finalizers')?.type.list).toMatchObject({ atomic: false, keys: [] })
    expect(fieldAt(deployment, 'spec.template.spec.containers.args')?.type.list?.atomic).toBe(true)
    expect(fieldAt(deployment, 'spec.selector')?.type.map?.atomic).toBe(true)
    expect(fieldAt(deployment, 'metadata.labels')?.type.map).toMatchObject({ atomic: false, element: { scalar: 'string' } })
  })

  it('knows formats, strategies, required fields and protobuf numbers', () => {
    expect(fieldAt(deployment, 'spec.replicas')).toMatchObject({ number: 1, keepsZero: true, type: { scalar: 'numeric', format: 'int32' } })
    expect(fieldAt(deployment, 'spec.strategy')?.patchStrategies).toEqual(['retainKeys'])
    expect(fieldAt(deployment, 'spec.template.spec.volumes')?.patchStrategies).toEqual(['merge', 'retainKeys'])
    expect(fieldAt(deployment, 'spec.selector')?.required).toBe(true)
    expect(fieldAt(deployment, 'spec.template.spec.containers.resources.limits')?.type.map?.element?.format).toBe('quantity')
  })

  it('is there for every kind of the table, whatever refers to itself', () => {
    const names = [...builtInKinds().values()]

    expect(names.length).toBeGreaterThan(100)
    expect(names.every((name) => typeSchemaNamed(name)?.map !== undefined || typeSchemaNamed(name)?.scalar !== undefined)).toBe(true)
    expect(fieldAt(typeSchemaNamed('X.apiextensions.v1.JSONSchemaProps'), 'allOf')?.type.list?.element).toBe(
      typeSchemaNamed('X.apiextensions.v1.JSONSchemaProps'),
    )
  })

  it('is not there for kinds and names that nobody knows', () => {
    expect(typeSchemaFor({ group: 'apps', version: 'v1', kind: '__proto__' })).toBeUndefined()
    expect(typeSchemaFor({ group: '', version: 'v1', kind: 'Deployment' })).toBeUndefined()
    expect(typeSchemaNamed('constructor')).toBeUndefined()
  })
})

describe('The name of a built-in type', () => {
  it('is the one that OpenAPI documents use', () => {
    expect(openApiTypeName('core.v1.PodSpec')).toBe('io.k8s.api.core.v1.PodSpec')
    expect(openApiTypeName('M.apis.meta.v1.ObjectMeta')).toBe('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')
  })

  it('does not hide that a field may be granular where its type is atomic', () => {
    const volume = typeSchemaNamed('core.v1.PersistentVolumeSpec')

    expect(fieldAt(volume, 'claimRef')?.type.map?.atomic).toBe(false)
    expect(typeSchemaNamed('core.v1.ObjectReference')?.map?.atomic).toBe(true)
  })
})

describe('The schema of a custom resource', () => {
  const schema = compileStructuralSchema({
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        required: ['size'],
        properties: {
          size: { type: 'integer', format: 'int64' },
          port: { 'x-kubernetes-int-or-string': true },
          parts: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name', 'kind'],
            items: { type: 'object', properties: { name: { type: 'string' }, kind: { type: 'string', default: 'Part' } } },
          },
          tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
          plain: { type: 'array', items: { type: 'string' } },
          labels: { type: 'object', additionalProperties: { type: 'string' } },
          whole: { type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { a: { type: 'string' } } },
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          template: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
          maybe: { type: 'string', nullable: true },
        },
      },
    },
  })

  it('has the relations that its extensions give', () => {
    expect(fieldAt(schema, 'spec.parts')?.type.list).toMatchObject({ atomic: false, keys: ['kind', 'name'] })
    expect(fieldAt(schema, 'spec.parts.kind')?.default).toBe('Part')
    expect(fieldAt(schema, 'spec.tags')?.type.list).toMatchObject({ atomic: false, keys: [] })
    expect(fieldAt(schema, 'spec.plain')?.type.list?.atomic).toBe(true)
    expect(fieldAt(schema, 'spec.whole')?.type.map?.atomic).toBe(true)
    expect(fieldAt(schema, 'spec.labels')?.type.map?.element?.scalar).toBe('string')
    expect(fieldAt(schema, 'spec.port')?.type.scalar).toBe('untyped')
    expect(fieldAt(schema, 'spec.free')?.type.map?.element?.name).toBe('__untyped_deduced_')
    expect(fieldAt(schema, 'spec.size')).toMatchObject({ required: true, type: { scalar: 'numeric' } })
    expect(fieldAt(schema, 'spec.maybe')?.type.nullable).toBe(true)
  })

  it('has the head of every object, also of embedded ones', () => {
    expect(fieldAt(schema, 'apiVersion')?.type.scalar).toBe('string')
    expect(fieldAt(schema, 'metadata.finalizers')?.type.list?.atomic).toBe(false)
    expect(fieldAt(schema, 'spec.template.metadata.labels')?.type.map?.atomic).toBe(false)
    expect(fieldAt(compileStructuralSchema(undefined), 'metadata.labels')).toBeDefined()
  })

  it('is refused when it is nested without end', () => {
    let deep: Record<string, unknown> = { type: 'string' }
    for (let level = 0; level < 5000; level++) deep = { type: 'object', properties: { a: deep } }

    expect(() => compileStructuralSchema(deep)).toThrow('nested deeper than')
  })
})
