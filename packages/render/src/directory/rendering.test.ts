import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import type { RenderFailure, RenderResult, SourceTree } from '../contract.ts'
import { createRenderer } from '../renderer.ts'
import { memoryTree } from '../testing/memory-tree.ts'

const renderer = createRenderer({ timeoutMs: 15_000 })
afterAll(() => renderer.close())

type Directory = { recurse?: boolean; include?: string; exclude?: string; [option: string]: unknown }

function render(tree: SourceTree, path = 'app', directory?: Directory, by = renderer): Promise<RenderResult | RenderFailure> {
  return by.render({
    source: { repoURL: 'https://example.org/x', path, ...(directory && { directory }) },
    tree,
    applicationName: 'demo',
    destinationNamespace: 'default',
    capabilities: { kubeVersion: '1.33', apiVersions: [] },
  })
}

async function names(tree: SourceTree, path?: string, directory?: Directory): Promise<string[]> {
  const result = await render(tree, path, directory)
  if (!result.ok) throw new Error(result.message)
  return result.manifests.map(({ object }) => object.metadata.name)
}

async function failure(tree: SourceTree, path?: string, directory?: Directory): Promise<RenderFailure> {
  const result = await render(tree, path, directory)
  if (result.ok) throw new Error('rendered, though it should not have been')
  return result
}

