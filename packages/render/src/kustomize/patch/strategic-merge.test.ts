import fc from 'fast-check'
import yaml from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { cloneValue, isObject, type JsonObject } from '../json.ts'
import { OpenApi } from '../openapi/index.ts'
import { readResourceDocument } from '../yaml-text.ts'
import { withPrototype } from './kustomize-for-tests.ts'
import { applyStrategicMergePatch } from './strategic-merge.ts'

// Every expected object was written by `kubectl kustomize` of kubectl 1.34.5 (kustomize 5.7.1), and is the same with 1.33.0 (5.6).
const schemas = new OpenApi()

function read(text: string): JsonObject {
  const value = readResourceDocument(text, 'keep')
  if (!isObject(value)) throw new Error('no object')
  return value
}

function merge(object: string, patch: string): unknown {
  return withPrototype(applyStrategicMergePatch(read(object), read(patch), schemas))
}

function pod(spec: string): string {
  return `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: ${spec}\n`
}

function merged(spec: string, patch: string): unknown {
  const result = merge(pod(spec), pod(patch)) as { spec?: unknown } | null
  return result?.spec
}

describe('a strategic merge patch', () => {
  it('puts the items that it names first, in its own order', () => {
    expect(
      merged(
        '{containers: [{name: a, image: i}, {name: b, image: j, args: [x]}, {name: c}]}',
        '{containers: [{name: n, image: k}, {name: b, image: l}]}',
      ),
    ).toEqual({
      containers: [{ name: 'n', image: 'k' }, { name: 'b', image: 'l', args: ['x'] }, { name: 'a', image: 'i' }, { name: 'c' }],
    })
  })

  it('removes an item, a list and a field', () => {
    expect(
      merged(
        '{containers: [{name: a, env: [{name: A, value: x}]}, {name: b}], volumes: [{name: v}], nodeName: n, tolerations: [{key: k}]}',
        '{containers: [{name: a, $patch: delete}], volumes: [{$patch: delete}], nodeName: null, tolerations: null}',
      ),
    ).toEqual({ containers: [{ name: 'b' }] })
  })

  it('replaces a list and a map, but not an item of a list', () => {
    expect(
      merged(
        '{containers: [{name: a, image: i, args: [x]}], volumes: [{name: v}], securityContext: {runAsUser: 1}}',
        '{containers: [{name: a, image: j, $patch: replace}], volumes: [{$patch: replace}, {name: w}], securityContext: {$patch: replace, fsGroup: 2}}',
      ),
    ).toEqual({ containers: [{ name: 'a', image: 'i', args: ['x'] }], volumes: [{ name: 'w' }], securityContext: { fsGroup: 2 } })
  })

  it('keeps what only the API server understands', () => {
    expect(merged('{nodeName: n}', '{$retainKeys: [a], $setElementOrder/containers: [{name: a}]}')).toEqual({
      nodeName: 'n',
      $retainKeys: ['a'],
      '$setElementOrder/containers': [{ name: 'a' }],
    })
  })

  it('replaces lists of a kind that it does not know', () => {
    const object = 'apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t, finalizers: [a]}\nspec: {items: [{name: a, x: 1}]}\n'
    const patch = 'apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t, finalizers: [b]}\nspec: {items: [{name: b}]}\n'

    expect(merge(object, patch)).toEqual({
      apiVersion: 'example.com/v1',
      kind: 'Thing',
      metadata: { name: 't', finalizers: ['b'] },
      spec: { items: [{ name: 'b' }] },
    })
  })

  it('knows a Pod also inside of something that it does not know', () => {
    const holder = (spec: string) =>
      `apiVersion: example.com/v1\nkind: Holder\nmetadata: {name: h}\nspec: {manifest: {apiVersion: v1, kind: Pod, spec: ${spec}}}\n`

    const result = merge(holder('{containers: [{name: a}]}'), holder('{containers: [{name: b}]}')) as {
      spec: { manifest: { spec: unknown } }
    }

    expect(result.spec.manifest.spec).toEqual({ containers: [{ name: 'b' }, { name: 'a' }] })
  })

  it('merges texts such as finalizers, each once', () => {
    const object = 'apiVersion: v1\nkind: Pod\nmetadata: {name: p, finalizers: [a, b, a]}\n'
    const patch = 'apiVersion: v1\nkind: Pod\nmetadata: {name: p, finalizers: [c, b]}\n'

    expect(merge(object, patch)).toMatchObject({ metadata: { finalizers: ['c', 'b', 'a'] } })
  })

  it('tells ports apart by their protocol, and takes one without for any', () => {
    const service = (ports: string) => `apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: ${ports}}\n`

    expect(
      merge(
        service('[{port: 53, protocol: UDP, name: u}, {port: 53, protocol: TCP, name: t}]'),
        service('[{port: 53, protocol: TCP, targetPort: 5353}]'),
      ),
    ).toMatchObject({
      spec: {
        ports: [
          { port: 53, protocol: 'UDP', name: 'u' },
          { port: 53, protocol: 'TCP', name: 't', targetPort: 5353 },
        ],
      },
    })
    expect(merge(service('[{port: 80, name: web}]'), service('[{port: 80, targetPort: 8080}]'))).toMatchObject({
      spec: { ports: [{ port: 80, name: 'web', targetPort: 8080 }] },
    })
  })

  it('leaves the last of two items of one name, even where it changes nothing', () => {
    expect(merged('{containers: [{name: a, env: [{name: A, value: "1"}, {name: A, value: "2"}]}]}', '{nodeName: n}')).toEqual({
      nodeName: 'n',
      containers: [{ name: 'a', env: [{ name: 'A', value: '2' }] }],
    })
  })

  it('keeps a null that is written out, and drops a field without a value', () => {
    expect(merged('{a: null, b: ~, c: , d: {e: , f: 1}}', '{nodeName: n}')).toEqual({ nodeName: 'n', a: null, b: null, d: { f: 1 } })
  })

  it('makes a text of a value that is put over a quoted one', () => {
    expect(merged('{a: "1", b: "100m", c: 100m, d: 5}', '{a: 2, b: 1.50, c: 1, d: x}')).toEqual({ a: '2', b: '1.50', c: 1, d: 'x' })
  })

  it('removes the object when it says so at the top', () => {
    expect(
      applyStrategicMergePatch(read(pod('{}')), read('apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n$patch: delete\n'), schemas),
    ).toBeUndefined()
  })

  it('complains in the real words', () => {
    expect(() => merged('{containers: [{name: a}]}', '{containers: [{$patch: remove}]}')).toThrow("unknown patch strategy 'remove'")
    expect(() => merged('{nodeName: n}', '{nodeName: {a: b}}')).toThrow('wrong node kind: expected ScalarNode but got MappingNode')
    expect(() => merged('{containers: {a: b}}', '{containers: [{name: a}]}')).toThrow(
      'wrong node kind: expected MappingNode but got SequenceNode',
    )
  })

  it('takes __proto__ and constructor for names', () => {
    const result = merged('{__proto__: {a: 1}}', '{__proto__: {b: 2}, constructor: {c: 3}}') as object

    expect(Object.getOwnPropertyNames(result).toSorted()).toEqual(['__proto__', 'constructor'])
    expect(yaml.dump(result)).toBe('__proto__:\n  a: 1\n  b: 2\nconstructor:\n  c: 3\n')
  })
})

