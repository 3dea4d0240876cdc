import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { RenderFailure, RenderRequest, RenderResult } from '../contract.ts'
import { createRenderer } from '../renderer.ts'
import { memoryTree } from '../testing/memory-tree.ts'
import { cdk8sPlugin } from './cdk8s-plugin.ts'
import { childPrograms } from './child-programs.ts'
import { type ConfigManagementPlugin, readPlugin } from './config-management-plugin.ts'

type Files = Parameters<typeof memoryTree>[0]
type Spec = ConfigManagementPlugin['spec']

const renderers: ReturnType<typeof createRenderer>[] = []
afterAll(() => Promise.all(renderers.map((renderer) => renderer.close())))

function plugin(name: string, spec: Partial<Spec> & { annotations?: Record<string, string> }): ConfigManagementPlugin {
  const { annotations, ...rest } = spec
  return readPlugin({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ConfigManagementPlugin',
    metadata: { name, ...(annotations && { annotations }) },
    spec: { generate: { command: ['true'] }, ...rest },
  })
}

function shell(script: string): { command: string[] } {
  return { command: ['sh', '-c', script] }
}

async function run(
  plugins: ConfigManagementPlugin[],
  files: Files,
  more: { plugin?: object; request?: Partial<RenderRequest>; limits?: object; copies?: object } = {},
): Promise<{ result: RenderResult | RenderFailure; again: () => Promise<RenderResult | RenderFailure> }> {
  const renderer = createRenderer({
    plugins,
    policy: { plugins: ['*'] },
    programs: { limits: { timeoutMs: 8000, ...more.limits }, copies: more.copies ?? {} },
  })
  renderers.push(renderer)
  const request: RenderRequest = {
    source: { repoURL: 'https://example.org/x', path: 'app', ...(more.plugin && { plugin: more.plugin as Record<string, unknown> }) },
    tree: memoryTree(files),
    applicationName: 'demo',
    destinationNamespace: 'prod',
    capabilities: { kubeVersion: 'v1.33.1+k3s1', apiVersions: ['v1', 'apps/v1'] },
    programs: childPrograms(),
    ...more.request,
  }
  return {
    result: await renderer.render(request),
    again: () => renderer.render({ ...request, tree: memoryTree({ ...files, 'other/x': 'new' }) }),
  }
}

const print = (name: string): string => `printf '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s"}}\\n' "${name}"`
const names = (result: RenderResult | RenderFailure): string[] => {
  if (!result.ok) throw new Error(result.message)
  return result.manifests.map(({ object }) => object.metadata.name)
}

