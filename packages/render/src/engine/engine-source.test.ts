import type { ApplicationSource } from '@plimsoll/api'
import { afterAll, describe, expect, test } from 'vitest'
import type { RenderFailure, RenderRequest, RenderResult, SourceTree } from '../contract.ts'
import { memoryTree } from '../testing/memory-tree.ts'
import { fakeRenderer } from './testing/fake-renderer.ts'

const renderer = fakeRenderer()
afterAll(() => renderer.close())

type Files = Parameters<typeof memoryTree>[0]

function requestFor(
  tree: SourceTree,
  more: Partial<RenderRequest> & { helm?: object; kustomize?: object; path?: string } = {},
): RenderRequest {
  const { helm, kustomize, path = 'app', ...rest } = more
  const source: ApplicationSource = {
    repoURL: 'https://example.org/x',
    path,
    ...(helm && { helm: helm as Record<string, unknown> }),
    ...(kustomize && { kustomize: kustomize as Record<string, unknown> }),
  }
  return {
    source,
    tree,
    applicationName: 'demo',
    destinationNamespace: 'prod',
    capabilities: { kubeVersion: 'v1.33.0', apiVersions: ['v1'] },
    ...rest,
  }
}

async function rendered(request: RenderRequest, by = renderer): Promise<RenderResult> {
  const result = await by.render(request)
  if (!result.ok) throw new Error(`${result.code}: ${result.message}`)
  return result
}

async function failed(request: RenderRequest, by = renderer): Promise<RenderFailure> {
  const result = await by.render(request)
  if (result.ok) throw new Error('rendered, though it should not have been')
  return result
}

