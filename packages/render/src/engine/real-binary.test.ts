import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { RenderRequest, RenderResult } from '../contract.ts'
import { childPrograms } from '../plugin/child-programs.ts'
import { createRenderer } from '../renderer.ts'
import { findHelm } from '../template/testing/helm-for-tests.ts'
import { memoryTree } from '../testing/memory-tree.ts'

const renderer = createRenderer({ policy: { binaries: true }, timeoutMs: 30_000 })
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-binary-'))
afterAll(async () => {
  await renderer.close()
  rmSync(folder, { recursive: true })
})
const helm = findHelm('3.18')
const missing = 'missing' in helm ? helm.missing : ''

function program(name: string, script: string): Record<string, string> {
  const path = join(folder, `${name}-${Math.random().toString(36).slice(2)}`)
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return { [name]: path }
}

const files = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.2.3\n',
  'chart/values.yaml': 'replicas: 1\nimage: {tag: old}\n',
  'chart/prod.yaml': 'replicas: 3\n',
  'chart/templates/a.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
data:
  replicas: {{ .Values.replicas | quote }}
  tag: {{ .Values.image.tag | quote }}
  license: {{ .Values.license | quote }}
  kube: {{ .Capabilities.KubeVersion.Version }}
  has: {{ .Capabilities.APIVersions.Has "example.org/v1" | quote }}
`,
  'chart/LICENSE': 'free, as in speech\n',
  'chart/crds/crd.yaml': 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.example.org\n',
}

function request(more: Partial<RenderRequest> & { programs: RenderRequest['programs'] }): RenderRequest {
  return {
    source: {
      repoURL: 'x',
      path: 'chart',
      helm: {
        valueFiles: ['prod.yaml'],
        valuesObject: { image: { tag: 'object' } },
        parameters: [{ name: 'image.tag', value: 'a,b', forceString: true }],
        fileParameters: [{ name: 'license', path: '/chart/LICENSE' }],
      },
    },
    tree: memoryTree(files),
    applicationName: 'demo',
    destinationNamespace: 'prod',
    capabilities: { kubeVersion: 'v1.33.1+k3s1', apiVersions: ['example.org/v1'] },
    binary: 'compare',
    ...more,
  }
}

async function rendered(asked: RenderRequest): Promise<RenderResult> {
  const result = await renderer.render(asked)
  if (!result.ok) throw new Error(result.message)
  return result
}

describe('an application that is rendered with the real tool as well', () => {
  test.skipIf(missing !== '')(`says that both are equal, with every kind of parameter ${missing}`, async () => {
    const result = await rendered(request({ programs: childPrograms({ helm3: 'path' in helm ? helm.path : '' }), details: true }))

    expect(result.comparedWithBinary).toMatchObject({ tool: 'helm3', isEqual: true, differences: [] })
    expect(result.manifests.map(({ object, at }) => [object.kind, at.file])).toEqual([
      ['CustomResourceDefinition', 'chart/crds/crd.yaml'],
      ['ConfigMap', 'chart/templates/a.yaml'],
    ])
    expect(result.manifests[1]?.object['data']).toEqual({
      replicas: '3',
      tag: 'a,b',
      license: 'free, as in speech\n',
      kube: 'v1.33.1',
      has: 'true',
    })
    expect(result.details?.parameters).toEqual([
      { name: 'image.tag', value: '"a,b"', origin: 'parameter' },
      { name: 'license', value: '"free, as in speech\\n"', origin: 'file-parameter' },
      { name: 'replicas', value: '3', origin: 'file', file: 'prod.yaml' },
    ])
    expect(result.chart).toMatchObject({ name: 'web', version: '1.2.3' })
  })

  test('says what differs, and no value of it', async () => {
    const fake = program(
      'helm3',
      `echo '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"demo","namespace":"prod"},"data":{"replicas":"secret"}}'`,
    )

    const result = await rendered(request({ programs: childPrograms(fake) }))

    expect(result.comparedWithBinary).toMatchObject({ isEqual: false })
    expect(result.comparedWithBinary?.differences).toEqual([
      'v1 ConfigMap prod/demo: data.replicas differs',
      'apiextensions.k8s.io/v1 CustomResourceDefinition things.example.org: helm3 does not have it',
    ])
    expect(JSON.stringify(result.comparedWithBinary)).not.toContain('secret')
  })

  test('takes the real manifests where it is told to use them', async () => {
    const fake = program(
      'kubectl',
      `test "$1 $2" = "kustomize ." && echo '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"real"}}'`,
    )
    const kustomization = memoryTree({
      'app/kustomization.yaml': 'transformers: [fn.yaml]\n',
      'app/fn.yaml':
        'apiVersion: x/v1\nkind: Fn\nmetadata: {name: fn, annotations: {config.kubernetes.io/function: "container: {image: x}"}}\n',
    })
    const source = { repoURL: 'x', path: 'app' }

    const used = await rendered(request({ source, tree: kustomization, binary: 'use', programs: childPrograms(fake) }))

    expect(used.manifests.map(({ object }) => object.metadata.name)).toEqual(['real'])
    expect(used.engine).toBe('kubectl')
  })

  test.each<[string, Partial<RenderRequest>]>([
    ['the policy does not allow it', { policy: { binaries: false } }],
    ['no program is enabled', {}],
  ])('is told when that cannot be done: %s', async (_title, more) => {
    const compared = await rendered(request({ programs: childPrograms(), ...more }))
    const used = await renderer.render(request({ programs: childPrograms(), ...more, binary: 'use' }))

    expect(compared.comparedWithBinary).toBeUndefined()
    expect(compared.warnings?.join()).toMatch(/The real tool/)
    expect(used).toMatchObject({ ok: false, code: 'source-not-supported' })
  })
})