const configMap = (name: string, more = ''): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}`

describe('which files are read', () => {
  const files = {
    'app/b.yaml': configMap('b'),
    'app/a.yml': configMap('a'),
    'app/c.json': JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } }),
    'app/README.md': '# not a manifest',
    'app/sub/d.yaml': configMap('d'),
    'app/sub/deep/e.yaml': configMap('e'),
    'other/f.yaml': configMap('f'),
  }

  test('manifests of the folder itself, in the order of their names', async () => {
    expect(await names(memoryTree(files))).toEqual(['a', 'b', 'c'])
  })

  test('with recurse, those of the folders below as well', async () => {
    expect(await names(memoryTree(files), 'app', { recurse: true })).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(await names(memoryTree(files), '', { recurse: true })).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    expect(await names(memoryTree(files), './app//sub/.', {})).toEqual(['d'])
  })

  test.each<[Directory, string[]]>([
    [{ include: '*.yaml' }, ['b']],
    [{ include: '{a,c}.*' }, ['a', 'c']],
    [{ recurse: true, include: 'sub/*' }, ['d', 'e']],
    [{ recurse: true, exclude: '{*.yml,sub/deep/*}' }, ['b', 'c', 'd']],
    [{ recurse: true, include: '*.yaml', exclude: 'sub/**' }, ['b']],
    [{ include: '[ab].y*ml' }, ['a', 'b']],
    [{ include: '[!ab].*' }, ['c']],
    [{ include: '?.json' }, ['c']],
  ])('%j chooses %j', async (directory, expected) => {
    expect(await names(memoryTree(files), 'app', directory)).toEqual(expected)
  })

  test('a pattern that is none is named, and no file is read', async () => {
    const tree = memoryTree(files)
    expect(await failure(tree, 'app', { include: '{a,b' })).toMatchObject({
      code: 'render-failed',
      message: expect.stringContaining('directory.include'),
    })
    expect(tree.reads).toEqual([])
  })

  test('a pattern made to take for ever takes no time', async () => {
    const long = { [`app/${'a'.repeat(200)}.yaml`]: configMap('a') }
    expect(await names(memoryTree(long), 'app', { include: '*a'.repeat(100) + 'b' })).toEqual([])
  })

  test('a folder that is not there, and paths that lead out, are refused by name', async () => {
    expect(await failure(memoryTree(files), 'absent')).toMatchObject({
      code: 'path-not-found',
      message: expect.stringContaining("'absent'"),
    })
    for (const path of ['../x', '/etc', 'app/../../x', 'a\0b']) {
      expect(await failure(memoryTree(files), path)).toMatchObject({ code: 'path-outside-repository' })
    }
  })

  test('an empty folder of manifests gives none, which is no failure', async () => {
    expect(await names(memoryTree({ 'app/README.md': 'x' }))).toEqual([])
  })
})

describe('links', () => {
  test('links to files inside the repository are followed; to folders and to nothing they are left out', async () => {
    const tree = memoryTree({
      'common/base.yaml': configMap('base'),
      'app/one.yaml': { link: '../common/base.yaml' },
      'app/two.yaml': { link: 'one.yaml' },
      'app/dir.yaml': { link: '../common' },
      'app/gone.yaml': { link: 'nowhere.yaml' },
      'app/loop.yaml': { link: 'loop.yaml' },
    })
    const result = await render(tree)
    expect(result.ok && result.manifests.map(({ at }) => at.file)).toEqual(['app/one.yaml', 'app/two.yaml'])
  })

  test.each(['/etc/passwd', '../../outside.yaml', '../../../../etc/passwd', 'x/../../../etc/passwd'])(
    'a link to %s is refused',
    async (link) => {
      const tree = memoryTree({ 'app/ok.yaml': configMap('ok'), 'app/bad.yaml': { link } })
      expect(await failure(tree)).toMatchObject({ code: 'path-outside-repository', at: { file: 'app/bad.yaml' } })
    },
  )

  test('what a link leads to is part of what was rendered: a change there is seen', async () => {
    const before = await render(memoryTree({ 'c/x.yaml': configMap('one'), 'app/l.yaml': { link: '../c/x.yaml' } }))
    const after = await render(memoryTree({ 'c/x.yaml': configMap('two'), 'app/l.yaml': { link: '../c/x.yaml' } }))
    expect(before.ok && after.ok && before.cacheKey !== after.cacheKey && after.manifests[0]?.object.metadata.name).toBe('two')
  })
})

describe('what is in a file', () => {
  test('many documents, empty ones and lists', async () => {
    const text = `# comment\n---\n${configMap('a')}--- # again\n\n---\n${configMap('b')}---\nnull\n---\napiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: Secret, metadata: {name: c}}\n  - apiVersion: v1\n    kind: ConfigMapList\n    items:\n      - {apiVersion: v1, kind: ConfigMap, metadata: {name: d}}\n`
    const result = await render(memoryTree({ 'app/a.yaml': text }))
    expect(result.ok && result.manifests.map(({ object, at }) => [object.metadata.name, at.line, at.column])).toEqual([
      ['a', 3, 1],
      ['b', 10, 1],
      ['c', 20, 5],
      ['d', 24, 9],
    ])
  })

  test('values are read as kubectl reads them', async () => {
    const more = `data:\n  words: [y, Yes, on, off, No, "yes", oN]\n  numbers: [0777, 0x1F, 0b101, 1_000, 08, .5, 1e3, 1e400]\n  texts: [12:30:45, 2001-01-01, _1, nULL]\n  nothing: [~, null, ]\n  1: one\n  on: true\n`
    const result = await render(memoryTree({ 'app/a.yaml': configMap('a', more) }))
    expect(result.ok && result.manifests[0]?.object['data']).toEqual({
      words: [true, true, true, false, false, 'yes', 'oN'],
      numbers: [511, 31, 5, 1000, 8, 0.5, 1000, '1e400'],
      texts: ['12:30:45', '2001-01-01', '_1', 'nULL'],
      nothing: [null, null],
      '1': 'one',
      true: true,
    })
  })

  test('anchors, aliases and merge keys are written out, and nothing is shared', async () => {
    const more = `data: &d {a: "1"}\nother: *d\nmerged:\n  <<: *d\n  b: "2"\n`
    const result = await render(memoryTree({ 'app/a.yaml': configMap('a', more) }))
    const object = result.ok ? result.manifests[0]?.object : undefined
    expect(object).toMatchObject({ data: { a: '1' }, other: { a: '1' }, merged: { a: '1', b: '2' } })
    expect(object?.['data']).not.toBe(object?.['other'])
  })

  test('names such as __proto__ and constructor are ordinary keys', async () => {
    const result = await render(
      memoryTree({ 'app/a.yaml': configMap('constructor', 'data:\n  __proto__: "1"\n  constructor: "2"\n  toString: "3"\n') }),
    )
    const data = result.ok ? result.manifests[0]?.object['data'] : undefined
    expect(JSON.stringify(data)).toBe('{"__proto__":"1","constructor":"2","toString":"3"}')
    expect(({} as Record<string, unknown>)['1']).toBeUndefined()
  })

  test('a values file beside the manifests is left alone, as is one that asks for it', async () => {
    const skipped = `# +argocd:skip-file-rendering\n{{ not yaml\n`
    const tree = memoryTree({ 'app/a.yaml': configMap('a'), 'app/values.yaml': 'image:\n  tag: 1\n', 'app/tpl.yaml': skipped })
    expect(await names(tree)).toEqual(['a'])
  })

  test('objects are frozen, because the cache shares them', async () => {
    const result = await render(memoryTree({ 'app/a.yaml': configMap('a') }))
    expect(() => {
      if (result.ok && result.manifests[0]) result.manifests[0].object.metadata.labels = {}
    }).toThrow(TypeError)
  })
})