describe('a plugin', () => {
  test('runs init, then generate, in a copy of the source, and what it prints are the manifests', async () => {
    const copied = plugin('copy', {
      init: shell('echo from-init > made; echo not a manifest'),
      generate: shell(`${print('$(cat made)')}; ${print('$(cat data/x)')}; echo talk >&2`),
    })

    const { result, again } = await run([copied], { 'app/data/x': 'from-file', 'other/x': 'old' }, { plugin: { name: 'copy' } })

    expect(names(result)).toEqual(['from-init', 'from-file'])
    expect(result).toMatchObject({ sourceType: 'Plugin', fromCache: false, engine: 'plugin/copy' })
    expect(await again()).toMatchObject({ fromCache: true })
  })

  test('finds what Argo CD puts into its environment, and nothing of ours', async () => {
    process.env['PLIMSOLL_TEST_CANARY'] = 'canary-4711'
    const show = plugin('env', { version: 'v1.0', generate: shell('echo >&2; env | sort >&2; exit 3') })
    const parameters = [
      { name: 'image.tag', string: 'v1' },
      { name: 'files', array: ['a', 'b'] },
      { name: 'sets', map: { 'x.y': '1' } },
    ]
    const env = [
      { name: 'FOO', value: 'at $ARGOCD_APP_REVISION_SHORT of ${KUBE_VERSION}' },
      { name: 'PATH', value: '/evil' },
    ]

    const { result } = await run(
      [show],
      { 'app/x': '1' },
      {
        plugin: { name: 'env-v1.0', env, parameters },
        request: { environment: { ARGOCD_APP_REVISION: '0123456789', ARGOCD_APP_PROJECT_NAME: 'p' } },
      },
    )

    const { message } = result as RenderFailure
    const variables = Object.fromEntries(
      message
        .replace(/^.*?exit status 3: /, '')
        .split('\n')
        .map((line) => [line.split('=')[0], line.slice(line.indexOf('=') + 1)]),
    )
    expect(message).toMatch(/failed exit status 3/)
    expect(message).not.toContain('canary')
    expect(variables).toMatchObject({
      ARGOCD_APP_NAME: 'demo',
      ARGOCD_APP_NAMESPACE: 'prod',
      ARGOCD_APP_PROJECT_NAME: 'p',
      ARGOCD_APP_REVISION_SHORT_8: '01234567',
      ARGOCD_APP_SOURCE_PATH: 'app',
      ARGOCD_APP_SOURCE_REPO_URL: 'https://example.org/x',
      ARGOCD_ENV_FOO: 'at 0123456 of 1.33.1',
      ARGOCD_ENV_PATH: '/evil',
      ARGOCD_APP_PARAMETERS: JSON.stringify([
        { name: 'image.tag', string: 'v1' },
        { array: ['a', 'b'], name: 'files' },
        { map: { 'x.y': '1' }, name: 'sets' },
      ]),
      PARAM_IMAGE_TAG: 'v1',
      PARAM_FILES_0: 'a',
      PARAM_FILES_1: 'b',
      PARAM_SETS_X_Y: '1',
      KUBE_VERSION: '1.33.1',
      KUBE_API_VERSIONS: 'v1,apps/v1',
    })
    expect(variables['PATH']).not.toContain('evil')
  })

  test.each<[string, Spec['discover'], boolean]>([
    ['a file name', { fileName: './sub/*.star' }, true],
    ['a file name that is elsewhere', { fileName: '*.star' }, false],
    ['a glob', { find: { glob: '**/*.star' } }, true],
    ['a command that prints', { find: shell('find . -name "*.star"') }, true],
    ['a command that prints nothing', { find: shell('find . -name "*.none"') }, false],
  ])('is found by %s', async (_title, discover, isFound) => {
    const found = plugin('star', { ...(discover && { discover }), generate: shell(print('made')) })

    const { result } = await run([plugin('silent', { generate: shell(print('no')) }), found], {
      'app/sub/x.star': 'x',
      'app/a.json': JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'plain' } }),
    })

    expect(names(result)).toEqual([isFound ? 'made' : 'plain'])
  })

  test.each([{ name: 'absent' }, { name: 'picky' }, {}])("%j that nobody is or wants is refused in Argo CD's words", async (wanted) => {
    const picky = plugin('picky', { discover: { fileName: 'not-there' }, generate: shell(print('x')) })
    const { result } = await run([picky], { 'app/x': '1' }, { plugin: wanted })
    expect(result).toMatchObject({ code: 'source-not-supported', message: expect.stringContaining('supporting the given repository') })
  })

  test("needs the policy's leave and a way to start programs", async () => {
    const some = [plugin('some', { generate: shell(print('x')) })]
    const files = { 'app/x': '1' }

    const { result: forbidden } = await run(some, files, { plugin: { name: 'some' }, request: { policy: { plugins: ['other'] } } })
    const { programs: _programs, ...without } = { programs: undefined }
    const renderer = createRenderer({ plugins: some, policy: { plugins: ['*'] } })
    renderers.push(renderer)
    const noPrograms = await renderer.render({
      source: { repoURL: 'x', path: 'app', plugin: { name: 'some' } },
      tree: memoryTree(files),
      applicationName: 'a',
      destinationNamespace: 'b',
      capabilities: { kubeVersion: '', apiVersions: [] },
      ...without,
    })

    expect([forbidden, noPrograms]).toMatchObject([{ code: 'source-not-supported' }, { code: 'source-not-supported' }])
  })

  test.each<[string, string, RenderFailure['code'], RegExp]>([
    ['that never ends', 'sleep 60 & sleep 60', 'render-timeout', /did not end within/],
    [
      'that prints without end',
      'while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done',
      'manifest-too-large',
      /printed more than/,
    ],
    ['that takes all memory', 'x=x; while :; do x=$x$x; done', 'manifest-too-large', /of memory|failed exit status|killed/],
    ['that fails', 'echo the reason >&2; exit 7', 'render-failed', /exit status 7: the reason/],
    ['that prints no manifests', 'echo "kind: X"', 'manifest-invalid', /apiVersion is missing/],
    ['that prints a list of a million', "yes '---' | head -c 200000; echo '[1'", 'manifest-invalid', /line/],
  ])('%s fails its own application only', async (_title, script, code, message) => {
    const limits = { timeoutMs: script.startsWith('sleep') ? 700 : 8000, outputBytes: 300_000, memoryBytes: 100_000_000 }
    const { result } = await run([plugin('bad', { generate: shell(script) })], { 'app/x': '1' }, { plugin: { name: 'bad' }, limits })
    if (script.startsWith('x=x')) expect(result.ok).toBe(false)
    else expect(result).toMatchObject({ code })
    expect((result as RenderFailure).message).toMatch(message)
  })

  test('leaves nothing behind', async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('plimsoll-render-'))
    await run([plugin('p', { generate: shell('touch x; exit 1') })], { 'app/x': '1' }, { plugin: { name: 'p' } })
    const left = readdirSync(tmpdir()).filter((name) => name.startsWith('plimsoll-render-') && !before.includes(name))
    expect(left.length).toBe(0)
  })

  test.each(['/etc/passwd', '../outside', 'x/../../../etc', 'deep/../..', '..'])('never sees what a link to %s leads to', async (link) => {
    const reading = plugin('reading', { generate: shell(`${print('x')}; cat bad >&2; exit 1`) })
    const { result } = await run([reading], { 'app/x/y': '1', 'app/bad': { link }, outside: 'secret' }, { plugin: { name: 'reading' } })
    expect(result).toMatchObject({ code: 'path-outside-repository', message: 'repository contains out-of-bounds symlinks. file: app/bad' })
  })

  test('never sees what a link leads to that lies in a link of the name of its folder', async () => {
    const reading = plugin('reading', { generate: shell(`cat x/x/deep/out >&2; cat deep/out >&2; ${print('x')}`) })
    // Git's trees may be written by hand: a name twice, and not in order.
    const between = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`app/q${index}`, '1']))
    const tree = { 'app/x/x/deep/out': { link: '../../../canary' }, ...between, 'app/x': { link: '.' } }
    const { result } = await run([reading], tree, { plugin: { name: 'reading' } })
    expect(result).toMatchObject({ code: 'path-outside-repository', message: 'repository has two entries of one name: app/x' })
  })

  test('gets links that stay inside, and no file that may be executed unless modes are kept', async () => {
    const listing = plugin('listing', { generate: shell(`${print('$(cat good)')}; test ! -x tool && ${print('plain')}`) })
    const { result } = await run(
      [listing],
      { 'app/x/y': 'linked', 'app/good': { link: 'x/./y' }, 'app/tool': '#!/bin/sh' },
      { plugin: { name: 'listing' } },
    )
    expect(names(result)).toEqual(['linked', 'plain'])
  })

  test('gets the whole repository where it is declared so', async () => {
    const whole = plugin('whole', { annotations: { 'plimsoll.dev/copies': 'repository' }, generate: shell(print('$(cat ../common/name)')) })
    const { result } = await run([whole], { 'app/x': '1', 'common/name': 'shared' }, { plugin: { name: 'whole' } })
    expect(names(result)).toEqual(['shared'])
  })

  test('gets no copy that is too large', async () => {
    const any = plugin('any', { generate: shell(print('x')) })
    const { result } = await run([any], { 'app/x': 'x'.repeat(2000) }, { plugin: { name: 'any' }, copies: { bytes: 1000 } })
    expect(result).toMatchObject({ code: 'manifest-too-large' })
  })

  test.each([
    [{ kind: 'Other', metadata: { name: 'x' } }, /kind should be ConfigManagementPlugin, found Other/],
    [{ kind: 'ConfigManagementPlugin', metadata: {} }, /metadata.name should be non-empty/],
    [{ kind: 'ConfigManagementPlugin', metadata: { name: 'x' }, spec: {} }, /spec.generate command should be non-empty/],
    [{ kind: 'ConfigManagementPlugin', metadata: { name: 'x' }, spec: { generate: { command: [1] } } }, /list of texts/],
  ])('declared as %j is refused', (value, message) => {
    expect(() => readPlugin(value)).toThrow(message)
  })
})

