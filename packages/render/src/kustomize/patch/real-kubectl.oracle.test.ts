import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RenderError } from '../../engine/tree.ts'
import { cloneValue, fieldOf, isObject, type JsonObject, type JsonValue } from '../json.ts'
import { OpenApi } from '../openapi/index.ts'
import { ResourceList } from '../resource-list.ts'
import { Resource } from '../resource.ts'
import { applyJson6902, decodeJson6902 } from './json-6902.ts'
import { buildForReal, findKubectl, objectNamed, withPrototype, writeDocuments } from './kustomize-for-tests.ts'
import { patchResource, patchSelected } from './patch-resource.ts'

/** One call for so many: most of a call's time is spent before anything is patched. */
const casesPerBuild = 40

const name = fc.constantFrom('a', 'b', 'c')
const scalar = fc.constantFrom<JsonValue>('x', '5', 'true', 5, true, 1.5, '', '100m')
const directive = fc.constantFrom('delete', 'replace', 'merge')
const rarely = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { freq: 1, nil: undefined })

function some<Shape extends Record<string, fc.Arbitrary<unknown>>>(shape: Shape, isPatch: boolean): fc.Arbitrary<JsonValue> {
  const base = fc.record(shape, { requiredKeys: [] })
  if (!isPatch) return base as fc.Arbitrary<JsonValue>
  return fc
    .tuple(base, fc.option(directive, { freq: 12 }), fc.option(fc.constantFrom(...Object.keys(shape)), { freq: 12 }))
    .map(
      ([object, word, cleared]) =>
        ({ ...object, ...(cleared === null ? {} : { [cleared]: null }), ...(word === null ? {} : { $patch: word }) }) as JsonValue,
    )
}

function listOf(item: fc.Arbitrary<JsonValue>, isPatch: boolean): fc.Arbitrary<JsonValue> {
  const items = fc.array(item, { maxLength: 3 })
  if (!isPatch) return items
  return fc.tuple(items, rarely(directive)).map(([list, word]) => (word === undefined ? list : [...list, { $patch: word }]))
}

function podSpec(isPatch: boolean): fc.Arbitrary<JsonValue> {
  const port = (key: string) =>
    some({ [key]: fc.constantFrom(80, 81), protocol: fc.constantFrom('TCP', 'UDP'), name: fc.constantFrom('h', 'g') }, isPatch)
  const container = some(
    {
      name,
      image: fc.constantFrom('i', 'j'),
      args: fc.array(scalar, { maxLength: 2 }),
      env: listOf(some({ name, value: scalar }, isPatch), isPatch),
      ports: listOf(port('containerPort'), isPatch),
      volumeMounts: listOf(some({ mountPath: fc.constantFrom('/a', '/b'), name }, isPatch), isPatch),
    },
    isPatch,
  )
  return some(
    {
      containers: listOf(container, isPatch),
      volumes: listOf(some({ name, emptyDir: fc.constant({}), secret: fc.constant({ secretName: 's' }) }, isPatch), isPatch),
      tolerations: fc.array(fc.record({ key: name }), { maxLength: 2 }),
      nodeSelector: some({ a: fc.constant('b'), c: fc.constant('d') }, isPatch),
      topologySpreadConstraints: listOf(
        some({ topologyKey: fc.constantFrom('z', 'h'), whenUnsatisfiable: fc.constantFrom('A', 'B'), maxSkew: fc.nat(2) }, isPatch),
        isPatch,
      ),
    },
    isPatch,
  )
}

const kinds = [
  ['apps/v1', 'Deployment', (spec: JsonValue) => ({ replicas: 1, template: { spec } })],
  ['v1', 'Pod', (spec: JsonValue) => spec],
  ['example.com/v1', 'Holder', (spec: JsonValue) => ({ manifest: { apiVersion: 'v1', kind: 'Pod', spec }, items: [{ name: 'a' }] })],
] as const

const cases = fc.array(
  fc.record({
    kind: fc.nat(kinds.length - 1),
    object: podSpec(false),
    patch: podSpec(true),
    finalizers: fc.tuple(fc.array(name, { maxLength: 3 }), fc.array(name, { maxLength: 3 })),
    hasTarget: fc.boolean(),
  }),
  { minLength: casesPerBuild, maxLength: casesPerBuild },
)

type Case = typeof cases extends fc.Arbitrary<(infer One)[]> ? One : never

function objectOf(one: Case, index: number, which: 0 | 1): JsonObject {
  const [apiVersion, kind, wrap] = kinds[one.kind] ?? kinds[0]
  const metadata = { name: `n${index}`, finalizers: one.finalizers[which] ?? [] }
  const object = cloneValue<JsonValue>({ apiVersion, kind, metadata, spec: wrap(which === 0 ? one.object : one.patch) })
  if (!isObject(object)) throw new Error('no object')
  return object
}