const chart = (template: string, more: Files = {}): Files => ({ 'app/Chart.yaml': 'name: fake', 'app/templates/a.yaml': template, ...more })
const configMap = (data: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: ${data}\n`
const dataOf = (result: RenderResult): unknown => (result.manifests[0]?.object['data'] as { x: unknown } | undefined)?.x
const json = (name: string): string => JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })

describe('a render is found again', () => {
  test('after a commit that does not touch what was read, without reading or rendering', async () => {
    const before = await rendered(requestFor(memoryTree(chart(configMap('one'), { 'other/x': '1', 'app/README.md': 'a' }))))
    const { renders } = renderer.statistics()
    const tree = memoryTree(chart(configMap('one'), { 'other/x': '2', 'app/README.md': 'b' }))

    const after = await rendered(requestFor(tree))

    expect([before.fromCache, after.fromCache, after.cacheKey === before.cacheKey]).toEqual([false, true, true])
    expect([renderer.statistics().renders - renders, tree.reads]).toEqual([0, []])
  })

  test.each<[string, Files]>([
    ['a template changes', chart(configMap('two-b'))],
    ['a template comes', chart(configMap('two'), { 'app/templates/b.yaml': configMap('new').replace('name: a', 'name: b') })],
    ['what was not there comes', chart(configMap('two'), { 'app/.argocd-source.yaml': 'helm: {releaseName: other}' })],
  ])('but not when %s', async (_title, files) => {
    const first = await rendered(requestFor(memoryTree(chart(configMap('two')))))

    const second = await rendered(requestFor(memoryTree(files)))

    expect([second.fromCache, second.cacheKey === first.cacheKey]).toEqual([false, false])
  })

  test.each<[string, string, Partial<RenderRequest>]>([
    ['cluster', '@kube', { capabilities: { kubeVersion: 'v1.34.0', apiVersions: ['v1'] } }],
    ['name', '@release', { applicationName: 'other' }],
    ['namespace', '@namespace', { destinationNamespace: 'other' }],
    ['application, where something is random', '@random', { applicationUid: 'other' }],
    ['rotation, where something is random', '@random', { rotation: { id: '2', at: new Date(0) } }],
  ])('for another %s only where it was asked for', async (_title, used, other) => {
    const asking = chart(configMap(used === '@random' ? '"@random"' : used))
    const indifferent = chart(configMap(`constant`))
    // A release has a name and a namespace in any case.
    const fixed = { helm: { releaseName: 'fixed', namespace: 'fixed' } }
    const asks = used === '@release' || used === '@namespace' ? {} : fixed
    await rendered(requestFor(memoryTree(asking), asks))
    await rendered(requestFor(memoryTree(indifferent), fixed))

    const again = await rendered(requestFor(memoryTree(asking), { ...asks, ...other }))
    const same = await rendered(requestFor(memoryTree(indifferent), { ...fixed, ...other }))

    expect([again.fromCache, same.fromCache]).toEqual([false, true])
  })

  test('a revision is part of it only where the build environment is used', async () => {
    const helm = { parameters: [{ name: 'tag', value: '$ARGOCD_APP_REVISION_SHORT' }] }
    const tree = memoryTree(chart(configMap('@values')))
    const at = (revision: string): Partial<RenderRequest> => ({ environment: { ARGOCD_APP_REVISION: revision } })
    await rendered(requestFor(tree, { helm, ...at('1'.repeat(40)) }))
    await rendered(requestFor(tree, at('1'.repeat(40))))

    const used = await rendered(requestFor(tree, { helm, ...at('2'.repeat(40)) }))
    const unused = await rendered(requestFor(tree, at('2'.repeat(40))))

    expect([used.fromCache, unused.fromCache]).toEqual([false, true])
    expect(dataOf(used)).toContain('tag=2222222"')
  })

  test('failures are found again as well, until their cause is gone', async () => {
    const broken = memoryTree(chart('#! throw template: fake:1: no such thing'))
    const first = await failed(requestFor(broken))
    const { renders } = renderer.statistics()

    const second = await failed(requestFor(broken))
    const mended = await rendered(requestFor(memoryTree(chart(configMap('mended')))))

    expect(second).toEqual(first)
    expect([first.message, renderer.statistics().renders - renders, mended.fromCache]).toEqual([
      'template: fake:1: no such thing',
      1,
      false,
    ])
  })

  test('equal applications at the same time are rendered once, with different values each for itself', async () => {
    const tree = memoryTree(chart(configMap('@values')))
    const { renders } = renderer.statistics()
    const values = (index: number): object => ({ valuesObject: { index }, releaseName: 'r' })

    const same = await Promise.all(Array.from({ length: 20 }, () => rendered(requestFor(tree, { helm: values(-1) }))))
    const different = await Promise.all(Array.from({ length: 20 }, (_, index) => rendered(requestFor(tree, { helm: values(index) }))))

    expect(new Set(same.map(({ cacheKey }) => cacheKey)).size).toBe(1)
    expect(new Set(different.map(({ cacheKey }) => cacheKey)).size).toBe(20)
    expect(renderer.statistics().renders - renders).toBe(21)
  })

  test('what is random stays the same from commit to commit, and is new at each render where Helm does so', async () => {
    const files = (note: string): Files => chart(configMap('"@random"'), { 'app/templates/note.yaml': `# ${note}` })
    const policy = { randomness: 'helm' as const }

    const stable = [await rendered(requestFor(memoryTree(files('1')))), await rendered(requestFor(memoryTree(files('2'))))]
    const fresh = [
      await rendered(requestFor(memoryTree(files('1')), { policy })),
      await rendered(requestFor(memoryTree(files('1')), { policy })),
    ]

    expect(dataOf(stable[0]!)).toBe(dataOf(stable[1]!))
    expect(dataOf(fresh[0]!)).not.toBe(dataOf(fresh[1]!))
    expect([stable[0]?.randomFunctions, fresh[1]?.fromCache]).toEqual([['randAlphaNum'], false])
  })
})

