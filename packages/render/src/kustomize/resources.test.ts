import { describe, expect, test } from 'vitest'
import { kustomize } from './testing/kustomize-for-tests.ts'

// Every output and every message is what kubectl 1.34.5 prints.
describe('resources', () => {
  test('files of many documents, lists and empty documents', () => {
    const built = kustomize({
      'kustomization.yaml': `resources: [all.yaml, list.json]
`,
      'all.yaml': `# a comment
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
--- # another
---
apiVersion: v1
kind: ConfigMapList
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: b}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data: {last: "block"}
---
`,
      'list.json': `{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "d"}}]}`,
    })

    expect(built).toBe(`apiVersion: v1
kind: ConfigMap
metadata:
  name: a
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: b
---
apiVersion: v1
data:
  last: block
kind: ConfigMap
metadata:
  name: c
---
apiVersion: v1
kind: Secret
metadata:
  name: d
`)
  })

  test('values as JSON has them', () => {
    const built = kustomize({
      'kustomization.yaml': `resources: [map.yaml]
`,
      'map.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: map}
values:
  old: [yes, "yes", 010, 0o10, 0x1F, 1_000, 1e3, 1.0, -0.5, .5, 12:30, 2020-01-02, 2001-12-14t21:59:43.10-05:00]
  big: [12345678901234567890, 9007199254740993, 1e400]
  nothing: [null, ~, "", {}, []]
  folded: >-
    one
    two

    three
  block: |
    a
     b
  merged: {<<: &base {a: 1, b: 2}, b: 3}
  again: *base
  __proto__: {constructor: a}
  tagged: [!!str 1, !!int "2", !custom x]
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: ConfigMap
metadata:
  name: map
values:
  __proto__:
    constructor: a
  again:
    a: 1
    b: 2
  big:
  - 12345678901234567890
  - 9007199254740993
  - 1e400
  block: |
    a
     b
  folded: |-
    one two
    three
  merged:
    a: 1
    b: 3
  nothing:
  - null
  - null
  - ""
  - {}
  - []
  old:
  - "yes"
  - "yes"
  - 8
  - 8
  - 31
  - 1000
  - 1000
  - 1
  - -0.5
  - 0.5
  - "12:30"
  - "2020-01-02T00:00:00Z"
  - "2001-12-14t21:59:43.10-05:00"
  tagged:
  - "1"
  - 2
  - x
`)
  })

  test('local configuration is not printed', () => {
    const built = kustomize({
      'kustomization.yaml': `resources: [all.yaml]
`,
      'all.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: hidden, annotations: {config.kubernetes.io/local-config: "true"}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: shown, annotations: {config.kubernetes.io/local-config: "false"}}
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    config.kubernetes.io/local-config: "false"
  name: shown
`)
  })

  test('kinds are printed in their order', () => {
    const built = kustomize({
      'kustomization.yaml': `resources: [all.yaml]
`,
      'all.yaml': `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: a}
---
apiVersion: example.org/v1
kind: Z
metadata: {name: a}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
---
apiVersion: v1
kind: Service
metadata: {name: a}
---
apiVersion: v1
kind: Namespace
metadata: {name: a}
---
apiVersion: example.org/v1
kind: A
metadata: {name: a}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: a}
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: Namespace
metadata:
  name: a
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: a
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: a
---
apiVersion: v1
kind: Service
metadata:
  name: a
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: a
---
apiVersion: example.org/v1
kind: A
metadata:
  name: a
---
apiVersion: example.org/v1
kind: Z
metadata:
  name: a
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: a
`)
  })

  test('sortOptions keep the order of the files, or take another', () => {
    const built = kustomize({
      'kustomization.yaml': `resources: [all.yaml]
sortOptions: {order: legacy, legacySortOptions: {orderFirst: [Service], orderLast: [Namespace]}}
`,
      'all.yaml': `apiVersion: v1
kind: Namespace
metadata: {name: b}
---
apiVersion: v1
kind: Namespace
metadata: {name: a}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: b}
---
apiVersion: v1
kind: Service
metadata: {name: z}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: Service
metadata:
  name: z
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: a
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: b
---
apiVersion: v1
kind: Namespace
metadata:
  name: a
---
apiVersion: v1
kind: Namespace
metadata:
  name: b
`)
  })

  test('first in, first out', () => {
    const built = kustomize({
      'kustomization.yaml': `resources: [all.yaml]
sortOptions: {order: fifo}
`,
      'all.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: b}
---
apiVersion: v1
kind: Namespace
metadata: {name: a}
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: ConfigMap
metadata:
  name: b
---
apiVersion: v1
kind: Namespace
metadata:
  name: a
`)
  })

  test('two of one id are an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `resources: [a.yaml, b.yaml]
`,
        'a.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: a}
`,
        'b.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: default}
`,
      })

    expect(build).toThrow(
      `accumulating resources: accumulation err='merging resources from 'b.yaml': may not add resource with an already registered id: ConfigMap.v1.[noGrp]/a.default': must build at directory: '/b.yaml': file is not directory`,
    )
  })

  test('what has no kind is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `resources: [a.yaml]
`,
        'a.yaml': `apiVersion: v1
metadata: {name: a}
`,
      })

    expect(build).toThrow(
      `accumulating resources: accumulation err='accumulating resources from 'a.yaml': missing kind in object {{v1 } {{a } map[] map[]}}': must build at directory: '/a.yaml': file is not directory`,
    )
  })

  test('what has no name is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `resources: [a.yaml]
`,
        'a.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {labels: {a: b}}
`,
      })

    expect(build).toThrow(
      `accumulating resources: accumulation err='accumulating resources from 'a.yaml': missing metadata.name in object {{v1 ConfigMap} {{ } map[a:b] map[]}}': must build at directory: '/a.yaml': file is not directory`,
    )
  })

  test('what is no object is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `resources: [a.yaml]
`,
        'a.yaml': `- a
- b
`,
      })

    expect(build).toThrow(
      `accumulating resources: accumulation err='accumulating resources from 'a.yaml': missing Resource metadata': must build at directory: '/a.yaml': file is not directory`,
    )
  })

  test('what is no YAML is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `resources: [a.yaml]
`,
        'a.yaml': `apiVersion: v1
kind: {ConfigMap
`,
      })

    expect(build).toThrow(
      `accumulating resources: accumulating resources from 'a.yaml': MalformedYAMLError: yaml: line 1: did not find expected ',' or '}' in File: a.yaml`,
    )
  })

  test('a separator with something behind it is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `resources: [a.yaml]
`,
        'a.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: a}
--- text
`,
      })

    expect(build).toThrow(
      `accumulating resources: accumulation err='accumulating resources from 'a.yaml': invalid document separator: --- text': must build at directory: '/a.yaml': file is not directory`,
    )
  })

  test('a key that is no text is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `resources: [a.yaml]
`,
        'a.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {1: x}
`,
      })

    expect(build).toThrow(/json: unsupported type: map\[interface \{\}\]interface \{\}/)
  })

  test('a key twice is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `resources: [a.yaml]
`,
        'a.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {a: x, a: y}
`,
      })

    expect(build).toThrow(/mapping key "a" already defined/)
  })
})
