import { describe, expect, test } from 'vitest'
import type { KustomizeOverrides } from './contract.ts'
import { kustomize } from './testing/kustomize-for-tests.ts'

const files = {
  'kustomization.yaml': `resources: [web.yaml]
images: [{name: nginx, newName: mirror/nginx, newTag: "1.25"}]
replicas: [{name: other, count: 1}]
commonAnnotations: {owner: file}
labels: [{pairs: {tier: file}}]
`,
  'web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web, image: nginx}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: other}
`,
  'components/red/kustomization.yaml': 'kind: Component\nlabels: [{pairs: {team: red}}]\n',
}

/** The Deployment `web` of a build with these overrides. */
function build(overrides: KustomizeOverrides): string {
  const documents = kustomize(files, { overrides }).split('---\n')
  return documents.find((document) => document.includes('image:')) ?? ''
}

describe('what an Application says of its kustomization', () => {
  test('names, namespace, images and replicas', () => {
    const overrides = {
      namePrefix: 'a-',
      nameSuffix: '-z',
      namespace: 'shop',
      images: ['nginx=*:1.27', 'unused:v1'],
      replicas: [{ name: 'web', count: '3' }],
    }

    expect(build(overrides)).toBe(`apiVersion: apps/v1
kind: Deployment
metadata:
  annotations:
    owner: file
  labels:
    tier: file
  name: a-web-z
  namespace: shop
spec:
  replicas: 3
  template:
    metadata:
      annotations:
        owner: file
    spec:
      containers:
      - image: mirror/nginx:1.27
        name: web
`)
  })

  test.each([
    ['nginx:v2', 'nginx:v2'],
    ['nginx@sha256:aa', 'nginx@sha256:aa'],
    ['nginx=redis', 'redis'],
    ['nginx=redis:v3@sha256:bb', 'redis:v3@sha256:bb'],
    ['nginx=*:*', 'mirror/nginx:1.25'],
  ])('the image %s makes %s', (image, expected) => {
    expect(build({ images: [image] })).toContain(`image: ${expected}\n`)
  })

  test('an image that says nothing new is an error', () => {
    expect(() => build({ images: ['nginx'] })).toThrow("invalid format of image 'nginx'")
  })

  test('common labels also go to selectors, unless they are to be without', () => {
    const everywhere = build({ commonLabels: { app: 'shop' } })
    const metadataOnly = build({ commonLabels: { app: 'shop' }, labelWithoutSelector: true })
    const templates = build({ commonLabels: { app: 'shop' }, labelWithoutSelector: true, labelIncludeTemplates: true })

    expect([everywhere, metadataOnly, templates].map((text) => text.split('app: shop').length - 1)).toEqual([3, 1, 2])
    expect(everywhere).toContain('matchLabels:\n      app: shop\n')
  })

  test('labels in templates need labels without selectors', () => {
    expect(() => build({ commonLabels: { a: 'b' }, labelIncludeTemplates: true })).toThrow(
      '--without-selector flag must be specified for --include-templates to work',
    )
  })

  test('an annotation that is there needs force', () => {
    expect(() => build({ commonAnnotations: { owner: 'me' } })).toThrow(
      'annotation owner already in kustomization file. Use --force to override.',
    )
    expect(build({ commonAnnotations: { owner: 'me' }, forceCommonAnnotations: true })).toContain('owner: me\n')
  })

  test('patches come after those of the file', () => {
    const patch = '[{"op": "replace", "path": "/spec/template/spec/containers/0/name", "value": "patched"}]'

    expect(build({ patches: [{ target: { kind: 'Deployment', name: 'web' }, patch }] })).toContain('name: patched\n')
  })

  test('components are added, and one that is missing is an error unless it may be', () => {
    const components = ['components/red', 'components/none']

    expect(build({ components, ignoreMissingComponents: true })).toContain('team: red\n')
    expect(() => build({ components })).toThrow('components/none has no match: must build at directory')
  })

  test('a count that is no number is an error', () => {
    expect(() => build({ replicas: [{ name: 'web', count: 'many' }] })).toThrow(
      "The count 'many' of replicas for 'web' is no whole number.",
    )
  })
})