describe('what is wrong is told with its place and what to do', () => {
  const large = '\n'.repeat(30_000)
  test.each<[string, string, string, number, number, RegExp]>([
    ['broken YAML', 'a.yaml', `${configMap('a')}data:\n  x: [1, 2\n`, 7, 1, /flow collection/],
    ['a tab as indentation', 'a.yaml', 'apiVersion: v1\nkind: X\nmetadata:\n\tname: a\n', 4, 1, /tab/],
    ['a key twice', 'a.yaml', configMap('a', 'data:\n  x: "1"\n  x: "2"\n'), 7, 3, /duplicated mapping key/],
    ['a template', 'a.yaml', configMap('{{ .Values.name }}'), 4, 3, /key is a mapping|expected/],
    ['no kind', 'a.yaml', '---\napiVersion: v1\nmetadata:\n  name: a\n', 2, 1, /kind is missing/],
    ['no apiVersion', 'a.yaml', '\n\nkind: ConfigMap\nmetadata:\n  name: a\n', 3, 1, /apiVersion is missing/],
    ['no metadata', 'a.yaml', 'apiVersion: v1\nkind: ConfigMap\n', 1, 1, /metadata is missing/],
    ['no name', 'a.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels: {}\n', 3, 1, /metadata\.name is missing/],
    ['a name that is none', 'a.yaml', `# first\n---\n${configMap('Not_A_Name')}`, 6, 3, /'Not_A_Name' is not a name/],
    ['a name of 5,000 letters', 'a.yaml', configMap('a'.repeat(5000)), 4, 3, /is not a name/],
    ['a number for a name', 'a.yaml', configMap('1234'), 4, 3, /is a number, not text/],
    [
      'a label that is no text',
      'a.yaml',
      'apiVersion: v1\nkind: X\nmetadata:\n  name: a\n  labels:\n    on: yes\n',
      6,
      5,
      /labels\['true'\] is a boolean/,
    ],
    ['a document that is a list', 'a.yaml', `${configMap('a')}---\n- 1\n`, 6, 1, /is a list, not an object/],
    ['a document that is a word', 'a.yaml', 'hello\n', 1, 1, /is a string, not an object/],
    ['a number beyond 2^53', 'a.yaml', configMap('a', 'spec:\n  size: 9007199254740993\n'), 6, 3, /9007199254740993/],
    ['infinity', 'a.yaml', configMap('a', 'spec: [1, .inf]\n'), 5, 11, /Infinity/],
    ['an item of a list', 'a.yaml', 'apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: X\n', 4, 5, /metadata is missing/],
    ['broken JSON', 'a.json', '{\n  "kind": "X",\n  "a": }\n', 3, 8, /not JSON/],
    ['two objects in a JSON file', 'a.json', '{"a":1}\n{"b":2}\n', 2, 1, /goes on after its end/],
    ['JSON without a kind', 'a.json', '{"apiVersion":"v1","metadata":{"name":"a"}}', 1, 1, /kind is missing/],
    ['an unknown tag', 'a.yaml', configMap('a', 'x: !!js/function "f"\n'), 5, 21, /unknown tag/],
    ['a fault after 30,000 lines, read in a worker', 'a.yaml', `${large}${configMap('Bad')}`, 30_004, 3, /'Bad'/],
  ])('%s', async (_title, file, text, line, column, message) => {
    const result = await failure(memoryTree({ [`app/${file}`]: text }))

    expect(result).toMatchObject({ code: 'manifest-invalid', at: { file: `app/${file}`, line, column } })
    expect(result.message).toMatch(message)
    expect(result.message).toMatch(new RegExp(`^app/${file}:${line}:${column}: `))
    expect(result.remedy).not.toBe('')
  })

  test('a bound in the schema of a custom resource may have more digits: it is a float to everybody', async () => {
    const schema = 'spec: {openAPIV3Schema: {maximum: 9223372036854775807, minimum: -9223372036854775808}}\n'

    const result = await render(memoryTree({ 'app/a.yaml': configMap('a', schema) }))

    expect(result.ok && result.manifests[0]?.object['spec']).toEqual({ openAPIV3Schema: { maximum: 2 ** 63, minimum: -(2 ** 63) } })
  })

  test('every problem of every file is told, and the healthy files do not hide them', async () => {
    const tree = memoryTree({
      'app/a.yaml': `${configMap('A')}---\nkind: X\n---\n${configMap('fine')}`,
      'app/b.yaml': 'x: [',
      'app/c.yaml': configMap('c'),
      'app/d.jsonnet': '{}',
    })
    const { message } = await failure(tree)
    expect(message.split('\n').map((line) => line.split(': ')[0])).toEqual([
      'app/d.jsonnet',
      'app/a.yaml:4:3',
      'app/a.yaml:6:1',
      'app/a.yaml:6:1',
      'app/b.yaml:2:1',
    ])
  })

  test('what a broken file says is not repeated: it may be a secret', async () => {
    const result = await failure(memoryTree({ 'app/a.yaml': 'apiVersion: v1\nkind: Secret\ndata: {password: hunter2, "x\n' }))
    expect(JSON.stringify(result)).not.toContain('hunter2')
  })

  test.each(['a.yaml', 'a.json'])('bytes that are no text are refused: %s', async (file) => {
    const result = await failure(memoryTree({ [`app/${file}`]: Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe, 0x80]) }))
    expect(result).toMatchObject({ code: 'manifest-invalid', message: expect.stringContaining('UTF-8') })
  })
})

