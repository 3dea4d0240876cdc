import { describe, expect, test } from 'vitest'
import { at, created, deployment, kindOf, parse } from '../kinds-on-trial.ts'
import type { Kind } from '../kind.ts'
import { decodeBody } from './decode-body.ts'

describe('A body', () => {
  test('in JSON tells which keys came twice, by path', () => {
    const body = decodeBody('{"kind":"A","spec":{"list":[{"a":1},{"b":1,"b":2}],"re\\u0070licas":1,"replicas":2}}')

    expect(body).toMatchObject({
      ok: true,
      duplicates: ['duplicate field "spec.list[1].b"', 'duplicate field "spec.replicas"'],
    })
  })

  test('in YAML is read as Kubernetes reads it', () => {
    const body = decodeBody('kind: A\nonly: on\nmode: 0644\ndate: 2026-01-02\nspec: &s {a: 1}\nother: *s\n', 'application/yaml')

    expect(body).toMatchObject({ ok: true, value: { only: true, mode: 420, date: '2026-01-02', spec: { a: 1 }, other: { a: 1 } } })
  })

  test('in YAML with a key that came twice takes the last and says so', () => {
    const body = decodeBody('kind: A\nspec:\n  replicas: 1\n  replicas: 2\n', 'application/apply-patch+yaml')

    expect(body).toMatchObject({ ok: true, value: { spec: { replicas: 2 } } })
    expect(body.ok && body.duplicates[0]).toContain('key "replicas" already set in map')
  })

  test('that expands to more than it shows is refused, and so is one that holds itself', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x,x]',
      ...'bcdefghi'
        .split('')
        .map((name, index) => `${name}: &${name} [${Array.from({ length: 10 }, () => `*${'abcdefgh'[index]}`).join(',')}]`),
    ].join('\n')

    expect(decodeBody(bomb, 'application/yaml')).toMatchObject({ ok: false, code: 400 })
    expect(decodeBody('a: &a [*a]', 'application/yaml')).toMatchObject({ ok: false, code: 400 })
  })

  test.each([
    ['too deep', `{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`, 400],
    ['too large', `{"a":"${'x'.repeat(3 * 1024 * 1024)}"}`, 413],
    ['no JSON', '{"a":', 400],
    ['no object', '[1]', 400],
    ['null', 'null', 400],
    ['empty', '', 400],
  ])('that is %s is refused', (_what, text, code) => {
    expect(decodeBody(text)).toMatchObject({ ok: false, code })
  })
})

describe('Fields', () => {
  test('that nobody knows are told by path and dropped', () => {
    const object = parse(deployment)
    Object.assign(object['spec'] as object, { replica: 2 })
    Object.assign(at(object, 'spec', 'template', 'spec', 'containers', 0) as object, { imagePolicy: 'Always', constructor: 'x' })

    const unknown = kindOf(object).prune(object)

    expect(unknown.sort()).toEqual([
      'unknown field "spec.replica"',
      'unknown field "spec.template.spec.containers[0].constructor"',
      'unknown field "spec.template.spec.containers[0].imagePolicy"',
    ])
    expect(kindOf(object).prune(object)).toEqual([])
  })

  test('that are null or a zero that Go leaves out are not there', () => {
    const object = parse(deployment)
    Object.assign(at(object, 'spec', 'template', 'spec') as object, { hostNetwork: false, nodeName: '', volumes: null })
    Object.assign(object['spec'] as object, { replicas: 0, paused: false })

    kindOf(object).prune(object)

    expect(at(object, 'spec', 'template', 'spec')).not.toHaveProperty('hostNetwork')
    expect(at(object, 'spec', 'template', 'spec')).not.toHaveProperty('volumes')
    expect(at(object, 'spec', 'replicas')).toBe(0)
  })

  test.each<[string, (object: ReturnType<typeof parse>) => void, string]>([
    [
      'a text where a number belongs',
      (o) => Object.assign(o['spec'] as object, { replicas: 'three' }),
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'a fraction',
      (o) => Object.assign(o['spec'] as object, { replicas: 1.5 }),
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'a number as a label',
      (o) => Object.assign(o.metadata, { labels: { a: 1 } }),
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      'an object where a list belongs',
      (o) => Object.assign(at(o, 'spec', 'template', 'spec') as object, { containers: {} }),
      'json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
    ],
    [
      'a text where an object belongs',
      (o) => Object.assign(o, { spec: 'x' }),
      'json: cannot unmarshal string into Go struct field Deployment.spec of type v1.DeploymentSpec',
    ],
    [
      'an amount that is none',
      (o) => Object.assign(at(o, 'spec', 'template', 'spec', 'containers', 0) as object, { resources: { limits: { cpu: 'lots' } } }),
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
  ])('of the wrong type: %s', (_what, spoil, expected) => {
    const object = parse(deployment)
    spoil(object)

    expect((kindOf(object) as Kind).typeProblem(object)).toBe(expected)
    expect(
      kindOf(object)
        .validate(object, undefined, '')
        .map((problem) => problem.reason),
    ).toContain('FieldValueTypeInvalid')
  })

  test('with data that is no base64 are refused', () => {
    const object = parse('{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: "not base64!"}}')

    expect((kindOf(object) as Kind).typeProblem(object)).toBe('illegal base64 data at input byte 3')
  })

  test('with amounts get the form that a cluster writes', () => {
    const object = created(
      '{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: a, resources: {requests: {cpu: 0.5, memory: 1024Mi}}}]}}',
    )

    expect(at(object, 'spec', 'containers', 0, 'resources', 'requests')).toEqual({ cpu: '500m', memory: '1Gi' })
  })
})
