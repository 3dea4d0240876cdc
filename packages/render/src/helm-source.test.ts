import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import type { RenderFailure, RenderRequest, RenderResult } from './contract.ts'
import { fakeRenderer } from './engine/testing/fake-renderer.ts'
import { memoryTree } from './testing/memory-tree.ts'

const renderer = fakeRenderer()
afterAll(() => renderer.close())

type Files = Parameters<typeof memoryTree>[0]

/** The fake engine answers with what it was told. */
const echo =
  'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: @namespace\ndata:\n  release: @release\n  values: @values\n  kube: @kube\n'
const chart: Files = { 'apps/web/Chart.yaml': 'name: fake', 'apps/web/templates/a.yaml': echo }

function render(helm: object | undefined, files: Files = {}, more: Partial<RenderRequest> = {}): Promise<RenderResult | RenderFailure> {
  return renderer.render({
    source: { repoURL: 'https://example.org/x', path: 'apps/web', ...(helm && { helm: helm as Record<string, unknown> }) },
    tree: memoryTree({ ...chart, ...files }),
    applicationName: 'demo',
    destinationNamespace: 'prod',
    capabilities: { kubeVersion: 'v1.33.1+k3s1', apiVersions: [] },
    ...more,
  })
}

async function told(helm: object | undefined, files: Files = {}, more: Partial<RenderRequest> = {}) {
  const result = await render(helm, files, more)
  if (!result.ok) throw new Error(`${result.code}: ${result.message}`)
  const data = result.manifests[0]?.object['data'] as { release: string; values: string; kube: string } | undefined
  const values = JSON.parse(data?.values ?? '[]') as { name?: string; text?: string; kind?: string; value?: unknown; content?: string }[]
  return { ...data, values, namespace: result.manifests[0]?.object.metadata.namespace }
}

const texts = async (...args: Parameters<typeof told>): Promise<(string | undefined)[]> =>
  (await told(...args)).values.map(({ text }) => text)