describe('what this source does not render', () => {
  const kustomization = { 'app/kustomization.yaml': 'resources: [a.yaml]\n', 'app/a.yaml': configMap('a') }

  test('Jsonnet is refused by name, unless a program is enabled', async () => {
    expect(await failure(memoryTree({ 'app/a.jsonnet': '{}' }))).toMatchObject({
      code: 'source-not-supported',
      message: expect.stringContaining('Jsonnet'),
    })
  })

  test('a kustomization is a directory where the source says so', async () => {
    expect(await names(memoryTree(kustomization), 'app', { include: 'a.yaml' })).toEqual(['a'])
  })
})

describe('what would cost too much', () => {
  const bomb = (levels: number): string => {
    const lines = ['apiVersion: v1', 'kind: X', 'metadata: {name: a}', 'l0: &l0 [x, x, x, x, x, x, x, x, x, x]']
    for (let level = 1; level <= levels; level++)
      lines.push(
        `l${level}: &l${level} [${Array(10)
          .fill(`*l${level - 1}`)
          .join(', ')}]`,
      )
    return lines.join('\n')
  }

  test.each([
    ['a bomb of aliases', bomb(9)],
    ['an anchor that holds itself', configMap('a', 'x: &x [*x]\n')],
    ['text repeated by aliases', configMap('a', `t: &t ${'x'.repeat(100_000)}\nl: [${Array(500).fill('*t').join(', ')}]\n`)],
    ['a hundred thousand brackets', configMap('a', `x: ${'['.repeat(100_000)}\n`)],
    ['three hundred levels', configMap('a', `x: ${'['.repeat(300)}${']'.repeat(300)}\n`)],
    ['deep JSON under another name', `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`],
  ])('%s is refused', async (_title, text) => {
    expect(await failure(memoryTree({ 'app/a.yaml': text }))).toMatchObject({ code: 'manifest-too-large', at: { file: 'app/a.yaml' } })
  })

  test('a file of 50 MB is refused by its size, unread', async () => {
    const tree = memoryTree({ 'app/a.yaml': configMap('a') })
    const list: SourceTree['list'] = () => Promise.resolve([{ path: 'app/big.yaml', kind: 'file', hash: 'f'.repeat(40), size: 50_000_000 }])
    expect(await failure({ ...tree, list })).toMatchObject({ code: 'manifest-too-large', at: { file: 'app/big.yaml' } })
    expect(tree.reads).toEqual([])
  })

  test('a worker that takes too long is killed, and the next render goes on', async () => {
    const hasty = createRenderer({ timeoutMs: 400, workers: 1 })
    const slow = configMap('a', `x:\n${'  - &a {b: [1, 2, 3]}\n'.repeat(150_000)}`)

    const result = await render(memoryTree({ 'app/a.yaml': slow }), 'app', undefined, hasty)
    const next = await render(memoryTree({ 'app/a.yaml': configMap('b') }), 'app', undefined, hasty)

    expect(result).toMatchObject({ ok: false, code: 'render-timeout' })
    expect(next).toMatchObject({ ok: true })
    await hasty.close()
  })

  test('a worker that takes too much memory fails its file only', async () => {
    const small = createRenderer({ workerMemoryMb: 20, workers: 1 })
    const greedy = configMap('a', `x:\n${'  - &a {b: [1, 2, 3]}\n'.repeat(150_000)}`)

    const result = await render(memoryTree({ 'app/a.yaml': greedy }), 'app', undefined, small)
    const next = await render(memoryTree({ 'app/a.yaml': `${configMap('b')}x: &x 1\n` }), 'app', undefined, small)

    expect(result).toMatchObject({ ok: false, code: 'manifest-too-large' })
    expect(next).toMatchObject({ ok: true })
    await small.close()
  })

  test('a source whose reading never ends is given up', async () => {
    const hasty = createRenderer({ timeoutMs: 50 })
    const tree = { ...memoryTree({ 'app/a.yaml': configMap('a') }), read: () => new Promise<Buffer>(() => {}) }
    expect(await render(tree, 'app', undefined, hasty)).toMatchObject({ ok: false, code: 'render-timeout' })
    await hasty.close()
  })

  test('a tree that fails is a failure of this render, not of the process', async () => {
    const tree = { ...memoryTree({ 'app/a.yaml': configMap('never-read-before') }), read: () => Promise.reject(new Error('disk on fire')) }
    expect(await render(tree)).toMatchObject({ ok: false, code: 'render-failed', message: expect.stringContaining('disk on fire') })
  })
})