describe('what is not there yet', () => {
  test('is fetched, and the render starts again', async () => {
    const tree = memoryTree({
      'kustomization.yaml': 'base\nsingle/file.json\n',
      'base/kustomization.yaml': 'a.json\n',
      'base/a.json': json('a'),
      'single/file.json': json('single'),
    })
    const { restarts } = renderer.statistics()

    const result = await rendered(requestFor(tree, { path: '', kustomize: {} }))

    expect(result.manifests.map(({ object, at }) => [object.metadata.name, at.file])).toEqual([
      ['a', 'base/a.json'],
      ['single', 'single/file.json'],
    ])
    expect(renderer.statistics().restarts - restarts).toBeLessThan(5)
  })

  test('outside of the chart is read file by file, links followed', async () => {
    const template = '#! read common/x.yaml\n#! read linked/x.yaml\n#! read nothing/here.yaml\n' + configMap('v')
    const files = chart(template, { 'common/x.yaml': 'common', linked: { link: 'common' } })

    const first = await rendered(requestFor(memoryTree(files)))
    const same = await rendered(requestFor(memoryTree({ ...files, 'more/y': '1' })))
    const changed = await rendered(requestFor(memoryTree({ ...files, 'common/x.yaml': 'changed' })))
    const appeared = await rendered(requestFor(memoryTree({ ...files, 'nothing/here.yaml': 'now' })))

    expect([first, same, changed, appeared].map(({ fromCache }) => fromCache)).toEqual([false, true, false, false])
  })

  test('charts and remote bases are asked for where that is allowed, and what they hold is part of the result', async () => {
    const asked: unknown[] = []
    const base = { 'kustomization.yaml': 'r.json\n', 'r.json': json('remote') }
    const git = (url: string, revision: string): Promise<SourceTree> => {
      asked.push([url, revision])
      return Promise.resolve(memoryTree(base))
    }
    const files = { 'app/kustomization.yaml': 'git https://example.org/base v1\n' }
    const policy = { remoteBases: true }

    const refused = await failed(requestFor(memoryTree(files), { git }))
    const first = await rendered(requestFor(memoryTree(files), { git, policy }))
    base['r.json'] = json('newer')
    const second = await rendered(requestFor(memoryTree(files), { git, policy }))
    const third = await rendered(requestFor(memoryTree(files), { git, policy }))

    expect(refused).toMatchObject({ code: 'source-not-supported' })
    expect([first, second, third].map((each) => [each.manifests[0]?.object.metadata.name, each.fromCache])).toEqual([
      ['remote', false],
      ['newer', false],
      ['newer', true],
    ])
    expect(asked[0]).toEqual(['https://example.org/base', 'v1'])
  })

  test("a chart that cannot be had fails with the repository's words, and is asked for again", async () => {
    let isThere = false
    const charts = (): Promise<SourceTree> =>
      isThere ? Promise.resolve(memoryTree({ 'Chart.yaml': 'name: db' })) : Promise.reject(new Error('connection refused'))
    const tree = memoryTree(chart(`#! chart https://charts.example.org db 1.0.0\n${configMap('c')}`))

    const first = await failed(requestFor(tree, { charts }))
    isThere = true
    const second = await rendered(requestFor(tree, { charts }))

    expect([first.message, second.fromCache]).toEqual(['connection refused', false])
  })
})

describe('what would cost too much costs its own application', () => {
  const hasty = fakeRenderer({ timeoutMs: 3000, workers: 2, workerMemoryMb: 64, limits: { outputBytes: 200_000, objects: 500 } })
  afterAll(() => hasty.close())

  test.each<[string, string, RenderFailure['code']]>([
    ['a template without end', '#! loop', 'render-timeout'],
    ['a template that takes all memory', '#! memory', 'manifest-too-large'],
    ['a template that calls itself without end', '#! stack', 'render-failed'],
    ['text without end', '#! output 300000', 'manifest-too-large'],
    ['too many objects', '#! objects 501', 'manifest-too-large'],
    ['an object that is too deep', '#! depth 300', 'manifest-too-large'],
    ['what ends the worker', '#! exit', 'render-failed'],
  ])('%s', async (_title, template, code) => {
    const poisoned = hasty.render(requestFor(memoryTree(chart(template))))
    // Behind it, in front of it and beside it others go on, more than there are workers.
    const siblings = Array.from({ length: 12 }, (_, index) =>
      hasty.render(requestFor(memoryTree(chart(configMap(`sibling-${index}`))), { applicationName: `s${index}${code}` })),
    )

    const failure = await poisoned
    const others = await Promise.all(siblings)

    expect(failure).toMatchObject({ ok: false, code })
    expect(others.map((each) => (each.ok ? dataOf(each) : each.message))).toEqual(siblings.map((_, index) => `sibling-${index}`))
  })

  test('many poisoned renders in a row leave the renderer as it was', async () => {
    const results = await Promise.all(
      Array.from({ length: 6 }, (_, index) => hasty.render(requestFor(memoryTree(chart(`#! exit\n# ${index}`))))),
    )
    const healthy = await rendered(requestFor(memoryTree(chart(configMap('healthy')))), hasty)

    expect(results.every(({ ok }) => !ok)).toBe(true)
    expect(dataOf(healthy)).toBe('healthy')
  })
})
