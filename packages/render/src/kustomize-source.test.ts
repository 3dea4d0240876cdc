import { afterAll, describe, expect, test } from 'vitest'
import type { RenderFailure, RenderRequest } from './contract.ts'
import { fakeRenderer } from './engine/testing/fake-renderer.ts'
import { createRenderer } from './renderer.ts'
import { memoryTree } from './testing/memory-tree.ts'

const renderer = fakeRenderer()
afterAll(() => renderer.close())

/** The fake engine tells the overrides that it was given. */
async function told(kustomize: object, more: Partial<RenderRequest> = {}): Promise<unknown> {
  const result = await renderer.render({
    source: { repoURL: 'x', path: 'app', kustomize: kustomize as Record<string, never> },
    tree: memoryTree({ 'app/kustomization.yaml': '' }),
    applicationName: 'demo',
    destinationNamespace: 'prod',
    capabilities: { kubeVersion: '', apiVersions: [] },
    environment: { ARGOCD_APP_REVISION: '0123456789' },
    ...more,
  })
  if (!result.ok) return result
  return result.warnings?.[0] === undefined ? undefined : JSON.parse(result.warnings[0])
}

describe('what kustomize is told', () => {
  test('everything that the Application says, variables filled in where Argo CD does', async () => {
    const kustomize = {
      namePrefix: 'pre-',
      nameSuffix: '-post',
      namespace: 'other',
      images: ['web=registry.example.org/web:$ARGOCD_APP_REVISION_SHORT'],
      replicas: [
        { name: 'web', count: '3' },
        { name: 'db', count: 1 },
      ],
      commonLabels: { app: '$ARGOCD_APP_NAME' },
      commonAnnotations: { note: '$ARGOCD_APP_NAME' },
      labelWithoutSelector: true,
      components: ['../component'],
      ignoreMissingComponents: true,
      patches: [{ patch: '- op: remove', target: { kind: 'Deployment' }, options: { allowNameChange: true } }, { path: 'p.yaml' }],
    }
    expect(await told(kustomize)).toEqual({
      namePrefix: 'pre-',
      nameSuffix: '-post',
      namespace: 'other',
      images: ['web=registry.example.org/web:0123456'],
      replicas: [
        { name: 'web', count: 3 },
        { name: 'db', count: 1 },
      ],
      commonLabels: { app: 'demo' },
      commonAnnotations: { note: '$ARGOCD_APP_NAME' },
      labelWithoutSelector: true,
      components: ['../component'],
      ignoreMissingComponents: true,
      patches: [{ patch: '- op: remove', target: { kind: 'Deployment' }, options: { allowNameChange: true } }, { path: 'p.yaml' }],
    })
  })

  test('nothing where the Application says nothing', async () => {
    expect(await told({})).toBeUndefined()
  })

  test('annotations with variables where that is asked for', async () => {
    expect(await told({ commonAnnotations: { note: '$ARGOCD_APP_NAME' }, commonAnnotationsEnvsubst: true })).toMatchObject({
      commonAnnotations: { note: 'demo' },
    })
  })

  test.each<[object, Partial<RenderRequest>, RegExp]>([
    [{ replicas: [{ name: 'web', count: 'many' }] }, {}, /expected integer value for count. Received: many/],
    [{ images: 'web' }, {}, /spec.source.kustomize.images is not a list/],
    [{}, { policy: { kustomizeBuildOptions: '--enable-exec' } }, /'--enable-exec', which is not supported/],
    [{}, { policy: { kustomizeBuildOptions: '--enable-helm --helm-command=/bin/sh' } }, /--helm-command/],
    [{}, { policy: { kustomizeBuildOptions: '--load-restrictor Other' } }, /--load-restrictor/],
  ])('%j %j is refused by name', async (kustomize, more, message) => {
    expect((await told(kustomize, more)) as RenderFailure).toMatchObject({ ok: false, message: expect.stringMatching(message) })
  })

  test.each(['--enable-helm', '--enable-helm=true --load-restrictor=LoadRestrictionsNone', '--load-restrictor LoadRestrictionsRootOnly'])(
    'build options %s are taken',
    async (kustomizeBuildOptions) => {
      expect(await told({}, { policy: { kustomizeBuildOptions } })).toBeUndefined()
    },
  )
})

describe("charts of a kustomization, by the Application's Helm", () => {
  const real = createRenderer({ policy: { kustomizeBuildOptions: '--enable-helm' } })
  afterAll(() => real.close())
  const tree = memoryTree({
    'app/kustomization.yaml': 'helmCharts: [{name: web, releaseName: a}]\n',
    'app/charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
    'app/charts/web/values.yaml': '{}\n',
    'app/charts/web/templates/a.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {helm: {{ .Capabilities.HelmVersion.Version | trunc 2 }}}
`,
  })

  async function helmOf(source: Partial<RenderRequest['source']>): Promise<unknown> {
    const result = await real.render({
      source: { repoURL: 'x', path: 'app', ...source },
      tree,
      applicationName: 'demo',
      destinationNamespace: 'prod',
      capabilities: { kubeVersion: '', apiVersions: [] },
    })
    return result.ok ? Reflect.get(result.manifests[0]?.object['data'] ?? {}, 'helm') : result.message
  }

  test('are rendered as by Helm 3, or as by the version beside kustomize, and kept apart', async () => {
    const rendered = [
      await helmOf({}),
      await helmOf({ kustomize: {}, helm: { version: 'v4' } }),
      await helmOf({ kustomize: {}, helm: { version: 'v3' } }),
      await helmOf({ kustomize: {}, helm: { version: 'v4' } }),
    ]

    expect(rendered).toEqual(['v3', 'v4', 'v3', 'v4'])
  })

  test('take nothing else from helm, and no other version', async () => {
    expect(await helmOf({ kustomize: {}, helm: { version: 'v4', releaseName: 'b' } })).toBe(
      'multiple application sources defined: Kustomize,Helm',
    )
    expect(await helmOf({ kustomize: {}, helm: { version: 'v2' } })).toBe("helm version 'v2' is not supported")
  })
})

test('A number with more digits than can be kept is told, and not changed into another one', async () => {
  const real = createRenderer()
  const tree = memoryTree({
    'app/kustomization.yaml': 'resources: [a.yaml]\n',
    'app/a.yaml': 'apiVersion: v1\nkind: X\nmetadata: {name: a}\nspec: {size: 9223372036854775807, other: 9223372036854775000}\n',
  })

  const result = await real.render({
    source: { repoURL: 'x', path: 'app' },
    tree,
    applicationName: 'demo',
    destinationNamespace: 'prod',
    capabilities: { kubeVersion: '', apiVersions: [] },
  })
  await real.close()

  expect(result).toMatchObject({
    ok: false,
    code: 'manifest-invalid',
    message: expect.stringContaining('the number 9223372036854775807 has more'),
  })
})
