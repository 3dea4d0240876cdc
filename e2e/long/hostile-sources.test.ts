import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import {
  createRenderer,
  directoryTree,
  type Renderer,
  type RendererOptions,
  type RenderFailure,
  type RenderRequest,
  type RenderResult,
  type SourceEntry,
  type SourceTree,
} from '@plimsoll/render'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

type Source = RenderRequest['source']
type Files = Record<string, string | { link: string }>

const renderers: Renderer[] = []
const folders: string[] = []
function rendererOf(options: RendererOptions = {}): Renderer {
  const made = createRenderer({ secret: Buffer.alloc(32, 7), timeoutMs: 5000, ...options })
  renderers.push(made)
  return made
}
function folderOf(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-hostile-'))
  folders.push(folder)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    if (typeof content === 'string') writeFileSync(join(folder, path), content)
    else symlinkSync(content.link, join(folder, path))
  }
  return folder
}
afterAll(async () => {
  await Promise.all(renderers.map((each) => each.close()))
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A folder of a disk as a tree that refuses nothing: what stays inside does so because of the renderer alone. */
function carelessTree(root: string): SourceTree {
  const places = new Map<string, string>()
  const entryAt = (path: string): SourceEntry | undefined => {
    const place = join(root, path)
    try {
      const link = linkOf(place)
      if (link === undefined && !statSync(place).isFile()) return undefined
      const hash = createHash('sha256').update(`${place} ${link}`).digest('hex')
      places.set(hash, place)
      return { path, kind: link === undefined ? 'file' : 'symlink', hash, size: link?.length ?? statSync(place).size }
    } catch {
      return undefined
    }
  }
  // Not all of the disk, should the renderer ever ask for it.
  const list = (path: string, depth = 0): SourceEntry[] =>
    readdirSync(join(root, path), { withFileTypes: true })
      .slice(0, 200)
      .flatMap((item) => {
        const below = path === '' ? item.name : `${path}/${item.name}`
        if (item.isDirectory()) return depth < 3 ? list(below, depth + 1) : []
        return [entryAt(below)].filter((entry) => entry !== undefined)
      })
  const isFolder = (path: string): boolean => {
    try {
      return statSync(join(root, path)).isDirectory()
    } catch {
      return false
    }
  }
  return {
    hashOf: (path) => Promise.resolve(isFolder(path) ? createHash('sha256').update(join(root, path)).digest('hex') : undefined),
    list: (path) => Promise.resolve(isFolder(path) ? list(path) : []),
    entry: (path) => Promise.resolve(entryAt(path)),
    read: (hash) => {
      const place = places.get(hash) ?? expect.fail()
      return Promise.resolve(Buffer.from(linkOf(place) ?? readFileSync(place)))
    },
  }
}
function linkOf(place: string): string | undefined {
  try {
    return readlinkSync(place)
  } catch {
    return undefined
  }
}

function requestOf(tree: SourceTree, source: Partial<Source> = {}, more: Partial<RenderRequest> = {}): RenderRequest {
  return {
    source: { repoURL: 'https://git.example.com/a.git', path: 'app', targetRevision: 'main', ...source } as Source,
    tree,
    applicationName: 'demo',
    destinationNamespace: 'space',
    capabilities: { kubeVersion: 'v1.33.0', apiVersions: ['v1', 'apps/v1'] },
    ...more,
  }
}
const render = (renderer: Renderer, files: Files, source: Partial<Source> = {}, more: Partial<RenderRequest> = {}) =>
  renderer.render(requestOf(directoryTree(folderOf(files)), source, more))

const metadata = 'apiVersion: v2\nname: web\nversion: 1.0.0\n'
const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n'
const showValues = `${configMap}data: { all: {{ toJson .Values | quote }} }\n`
const template = (action: string): string => `${configMap}data: { all: {{ ${action} | toString | b64enc | quote }} }\n`
const chart = (templates: string, more: Files = {}): Files => ({
  'app/Chart.yaml': metadata,
  'app/templates/a.yaml': templates,
  ...more,
})
const kustomization = (fields: object): Files => ({ 'app/a.yaml': configMap, 'app/kustomization.yaml': JSON.stringify(fields) })

/** A field that takes a path: what a repository and a source are that name one, and the content that would be seen of the file there. */
interface Field {
  make: (path: string) => { files: Files; source?: Partial<Source> }
  content: (mark: string) => string
  /** The folder that its paths are seen from; `app` otherwise. */
  from?: string
  /** What it names is a folder, with this file in it. */
  inFolder?: string
  /** Of the source itself, the path of which never goes through links of other folders. */
  sees?: (mark: string) => string
}
const asObject = (mark: string): string => configMap.replace('name: a', `name: ${mark}`)
const asPatch = (mark: string): string => `${configMap}data: { mark: ${mark} }\n`
const asText = (mark: string): string => `mark=${mark}\n`
const resource = { resources: ['a.yaml'] }
const encoded = (mark: string): string => Buffer.from(asText(mark)).toString('base64')

const fields: Record<string, Field> = {
  'helm.valueFiles': {
    make: (path) => ({ files: chart(showValues), source: { helm: { valueFiles: [path] } } }),
    content: (mark) => `a: ${mark}\n`,
  },
  'helm.fileParameters': {
    make: (path) => ({ files: chart(showValues), source: { helm: { fileParameters: [{ name: 'a', path }] } } as Partial<Source> }),
    content: asText,
  },
  '.Files.Get': { make: (path) => ({ files: chart(template(`.Files.Get "${path}"`)) }), content: asText, sees: encoded },
  '.Files.GetBytes': {
    make: (path) => ({ files: chart(template(`.Files.GetBytes "${path}"`)) }),
    content: (mark) => mark,
    sees: (mark) => Buffer.from(mark).toString('base64'),
  },
  '.Files.Lines': {
    make: (path) => ({ files: chart(template(`index (.Files.Lines "${path}") 0`)) }),
    content: (mark) => mark,
    sees: (mark) => Buffer.from(mark).toString('base64'),
  },
  '.Files.Glob': {
    make: (path) => ({ files: chart(`${configMap}data:\n{{ (.Files.Glob "${path}").AsConfig | indent 2 }}\n`) }),
    content: asText,
  },
  'tpl and .Files': {
    make: (path) => ({ files: chart(template(`tpl "{{ .Files.Get \\"${path}\\" }}" .`)) }),
    content: asText,
    sees: encoded,
  },
  resources: { make: (path) => ({ files: kustomization({ resources: [path] }) }), content: asObject },
  'resources, a folder': {
    make: (path) => ({ files: kustomization({ resources: [path] }) }),
    content: asObject,
    inFolder: 'kustomization',
  },
  bases: { make: (path) => ({ files: kustomization({ bases: [path] }) }), content: asObject, inFolder: 'kustomization' },
  components: { make: (path) => ({ files: kustomization({ ...resource, components: [path] }) }), content: asObject, inFolder: 'component' },
  'patches.path': { make: (path) => ({ files: kustomization({ ...resource, patches: [{ path }] }) }), content: asPatch },
  patchesStrategicMerge: { make: (path) => ({ files: kustomization({ ...resource, patchesStrategicMerge: [path] }) }), content: asPatch },
  'patchesJson6902.path': {
    make: (path) => ({
      files: kustomization({ ...resource, patchesJson6902: [{ path, target: { version: 'v1', kind: 'ConfigMap', name: 'a' } }] }),
    }),
    content: (mark) => `[{ op: add, path: /data, value: { a: ${mark} } }]`,
  },
  ...Object.fromEntries(
    (['configMapGenerator', 'secretGenerator'] as const).flatMap((name) =>
      (['files', 'envs', 'env'] as const).map((kind): [string, Field] => [
        `${name}.${kind}`,
        {
          make: (path) => ({
            files: kustomization({ [name]: [{ name: 'g', [kind]: kind === 'env' ? path : [kind === 'files' ? `k=${path}` : path] }] }),
          }),
          content: asText,
          sees: (mark) => (name === 'configMapGenerator' ? mark : kind === 'files' ? encoded(mark) : Buffer.from(mark).toString('base64')),
        },
      ]),
    ),
  ),
  'replacements.path': {
    make: (path) => ({ files: kustomization({ ...resource, replacements: [{ path }] }) }),
    content: (mark) =>
      `source: { kind: ConfigMap, name: a, fieldPath: metadata.name }\ntargets: [{ select: { kind: ConfigMap }, fieldPaths: [data.${mark}], options: { create: true } }]\n`,
  },
  transformers: {
    make: (path) => ({ files: kustomization({ ...resource, transformers: [path] }) }),
    content: (mark) =>
      `apiVersion: builtin\nkind: PrefixTransformer\nmetadata: { name: p }\nprefix: ${mark}-\nfieldSpecs: [{ path: metadata/name }]\n`,
  },
  generators: {
    make: (path) => ({ files: kustomization({ ...resource, generators: [path] }) }),
    content: (mark) => `apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: { name: ${mark} }\nliterals: [a=b]\n`,
  },
  configurations: {
    make: (path) => ({ files: kustomization({ ...resource, configurations: [path], namePrefix: 'x-' }) }),
    content: (mark) => `${mark}: 1\n`,
  },
  'openapi.path': {
    make: (path) => ({ files: kustomization({ ...resource, openapi: { path } }) }),
    content: () => '{ "a',
    sees: () => 'error converting YAML to JSON',
  },
  'helmCharts.valuesFile': {
    make: (path) => ({
      files: {
        ...kustomization({ helmCharts: [{ name: 'web', valuesFile: path }] }),
        'app/charts/web/Chart.yaml': metadata,
        'app/charts/web/values.yaml': 'b: 1\n',
        'app/charts/web/templates/a.yaml': showValues,
      },
    }),
    content: (mark) => `a: ${mark}\n`,
  },
  'helmCharts.additionalValuesFiles': {
    make: (path) => ({
      files: {
        ...kustomization({ helmCharts: [{ name: 'web', additionalValuesFiles: [path] }] }),
        'app/charts/web/Chart.yaml': metadata,
        'app/charts/web/values.yaml': 'b: 1\n',
        'app/charts/web/templates/a.yaml': showValues,
      },
    }),
    content: (mark) => `a: ${mark}\n`,
  },
  'helmGlobals.chartHome': {
    make: (path) => ({ files: kustomization({ helmGlobals: { chartHome: path }, helmCharts: [{ name: 'web' }] }) }),
    content: (mark) => asObject(mark),
    inFolder: 'chart home',
  },
  'the path of the source': {
    make: (path) => ({ files: { 'app/x': '' }, source: { path } }),
    content: asObject,
    inFolder: 'plain',
    from: '',
  },
}

const outside = folderOf({})
const inFolders: Record<string, (content: string) => Record<string, string>> = {
  kustomization: (content) => ({ 'kustomization.yaml': 'resources: [x.yaml]\n', 'x.yaml': content }),
  component: (content) => ({
    'kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [x.yaml]\n',
    'x.yaml': content,
  }),
  'chart home': (content) => ({ 'web/Chart.yaml': metadata, 'web/values.yaml': '', 'web/templates/x.yaml': content }),
  plain: (content) => ({ 'x.yaml': content }),
}
const canary = 'canary-0f3a9b'
const inner = 'inside-71c2d4'
const policy = { kustomizeBuildOptions: '--enable-helm' }

/** Every way to say a place outside, seen from `app` or the root; and links of the repository that lead there. */
function waysOut(target: string): { path: string; links: Files }[] {
  const up = '../'.repeat(12) + target.slice(1)
  const links = {
    'app/links/absolute': { link: target },
    'app/links/relative': { link: up },
    'app/links/chain': { link: 'second' },
    'app/links/second': { link: './third' },
    'app/links/third': { link: target },
    'app/links/folder': { link: dirname(target) },
    'app/links/up': { link: '../../..' },
    'app/links/again': { link: 'folder' },
  }
  const name = target.slice(target.lastIndexOf('/') + 1)
  const inLinks = [
    'absolute',
    'relative',
    'chain',
    `folder/${name}`,
    `again/${name}`,
    `up/${dirname(target).slice(1).split('/').at(-1)}/${name}`,
  ]
  const plain = [
    target,
    up,
    `./${up}`,
    `links/../${up}`,
    `//${target}`,
    `file://${target}`,
    `file://localhost${target}`,
    `$ref/../..${target}`,
  ]
  const escaped = [up.replaceAll('..', '%2e%2e'), up.replaceAll('/', '%2f'), up.replaceAll('/', '\\'), `..%00/${target}`]
  const globs = [`${dirname(target)}/*`, `${dirname(up)}/*`, 'links/**', 'links/*/*', `{${target},x}`]
  return [
    ...[...plain, ...escaped, ...globs].map((path) => ({ path, links: {} })),
    ...inLinks.map((path) => ({ path: `links/${path}`, links })),
    ...inLinks.map((path) => ({ path: `app/links/${path}`, links })),
  ]
}

describe('a field that takes a path', () => {
  const renderer = rendererOf({ policy })

  it.each(Object.entries(fields))('%s reads what is in the repository, and nothing else', { timeout: 60_000 }, async (title, field) => {
    const { make, content, inFolder, from = 'app', sees = (mark: string) => mark } = field
    const put = (base: string, mark: string): Files =>
      inFolder === undefined
        ? { [base]: content(mark) }
        : Object.fromEntries(Object.entries(inFolders[inFolder]?.(content(mark)) ?? {}).map(([path, text]) => [`${base}/${path}`, text]))
    const control = make('given')
    const base = from === '' ? 'given' : `${from}/given`

    const read = await render(renderer, { ...control.files, ...put(base, inner) }, control.source)
    expect(JSON.stringify(read)).toContain(sees(inner))

    const out = folderOf(put('secret/target.yaml', canary))
    for (const { path, links } of waysOut(join(out, 'secret/target.yaml'))) {
      const { files, source } = make(path)
      const root = folderOf({ ...files, ...links })
      // The source's own path is the tree's to refuse.
      for (const tree of from === '' ? [directoryTree(root)] : [directoryTree(root), carelessTree(root)]) {
        const got = await renderer.render(requestOf(tree, source, { refs: new Map([['ref', tree]]), details: true }))
        const shown = JSON.stringify(got)
        expect(shown, `${title} of ${path}`).not.toContain(canary)
        for (const text of [encoded(canary), sees(canary)]) expect(shown, `${title} of ${path}`).not.toContain(text)
      }
    }
  })

  it('of the repository leads through links inside of it', async () => {
    const files = { ...chart(showValues), 'shared/v.yaml': `a: ${inner}\n`, 'app/one': { link: 'two' }, 'app/two': { link: '../shared' } }

    const result = await render(renderer, files, { helm: { valueFiles: ['one/v.yaml'] } })

    expect(JSON.stringify(result)).toContain(inner)
  })
})

describe('what a chart brings with it', () => {
  const renderer = rendererOf({ policy })
  const secret = join(outside, 'secret')
  beforeAll(() => {
    mkdirSync(join(secret, 'templates'), { recursive: true })
    writeFileSync(join(secret, 'Chart.yaml'), metadata)
    writeFileSync(join(secret, 'templates/a.yaml'), asObject(canary))
    writeFileSync(join(secret, 'schema.json'), JSON.stringify({ type: 'object', required: [canary] }))
  })

  it.each<[string, () => Files]>([
    ['a sub-chart that is a link', () => chart(configMap, { 'app/charts/db': { link: secret } })],
    ['templates that are a link', () => ({ 'app/Chart.yaml': metadata, 'app/templates': { link: join(secret, 'templates') } })],
    ['one template that is a link', () => chart(configMap, { 'app/templates/b.yaml': { link: join(secret, 'templates/a.yaml') } })],
    ['values that are a link', () => chart(showValues, { 'app/values.yaml': { link: join(secret, 'Chart.yaml') } })],
    [
      'a dependency by file://',
      () => ({
        ...chart(configMap),
        'app/Chart.yaml': `${metadata}dependencies: [{ name: web, version: 1.0.0, repository: "file://${secret}" }]\n`,
      }),
    ],
    [
      'a dependency by file://..',
      () => ({
        ...chart(configMap),
        'app/Chart.yaml': `${metadata}dependencies: [{ name: web, version: 1.0.0, repository: "file://${'../'.repeat(12)}${secret}" }]\n`,
      }),
    ],
    [
      'a schema that refers to a file',
      () => chart(configMap, { 'app/values.schema.json': JSON.stringify({ $ref: `file://${join(secret, 'schema.json')}` }) }),
    ],
    [
      'an override of the path',
      () => chart(configMap, { 'app/.argocd-source.yaml': `{ path: "${secret}", repoURL: "file://${secret}", chart: x }` }),
    ],
    ['an override that is a link', () => chart(showValues, { 'app/.argocd-source.yaml': { link: join(secret, 'Chart.yaml') } })],
    ['a host that it looks up', () => chart(`${configMap}data: { a: "{{ getHostByName "localhost" }}" }\n`)],
    [
      'an object of the cluster that it looks up',
      () => chart(`${configMap}data: { a: {{ lookup "v1" "Secret" "kube-system" "" | toJson | quote }} }\n`),
    ],
    ['the environment', () => chart(`${configMap}data: { a: {{ env "HOME" | quote }} }\n`)],
  ])('%s shows nothing of what is outside', async (_title, files) => {
    const root = folderOf(files())

    for (const tree of [directoryTree(root), carelessTree(root)]) {
      const shown = JSON.stringify(await renderer.render(requestOf(tree, {}, { details: true })))
      expect(shown).not.toContain(canary)
      expect(shown).not.toMatch(/127\.0\.0\.1|::1/)
      if (process.env['HOME'] !== undefined) expect(shown).not.toContain(`"a":"${process.env['HOME']}"`)
    }
  })

  it.each(['http://127.0.0.1:1/schema.json', 'https://example.com/schema.json'])('a schema at %s is not asked for', async ($ref) => {
    const result = await render(
      renderer,
      chart(configMap, { 'app/values.schema.json': JSON.stringify({ $ref }), 'app/values.yaml': 'a: 1\n' }),
    )

    expect(result.ok).toBe(false)
  })
})

describe('other repositories', () => {
  const bases = [
    'https://127.0.0.1/a.git//base?ref=v1',
    'ext::sh -c true',
    'git::file:///etc',
    'file:///etc//x?ref=a',
    'git@127.0.0.1:a/b',
    'github.com/a/b?ref=--upload-pack=touch',
    '--upload-pack=x',
    'ssh://-oProxyCommand=x/y',
  ]

  it.each(bases)('%s is no base where the policy does not say so', async (base) => {
    const asked: string[] = []
    const git = (url: string): Promise<never> => {
      asked.push(url)
      return Promise.reject(new Error('asked'))
    }

    const result = await render(rendererOf(), kustomization({ resources: [base] }), {}, { git })

    expect(result.ok).toBe(false)
    expect(asked).toEqual([])
  })
})

const manyKeys = (count: number): string => Array.from({ length: count }, (_, index) => `k${index}: 1`).join(',')
const aliases = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${Array.from(
  { length: 12 },
  (_, i) =>
    `b${i}: &b${i} [${Array(10)
      .fill(i === 0 ? '*a' : `*b${i - 1}`)
      .join(',')}]\n`,
).join('')}`
const merges = `a: &a {${manyKeys(20_000)}}\nb:\n${'- {<<: *a}\n'.repeat(20_000)}`
const deep = `a: ${'['.repeat(100_000)}`
const bombs = { aliases, merges, deep }
const chain = (count: number, step: (index: number) => Files): Files =>
  Object.assign({}, ...Array.from({ length: count }, (_, index) => step(index))) as Files

const explosions: Record<string, { files: Files; source?: Partial<Source>; mayRender?: true }> = {
  ...Object.fromEntries(
    Object.entries({
      'a loop without end': '{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}',
      'include of itself': '{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}',
      'template of itself': '{{ define "x" }}{{ template "x" . }}{{ end }}{{ template "x" . }}',
      'tpl of itself': '{{ tpl "{{ tpl .t . }}" (dict "t" "{{ tpl .t . }}" "Template" .Template) }}',
      'templates that double': `${Array.from({ length: 40 }, (_, i) => `{{ define "d${i}" }}{{ include "d${i + 1}" . }}{{ include "d${i + 1}" . }}{{ end }}`).join('')}{{ define "d40" }}xxxxxxxx{{ end }}{{ include "d0" . }}`,
      repeat: '{{ repeat 2000000000 "xxxxxxxx" }}',
      until: '{{ until 2000000000 }}',
      seq: '{{ seq 1 2000000000 }}',
      untilStep: '{{ untilStep 0 2000000000 1 }}',
      'a wide printf': '{{ printf "%2000000000d" 1 }}',
      'a precise printf': '{{ printf "%.2000000000f" 1.0 }}',
      indent: '{{ indent 2000000000 "x" }}',
      randAlphaNum: '{{ randAlphaNum 2000000000 }}',
      'many keys of RSA': '{{ range until 500 }}{{ genPrivateKey "rsa" }}{{ end }}',
      'text that doubles': '{{ $s := "x" }}{{ range until 64 }}{{ $s = print $s $s }}{{ end }}{{ len $s }}',
      'values that double': '{{ $d := dict "a" "x" }}{{ range until 40 }}{{ $d = dict "a" $d "b" $d }}{{ end }}{{ $d | toYaml }}',
      'values in themselves': '{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ deepCopy $d }}',
      'a replacement of nothing': '{{ regexReplaceAll "" (repeat 1000000 "a") (repeat 1000 "b") }}',
      'b64enc again and again': '{{ $s := "x" }}{{ range until 80 }}{{ $s = b64enc $s }}{{ end }}',
      'a semver constraint': '{{ semverCompare (repeat 100000 ">1.0.0 || ") "1.2.3" }}',
      'nested brackets': `{{ ${'('.repeat(100_000)}1${')'.repeat(100_000)} }}`,
      '12,000 objects': '{{ range $i := until 12000 }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: a{{ $i }} }\n{{ end }}',
    }).map(([name, text]) => [name, { files: chart(text) }]),
  ),
  // Helm renders these as well.
  'nested conditions': { files: chart(`${'{{ if true }}'.repeat(50_000)}${'{{ end }}'.repeat(50_000)}`), mayRender: true },
  ...Object.fromEntries(
    Object.entries(bombs).flatMap(([name, bomb]) => [
      [`${name} in values.yaml`, { files: chart(showValues, { 'app/values.yaml': bomb }) }],
      [`${name} in Chart.yaml`, { files: { ...chart(showValues), 'app/Chart.yaml': metadata + bomb } }],
      [`${name} in Chart.lock`, { files: chart(showValues, { 'app/Chart.lock': bomb }) }],
      [`${name} in a value file`, { files: chart(showValues, { 'app/v.yaml': bomb }), source: { helm: { valueFiles: ['v.yaml'] } } }],
      [`${name} in values of the source`, { files: chart(showValues), source: { helm: { values: bomb.slice(0, 900_000) } } }],
      [`${name} in a template`, { files: chart(bomb) }],
      [`${name} in crds`, { files: chart(configMap, { 'app/crds/a.yaml': configMap + bomb }) }],
      [`${name} in a kustomization`, { files: { 'app/kustomization.yaml': bomb } }],
      [`${name} in a resource`, { files: { ...kustomization(resource), 'app/a.yaml': configMap + bomb } }],
      [
        `${name} in a patch`,
        { files: { ...kustomization({ ...resource, patches: [{ path: 'p.yaml' }] }), 'app/p.yaml': configMap + bomb } },
      ],
      [`${name} in a plain manifest`, { files: { 'app/a.yaml': configMap + bomb } }],
      [`${name} in overrides`, { files: { 'app/a.yaml': configMap, 'app/.argocd-source.yaml': bomb.slice(0, 99_000) } }],
    ]),
  ),
  'one large object': { files: chart(`${configMap}data: { a: {{ repeat 6000000 "x" }} }\n`) },
  'one large object behind aliases': {
    files: {
      'app/a.yaml': `${configMap}data:\n  a: &a ${'x'.repeat(100_000)}\n${Array.from({ length: 90 }, (_, i) => `  b${i}: *a\n`).join('')}`,
    },
  },
  'values of 50 MB': { files: chart(showValues, { 'app/values.yaml': `a: ${'x'.repeat(50_000_000)}` }) },
  'bases in a circle': { files: { 'app/kustomization.yaml': 'resources: [../b]', 'b/kustomization.yaml': 'resources: [../app]' } },
  'a component that brings itself': { files: { ...kustomization({ ...resource, components: ['.'] }) } },
  'bases that double': {
    files: {
      'app/kustomization.yaml': 'resources: [../l0, ../r0]',
      ...chain(30, (i) => ({
        [`l${i}/kustomization.yaml`]: `namePrefix: l\nresources: [../l${i + 1}, ../r${i + 1}]`,
        [`r${i}/kustomization.yaml`]: `namePrefix: r\nresources: [../l${i + 1}, ../r${i + 1}]`,
      })),
      'l30/kustomization.yaml': 'resources: [a.yaml]',
      'l30/a.yaml': configMap,
      'r30/kustomization.yaml': 'resources: [a.yaml]',
      'r30/a.yaml': configMap,
    },
  },
  'components that double': {
    files: {
      'app/kustomization.yaml': 'components: [../c0]',
      ...chain(30, (i) => ({
        [`c${i}/kustomization.yaml`]: `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: x\ncomponents: [../c${i + 1}, ../c${i + 1}]`,
      })),
      'c30/kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n',
    },
  },
  'replacements of everything by everything': {
    mayRender: true,
    files: {
      'app/kustomization.yaml': JSON.stringify({
        resources: ['many.yaml'],
        replacements: Array.from({ length: 200 }, () => ({
          source: { kind: 'ConfigMap', name: 'n0', fieldPath: 'data' },
          targets: [{ select: { kind: 'ConfigMap' }, fieldPaths: ['data.a'], options: { create: true } }],
        })),
      }),
      'app/many.yaml': Array.from({ length: 300 }, (_, i) => configMap.replace('name: a', `name: n${i}`) + 'data: { a: x }').join(
        '\n---\n',
      ),
    },
  },
  'a schema that refers to itself': {
    files: chart(configMap, {
      'app/values.yaml': 'a: 1\n',
      'app/values.schema.json': JSON.stringify({
        $ref: '#/definitions/a',
        definitions: { a: { $ref: '#/definitions/b' }, b: { $ref: '#/definitions/a' } },
      }),
    }),
  },
  'a schema that doubles': {
    files: chart(configMap, {
      'app/values.yaml': 'a: x\n',
      'app/values.schema.json': JSON.stringify({
        $ref: '#/definitions/d0',
        definitions: Object.fromEntries(
          Array.from({ length: 60 }, (_, i) => [
            `d${i}`,
            i === 59
              ? { required: ['missing'] }
              : {
                  allOf: [
                    { $ref: `#/definitions/d${i + 1}` },
                    { anyOf: [{ $ref: `#/definitions/d${i + 1}` }, { $ref: `#/definitions/d${i + 1}` }] },
                  ],
                },
          ]),
        ),
      }),
    }),
  },
  'patterns of a directory': {
    files: chain(2000, (i) => ({ [`app/${'a'.repeat(100)}/${'a'.repeat(100)}/${i}.yaml`]: '' })),
    source: { directory: { recurse: true, include: `{${'*a'.repeat(250)}x}`, exclude: `${'*a'.repeat(500)}x` } },
  },
}

