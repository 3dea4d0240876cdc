import { describe, expect, test } from 'vitest'
import { kustomize } from './testing/kustomize-for-tests.ts'

// Every output and every message is what kubectl 1.34.5 prints.
describe('generators, transformers and validators', () => {
  test('those that kustomize brings', () => {
    const built = kustomize({
      'kustomization.yaml': `resources: [web.yaml]
generators:
- maps.yaml
- |-
  apiVersion: builtin
  kind: SecretGenerator
  metadata: {name: inline}
  literals: [a=b]
transformers: [transformers]
`,
      'web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: nginx:1.25
        envFrom:
        - configMapRef: {name: settings}
`,
      'maps.yaml': `apiVersion: builtin
kind: ConfigMapGenerator
metadata: {name: settings, namespace: ""}
literals: [a=b]
`,
      'transformers/kustomization.yaml': `resources: [all.yaml]
`,
      'transformers/all.yaml': `apiVersion: builtin
kind: PrefixTransformer
metadata: {name: a}
prefix: eu-
fieldSpecs: [{path: metadata/name}]
---
apiVersion: builtin
kind: LabelTransformer
metadata: {name: b}
labels: {team: red}
fieldSpecs: [{path: metadata/labels, create: true}]
---
apiVersion: builtin
kind: AnnotationsTransformer
metadata: {name: c}
annotations: {note: x}
fieldSpecs: [{path: spec/template/metadata/annotations, create: true, kind: Deployment}]
---
apiVersion: builtin
kind: ImageTagTransformer
metadata: {name: d}
imageTag: {name: nginx, newTag: new}
---
apiVersion: builtin
kind: ReplicaCountTransformer
metadata: {name: e}
replica: {name: web, count: 3}
fieldSpecs: [{path: spec/replicas, create: true, kind: Deployment}]
---
apiVersion: builtin
kind: PatchTransformer
metadata: {name: f}
target: {kind: Deployment}
patch: '[{"op": "add", "path": "/spec/paused", "value": true}]'
---
apiVersion: builtin
kind: ValueAddTransformer
metadata: {name: g}
value: shop
targets:
- {selector: {kind: Deployment}, fieldPath: 'spec/template/spec/containers/[name=web]/workingDir'}
`,
    })

    expect(built).toBe(`apiVersion: v1
data:
  a: b
kind: ConfigMap
metadata:
  labels:
    team: red
  name: eu-settings-4h2mbtbbt6
---
apiVersion: v1
data:
  a: Yg==
kind: Secret
metadata:
  labels:
    team: red
  name: eu-inline-k695gkmbtk
type: Opaque
---
apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    team: red
  name: eu-web
spec:
  paused: true
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      annotations:
        note: x
      labels:
        app: web
    spec:
      containers:
      - envFrom:
        - configMapRef:
            name: eu-settings-4h2mbtbbt6
        image: nginx:new
        name: web
        workingDir: shop
`)
  })

  test('a value is added to places, and to parts of paths', () => {
    const built = kustomize({
      'kustomization.yaml': `resources: [custom.yaml]
transformers:
- |-
  apiVersion: builtin
  kind: ValueAddTransformer
  metadata: {name: a}
  value: red
  targets:
  - {fieldPath: metadata/namespace}
  - {fieldPath: spec/new/field}
  - {fieldPath: spec/path, filePathPosition: 2}
`,
      'custom.yaml': `apiVersion: example.org/v1
kind: Anything
metadata: {name: custom}
spec: {path: /a/b}
`,
    })

    expect(built).toBe(`apiVersion: example.org/v1
kind: Anything
metadata:
  name: custom
  namespace: red
spec:
  new:
    field: red
  path: /a/red/b
`)
  })

  test('a service account of Google Cloud', () => {
    const built = kustomize({
      'kustomization.yaml': `generators:
- |-
  apiVersion: builtin
  kind: IAMPolicyGenerator
  metadata: {name: a}
  cloud: gke
  kubernetesService: {name: k8s-sa, namespace: shop}
  serviceAccount: {name: gsa, projectId: project}
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: ServiceAccount
metadata:
  annotations:
    iam.gke.io/gcp-service-account: gsa@project.iam.gserviceaccount.com
  name: k8s-sa
  namespace: shop
`)
  })

  test('a validator that changes something is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `resources: [map.yaml]
validators:
- |-
  apiVersion: builtin
  kind: PrefixTransformer
  metadata: {name: a}
  prefix: x-
  fieldSpecs: [{path: metadata/name}]
`,
        'map.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: a}
`,
      })

    expect(build).toThrow(/validator shouldn't modify the resource map/)
  })

  test('those of others are not run', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `resources: [map.yaml]
transformers:
- |-
  apiVersion: example.org/v1
  kind: Obfuscator
  metadata:
    name: a
    annotations: {config.kubernetes.io/function: "container: {image: example.org/fn}"}
`,
        'map.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: a}
`,
      })

    expect(build).toThrow(`external plugins disabled; unable to load external plugin 'Obfuscator'`)
  })

  test('a kind that is none is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `generators:
- |-
  apiVersion: builtin
  kind: Nothing
  metadata: {name: a}
`,
      })

    expect(build).toThrow(`loading generator plugins: failed to load generator: unable to load builtin Nothing.builtin.[noGrp]`)
  })

  test('a transformer that is no generator is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `generators:
- |-
  apiVersion: builtin
  kind: PrefixTransformer
  metadata: {name: a}
`,
      })

    expect(build).toThrow(
      `loading generator plugins: failed to load generator: plugin PrefixTransformer.builtin.[noGrp]/a.[noNs] fails configuration: fieldSpecs is not expected to be nil`,
    )
  })

  test('a prefix that says nowhere is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `transformers:
- |-
  apiVersion: builtin
  kind: PrefixTransformer
  metadata: {name: a}
  prefix: x
`,
      })

    expect(build).toThrow(`plugin PrefixTransformer.builtin.[noGrp]/a.[noNs] fails configuration: fieldSpecs is not expected to be nil`)
  })
})
