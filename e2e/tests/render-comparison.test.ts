import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { chartCases, kustomizationCases } from '../conformance/cases.ts'
import { hashOfFolder } from '../conformance/content-hash.ts'
import { compareOutputs } from '../conformance/difference.ts'
import { readDocuments } from '../conformance/documents.ts'

const configMap = (name: string, data: string): string => `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: ${data}\n`

function compare(ours: string, ...runs: string[]): { places: string[]; masked: number } {
  const { differences, masked } = compareOutputs(readDocuments(ours), runs.map(readDocuments))
  return { places: differences.map(({ at }) => at), masked }
}

describe('two outputs', () => {
  it('are equal when they mean the same, however they are written', () => {
    const ours = `# a comment\n${configMap('a', '{x: "1", "y": yes}')}---\n# nothing\n`
    const theirs = `---\nkind: ConfigMap\napiVersion: v1\nmetadata:\n  name: a\ndata:\n  "y": true\n  x: '1'\n`

    expect(compare(ours, theirs)).toEqual({ places: [], masked: 0 })
  })

  it.each([
    ['another value', configMap('a', '{x: "2"}'), 'object 1, v1 ConfigMap a: .data.x'],
    ['another type', configMap('a', '{x: 1}'), 'object 1, v1 ConfigMap a: .data.x'],
    ['a missing field', configMap('a', '{}'), 'object 1, v1 ConfigMap a: .data.x'],
    ['a field too many', configMap('a', '{x: "1", z: "1"}'), 'object 1, v1 ConfigMap a: .data.z'],
    ['an object too many', configMap('a', '{x: "1"}') + configMap('b', '{}'), 'objects'],
    ['no object', '', 'objects'],
  ])('differ by %s, and the place is told', (_what, ours, place) => {
    expect(compare(ours, configMap('a', '{x: "1"}'))).toEqual({ places: [place], masked: 0 })
  })

  it('differ by the order of their objects', () => {
    const [a, b] = [configMap('a', '{}'), configMap('b', '{}')]

    expect(compare(b + a, a + b).places).toEqual(['object 1, order'])
  })

  it('differ by the order of a list', () => {
    expect(compare(configMap('a', '[1, 2]'), configMap('a', '[2, 1]')).places).toHaveLength(2)
  })
})

describe('what is random', () => {
  const run = (password: string, fixed = 'same'): string => configMap('a', `{password: ${password}, fixed: ${fixed}}`)

  it('is left out where the runs of the real tool differ, and counted', () => {
    expect(compare(run('ours'), run('one'), run('two'))).toEqual({ places: [], masked: 1 })
  })

  it('hides nothing beside it', () => {
    expect(compare(run('ours', 'other'), run('one'), run('two')).places).toEqual(['object 1, v1 ConfigMap a: .data.fixed'])
  })

  it('has still to be of its type, and to be there', () => {
    expect(compare(run('5'), run('one'), run('two')).places).toEqual(['object 1, v1 ConfigMap a: .data.password'])
    expect(compare(configMap('a', '{fixed: same}'), run('one'), run('two')).places).toEqual(['object 1, v1 ConfigMap a: .data.password'])
  })

  it('is not random when only one run was made', () => {
    expect(compare(run('ours'), run('one')).places).toEqual(['object 1, v1 ConfigMap a: .data.password'])
  })

  it('leaves the fixed lines of a text to compare', () => {
    const text = (fixed: string, random: string): string => configMap('a', `{text: "${fixed}\\n${random}"}`)

    expect(compare(text('fixed', 'x'), text('fixed', 'y'), text('fixed', 'z')).places).toEqual([])
    expect(compare(text('other', 'x'), text('fixed', 'y'), text('fixed', 'z')).places).toEqual(['object 1, v1 ConfigMap a: .data.text'])
  })

  it('may be the order of a list, but not what is in it', () => {
    const list = (items: string): string => configMap('a', `{list: [${items}]}`)

    expect(compare(list('c, a, b'), list('a, b, c'), list('b, a, c')).places).toEqual([])
    expect(compare(list('c, a, d'), list('a, b, c'), list('b, a, c')).places).not.toEqual([])
  })

  it('may be the name of a field', () => {
    const named = (name: string): string => configMap('a', `{${name}: 1, fixed: 2}`)

    expect(compare(named('x'), named('y'), named('z')).places).toEqual([])
  })
})

describe('the cases of a folder', () => {
  const folders: string[] = []
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
  })

  function folderOf(files: Record<string, string>): string {
    const root = mkdtempSync(join(tmpdir(), 'plimsoll-cases-'))
    folders.push(root)
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, path, '..'), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return root
  }

  it('are every chart with its defaults and each file of ci, but no chart that another one depends on', () => {
    const root = folderOf({
      'a/Chart.yaml': '',
      'a/ci/one-values.yaml': '',
      'a/ci/two.flags': '--set=a=b\n',
      'a/ci/readme.txt': '',
      'a/charts/b/Chart.yaml': '',
      'deep/er/c/Chart.yaml': '',
      'a/templates/Chart.yaml': '',
    })

    expect(chartCases(root).map(({ name }) => name)).toEqual(['a', 'a ci/one-values.yaml', 'a ci/two.flags', 'deep/er/c'])
  })

  it('are every folder with a kustomization, whatever the file is called', () => {
    const root = folderOf({ 'a/kustomization.yaml': '', 'a/b/kustomization.yml': '', 'c/Kustomization': '', 'd/other.yaml': '' })

    expect(kustomizationCases(root).map(({ path }) => path)).toEqual(['a', 'a/b', 'c'])
  })

  it('are known again by what is in their files, links followed', () => {
    const root = folderOf({ 'a/x.txt': 'one', 'b/x.txt': 'one', 'c/x.txt': 'two' })
    symlinkSync('../c/x.txt', join(root, 'a/link'))
    const before = hashOfFolder(join(root, 'a'))

    writeFileSync(join(root, 'c/x.txt'), 'three')

    expect(hashOfFolder(join(root, 'a'))).not.toBe(before)
    expect(hashOfFolder(join(root, 'b'))).toBe(hashOfFolder(join(folderOf({ 'x.txt': 'one' }), '.')))
  })
})