describe('a source that explodes', () => {
  const renderer = rendererOf({ workers: 2, timeoutMs: 3000, workerMemoryMb: 256 })
  let round = 0

  it.each(Object.entries(explosions))(
    'by %s is an error of its own, and no other waits for it',
    { timeout: 60_000 },
    async (title, { files, source, mayRender = false }) => {
      const tree = directoryTree(folderOf(files))
      const bad = requestOf(tree, source, { applicationUid: title })
      round += 1
      const neighbour = (index: number): RenderRequest =>
        requestOf(
          directoryTree(folderOf(chart(`${configMap}data: { a: "${round} ${index}" }\n`))),
          {},
          { applicationUid: `neighbour ${index}` },
        )
      const stalls = monitorEventLoopDelay({ resolution: 5 })

      const started = performance.now()
      stalls.enable()
      const failing = renderer.render(bad)
      const others = await Promise.all(Array.from({ length: 10 }, (_, index) => renderer.render(neighbour(index))))
      const result = await failing
      stalls.disable()
      console.log(
        `${title}: ${Math.round(performance.now() - started)} ms, event loop held ${Math.round(stalls.max / 1e6)} ms: ${result.ok ? 'rendered' : `${result.code} ${result.message.slice(0, 80)}`}`,
      )

      expect(others.filter(({ ok }) => !ok)).toEqual([])
      expect(result.ok && !mayRender, `${title} was rendered`).toBe(false)
      if (result.ok) return
      expect(result.message.length).toBeLessThan(8_000)
      // In words of its own, and none of JavaScript's.
      expect(result.message).not.toMatch(/is not a function|of undefined|of null/)
    },
  )
})

