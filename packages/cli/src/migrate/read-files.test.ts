import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readFiles } from './read-files.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-read-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const application = (name: string): string => `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: ${name} }\nspec: {}\n`

describe('files of an installation', () => {
  it('are read document by document, and what is broken is named by its line', async () => {
    const file = join(folder, 'export.yaml')
    writeFileSync(file, `${application('a')}---\n# a remark\n\nkind: [\n---\n${application('b')}---\n---\njust: this\n`)

    const { objects, problems } = await readFiles([file], 'argocd')

    expect(objects.map(({ object, line }) => [object.metadata.name, object.metadata.namespace, line])).toEqual([
      ['a', 'argocd', 1],
      ['b', 'argocd', 10],
    ])
    expect(problems.map(({ at }) => at)).toEqual([`${file}:9`, `${file}:16`])
    expect(problems[1]?.message).toContain('apiVersion or kind is missing')
  })

  it('may be folders, lists and JSON; a text with three dashes in it ends nothing, and links are not followed', async () => {
    mkdirSync(join(folder, 'apps'))
    writeFileSync(
      join(folder, 'apps', 'a.json'),
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name: 'a' } }],
      }),
    )
    writeFileSync(
      join(folder, 'cm.yaml'),
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: argocd-cm }\ndata:\n  resource.customizations: |\n    ---\n    x: y\n  url: >\n    --- not the end\n',
    )
    writeFileSync(join(folder, 'notes.txt'), 'not: read')
    symlinkSync('/etc/passwd', join(folder, 'passwd.yaml'))

    const { objects, problems } = await readFiles([folder], 'argocd')

    expect(objects.map(({ object }) => object.metadata.name)).toEqual(['a', 'argocd-cm'])
    expect(objects[1]?.object['data']).toEqual({ 'resource.customizations': '---\nx: y\n', url: '--- not the end\n' })
    expect(problems).toEqual([{ at: join(folder, 'passwd.yaml'), message: 'it is a link, and was not followed' }])
  })

  it('of the same object twice give the last one, and say so', async () => {
    const file = join(folder, 'twice.yaml')
    writeFileSync(file, `${application('a')}---\n${application('a').replace('{}', '{ project: last }')}`)

    const { objects, problems } = await readFiles([file], 'argocd')

    expect(objects.map(({ object }) => object['spec'])).toEqual([{ project: 'last' }])
    expect(problems).toEqual([{ at: `${file}:6`, message: `Application a is there twice: this one counts, not that of ${file}:1` }])
  })

  it('with aliases of aliases, or names that are paths, are refused object by object', async () => {
    const file = join(folder, 'hostile.yaml')
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefghij'.split('').map((name, index) => `${name}: &${name} [${Array<string>(9).fill(`*${'abcdefghij'[index]}`).join(',')}]`),
    ]
    writeFileSync(file, `${bomb.join('\n')}\n---\n${application('../../x')}---\n${application('__proto__')}---\n${application('good')}`)

    const { objects, problems } = await readFiles([file], 'argocd')

    expect(objects.map(({ object }) => object.metadata.name)).toEqual(['good'])
    expect(problems).toHaveLength(3)
  })
})
