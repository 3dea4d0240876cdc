import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { RenderFailure, RenderRequest, RenderResult } from '../contract.ts'
import { directoryTree } from '../directory-tree.ts'
import { findKubectl } from '../kustomize/patch/kustomize-for-tests.ts'
import { findKustomize } from '../kustomize/testing/find-kustomize.ts'
import { childPrograms } from '../plugin/child-programs.ts'
import { createRenderer } from '../renderer.ts'

const renderer = createRenderer({ policy: { binaries: true }, timeoutMs: 30_000 })
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-kustomize-'))
afterAll(async () => {
  await renderer.close()
  rmSync(folder, { recursive: true })
})
const kubectl = findKubectl('1.34')
const kustomize = findKustomize()
const tools = [
  ['kubectl', kubectl ?? '', kubectl === undefined ? '(left out: the npm package with kubectl is not installed)' : ''],
  ['kustomize', kustomize.path, kustomize.missing],
] as const

let made = 0
/** Writes files to a new folder; `.sh` are executable. */
function repository(files: Record<string, string>): string {
  const root = join(folder, `repository-${made++}`)
  write(root, files)
  return root
}

function write(root: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    if (path.endsWith('.sh')) chmodSync(join(root, path), 0o755)
  }
}

/** A program that prints its arguments as a ConfigMap. */
function echo(name: string): Record<string, string> {
  const path = join(folder, `${name}-${made++}`)
  const object = `printf '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"real"},"data":{"arguments":"%s"}}' "$*"`
  writeFileSync(path, `#!/bin/sh\n${object}\n`, { mode: 0o755 })
  return { [name]: path }
}

function render(root: string, programs: Record<string, string>, more: Partial<RenderRequest> = {}): Promise<RenderResult | RenderFailure> {
  return renderer.render({
    source: { repoURL: 'x', path: 'app' },
    tree: directoryTree(root),
    applicationName: 'demo',
    destinationNamespace: 'prod',
    capabilities: { kubeVersion: 'v1.33.1', apiVersions: [] },
    binary: 'use',
    programs: childPrograms(programs),
    ...more,
  })
}

function argumentsOf(result: RenderResult | RenderFailure): unknown {
  if (!result.ok) throw new Error(result.message)
  return Reflect.get(result.manifests[0]?.object['data'] ?? {}, 'arguments')
}

const web = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 1, template: {spec: {containers: [{name: web, image: nginx}]}}}
`

const overrides = {
  namePrefix: 'a-',
  nameSuffix: '-z',
  namespace: 'shop',
  images: ['nginx=mirror/nginx:v2'],
  replicas: [{ name: 'web', count: 3 }],
  commonLabels: { app: 'shop', level: '"1"' },
  commonAnnotations: { owner: 'us: "all"\n', time: '12:30' },
  components: ['../components/red'],
  patches: [
    { target: { kind: 'Deployment' }, patch: '[{"op": "add", "path": "/spec/paused", "value": true}]' },
    { path: 'strategic.yaml', options: { allowNameChange: true } },
  ],
}

const application = {
  'app/kustomization.yaml': `bases: [../base]
imageTags: [{name: nginx, newName: other, newTag: "1.25"}]
commonAnnotations: {"on": "yes", next: "010"}
configMapGenerator:
- {name: made, env: made.env, literals: [é=ü]}
`,
  'app/made.env': 'A=1\n',
  'app/strategic.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {minReadySeconds: 5}\n',
  'base/kustomization.yaml': 'resources: [web.yaml]\n',
  'base/web.yaml': web,
  'components/red/kustomization.yaml': 'kind: Component\nlabels: [{pairs: {team: red}}]\n',
}

function stamp(kind: string): string {
  return `apiVersion: example.org/v1
kind: Stamp
metadata:
  name: stamp
  annotations:
    config.kubernetes.io/function: |
      ${kind}