describe('names that JavaScript knows', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__', 'length', 'prototype']
  const renderer = rendererOf()
  const data = (result: RenderResult | RenderFailure): unknown =>
    result.ok ? JSON.parse(JSON.stringify(result.manifests[0]?.object.data)) : result.message

  it.each(names)('%s is a name like any other, in values, templates, maps and kustomizations', async (name) => {
    const text = `${configMap}data:\n  value: {{ index .Values "${name}" | quote }}\n  has: "{{ hasKey .Values "${name}" }}"\n  absent: "{{ hasKey (dict) "${name}" }}"\n  none: "{{ get (dict) "${name}" }}"\n  made: {{ get (set (dict) "${name}" "m") "${name}" }}\n  keys: {{ keys (dict "${name}" 1) | toJson | quote }}\n  pick: {{ pick (dict "${name}" 1) "${name}" | toJson | quote }}\n  merged: {{ merge (dict) (dict "${name}" (dict "a" 1)) | toJson | quote }}\n  read: {{ fromYaml "${name}: 1" | toJson | quote }}\n  named: {{ include "${name}" . }}\n  ${name}: own\n{{ define "${name}" }}defined{{ end }}`
    const result = await render(renderer, chart(text, { 'app/values.yaml': `${name}: mine\n` }))
    const overlay = await render(renderer, {
      'app/kustomization.yaml': JSON.stringify({
        resources: ['a.yaml'],
        patches: [{ path: 'p.yaml' }],
        configMapGenerator: [{ name: 'g', literals: [`${name}=x`] }],
        commonAnnotations: { note: 'n' },
      }),
      'app/a.yaml': `${configMap}data: { ${name}: "1", other: "2" }\n`,
      'app/p.yaml': `${configMap}data: { ${name}: patched }\n`,
    })

    const json = JSON.stringify
    expect(data(result)).toEqual(
      JSON.parse(
        `{"value":"mine","has":"true","absent":"false","none":"","made":"m","keys":${json(json([name]))},"pick":${json(`{"${name}":1}`)},"merged":${json(`{"${name}":{"a":1}}`)},"read":${json(`{"${name}":1}`)},"named":"defined","${name}":"own"}`,
      ),
    )
    expect(data(overlay)).toEqual(JSON.parse(`{"${name}":"patched","other":"2"}`))
    expect(overlay.ok && overlay.manifests.map(({ object }) => Object.keys(object.data as object))).toEqual([
      expect.arrayContaining([name, 'other']),
      [name],
    ])
    expect(({} as Record<string, unknown>)['a']).toBeUndefined()
  })

  it.each([
    ['a byte of zero', '{{ "a\\x00b" | b64enc }}', Buffer.from('a\0b').toString('base64')],
    ['bytes that are no text', '{{ b64dec "//79" | b64enc }}', '//79'],
    ['a number beyond 2^53', '{{ 9007199254740993 | toString | quote }}', '9007199254740993'],
  ])('%s goes through as it is', async (_title, action, expected) => {
    const result = await render(renderer, chart(`${configMap}data: { a: ${action} }\n`))

    expect(data(result)).toEqual({ a: expected })
  })
})

