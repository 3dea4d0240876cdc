import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import type { RenderFailure, RenderResult } from '../contract.ts'
import { childPrograms } from '../plugin/child-programs.ts'
import { createRenderer } from '../renderer.ts'
import { memoryTree } from '../testing/memory-tree.ts'
import { scanImports } from './import-scan.ts'

// No jsonnet is installed here. This one prints, as a list of objects, what it was told and which files it was given.
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-jsonnet-'))
const program = join(folder, 'jsonnet')
writeFileSync(
  program,
  `#!/bin/sh
files="$(find . -type f | sort | tr '\\n' ' ')"
echo '[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"files":"'"$files"'","told":"'"$(echo "$@" | sed 's/"/\\\\"/g')"'"}},'
echo '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}]'
`,
)
chmodSync(program, 0o755)
const renderer = createRenderer({ policy: { jsonnet: true } })
afterAll(async () => {
  await renderer.close()
  rmSync(folder, { recursive: true })
})

function render(files: Parameters<typeof memoryTree>[0], jsonnet: object = {}): Promise<RenderResult | RenderFailure> {
  return renderer.render({
    source: { repoURL: 'x', path: 'app', directory: { jsonnet: jsonnet as Record<string, never> } },
    tree: memoryTree(files),
    applicationName: 'demo',
    destinationNamespace: 'prod',
    capabilities: { kubeVersion: '1.33.0', apiVersions: [] },
    programs: childPrograms({ jsonnet: program }),
  })
}

describe('Jsonnet files of a directory', () => {
  test('are evaluated with variables, arguments and libraries, between the other manifests', async () => {
    const result = await render(
      {
        'app/0.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: first}\n',
        'app/main.jsonnet': `local k = import 'k.libsonnet'; k`,
        'app/z.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"last"}}',
        'vendor/k.libsonnet': '{}',
      },
      {
        extVars: [{ name: 'app', value: '$ARGOCD_APP_NAME' }],
        tlas: [{ name: 'n', value: '1 + 1', code: true }],
        libs: ['vendor'],
      },
    )

    if (!result.ok) throw new Error(result.message)
    expect(result.manifests.map(({ object, at }) => [object.metadata.name, at.file])).toEqual([
      ['first', 'app/0.yaml'],
      ['a', 'app/main.jsonnet'],
      ['b', 'app/main.jsonnet'],
      ['last', 'app/z.json'],
    ])
    const data = result.manifests[1]?.object['data'] as { told: string; files: string } | undefined
    const told = data?.told ?? ''
    expect(data?.files).toBe('./app/main.jsonnet ./vendor/k.libsonnet ')
    expect(told.replaceAll(/\/\S*\/source/g, '')).toBe('-J /app -J /vendor --tla-code n=1 + 1 --ext-str app=demo /app/main.jsonnet')
  })

  test('are evaluated again when an import changes, and only then', async () => {
    const files = { 'app/main.jsonnet': `importstr '../lib/x.txt'`, 'lib/x.txt': '1', 'lib/other.txt': '1' }
    const first = await render(files)
    const unrelated = await render({ ...files, 'lib/other.txt': '2' })
    const changed = await render({ ...files, 'lib/x.txt': '2' })
    expect([first, unrelated, changed].map((each) => each.ok && each.fromCache)).toEqual([false, true, false])
  })

  test.each([
    `import '/etc/passwd'`,
    `importstr "../../../etc/passwd"`,
    `importbin @'/etc/shadow'`,
    `{ a: importstr '\\u002fetc/passwd' }`,
    `/* x */ importstr /* y */ '../../x'`,
    `local x = "it's"; importstr "/etc/hosts"`,
  ])('never read outside of the repository: %s', async (text) => {
    expect(await render({ 'app/main.jsonnet': text })).toMatchObject({ code: 'path-outside-repository', at: { file: 'app/main.jsonnet' } })
  })

  test.each([
    [{ libs: ['../..'] }, 'path-outside-repository'],
    [{ extVars: [{ name: 'x', value: `importstr '/etc/passwd'`, code: true }] }, 'path-outside-repository'],
    [{ tlas: [{ name: '--exec', value: 'x' }] }, 'render-failed'],
  ])('nor by what the Application says: %j', async (jsonnet, code) => {
    expect(await render({ 'app/main.jsonnet': '{}' }, jsonnet)).toMatchObject({ code })
  })

  test('nor through an import in an import, or a link', async () => {
    expect(await render({ 'app/main.jsonnet': `import 'b'`, 'app/b': `importstr '/etc/passwd'` })).toMatchObject({
      code: 'path-outside-repository',
    })
    expect(await render({ 'app/main.jsonnet': `import 'b'`, 'app/b': { link: '/etc/passwd' } })).toMatchObject({
      code: 'path-outside-repository',
    })
  })
})

describe('imports of a text', () => {
  test.each<[string, string[] | undefined]>([
    [`import 'a'`, ['a']],
    [`importstr "a\\"b"`, ['a"b']],
    [`import @'it''s'`, ["it's"]],
    [`'import "x"'`, []],
    [`// import 'x'\n# import 'y'\n/* import 'z' */ 1`, []],
    [`{ import_me: 1, importer: 2 }`, []],
    [`|||\n  import 'x'\n\n  more\n||| + import 'y'`, ['y']],
    [`import x`, undefined],
    [`import`, undefined],
    [`"never closed`, undefined],
    [`/* never closed`, undefined],
    [`|||\nno indent\n|||`, undefined],
  ])('%j has %j', (text, expected) => {
    expect(scanImports(text)?.map(({ path }) => path)).toEqual(expected)
  })

  // What jsonnet 0.20 takes for code: a line of blanks sets the indent of a block, or ends it.
  test.each([
    '|||\n    \n ||| + (importstr "/etc/passwd") + |||\n foo\n|||',
    '|||\n\t\r\n ||| + (importstr "/etc/passwd") + |||\n foo\n|||',
    '|||\n  a\n   \n  b\n ||| + (importstr "/etc/passwd") + |||\n x\n|||',
    '|||\n\n  a\n\n  b\n||| + (importstr "/etc/passwd")',
    '(importstr |||\n  /etc/passwd\n|||)',
  ])('are found behind a block of text: %j', (text) => {
    expect(scanImports(text)?.map(({ path }) => path) ?? ['/etc/passwd']).toEqual(['/etc/passwd'])
  })

  test('are found wherever they stand', () => {
    const filler = fc.constantFrom(
      ' ',
      '\n',
      '"x"',
      "'import'",
      '@"a""b"',
      '// c\n',
      '/* import */',
      '{',
      '}',
      'imports',
      '|||\n  import "n"\n|||',
      '#\n',
      '1',
      'x',
    )
    fc.assert(
      fc.property(fc.array(filler), fc.array(filler), fc.string(), (before, after, path) => {
        const text = `${before.join(' ')} importstr ${JSON.stringify(path)} ${after.join(' ')}`
        expect(scanImports(text)?.map((each) => each.path)).toContain(path)
      }),
    )
  })
})