const name = fc.constantFrom('a', 'b', 'c', 'd')
const scalar = fc.oneof(fc.constantFrom('x', 'y', 'z'), fc.integer({ min: 0, max: 9 }), fc.boolean())
const container = fc.record(
  {
    name,
    image: fc.constantFrom('i', 'j'),
    args: fc.array(scalar, { maxLength: 3 }),
    env: fc.uniqueArray(fc.record({ name, value: scalar }), { selector: (env) => env.name, maxLength: 3 }),
  },
  { requiredKeys: ['name'] },
)
const spec = fc.record(
  {
    containers: fc.uniqueArray(container, { selector: (each) => each.name, maxLength: 4 }),
    nodeSelector: fc.dictionary(name, scalar, { maxKeys: 3, noNullPrototype: true }),
    nodeName: scalar,
  },
  { requiredKeys: [] },
)

function podOf(value: unknown): JsonObject {
  // What fast-check makes of these is JSON.
  return cloneValue({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: value as JsonObject })
}

describe('for all Pods and patches without directives', () => {
  it('changes nothing when it is put on a second time', () => {
    fc.assert(
      fc.property(spec, spec, (object, patch) => {
        const once = applyStrategicMergePatch(podOf(object), podOf(patch), schemas)
        const twice = once === undefined ? undefined : applyStrategicMergePatch(once, podOf(patch), schemas)

        expect(withPrototype(twice)).toEqual(withPrototype(once))
      }),
    )
  })

  it('keeps every container of both, those of the patch first', () => {
    fc.assert(
      fc.property(spec, spec, (object, patch) => {
        const names = (list: { name: string }[] | undefined) => (list ?? []).map((each) => each.name)
        const before = names(object.containers)
        const wanted = names(patch.containers)

        const result = withPrototype(applyStrategicMergePatch(podOf(object), podOf(patch), schemas)) as {
          spec?: { containers?: { name: string }[] }
        }

        expect(names(result.spec?.containers)).toEqual([...wanted, ...before.filter((each) => !wanted.includes(each))])
      }),
    )
  })

  it('leaves the object and the patch as they were', () => {
    fc.assert(
      fc.property(spec, spec, (object, patch) => {
        const [target, change] = [podOf(object), podOf(patch)]

        applyStrategicMergePatch(target, change, schemas)

        expect([target, change]).toEqual([podOf(object), podOf(patch)])
      }),
    )
  })
})