describe('a result that is known', () => {
  it('is told only to a request that would make the same', { timeout: 60_000 }, async () => {
    const shows = `${configMap}data:\n  release: {{ .Release.Name }}\n  namespace: {{ .Release.Namespace }}\n  kube: {{ .Capabilities.KubeVersion.Version }}\n  has: "{{ .Capabilities.APIVersions.Has "x/v1" }}"\n  random: {{ randAlphaNum 8 }}\n  now: {{ now | date "2006-01-02T15:04" | quote }}\n  values: {{ toJson .Values | quote }}\n  file: {{ .Files.Get "f" | quote }}\n`
    const charts = [shows, shows.replaceAll(/ {2}(kube|has|random|now):.*\n/g, ''), configMap].map((text) =>
      chart(text, { 'app/f': 'one' }),
    )
    const trees = [...charts, { ...charts[0], 'app/f': 'two' } as Files, kustomization({ resources: ['a.yaml'], helmCharts: [] })].map(
      (files) => directoryTree(folderOf(files)),
    )
    const values = ['a: 1\n', 'a: 2\n'].map((text) => directoryTree(folderOf({ 'v.yaml': text })))
    const cached = rendererOf()
    const pick = <T>(...options: T[]): fc.Arbitrary<T> => fc.constantFrom(...options)
    const request = fc
      .record({
        tree: pick(...trees),
        helm: pick<Source['helm']>(
          undefined,
          { valueFiles: ['$v/v.yaml'] },
          { version: 'v4' },
          { values: 'b: 1' },
          { releaseName: 'other' },
          { parameters: [{ name: 'p', value: '$ARGOCD_APP_REVISION' }] },
          { kubeVersion: '1.20.0' },
        ),
        v: pick(...values),
        applicationName: pick('one', 'two'),
        destinationNamespace: pick('x', 'y'),
        applicationUid: pick('u', 'w'),
        kubeVersion: pick('v1.33.0', 'v1.34.0'),
        apiVersions: pick(['v1'], ['v1', 'x/v1']),
        rotation: pick(undefined, { id: 'r', at: new Date(Date.UTC(2026, 1, 1)) }),
        revision: pick('aaa', 'bbb'),
        policy: pick({}, { kustomizeBuildOptions: '--enable-helm' }),
      })
      .map(({ tree, helm, v, kubeVersion, apiVersions, rotation, revision, ...rest }) => ({
        ...requestOf(tree, helm === undefined ? {} : { helm }),
        ...rest,
        refs: new Map([['v', v]]),
        capabilities: { kubeVersion, apiVersions },
        ...(rotation && { rotation }),
        environment: { ARGOCD_APP_REVISION: revision },
      }))
    const fresh = rendererOf()
    const shownBy = (result: RenderResult | RenderFailure): unknown =>
      result.ok ? [result.manifests.map(({ object }) => object), result.cacheKey] : result.message

    await fc.assert(
      fc.asyncProperty(request, async (asked) => {
        const known = await cached.render(asked)
        const made = await fresh.render({ ...asked, isFresh: true })

        expect(shownBy(known)).toEqual(shownBy(made))
      }),
      { numRuns: 300 },
    )
    expect(cached.statistics?.().fromCache).toBeGreaterThan(20)
  })
})
