import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filePattern, folderPattern } from './git-patterns.ts'

const files = [
  'a.json',
  'app/a.json',
  'app/b.yaml',
  'app/eu/a.json',
  'app/eu/x/a.json',
  'apps/a.json',
  'b/[x].json',
  'b/axb',
  'b/a/b',
  'über/a.json',
]
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-patterns-'))
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), '')
  }
  git('init', '--quiet')
  git('add', '.')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function git(...args: string[]): string {
  return spawnSync('git', ['-C', folder, '-c', 'core.quotePath=false', ...args], { encoding: 'utf8' }).stdout
}

function listed(pattern: string): string[] {
  return git('ls-files', '-z', '--', pattern).split('\0').filter(Boolean).toSorted()
}

describe('a pattern for files', () => {
  it.each([
    '**/a.json',
    '*/a.json',
    '*.json',
    'app',
    'app/',
    'app/*',
    'app/**/a.json',
    'ap?/a.json',
    'app?/a.json',
    'b/a?b',
    'b/[a-c]*',
    'b/[!a]*',
    './app/b.yaml',
    'b/\\[x\\].json',
    'ü*',
    'none',
  ])('takes what git takes: %s', (pattern) => {
    const isChosen = filePattern(pattern, 'spec')

    expect(files.filter(isChosen).toSorted()).toEqual(listed(pattern))
  })

  it('takes what git takes, whatever it is', () => {
    const part = fc.constantFrom('*', '**', '?', 'a', 'app', '/', '.json', 'b', '[ab]', '[!a]', 'x', 'eu')
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const pattern = parts.join('').replace(/^\/+/, '')
        fc.pre(pattern !== '' && !pattern.includes('//'))

        // Git counts bytes, and one character of those beyond ASCII is several.
        const plain = files.filter((file) => !file.startsWith('ü'))
        expect(plain.filter(filePattern(pattern, 'spec')).toSorted()).toEqual(listed(pattern).filter((file) => plain.includes(file)))
      }),
      { numRuns: 60 },
    )
  })

  it('is refused with magic words', () => {
    expect(() => filePattern(':(exclude)a', 'spec.files[0].path')).toThrow("spec.files[0].path: ':(exclude)a' is no pattern")
  })
})

describe('a pattern for folders', () => {
  /** What Go's path.Match says (its own documentation and tests). */
  it.each([
    ['*', 'abc', true],
    ['a*', 'a', true],
    ['a*', 'ab/c', false],
    ['a*/b', 'abc/b', true],
    ['a*/b', 'a/c/b', false],
    ['a*b*c*d*e*/f', 'axbxcxdxexxx/f', true],
    ['a*b*c*d*e*/f', 'axbxcxdxexxx/fff', false],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['ab[c]', 'abc', true],
    ['ab[b-d]', 'abc', true],
    ['ab[^c]', 'abc', false],
    ['ab[^e-g]', 'abc', true],
    ['ab[!c]', 'ab!', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'ab', false],
    ['a[^a]b', 'a☺b', true],
    ['a???b', 'a☺b', false],
    ['[\\]a]', ']', true],
    ['**/a', 'x/a', true],
    ['**/a', 'x/y/a', false],
    ['*x', 'xxx', true],
    ['', '', true],
  ])('%s and %s', (pattern, path, expected) => {
    expect(folderPattern(pattern, 'spec')(path)).toBe(expected)
  })

  it.each(['[', '[a', 'a[', '[a-', 'a\\', '[\\'])('is refused: %s', (pattern) => {
    expect(() => folderPattern(pattern, 'spec.directories[0].path')).toThrow('is no pattern')
  })

  it('takes no longer for being hostile', () => {
    const matches = folderPattern(`${'*a'.repeat(500)}b`, 'spec')

    expect(matches('a'.repeat(5000))).toBe(false)
  })
})
