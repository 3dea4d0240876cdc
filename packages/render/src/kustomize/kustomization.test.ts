import { describe, expect, test } from 'vitest'
import { kustomize } from './testing/kustomize-for-tests.ts'

// Every output and every message is what kubectl 1.34.5 prints.
describe('the kustomization file', () => {
  test('fields of old are those of today', () => {
    const built = kustomize({
      'kustomization.yaml': `bases: [base]
imageTags: [{name: nginx, newTag: new}]
commonLabels: {a: b}
patchesStrategicMerge:
- |-
  apiVersion: v1
  kind: Pod
  metadata: {name: pod}
  spec: {hostNetwork: true}
patchesJson6902:
- target: {version: v1, kind: Pod, name: pod}
  patch: '[{"op": "add", "path": "/spec/hostPID", "value": true}]'
vars:
- {name: POD, objref: {apiVersion: v1, kind: Pod, name: pod}}
`,
      'base/kustomization.yaml': `resources: [pod.yaml]
`,
      'base/pod.yaml': `apiVersion: v1
kind: Pod
metadata: {name: pod}
spec: {containers: [{name: a, image: nginx, args: [$(POD)]}]}
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: Pod
metadata:
  labels:
    a: b
  name: pod
spec:
  containers:
  - args:
    - pod
    image: nginx:new
    name: a
  hostNetwork: true
  hostPID: true
`)
  })

  test('fields are found in any case', () => {
    const built = kustomize({
      'kustomization.yaml': `Resources: [a.yaml]
NAMEPREFIX: x-
`,
      'a.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: a}
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: ConfigMap
metadata:
  name: x-a
`)
  })

  test('an unknown field is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `resource: [a.yaml]
`,
      })

    expect(build).toThrow(`invalid Kustomization: json: unknown field "resource"`)
  })

  test('an unknown field of a field is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `configMapGenerator: [{name: a, literal: [b]}]
`,
      })

    expect(build).toThrow(`invalid Kustomization: json: unknown field "literal"`)
  })

  test('a wrong type is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `resources: a.yaml
`,
      })

    expect(build).toThrow(
      `invalid Kustomization: json: cannot unmarshal string into Go struct field Kustomization.resources of type []string`,
    )
  })

  test('a wrong type in a list is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `images: [{name: a, newTag: 1.10}]
`,
      })

    expect(build).toThrow(`invalid Kustomization: json: cannot unmarshal number into Go struct field Image.images.newTag of type string`)
  })

  test('an empty file is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `# nothing
`,
      })

    expect(build).toThrow(`kustomization.yaml is empty`)
  })

  test('a list is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `[a]
`,
      })

    expect(build).toThrow(`invalid Kustomization: json: cannot unmarshal array into Go value of type types.Kustomization`)
  })

  test('another kind is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `kind: Something
namePrefix: a
`,
      })

    expect(build).toThrow(`Failed to read kustomization file under /:
kind should be Kustomization or Component`)
  })

  test('another version is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `apiVersion: v2
kind: Component
namePrefix: a
`,
      })

    expect(build).toThrow(`Failed to read kustomization file under /:
apiVersion for Component should be kustomize.config.k8s.io/v1alpha1`)
  })

  test('what is no YAML is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `a: b: c
`,
      })

    expect(build).toThrow(`invalid Kustomization: yaml: mapping values are not allowed in this context`)
  })

  test('charts need leave', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `helmCharts: [{name: a}]
`,
      })

    expect(build).toThrow(/must specify --enable-helm/)
  })

  test('a kustomization may make nothing', () => {
    const built = kustomize({
      'kustomization.yaml': `namespace: shop
`,
    })

    expect(built).toBe(``)
  })
})
