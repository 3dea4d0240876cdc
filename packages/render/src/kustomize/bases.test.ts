import { describe, expect, test } from 'vitest'
import { kustomize } from './testing/kustomize-for-tests.ts'

// Every output and every message is what kubectl 1.34.5 prints.
describe('bases and components', () => {
  test('a component works on what the kustomization has', () => {
    const built = kustomize({
      'kustomization.yaml': `resources: [map.yaml]
components: [red, blue]
namePrefix: top-
`,
      'map.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: map}
`,
      'red/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
namePrefix: red-
labels: [{pairs: {team: red}}]
resources: [more.yaml]
`,
      'red/more.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: more}
`,
      'blue/kustomization.yaml': `kind: Component
patches: [{target: {name: .*-more}, patch: '[{"op": "add", "path": "/data", "value": {"by": "blue"}}]'}]
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: ConfigMap
metadata:
  labels:
    team: red
  name: top-red-map
---
apiVersion: v1
data:
  by: blue
kind: ConfigMap
metadata:
  labels:
    team: red
  name: top-red-more
`)
  })

  test('a component as a resource is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `resources: [red]
`,
        'red/kustomization.yaml': `kind: Component
namePrefix: red-
`,
      })

    expect(build).toThrow(
      `accumulating resources: accumulation err='accumulating resources from 'red': '/red' must resolve to a file': expected kind != 'Component' for path '/red'`,
    )
  })

  test('a kustomization as a component is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `components: [red]
`,
        'red/kustomization.yaml': `namePrefix: red-
`,
      })

    expect(build).toThrow(
      `accumulating components: accumulateDirectory: "expected kind 'Component' for path '/red' but got 'Kustomization'"`,
    )
  })

  test('a base that contains the one who names it is an error', () => {
    const build = () =>
      kustomize(
        {
          'app/kustomization.yaml': `resources: [..]
`,
          'kustomization.yaml': `resources: [app]
`,
        },
        { path: 'app' },
      )

    expect(build).toThrow(
      `accumulating resources: accumulation err='accumulating resources from '..': '/' must resolve to a file': cycle detected: candidate root '/' contains visited root '/app'`,
    )
  })

  test('a folder without a kustomization is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `resources: [base]
`,
        'base/a.yaml': ``,
      })

    expect(build).toThrow(
      `accumulating resources: accumulation err='accumulating resources from 'base': '/base' must resolve to a file': couldn't make target for path '/base': unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '/base'`,
    )
  })

  test('two kustomization files are an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `namePrefix: a
`,
        Kustomization: `namePrefix: b
`,
      })

    expect(build).toThrow(`Found multiple kustomization files under: /`)
  })

  test('a file above the kustomization is an error', () => {
    const build = () =>
      kustomize(
        {
          'app/kustomization.yaml': `resources: [../a.yaml]
`,
          'a.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: a}
`,
        },
        { path: 'app' },
      )

    expect(build).toThrow(
      `accumulating resources: accumulation err='accumulating resources from '../a.yaml': security; file '/a.yaml' is not in or below '/app'': must build at directory: '/a.yaml': file is not directory`,
    )
  })

  test('a path that is not there is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `resources: [nowhere/at/all]
`,
      })

    expect(build).toThrow(
      `accumulating resources: accumulation err='accumulating resources from 'nowhere/at/all': evalsymlink failure on '/nowhere/at/all' : lstat /nowhere: no such file or directory': must build at directory: not a valid directory: evalsymlink failure on '/nowhere/at/all' : lstat /nowhere: no such file or directory`,
    )
  })

  test('an absolute path is an error', () => {
    const build = () =>
      kustomize({
        'kustomization.yaml': `resources: [/etc/passwd]
`,
      })

    expect(build).toThrow(
      `accumulating resources: accumulation err='accumulating resources from '/etc/passwd': security; file '/etc/passwd' is not in or below '/'': new root '/etc/passwd' cannot be absolute`,
    )
  })

  test('where everything comes from is told when it is asked for', () => {
    const built = kustomize({
      'kustomization.yaml': `resources: [base]
nameSuffix: -x
buildMetadata: [originAnnotations, transformerAnnotations, managedByLabel]
configMapGenerator: [{name: made, literals: [a=b]}]
`,
      'base/kustomization.yaml': `namePrefix: b-
resources: [a.yaml]
`,
      'base/a.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: a}
`,
    })

    expect(built).toBe(`apiVersion: v1
kind: ConfigMap
metadata:
  annotations:
    alpha.config.kubernetes.io/transformations: |
      - configuredIn: base/kustomization.yaml
        configuredBy:
          apiVersion: builtin
          kind: PrefixTransformer
      - configuredIn: kustomization.yaml
        configuredBy:
          apiVersion: builtin
          kind: SuffixTransformer
    config.kubernetes.io/origin: |
      path: base/a.yaml
  labels:
    app.kubernetes.io/managed-by: kustomize-v5.7.1
  name: b-a-x
---
apiVersion: v1
data:
  a: b
kind: ConfigMap
metadata:
  annotations:
    alpha.config.kubernetes.io/transformations: |
      - configuredIn: kustomization.yaml
        configuredBy:
          apiVersion: builtin
          kind: SuffixTransformer
    config.kubernetes.io/origin: |
      configuredIn: kustomization.yaml
      configuredBy:
        apiVersion: builtin
        kind: ConfigMapGenerator
  labels:
    app.kubernetes.io/managed-by: kustomize-v5.7.1
  name: made-x-4h2mbtbbt6
`)
  })
})