describe('what helm is told', () => {
  test('release, namespace and version of the cluster', async () => {
    expect(await told(undefined)).toMatchObject({ release: 'demo', namespace: 'prod', kube: '1.33.1', values: [] })
    expect(await told({ releaseName: 'r', namespace: 'ns', kubeVersion: '1.30' })).toMatchObject({
      release: 'r',
      namespace: 'ns',
      kube: '1.30',
    })
  })

  test('the name alone as release, and the whole one as ARGOCD_APP_NAME, of an application of another namespace', async () => {
    const files = { 'apps/web/team-a_demo.yaml': 'mine' }

    expect(await told({ valueFiles: ['$ARGOCD_APP_NAME.yaml'] }, files, { applicationName: 'team-a_demo' })).toMatchObject({
      release: 'demo',
      values: [{ text: 'mine' }],
    })
  })

  test('value files in their order, then values, or valuesObject where both are there', async () => {
    const files = { 'apps/web/one.yaml': 'one', 'common/two.yaml': 'two', 'apps/three.yaml': 'three' }
    const valueFiles = ['/common/two.yaml', 'one.yaml', '../three.yaml', './one.yaml']

    expect(await texts({ valueFiles, values: 'x: 1' }, files)).toEqual(['two', 'one', 'three', 'x: 1'])
    expect((await told({ valueFiles: ['one.yaml'], values: 'x: 1', valuesObject: { y: 2 } }, files)).values).toMatchObject([
      { text: 'one' },
      { kind: 'object', value: { y: 2 } },
    ])
  })

  test('parameters as Argo CD gives them: the last of a name, commas as text, variables filled in', async () => {
    const parameters = [
      { name: 'a', value: '1' },
      { name: 'a', value: 'x,y\\,z' },
      { name: 'list', value: '{b,c}' },
      { name: 'text', value: '01', forceString: true },
      { name: 'app', value: '$ARGOCD_APP_NAME-${ARGOCD_APP_REVISION_SHORT}' },
    ]
    const { values } = await told({ parameters }, {}, { environment: { ARGOCD_APP_REVISION: '0123456789' } })
    expect(values.map(({ kind, text }) => [kind, text])).toEqual([
      ['set', 'a=x\\,y\\,z'],
      ['set', 'list={b,c}'],
      ['set-string', 'text=01'],
      ['set', 'app=demo-0123456'],
    ])
  })

  test('files as parameters', async () => {
    const { values } = await told({ fileParameters: [{ name: 'license', path: '../LICENSE' }] }, { 'apps/LICENSE': 'free' })
    expect(values).toMatchObject([{ kind: 'set-file', content: 'free' }])
  })

  test('value files by patterns, each file once, named ones where they are named', async () => {
    const files = Object.fromEntries(['a', 'b', 'c'].map((name) => [`apps/web/values/${name}.yaml`, name]))
    expect(await texts({ valueFiles: ['values/*.yaml'] }, files)).toEqual(['a', 'b', 'c'])
    expect(await texts({ valueFiles: ['values/*.yaml', 'values/a.yaml'] }, files)).toEqual(['b', 'c', 'a'])
    expect(await texts({ valueFiles: ['values/[ab].yaml', '/apps/**/c.yaml', 'values/*'] }, files)).toEqual(['a', 'b', 'c'])
  })

  test('missing value files fail by name, or are left out where that is said', async () => {
    expect(await render({ valueFiles: ['absent.yaml'] })).toMatchObject({ message: 'open absent.yaml: no such file or directory' })
    expect(await render({ valueFiles: ['*.none'] })).toMatchObject({
      message: expect.stringContaining('values file glob "*.none" matched no files'),
    })
    expect(await texts({ valueFiles: ['absent.yaml', '*.none'], ignoreMissingValueFiles: true })).toEqual([])
  })

  test('value files of other sources by their ref', async () => {
    const refs = new Map([['values', memoryTree({ 'envs/demo.yaml': 'from-ref' })]])
    expect(await texts({ valueFiles: ['$values/envs/$ARGOCD_APP_NAME.yaml'] }, {}, { refs })).toEqual(['from-ref'])
    expect(await texts({ valueFiles: ['$values/**/*.yaml'] }, {}, { refs })).toEqual(['from-ref'])
    expect(await render({ valueFiles: ['$other/x.yaml'] }, {}, { refs })).toMatchObject({
      message: 'source referenced "$other", which is not one of the available sources ($values)',
    })
  })

  test('value files by URL only where the scheme is allowed', async () => {
    const valueFiles = ['https://example.org/values.yaml']
    const remoteFile = (url: string): Promise<Buffer> => Promise.resolve(Buffer.from(`of ${url}`))
    expect(await render({ valueFiles }, {}, { remoteFile })).toMatchObject({
      message: expect.stringContaining("the URL scheme 'https' is not allowed"),
    })
    expect(await texts({ valueFiles }, {}, { remoteFile, policy: { valueFileSchemes: ['https'] } })).toEqual([
      'of https://example.org/values.yaml',
    ])
  })

  test.each([
    ['v2', /helm version 'v2' is not supported/],
    ['v5', /not supported/],
  ])('version %s is refused', async (version, message) => {
    expect(((await render({ version })) as RenderFailure).message).toMatch(message)
  })

  test.each([
    [{ valueFiles: 'x.yaml' }, 'spec.source.helm.valueFiles is not a list.'],
    [{ valueFiles: [{}] }, 'spec.source.helm.valueFiles[0] is not text.'],
    [{ parameters: [1] }, 'spec.source.helm.parameters[0] is not a mapping.'],
    [{ skipCrds: 'yes' }, 'spec.source.helm.skipCrds is not true or false.'],
  ])('%j is refused by the name of its field', async (helm, message) => {
    expect(await render(helm)).toMatchObject({ ok: false, message })
  })
})