`
}

const executable = {
  'app/kustomization.yaml': 'resources: [../base]\n',
  'base/kustomization.yaml': 'resources: [web.yaml]\ntransformers: [fn.yaml]\n',
  'base/web.yaml': web,
  'base/fn.yaml': stamp('exec: {path: ../base/stamp.sh}'),
  'base/stamp.sh': '#!/bin/sh\nexec sed "s/replicas: 1/replicas: $(cat ../base/count)/"\n',
  'base/count': '7',
}

describe('a kustomization that the Application changes', () => {
  test.for(tools.filter(([, , missing]) => missing === ''))(
    'is built by the real %s as well, changed in the same way',
    async ([name, path]) => {
      const source = { repoURL: 'x', path: 'app', kustomize: overrides }

      const compared = await render(repository(application), { [name]: path }, { source, binary: 'compare' })
      const used = await render(repository(application), { [name]: path }, { source })

      if (!compared.ok || !used.ok) throw new Error(`${JSON.stringify([compared, used])}`)
      expect(compared.warnings).toEqual(expect.not.arrayContaining([expect.stringContaining('The real tool')]))
      expect(compared.comparedWithBinary).toMatchObject({ tool: name, differences: [], isEqual: true })
      expect(used.manifests.map(({ object }) => object)).toEqual(compared.manifests.map(({ object }) => object))
      expect(used.manifests.find(({ object }) => object.kind === 'Deployment')?.object).toMatchObject({
        metadata: { name: 'a-web-z', namespace: 'shop', labels: { app: 'shop', level: '1', team: 'red' } },
        spec: { replicas: 3, paused: true, minReadySeconds: 5, template: { spec: { containers: [{ image: 'mirror/nginx:v2' }] } } },
      })
    },
  )

  test('has a file of its own in the place of a link, and what that leads to stays as it is', async () => {
    const root = repository({ 'app/linked.yaml': 'resources: [web.yaml]\n', 'app/web.yaml': web })
    symlinkSync('linked.yaml', join(root, 'app/kustomization.yaml'))
    const path = join(folder, `show-${made++}`)
    writeFileSync(path, '#!/bin/sh\ncat kustomization.yaml linked.yaml >&2\nexit 1\n', { mode: 0o755 })

    const failed = await render(root, { kubectl: path }, { source: { repoURL: 'x', path: 'app', kustomize: { namePrefix: 'a-' } } })

    expect(failed).toMatchObject({
      ok: false,
      message: expect.stringMatching(/kind: Kustomization\nnamePrefix: a-\nresources:\n- web\.yaml\nresources: \[web\.yaml\]$/),
    })
  })

  test('is an error of its own where the change cannot be made', async () => {
    const source = { repoURL: 'x', path: 'app', kustomize: { commonAnnotations: { on: 'no' } } }

    const result = await render(repository(application), echo('kubectl'), { source })

    expect(result).toMatchObject({ ok: false, message: expect.stringContaining('annotation on already in kustomization file') })
  })
})

describe('what the real tool is told', () => {
  const plain = { 'app/kustomization.yaml': 'resources: [web.yaml]\n', 'app/web.yaml': web }

  test('a kustomize of its own comes before the one in kubectl, and neither may run anything unless it has to', async () => {
    const root = repository(plain)

    const both = await render(root, { ...echo('kubectl'), ...echo('kustomize') })
    const one = await render(root, echo('kubectl'))

    expect([argumentsOf(both), argumentsOf(one)]).toEqual(['build .', 'kustomize .'])
  })

  test("charts are rendered for the destination's version, by the Helm that the Application names", async () => {
    const root = repository(plain)
    const policy = { kustomizeBuildOptions: '--enable-helm' }
    const capabilities = { kubeVersion: 'v1.33.1', apiVersions: ['a/v1', 'b/v1'] }

    const result = await render(root, { ...echo('kustomize'), helm3: '/bin/true' }, { policy, capabilities })

    expect(argumentsOf(result)).toBe(
      'build . --enable-helm --helm-command /bin/true --helm-kube-version 1.33.1 --helm-api-versions a/v1 --helm-api-versions b/v1',
    )
  })

  test.each([
    ['exec: {path: ./fn.sh}', 'build . --enable-alpha-plugins --enable-exec'],
    ['container: {image: example.org/fn}', 'build . --enable-alpha-plugins'],
  ])('of a function in a base, %s, only where its manifests are used', async (kind, expected) => {
    const root = repository({ ...executable, 'base/fn.yaml': stamp(kind) })

    const used = await render(root, echo('kustomize'))
    const compared = await render(root, echo('kustomize'), { binary: 'compare' })

    expect(argumentsOf(used)).toBe(expected)
    expect(compared).toMatchObject({ ok: false, message: expect.stringContaining('external plugins disabled') })
  })

  test('an old plugin is a program, too', async () => {
    const plugin = 'apiVersion: someteam.example.org/v1\nkind: Old\nmetadata: {name: old}\n'
    const root = repository({ 'app/kustomization.yaml': 'generators: [old.yaml]\n', 'app/old.yaml': plugin })

    expect(argumentsOf(await render(root, echo('kustomize')))).toBe('build . --enable-alpha-plugins --enable-exec')
  })
})

describe('a function that is a program of the repository', () => {
  // kubectl 1.34.5 prints the manifests as if there were none, and ends well.
  test('is refused where only kubectl is enabled, which would leave it out without a word', async () => {
    const result = await render(repository(executable), echo('kubectl'))

    expect(result).toMatchObject({
      ok: false,
      code: 'source-not-supported',
      message: expect.stringContaining('a program, which kubectl does not run, and no kustomize is enabled here'),
      remedy: expect.stringContaining('--program kustomize=PATH'),
    })
  })

  test('is refused where it is of a kind that nothing runs', async () => {
    const root = repository({ ...executable, 'base/fn.yaml': stamp('starlark: {path: fn.star}') })

    expect(await render(root, echo('kustomize'))).toMatchObject({
      ok: false,
      message: expect.stringContaining('neither a container nor a program'),
    })
  })

  test.skipIf(kustomize.missing !== '')(
    `is run by the real kustomize, and again when a file that it reads has changed ${kustomize.missing}`,
    async () => {
      const root = repository(executable)
      const first = await render(root, { kustomize: kustomize.path })
      const again = await render(root, { kustomize: kustomize.path })
      write(root, { 'base/count': '8' })
      const changed = await render(root, { kustomize: kustomize.path })

      const replicas = [first, again, changed].map((result) => result.ok && result.manifests[0]?.object['spec'])
      expect(replicas).toMatchObject([{ replicas: 7 }, { replicas: 7 }, { replicas: 8 }])
      expect([first, again, changed]).toMatchObject([{ fromCache: false }, { fromCache: true }, { fromCache: false }])
    },
  )

  test('is part of what a result is kept by, with every file of the repository', async () => {
    const root = repository(executable)
    const programs = echo('kustomize')
    const first = await render(root, programs)
    const again = await render(root, programs)
    write(root, { 'base/count': '8' })
    const changed = await render(root, programs)

    expect([first, again, changed]).toMatchObject([{ fromCache: false }, { fromCache: true }, { fromCache: false }])
  })
})
