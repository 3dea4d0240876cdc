import { describe, expect, test } from 'vitest'
import { renderHelm } from '../helm/index.ts'
import { memorySources, type MemoryFiles } from '../testing/memory-sources.ts'
import { kustomize } from './testing/kustomize-for-tests.ts'

const chart: Record<string, string> = {
  'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
  'values.yaml': `replicas: 1
list: [a, b]
deep: {a: 1, b: 2}
gone: here
`,
  'crds/c.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: a.example.org}
`,
  'templates/all.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
data:
  values: {{ toJson .Values | quote }}
  kube: {{ .Capabilities.KubeVersion.Version | quote }}
  api: {{ .Capabilities.APIVersions.Has "example.org/v1" | quote }}
---
apiVersion: batch/v1
kind: Job
metadata: {name: hook, annotations: {helm.sh/hook: pre-install}}
`,
  'templates/test.yaml': `apiVersion: v1
kind: Pod
metadata: {name: test, annotations: {helm.sh/hook: test}}
`,
}

function build(files: Record<string, string>, home = 'charts'): string {
  const placed = Object.entries(chart).map(([path, text]) => [`${home}/web/${path}`, text] as const)
  return kustomize({ ...Object.fromEntries(placed), ...files }, { enableHelm: true, renderHelm })
}

