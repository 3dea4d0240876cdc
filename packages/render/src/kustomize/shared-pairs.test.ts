import { describe, expect, test } from 'vitest'
import { kustomize } from './testing/kustomize-for-tests.ts'

const base = {
  'base/kustomization.yaml': 'resources: [web.yaml]\ncommonLabels: {app: one}\n',
  'base/web.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {}}}\n',
}

/** Values of `app` in metadata, selector and template. */
function appsOf(overlay: string): (string | undefined)[] {
  const text = kustomize({ ...base, 'kustomization.yaml': `resources: [base]\n${overlay}` })
  const [metadata = '', spec = ''] = text.split('spec:\n')
  const [selector = '', template = ''] = spec.split('template:\n')
  return [metadata, selector, template].map((part) => /app: (\S+)/.exec(part)?.[1])
}

const patch = (labels: string, spec = '{}') =>
  `patches: [{patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, labels: ${labels}}, spec: ${spec}}"}]\n`

// As kubectl 1.34.5 does: what commonLabels add at several places is one node of YAML to it.
describe('labels that a base has added at several places', () => {
  test('change together when a patch changes one', () => {
    expect(appsOf(patch('{app: two}'))).toEqual(['two', 'two', 'two'])
  })

  test('change together when a label of the overlay changes one', () => {
    expect(appsOf('labels: [{pairs: {app: two}}]\n')).toEqual(['two', 'two', 'two'])
  })

  test('take what was written last when a patch changes several', () => {
    expect(appsOf(patch('{app: two}', '{selector: {matchLabels: {app: three}}}'))).toEqual(['three', 'three', 'three'])
  })

  test('stay where one is removed and added again', () => {
    expect(appsOf(`${patch('{app: null}')}labels: [{pairs: {app: two}}]\n`)).toEqual(['two', 'one', 'one'])
  })

  test('are on their own after a JSON patch', () => {
    const operations = String.raw`[{\"op\": \"replace\", \"path\": \"/metadata/labels/app\", \"value\": \"two\"}]`

    expect(appsOf(`patches: [{target: {kind: Deployment}, patch: "${operations}"}]\n`)).toEqual(['two', 'one', 'one'])
  })
})

describe('a key that kustomize writes itself', () => {
  test.each([
    ['commonLabels: {"2": x}\n', 'the key of a label'],
    ['commonAnnotations: {"true": x}\n', 'the key of an annotation'],
    ['configMapGenerator: [{name: a, literals: ["1=x"]}]\n', 'the key of generated data'],
  ])('must read as text: %s', (overlay) => {
    expect(() => appsOf(overlay)).toThrow('json: unsupported type: map[interface {}]interface {}')
  })
})