describe('the plugin for cdk8s', () => {
  const program = (body: string): string => `
    const fs = require('node:fs'); const path = require('node:path')
    const out = process.env.CDK8S_OUTDIR; fs.mkdirSync(out, { recursive: true })
    ${body}`
  const write = `fs.writeFileSync(path.join(out, 'web.k8s.yaml'), 'apiVersion: v1\\nkind: Service\\nmetadata:\\n  name: ' + (name ?? 'web') + '\\n')`

  test('runs a bundled program that the repository brings', async () => {
    const { result } = await run([cdk8sPlugin()], {
      'app/cdk8s.yaml': 'language: typescript\napp: node lib/main.js\n',
      'app/lib/main.js': program(`const name = 'bundled'; console.log('talk'); ${write}`),
    })
    expect(names(result)).toEqual(['bundled'])
  })

  test('runs a program of node_modules, and lets it import what the operator has put there', async () => {
    const modules = mkdtempSync(join(tmpdir(), 'plimsoll-modules-'))
    writeFileSync(join(modules, 'shared.js'), "module.exports = 'shared'")
    const { result } = await run([cdk8sPlugin({ modules })], {
      'app/cdk8s.yaml': 'app: npx ts-node main.ts\n',
      'app/node_modules/.bin/ts-node': { link: '../ts-node/run.js' },
      'app/node_modules/ts-node/run.js': program(`const name = require('shared') + '-' + process.argv[2].replace('.', '-'); ${write}`),
    })
    rmSync(modules, { recursive: true })
    expect(names(result)).toEqual(['shared-main-ts'])
  })

  test.each<[string, string, RegExp]>([
    ['a line for a shell', 'node a.js; cat /etc/passwd', /line for a shell/],
    ['a program that is not there', 'npx tsx main.ts', /is not in node_modules, and nothing is downloaded/],
    ['a program that reads elsewhere', 'node read.js', /ERR_ACCESS_DENIED|Access to this API/],
    ['a program that starts another', 'node start.js', /ERR_ACCESS_DENIED|Access to this API/],
  ])('refuses %s', async (_title, app, message) => {
    const { result } = await run([cdk8sPlugin()], {
      'app/cdk8s.yaml': `app: ${app}\n`,
      'app/read.js': "require('node:fs').readFileSync('/etc/passwd')",
      'app/start.js': "require('node:child_process').execSync('id')",
    })
    expect((result as RenderFailure).message).toMatch(message)
  })
})