describe('what was rendered once', () => {
  test('comes from the cache while its files are the same, whatever else the commit changed', async () => {
    const first = await render(memoryTree({ 'app/a.yaml': configMap('cached'), 'other/x.yaml': '1' }))
    const tree = memoryTree({ 'app/a.yaml': configMap('cached'), 'other/x.yaml': '2', 'app/README.md': 'new' })
    const second = await render(tree)
    expect([first.ok && first.fromCache, second.ok && second.fromCache, tree.reads]).toEqual([false, true, []])
  })

  test('rendering does not depend on the order of listing, nor on the cache', async () => {
    const name = fc.stringMatching(/^[a-z]{1,6}$/)
    const paths = fc.uniqueArray(fc.tuple(fc.array(name, { maxLength: 2 }), name, fc.constantFrom('yaml', 'yml', 'json')), {
      minLength: 1,
      maxLength: 8,
      selector: ([folders, file, ending]) => [...folders, file].join('/') + ending,
    })
    await fc.assert(
      fc.asyncProperty(paths, fc.infiniteStream(fc.nat()), async (chosen, order) => {
        const files = chosen.map(([folders, file, ending]): [string, string] => [
          `app/${[...folders, file].join('/')}.${ending}`,
          JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: [...folders, file, ending].join('.') } }),
        ])
        const shuffled = files.map((file) => ({ file, by: order.next().value })).toSorted((a, b) => a.by - b.by)
        const cold = createRenderer()

        const expected = await render(memoryTree(Object.fromEntries(files)), 'app', { recurse: true }, cold)
        const cached = await render(memoryTree(Object.fromEntries(shuffled.map(({ file }) => file))), 'app', { recurse: true }, cold)
        const other = await render(memoryTree(Object.fromEntries(shuffled.map(({ file }) => file))), 'app', { recurse: true })
        await cold.close()

        if (!expected.ok || !cached.ok || !other.ok) throw new Error('did not render')
        expect(cached.fromCache).toBe(true)
        expect(cached.manifests).toEqual(expected.manifests)
        expect(other.manifests).toEqual(expected.manifests)
        expect(other.cacheKey).toBe(expected.cacheKey)
      }),
      { numRuns: 50 },
    )
  })

  test('any bytes at all end in manifests or in a failure', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.constantFrom('yaml', 'json'), async (bytes, ending) => {
        const result = await render(memoryTree({ [`app/a.${ending}`]: Buffer.from(bytes) }))
        expect(result.ok || result.code === 'manifest-invalid').toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
