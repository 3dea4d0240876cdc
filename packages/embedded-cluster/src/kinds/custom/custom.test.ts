import type { KubeObject } from '@plimsoll/kube'
import { describe, expect, test } from 'vitest'
import { at, created, kindOf, parse, problemsOf, registry } from '../kinds-on-trial.ts'
import type { Kind } from '../kind.ts'
import { type Fields, fieldsOrEmpty } from '../reading.ts'
import { findAll, parseJsonPath } from './json-path.ts'
import { compilePattern } from './pattern.ts'

const crd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: models.ml.example.com }
spec:
  group: ml.example.com
  scope: Namespaced
  names: { plural: models, kind: Model, shortNames: [md], categories: [all] }
  versions:
    - name: v1
      served: true
      storage: true
      subresources:
        status: {}
        scale: { specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas, labelSelectorPath: .status.selector }
      additionalPrinterColumns:
        - { name: Replicas, type: integer, jsonPath: .spec.replicas }
        - { name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status' }
        - { name: Born, type: date, jsonPath: .metadata.creationTimestamp, priority: 1 }
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            spec:
              type: object
              required: [name]
              properties:
                name: { type: string, pattern: '^[a-z]+(-[a-z]+)*$', maxLength: 20 }
                replicas: { type: integer, minimum: 0, maximum: 10, default: 2 }
                stage: { type: string, enum: [dev, prod], default: dev }
                port: { x-kubernetes-int-or-string: true, anyOf: [{ type: integer }, { type: string }] }
                tags: { type: array, x-kubernetes-list-type: set, items: { type: string } }
                ports:
                  type: array
                  x-kubernetes-list-type: map
                  x-kubernetes-list-map-keys: [name]
                  items:
                    type: object
                    required: [name]
                    properties: { name: { type: string }, port: { type: integer, default: 80 } }
                free: { type: object, x-kubernetes-preserve-unknown-fields: true }
                labels: { type: object, additionalProperties: { type: string } }
                note: { type: string, nullable: true }
                one: { type: object, properties: { a: { type: string }, b: { type: string } }, oneOf: [{ required: [a] }, { required: [b] }] }
            status:
              type: object
              x-kubernetes-preserve-unknown-fields: true
`

function modelKind(text = crd): Kind {
  const { definitions, problems } = registry.fromCustomResourceDefinition(created(text))
  expect(problems).toEqual([])
  return definitions[0] as Kind
}

function model(spec: string, metadata = 'name: m, namespace: default'): KubeObject {
  return parse(`{apiVersion: ml.example.com/v1, kind: Model, metadata: {${metadata}}, spec: ${spec}}`)
}

function problems(spec: string): string[] {
  const object = model(spec)
  const kind = modelKind()
  kind.prune(object)
  kind.applyDefaults(object)
  return kind.validate(object, undefined, '').map((problem) => `${problem.field}: ${problem.message}`)
}

describe('A custom kind', () => {
  const kind = modelKind()

  test('is called and reached as its definition says', () => {
    expect(kind.type).toMatchObject({
      group: 'ml.example.com',
      version: 'v1',
      plural: 'models',
      singular: 'model',
      shortNames: ['md'],
      categories: ['all'],
      namespaced: true,
      subresources: ['status', 'scale'],
    })
    expect(kind.scale).toEqual({ specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', labelSelector: 'status.selector' })
    expect(kind.listKind).toBe('ModelList')
  })

  test('drops what its schema does not know, but not where it keeps everything', () => {
    const object = model('{name: a, extra: 1, free: {any: {thing: 1}}, ports: [{name: x, extra: 1}], labels: {k: v}}')

    const pruned = kind.prune(object)

    expect(pruned).toEqual(['unknown field "spec.extra"', 'unknown field "spec.ports[0].extra"'])
    expect(object['spec']).toEqual({ name: 'a', free: { any: { thing: 1 } }, ports: [{ name: 'x' }], labels: { k: 'v' } })
    expect(kind.prune(object)).toEqual([])
  })

  test('fills in defaults, in lists too, and only once', () => {
    const object = model('{name: a, replicas: null, ports: [{name: x}]}')

    kind.applyDefaults(object)
    const once = structuredClone(object)
    kind.applyDefaults(object)

    expect(once['spec']).toEqual({ name: 'a', replicas: 2, stage: 'dev', ports: [{ name: 'x', port: 80 }] })
    expect(object).toEqual(once)
  })

  test('takes what is right', () => {
    expect(problems('{name: a-b, port: http, note: null, one: {a: x}, tags: [a, b]}')).toEqual([])
    expect(problems('{name: a, port: 80}')).toEqual([])
  })

  test.each([
    ['{}', 'spec.name: Required value'],
    ['{name: A}', 'spec.name: Invalid value: "A": spec.name in body should match \'^[a-z]+(-[a-z]+)*$\''],
    ['{name: aaaaaaaaaaaaaaaaaaaaaaaaa}', 'spec.name: Too long: may not be more than 20 bytes'],
    ['{name: a, replicas: 11}', 'spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10'],
    ['{name: a, replicas: -1}', 'spec.replicas: Invalid value: -1: spec.replicas in body should be greater than or equal to 0'],
    ['{name: a, replicas: many}', 'spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"'],
    ['{name: a, stage: test}', 'spec.stage: Unsupported value: "test": supported values: "dev", "prod"'],
    ['{name: a, port: 1.5}', 'spec.port: Invalid value: "number": spec.port in body must be of type integer,string: "number"'],
    ['{name: a, tags: [x, y, x]}', 'spec.tags[2]: Duplicate value: "x"'],
    ['{name: a, ports: [{name: x}, {name: x}]}', 'spec.ports[1]: Duplicate value: {"name":"x"}'],
    ['{name: a, labels: {k: 1}}', 'spec.labels.k: Invalid value: "integer": spec.labels.k in body must be of type string: "integer"'],
    [
      '{name: a, one: {a: x, b: y}}',
      'spec.one: Invalid value: "": spec.one in body must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ],
    ['{name: null}', 'spec.name: Invalid value: "null": spec.name in body must be of type string: "null"'],
  ])('refuses %s', (spec, expected) => {
    expect(problems(spec)).toContain(expected)
  })

  test('shows the columns of its definition', () => {
    const object = model('{name: a, replicas: 3}', 'name: m, creationTimestamp: "2026-01-01T00:00:00Z"')
    object['status'] = {
      conditions: [
        { type: 'Other', status: 'False' },
        { type: 'Ready', status: 'True' },
      ],
    }

    expect(kind.columns.map(({ name, priority }) => [name, priority])).toEqual([
      ['Name', 0],
      ['Replicas', 0],
      ['Ready', 0],
      ['Born', 1],
    ])
    expect(kind.cells(object, Date.parse('2026-01-01T01:00:00Z'))).toEqual(['m', 3, 'True', '60m'])
    expect(kind.cells(model('{}'), 0)).toEqual(['m', null, null, null])
  })

  test('has Age where its definition lists no column', () => {
    const plain = modelKind(crd.replace(/ {6}additionalPrinterColumns:[\s\S]*?schema:/, '      schema:'))

    expect(plain.columns.map((column) => column.name)).toEqual(['Name', 'Age'])
  })
})

describe('A definition is refused', () => {
  function spoiled(change: (object: KubeObject) => void): string[] {
    const object = created(crd)
    change(object)
    return problemsOf(object)
  }
  const root = (object: KubeObject): Fields => at(object, 'spec', 'versions', 0, 'schema', 'openAPIV3Schema') as Fields
  const property = (object: KubeObject, name: string): Fields => at(root(object), 'properties', 'spec', 'properties', name) as Fields

  test('not when it is fine', () => {
    expect(problemsOf(created(crd))).toEqual([])
  })

  test.each<[string, (object: KubeObject) => void, string]>([
    [
      'under another name',
      (o) => (o.metadata.name = 'other.ml.example.com'),
      'metadata.name: Invalid value: "other.ml.example.com": must be spec.names.plural+"."+spec.group',
    ],
    [
      'without a storage version',
      (o) => ((at(o, 'spec', 'versions', 0) as Fields)['storage'] = false),
      'spec.versions: Invalid value: ["v1"]: must have exactly one version marked as storage version',
    ],
    [
      'without a schema',
      (o) => delete (at(o, 'spec', 'versions', 0) as Fields)['schema'],
      'spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required',
    ],
    [
      'whose root is no object',
      (o) => (root(o)['type'] = 'string'),
      'spec.versions[0].schema.openAPIV3Schema.type: Invalid value: "string": must be object at the root',
    ],
    [
      'with a field without type',
      (o) => delete property(o, 'stage')['type'],
      'spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[stage].type: Required value: must not be empty for specified object fields',
    ],
    [
      'with a reference',
      (o) => (property(o, 'stage')['$ref'] = '#/x'),
      'spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[stage].$ref: Forbidden: $ref is not supported',
    ],
    [
      'with a list without items',
      (o) => delete property(o, 'tags')['items'],
      'spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[tags].items: Required value: must be specified',
    ],
    [
      'with a pattern that is none',
      (o) => (property(o, 'name')['pattern'] = '('),
      'spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[name].pattern: Invalid value: "(": must be a valid regular expression',
    ],
    [
      'with a column of no type',
      (o) => ((at(o, 'spec', 'versions', 0, 'additionalPrinterColumns', 0) as Fields)['type'] = 'float'),
      'spec.versions[0].additionalPrinterColumns[0].type: Invalid value: "float": must be one of boolean,date,integer,number,string',
    ],
  ])('%s', (_what, spoil, expected) => {
    expect(spoiled(spoil).some((problem) => problem.startsWith(expected))).toBe(true)
  })

  test('when its plural would change', () => {
    const old = created(crd)
    const object = structuredClone(old)
    fieldsOrEmpty(at(object, 'spec', 'names'))['plural'] = 'others'

    expect(
      kindOf(object)
        .validate(object, old, '')
        .map((problem) => problem.message),
    ).toContain('Invalid value: "others": field is immutable')
  })

  test('and its kinds are not served', () => {
    const object = created(crd)
    delete property(object, 'stage')['type']

    const { definitions, problems: found } = registry.fromCustomResourceDefinition(object)

    expect(definitions).toEqual([])
    expect(found[0]).toContain('must not be empty for specified object fields')
  })
})

describe('A pattern of a user', () => {
  test.each(['^(a+)+$', '^([a-z]{1,63}\\.?)+$', '^(a|a?)+$', '(x+x+)+y'])('%s never stops the server', (source) => {
    const pattern = compilePattern(source)
    if (typeof pattern === 'string') throw new Error(pattern)

    const answer = pattern.matches(`${'a'.repeat(5000)}!`)

    // No match, or too long to say so. A backtracking engine would be at it for years.
    expect(answer === true).toBe(false)
  })

  test.each([
    ['(?i)^abc$', 'ABC', true],
    ['^[[:alnum:]]+$', 'aZ9', true],
    ['^[a-z]{2,4}$', 'abcde', false],
    ['\\A\\d+\\z', '42', true],
  ])('%s on %s is %s', (source, text, expected) => {
    const pattern = compilePattern(source)

    expect(typeof pattern === 'string' ? pattern : pattern.matches(text)).toBe(expected)
  })
})

describe('A JSON path', () => {
  const object = {
    spec: {
      list: [
        { n: 'a', v: 1 },
        { n: 'b', v: 2 },
      ],
    },
    metadata: { annotations: { 'x.io/y': 'z' } },
  }

  test.each([
    ['.spec.list[0].n', ['a']],
    ['.spec.list[-1].n', ['b']],
    ['.spec.list[*].v', [1, 2]],
    ['.spec.list[?(@.n=="b")].v', [2]],
    ['.spec.list[?(@.v>1)].n', ['b']],
    ['.spec.list[0:1].n', ['a']],
    ['.metadata.annotations.x\\.io/y', ['z']],
    [".metadata.annotations['x.io/y']", ['z']],
    ['..v', [1, 2]],
    ['.nothing.here', []],
    ['.constructor', []],
  ])('%s finds %j', (text, expected) => {
    const path = parseJsonPath(text)

    expect(typeof path === 'string' ? path : findAll(object, path)).toEqual(expected)
  })

  test.each(['.spec[', '.spec[x]', '.a]b['])('%s is none', (text) => {
    expect(typeof parseJsonPath(text)).toBe('string')
  })
})