describe('overrides in the repository', () => {
  test('come from .argocd-source.yaml, then from the file of the application', async () => {
    const files = {
      'apps/web/.argocd-source.yaml': 'helm:\n  releaseName: all\n  namespace: all\n',
      'apps/web/.argocd-source-demo.yaml': 'helm:\n  releaseName: mine\nrepoURL: https://evil.example.org\npath: ..\n',
    }
    expect(await told({ releaseName: 'spec' }, files)).toMatchObject({ release: 'mine', namespace: 'all' })
    expect(await told(undefined, files, { applicationName: 'other' })).toMatchObject({ release: 'all' })
  })

  test.each([
    ['broken', 'helm: [', 'render-failed'],
    [
      'a bomb',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from('bcdefg')
        .map((name, index) => `${name}: &${name} [${`*${'abcdef'[index] ?? ''},`.repeat(9)}]`)
        .join('\n')}`,
      'render-failed',
    ],
    ['of two types', 'kustomize: { namePrefix: a- }\ndirectory: { recurse: true }', 'render-failed'],
  ])('that are %s fail by name', async (_title, text, code) => {
    expect(await render(undefined, { 'apps/web/.argocd-source.yaml': text })).toMatchObject({ ok: false, code })
  })
})

describe('nothing outside of the repository', () => {
  const hostile = fc.oneof(
    fc.constantFrom(
      '/etc/passwd',
      '../../../etc/passwd',
      '/../../etc/passwd',
      '..',
      '/..',
      '$values/../../etc/passwd',
      '$values/../..',
      'a\0b',
      'link/../../..',
      'link',
      'chain',
      'up/x',
      'file:///etc/passwd',
    ),
    fc
      .array(fc.constantFrom('..', '.', 'values', 'link', 'up', '', '$values', '*', '**', 'etc', 'passwd'), { minLength: 1, maxLength: 8 })
      .map((parts) => parts.join('/')),
  )
  const fields: ((path: string) => { helm?: object; kustomize?: object; path?: string; files?: Files })[] = [
    (path) => ({ helm: { valueFiles: [path] } }),
    (path) => ({ helm: { valueFiles: [path], ignoreMissingValueFiles: true } }),
    (path) => ({ helm: { fileParameters: [{ name: 'x', path }] } }),
    (path) => ({ path }),
    (path) => ({ files: { 'apps/web/templates/l.yaml': { link: path } } }),
    (path) => ({ files: { 'apps/web/.argocd-source.yaml': JSON.stringify({ helm: { valueFiles: [path] } }) } }),
    (path) => ({ files: { 'apps/web/templates/r.yaml': `#! read ${path}\n` } }),
    (path) => ({ kustomize: {}, files: { 'apps/web/kustomization.yaml': path } }),
  ]

  test('is read by any field that takes a path, whatever it says', async () => {
    const links: Files = {
      'apps/web/link': { link: '/etc' },
      'apps/web/chain': { link: 'up/../link' },
      'apps/web/up': { link: '../../..' },
      'apps/web/values/etc': { link: '../link' },
    }
    await fc.assert(
      fc.asyncProperty(hostile, fc.constantFrom(...fields), async (path, field) => {
        const { helm, kustomize, files = {}, path: sourcePath = 'apps/web' } = field(path)
        const asked: string[] = []
        const tree = memoryTree({ ...chart, ...links, ...files })
        const watch = (name: string): string => {
          asked.push(name)
          return name
        }
        const result = await renderer.render({
          source: {
            repoURL: 'x',
            path: sourcePath,
            ...(helm && { helm: helm as Record<string, unknown> }),
            ...(kustomize && { kustomize: kustomize as Record<string, never> }),
          },
          tree: {
            hashOf: (name) => tree.hashOf(watch(name)),
            list: (name) => tree.list(watch(name)),
            read: (hash, max) => tree.read(hash, max),
          },
          refs: new Map([['values', memoryTree({ 'x.yaml': 'x' })]]),
          applicationName: 'demo',
          destinationNamespace: 'prod',
          capabilities: { kubeVersion: '', apiVersions: [] },
        })

        // A tree is never asked for a path that is not one of its own, and what fails does so with an answer.
        expect(asked.filter((name) => name.startsWith('/') || name.split('/').includes('..') || name.includes('\0'))).toEqual([])
        if (!result.ok) expect(result.message).not.toBe('')
      }),
      { numRuns: 200 },
    )
  })

  test.each(['/etc/passwd', '../../../x', '/../x', '$values/../x', '$values/../../etc/passwd'])(
    '%s is refused or looked for inside',
    async (path) => {
      const refs = new Map([['values', memoryTree({ 'x.yaml': 'x' })]])
      const result = await render({ valueFiles: [path] }, {}, { refs })
      expect(result).toMatchObject({
        ok: false,
        message: expect.stringMatching(/resolved to outside repository root|no such file or directory/),
      })
    },
  )

  test.each(['/etc/passwd', '../../../../etc/passwd', 'up/x'])('through a link to %s is refused as such', async (link) => {
    const files: Files = { 'apps/web/bad.yaml': { link }, 'apps/web/up': { link: '../../..' } }
    expect(await render({ valueFiles: ['bad.yaml'] }, files)).toMatchObject({ ok: false, code: 'path-outside-repository' })
  })
})