/** Undefined: our own patching fails, so that one cannot ask about all of them at once. */
function patched(one: Case, index: number): unknown {
  const resource = new Resource(objectOf(one, index, 0))
  const patch = new Resource(objectOf(one, index, 1))
  try {
    if (one.hasTarget) patchSelected(ResourceList.of([resource]), [resource], patch, new OpenApi())
    else patchResource(resource, patch, new OpenApi())
  } catch (error) {
    if (error instanceof RenderError) return undefined
    throw error
  }
  return resource.isEmpty ? 'gone' : withPrototype(resource.object)
}

for (const version of ['1.33', '1.34'] as const) {
  const kubectl = findKubectl(version)

  describe.skipIf(kubectl === undefined)(`beside kubectl kustomize ${version} (skipped where kubectl is not installed)`, () => {
    // Where it is missing, this is skipped.
    const program = kubectl as string

    it('merges strategically as it does', { timeout: 120_000 }, () => {
      fc.assert(
        fc.property(cases, (all) => {
          const ours = all.map((one, index) => patched(one, index))
          const asked = all.flatMap((one, index) => (ours[index] === undefined ? [] : [{ one, index }]))

          const real = buildForReal(program, {
            'resources.yaml': asked.map(({ one, index }) => objectOf(one, index, 0)),
            'kustomization.yaml': {
              resources: ['resources.yaml'],
              patches: asked.map(({ one, index }) => ({
                patch: writeDocuments(objectOf(one, index, 1)),
                ...(one.hasTarget ? { target: { name: `n${index}` } } : {}),
              })),
            },
          })

          expect(real).not.toHaveProperty('error')
          const objects = 'objects' in real ? real.objects : []
          for (const { index } of asked) expect(withPrototype(objectNamed(objects, `n${index}`) ?? 'gone')).toEqual(ours[index])
          expect(asked.length).toBeGreaterThan(casesPerBuild / 2)
        }),
        { numRuns: 3 },
      )
    })

    it('applies JSON patches as it does', { timeout: 120_000 }, () => {
      const path = fc.constantFrom(
        '/spec/l/0',
        '/spec/l/-',
        '/spec/l/1',
        '/spec/m/a',
        '/spec/m/z',
        '/spec/n',
        '/spec/l/-1',
        '/data/a~1b',
        '/data/new',
      )
      const value = fc.constantFrom<JsonValue>(1, 'a', null, 1.5, { a: [1, null] }, [], '<&>', 1_000_000)
      const operation = fc.oneof(
        fc.record({ op: fc.constantFrom('add', 'replace'), path, value }),
        fc.record({ op: fc.constant('remove'), path }),
        fc.record({ op: fc.constantFrom('move', 'copy'), from: path, path }),
      )
      const patches = fc.array(fc.array(operation, { minLength: 1, maxLength: 4 }), { minLength: casesPerBuild, maxLength: casesPerBuild })
      const objectAt = (index: number) =>
        cloneValue<JsonObject>({
          apiVersion: 'example.com/v1',
          kind: 'Thing',
          metadata: { name: `n${index}` },
          spec: { l: [1, 'two', { three: 3 }], m: { a: { b: 'c' } }, n: null },
          data: { 'a/b': 'c' },
        })

      fc.assert(
        fc.property(patches, (all) => {
          const ours = all.map((operations, index) => {
            try {
              return applyJson6902(objectAt(index), decodeJson6902(cloneValue<JsonValue>(operations)))
            } catch (error) {
              if (error instanceof RenderError) return undefined
              throw error
            }
          })
          const asked = all.flatMap((operations, index) => (ours[index] === undefined ? [] : [{ operations, index }]))

          const real = buildForReal(program, {
            'resources.yaml': asked.map(({ index }) => objectAt(index)),
            'kustomization.yaml': {
              resources: ['resources.yaml'],
              patches: asked.map(({ operations, index }) => ({ patch: JSON.stringify(operations), target: { name: `n${index}` } })),
            },
          })

          expect(real).not.toHaveProperty('error')
          const objects = 'objects' in real ? real.objects : []
          for (const { index } of asked) expect(withPrototype(objectNamed(objects, `n${index}`))).toEqual(withPrototype(ours[index]))
        }),
        { numRuns: 3 },
      )
    })

    it('refuses a JSON patch in its words', () => {
      const refused = (operation: JsonObject) => {
        try {
          applyJson6902(cloneValue<JsonObject>({ spec: { l: [1] } }), [operation])
        } catch (error) {
          return error instanceof RenderError ? error.message : error
        }
        return undefined
      }
      const operations: JsonObject[] = [
        { op: 'add', path: '/zz/y', value: 1 },
        { op: 'remove', path: '/spec/x' },
        { op: 'add', path: '/spec/l/7', value: 1 },
        { op: 'test', path: '/spec/l/0', value: 2 },
      ]
      for (const operation of operations) {
        const real = buildForReal(program, {
          'resources.yaml': { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'n' }, spec: { l: [1] } },
          'kustomization.yaml': { resources: ['resources.yaml'], patches: [{ patch: JSON.stringify([operation]), target: { name: 'n' } }] },
        })

        expect(fieldOf(real as JsonObject, 'error')).toBe(refused(operation))
      }
    })
  })
}