// Every output and every message is what kubectl 1.34.5 prints with Helm 3.18.0.
describe('charts in kustomizations', () => {
  test('a chart below charts/ is rendered with its own values', () => {
    const built = build({
      'kustomization.yaml': `helmCharts:
- {name: web, releaseName: shop, kubeVersion: v1.30.0}
`,
    })

    expect(built).toBe(`apiVersion: v1
data:
  api: "false"
  kube: v1.30.0
  values: '{"deep":{"a":1,"b":2},"gone":"here","list":["a","b"],"replicas":1}'
kind: ConfigMap
metadata:
  name: shop
  namespace: default
---
apiVersion: batch/v1
kind: Job
metadata:
  annotations:
    helm.sh/hook: pre-install
  name: hook
---
apiVersion: v1
kind: Pod
metadata:
  annotations:
    helm.sh/hook: test
  name: test
`)
  })

  test('everything that an entry may say', () => {
    const built = build({
      'kustomization.yaml': `namespace: prod
namePrefix: p-
helmCharts:
- name: web
  releaseName: shop
  namespace: ns
  includeCRDs: true
  skipTests: true
  skipHooks: true
  kubeVersion: v1.31.2
  apiVersions: [example.org/v1]
  valuesInline: {replicas: 3, list: [c], deep: {a: null}, gone: null, "on": true}
`,
    })

    expect(built).toBe(`apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: a.example.org
---
apiVersion: v1
data:
  api: "true"
  kube: v1.31.2
  values: '{"deep":{"a":1,"b":2},"gone":"here","list":["c"],"on":true,"replicas":3}'
kind: ConfigMap
metadata:
  name: p-shop
  namespace: prod
`)
  })

  test('inline values that only add to those of the chart', () => {
    const built = build({
      'kustomization.yaml': `helmCharts:
- {name: web, releaseName: shop, kubeVersion: v1.30.0, skipHooks: true, valuesMerge: merge, valuesInline: {replicas: 3, new: 1, list: [c]}}
`,
    })

    expect(built).toBe(`apiVersion: v1
data:
  api: "false"
  kube: v1.30.0
  values: '{"deep":{"a":1,"b":2},"gone":"here","list":["a","b"],"new":1,"replicas":1}'
kind: ConfigMap
metadata:
  name: shop
  namespace: default
`)
  })

  test('inline values alone', () => {
    const built = build({
      'kustomization.yaml': `helmCharts:
- {name: web, releaseName: shop, kubeVersion: v1.30.0, skipHooks: true, valuesMerge: replace, valuesInline: {replicas: 3, gone: null}}
`,
    })

    expect(built).toBe(`apiVersion: v1
data:
  api: "false"
  kube: v1.30.0
  values: '{"deep":{"a":1,"b":2},"list":["a","b"],"replicas":3}'
kind: ConfigMap
metadata:
  name: shop
  namespace: default
`)
  })

  test('values of files', () => {
    const built = build({
      'kustomization.yaml': `helmCharts:
- {name: web, releaseName: shop, kubeVersion: v1.30.0, skipHooks: true, valuesFile: mine.yaml, additionalValuesFiles: [more.yaml]}
`,
      'mine.yaml': `replicas: 5
list: [x]
`,
      'more.yaml': `replicas: 6
`,
    })

    expect(built).toBe(`apiVersion: v1
data:
  api: "false"
  kube: v1.30.0
  values: '{"deep":{"a":1,"b":2},"gone":"here","list":["x"],"replicas":6}'
kind: ConfigMap
metadata:
  name: shop
  namespace: default
`)
  })

  test('charts elsewhere, and a name from a template', () => {
    const built = build(
      {
        'kustomization.yaml': `helmGlobals: {chartHome: elsewhere}
helmCharts:
- {name: web, nameTemplate: '{{ "SHOP" | lower }}-{{ add 1 2 }}', kubeVersion: v1.30.0, skipHooks: true}
`,
      },
      'elsewhere',
    )

    expect(built).toBe(`apiVersion: v1
data:
  api: "false"
  kube: v1.30.0
  values: '{"deep":{"a":1,"b":2},"gone":"here","list":["a","b"],"replicas":1}'
kind: ConfigMap
metadata:
  name: shop-3
  namespace: default
`)
  })

  test('the fields of old', () => {
    const built = build({
      'kustomization.yaml': `helmChartInflationGenerator:
- {chartName: web, releaseName: old, values: charts/web/values.yaml, valuesLocal: {replicas: 9}}
`,
    })

    expect(built).toBe(`apiVersion: v1
data:
  api: "false"
  kube: v1.33.0
  values: '{"deep":{"a":1,"b":2},"gone":"here","list":["a","b"],"replicas":9}'
kind: ConfigMap
metadata:
  name: old
  namespace: default
---
apiVersion: batch/v1
kind: Job
metadata:
  annotations:
    helm.sh/hook: pre-install
  name: hook
---
apiVersion: v1
kind: Pod
metadata:
  annotations:
    helm.sh/hook: test
  name: test
`)
  })

  test('a chart that is nowhere is an error', () => {
    expect(() =>
      build({
        'kustomization.yaml': `helmGlobals: {chartHome: nowhere}
helmCharts:
- {name: web, releaseName: shop}
`,
      }),
    ).toThrow(`no repo specified for pull, no chart found at ''`)
  })

  test('a file of values that is not there is an error', () => {
    expect(() =>
      build({
        'kustomization.yaml': `helmCharts:
- {name: web, releaseName: shop, valuesFile: nope.yaml}
`,
      }),
    ).toThrow(`evalsymlink failure on '/nope.yaml' : lstat /nope.yaml: no such file or directory`)
  })

  test('another way to merge is an error', () => {
    expect(() =>
      build({
        'kustomization.yaml': `helmCharts:
- {name: web, valuesMerge: nonsense}
`,
      }),
    ).toThrow(`trouble configuring builtin HelmChartInflationGenerator with config: \`
name: web
valuesMerge: nonsense
\`: valuesMerge must be one of [merge override replace]`)
  })

  test('an entry without a name is an error', () => {
    expect(() =>
      build({
        'kustomization.yaml': `helmCharts:
- {releaseName: web}
`,
      }),
    ).toThrow(`trouble configuring builtin HelmChartInflationGenerator with config: \`
releaseName: web
\`: chart name cannot be empty`)
  })

  test('a chart of a repository is taken from there', () => {
    const files: MemoryFiles = {
      'kustomization.yaml':
        'helmCharts: [{name: web, repo: oci://registry.example.org/charts/, version: 1.2.3, releaseName: far, skipHooks: true}]\n',
    }
    const sources = memorySources(files, { charts: { 'oci://registry.example.org/charts web 1.2.3': chart } })

    expect(kustomize(files, { sources, enableHelm: true, renderHelm })).toContain('name: far\n')
  })

  test('a release without a name gets one of the chart and the time', () => {
    const files = { 'kustomization.yaml': 'helmCharts: [{name: web, skipHooks: true}]\n' }

    expect(build(files)).toContain('name: web-1704067200\n')
  })

  test('the version and the kinds of the cluster are those that the build was told, unless the chart says others', () => {
    const files = Object.fromEntries(Object.entries(chart).map(([path, text]) => [`charts/web/${path}`, text]))
    const helmDefaults = {
      version: '3' as const,
      capabilities: { kubeVersion: 'v1.29.1', apiVersions: ['example.org/v1'] },
      random: { bytes: (_place: object, count: number) => new Uint8Array(count) },
      now: new Date(0),
    }

    const built = kustomize(
      { ...files, 'kustomization.yaml': 'helmCharts: [{name: web, releaseName: a, skipHooks: true}]\n' },
      { enableHelm: true, renderHelm, helmDefaults },
    )

    expect(built).toContain('api: "true"\n  kube: v1.29.1\n')
  })
})
