import { describe, expect, test } from 'vitest'
import { kustomize } from './testing/kustomize-for-tests.ts'

// Every output and every message is what kubectl 1.34.5 prints.
describe('generated config maps and secrets', () => {
  test('literals, files and environments become data, and the content a suffix of the name', () => {
    const built = kustomize({
      'kustomization.yaml': `configMapGenerator:
- name: settings
  literals: [a=1, "b='quoted'", c=x=y]
  files: [app.ini, renamed=app.ini]
  envs: [app.env]
secretGenerator:
- name: key
  type: kubernetes.io/tls
  literals: [tls.key=secret]
`,
      'app.ini': `[main]
x = "y"
`,
      'app.env': `# comment
NAME=value

  INDENTED=kept 
ONLY
`,
    })

    expect(built).toBe(`apiVersion: v1
data:
  INDENTED: 'kept '
  NAME: value
  ONLY: ""
  a: "1"
  app.ini: |
    [main]
    x = "y"
  b: quoted
  c: x=y
  renamed: |
    [main]
    x = "y"
kind: ConfigMap
metadata:
  name: settings-4htmb7226b
---
apiVersion: v1
data:
  tls.key: c2VjcmV0
kind: Secret
metadata:
  name: key-2ff2hdthd4
type: kubernetes.io/tls
`)
  })

  test('bytes that are no text are binary data, in lines of 70', () => {
    const built = kustomize({
      'kustomization.yaml': `configMapGenerator: [{name: bytes, files: [a.bin]}]
`,
      'a.bin': Buffer.from('\x80\x81'.repeat(60), 'latin1'),
    })

    expect(built).toBe(`apiVersion: v1
binaryData:
  a.bin: |
    gIGAgYCBgIGAgYCBgIGAgYCBgIGAgYCBgIGAgYCBgIGAgYCBgIGAgYCBgIGAgYCBgIGAgY
    CBgIGAgYCBgIGAgYCBgIGAgYCBgIGAgYCBgIGAgYCBgIGAgYCBgIGAgYCBgIGAgYCBgIGA
    gYCBgIGAgYCBgIGAgYCB
kind: ConfigMap
metadata:
  name: bytes-9hmht229kd
`)
  })

  test('the suffix is written where the generated name is used', () => {
    const built = kustomize({
      'kustomization.yaml': `namePrefix: eu-
resources: [web.yaml]
configMapGenerator: [{name: settings, literals: [a=1]}]
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
    })

    expect(built).toBe(`apiVersion: v1
data:
  a: "1"
kind: ConfigMap
metadata:
  name: eu-settings-h29d89cmmt
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: eu-web
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - envFrom:
        - configMapRef:
            name: eu-settings-h29d89cmmt
        image: nginx:1.25
        name: web
`)
  })

  test('options come from the generator, and from generatorOptions under them', () => {
    const built = kustomize({
      'kustomization.yaml': `generatorOptions:
  labels: {a: global, b: global}
  annotations: {c: global}
  immutable: true
configMapGenerator:
- name: one
  options: {labels: {a: local}, disableNameSuffixHash: true}
- name: two
  namespace: shop
secretGenerator:
- name: three
`,
    })

    expect(built).toBe(`apiVersion: v1
immutable: true
kind: ConfigMap
metadata:
  annotations:
    c: global
  labels:
    a: global
    b: global
  name: two-6ct58987ht
  namespace: shop
---
apiVersion: v1
immutable: true
kind: ConfigMap
metadata:
  annotations:
    c: global
  labels:
    a: local
    b: global
  name: one
---
apiVersion: v1
data: {}
immutable: true
kind: Secret
metadata:
  annotations:
    c: global
  labels:
    a: global
    b: global
  name: three-46f8b28mk5
type: Opaque
`)
  })

  test('a generator merges into or replaces what a base has', () => {
    const built = kustomize({
      'kustomization.yaml': `resources: [base]
configMapGenerator:
- {name: merged, behavior: merge, literals: [b=new, c=added]}
- {name: replaced, behavior: replace, literals: [c=only], options: {labels: {new: label}}}
`,
      'base/kustomization.yaml': `namePrefix: eu-
configMapGenerator:
- {name: merged, literals: [a=old, b=old], options: {labels: {old: label}}}
- {name: replaced, literals: [a=old]}
`,
    })

    expect(built).toBe(`apiVersion: v1
data:
  a: old
  b: new
  c: added
kind: ConfigMap
metadata:
  labels:
    old: label
  name: eu-merged-4bg92f996t
---
apiVersion: v1
data:
  c: only
kind: ConfigMap
metadata:
  labels:
    new: label
  name: eu-replaced-d7ggd62bd2
`)
  })

  test('merging with nothing is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `configMapGenerator: [{name: a, behavior: merge}]
`,
      })

    expect(build).toThrow(/id resid.ResId\{.*Name:"a", Namespace:""\} does not exist; cannot merge or replace/)
  })

  test('a key twice is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `configMapGenerator: [{name: a, literals: [x=1, x=2]}]
`,
      })

    expect(build).toThrow(`configmap a illegally repeats the key \`x\``)
  })

  test('a literal without a value is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `configMapGenerator: [{name: a, literals: [x]}]
`,
      })

    expect(build).toThrow(`loading KV pairs: literal sources [x]: invalid literal source x, expected key=value`)
  })

  test('a file that is not there is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `configMapGenerator: [{name: a, files: [x=missing.txt]}]
`,
      })

    expect(build).toThrow(
      `loading KV pairs: file sources: [x=missing.txt]: evalsymlink failure on '/missing.txt' : lstat /missing.txt: no such file or directory`,
    )
  })

  test('a file above the kustomization is an error', () => {
    const build = () =>
      kustomize(
        {
          'app/kustomization.yaml': `configMapGenerator: [{name: a, files: [../secret.txt]}]
`,
          'secret.txt': `x`,
        },
        { path: 'app' },
      )

    expect(build).toThrow(`loading KV pairs: file sources: [../secret.txt]: security; file '/secret.txt' is not in or below '/app'`)
  })
})
