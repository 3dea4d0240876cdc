import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isOwner, ownersOf, parseCodeOwners } from './code-owners.ts'

function ownersIn(text: string, path: string): string[] | undefined {
  return ownersOf(parseCodeOwners(text), path)?.owners
}

describe('a CODEOWNERS pattern', () => {
  // The first block are the examples of GitHub's page "About code owners", each with a path that it means and one that it does not.
  test.each([
    ['*', 'a/b/c.txt', true],
    ['*.js', 'deep/down/x.js', true],
    ['*.js', 'x.jsx', false],
    ['/build/logs/', 'build/logs/a/b.log', true],
    ['/build/logs/', 'x/build/logs/b.log', false],
    ['docs/*', 'docs/getting-started.md', true],
    ['docs/*', 'docs/build-app/troubleshooting.md', false],
    ['apps/', 'x/apps/y/z', true],
    ['apps/', 'apps', false],
    ['/docs/', 'docs/a', true],
    ['/docs/', 'a/docs/a', false],
    ['/scripts/', 'scripts/x.sh', true],
    ['**/logs', 'build/logs/x', true],
    ['**/logs', 'logs/x', true],
    ['**/logs', 'deeply/nested/logs', true],
    ['/apps/github', 'apps/github/x/y', true],
    ['/apps/github', 'apps/githubs', false],
    ['a/**/z', 'a/z', true],
    ['a/**/z', 'a/b/c/z', true],
    ['a/**/z', 'a/b/c', false],
    ['a/**', 'a/b/c', true],
    ['a/**', 'a', false],
    ['/src/*.ts', 'src/a.ts', true],
    ['/src/*.ts', 'src/deep/a.ts', false],
    ['file?.txt', 'file1.txt', true],
    ['file?.txt', 'file.txt', false],
    ['with\\ space.md', 'with space.md', true],
    ['constructor', 'constructor', true],
    ['__proto__/', '__proto__/x', true],
    ['UPPER.md', 'upper.md', false],
  ])('%s for %s: %s', (pattern, path, isMatch) => {
    expect(ownersIn(`${pattern} @ada`, path)).toEqual(isMatch ? ['ada'] : undefined)
  })

  test('means what git means by it in a .gitignore, but for `*` at its end', { timeout: 60_000 }, () => {
    const dir = mkdtempSync(join(tmpdir(), 'plimsoll-owners-'))
    const options = { cwd: dir, encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: dir, GIT_CONFIG_NOSYSTEM: '1' } } as const
    execFileSync('git', ['init', '-q'], options)
    const part = fc.constantFrom('a', 'b', 'ab', 'a*', '*b', '?', 'a.c', '**')
    const pattern = fc
      .record({ parts: fc.array(part, { minLength: 1, maxLength: 4 }), isAnchored: fc.boolean(), isFolder: fc.boolean() })
      // Of folders below any folder Git asks for more than one level; GitHub says nothing of it.
      .filter(({ parts, isFolder }) => !(isFolder && parts.at(-1) === '**') && !parts.every((one) => one === '**'))
      .map(({ parts, isAnchored, isFolder }) => `${isAnchored ? '/' : ''}${parts.join('/')}${isFolder ? '/' : ''}`)
    const paths = fc.array(fc.array(fc.constantFrom('a', 'b', 'ab', 'a.c', 'bb'), { minLength: 1, maxLength: 4 }), {
      minLength: 5,
      maxLength: 20,
    })
    try {
      fc.assert(
        fc.property(pattern, paths, (written, many) => {
          const names = [...new Set(many.map((parts) => parts.join('/')))]
          writeFileSync(join(dir, '.gitignore'), `${written}\n`)
          let ignored = ''
          try {
            ignored = execFileSync('git', ['check-ignore', '--no-index', '--stdin'], { ...options, input: names.join('\n') })
          } catch (error) {
            // 1 is the answer that none is.
            if ((error as { status?: number }).status !== 1) throw error
          }

          const owned = names.filter((name) => ownersIn(`${written} @ada`, name) !== undefined)

          expect(owned).toEqual(ignored.split('\n').filter(Boolean))
        }),
        { numRuns: 150 },
      )
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })

  test('the last line that matches holds, also when it takes the owners away', () => {
    const text = '# all\n* @all\n/src/ @dev  # who writes it\n/src/generated\n'

    expect([ownersIn(text, 'a'), ownersIn(text, 'src/a'), ownersIn(text, 'src/generated/x')]).toEqual([['all'], ['dev'], []])
  })

  test.each(['!src @ada', '[ab].txt @ada', 'src ada', 'src @a@b@c'])('the line %j, which GitHub does not read, is left out', (line) => {
    expect(parseCodeOwners(line)).toEqual([])
  })

  test('a pattern made to take for ever is through at once', () => {
    const pattern = `${'*a'.repeat(400)}b`

    expect(ownersIn(`${pattern} @ada`, 'a'.repeat(4000))).toBeUndefined()
    expect(ownersIn(`${'**/'.repeat(300)}x @ada`, 'y/'.repeat(500))).toBeUndefined()
  })
})

describe('an owner', () => {
  const ada = { name: 'ada', email: 'ada@example.org', groups: ['ml', 'acme/ops'] }

  test.each([
    ['ada', true],
    ['Ada', true],
    ['grace', false],
    ['ml', true],
    ['acme/ml', true],
    ['acme/ops', true],
    ['ops', false],
    ['ADA@example.org', true],
    ['grace@example.org', false],
    ['toString', false],
  ])('%s is ada: %s', (owner, expected) => {
    expect(isOwner(owner, ada)).toBe(expected)
  })
})

describe('many rules', () => {
  test('are told apart as one by one: the last that matches holds', () => {
    const word = fc.constantFrom('a', 'b', 'ab', '*', 'a*', '**')
    const pattern = fc
      .record({ parts: fc.array(word, { minLength: 1, maxLength: 3 }), isAnchored: fc.boolean(), isFolder: fc.boolean() })
      .map(({ parts, isAnchored, isFolder }) => `${isAnchored ? '/' : ''}${parts.join('/')}${isFolder ? '/' : ''}`)
    const path = fc.array(fc.constantFrom('a', 'b', 'ab', 'c'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))

    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 12 }), path, (patterns, file) => {
        const alone = patterns.findLastIndex((one) => ownersIn(`${one} @x`, file) !== undefined)
        const text = patterns.map((one, index) => `${one} @p${index}`).join('\n')

        expect(ownersIn(text, file)).toEqual(alone < 0 ? undefined : [`p${alone}`])
      }),
      { numRuns: 2000 },
    )
  })

  // Minutes before, in which the server answered nobody: a pull request from outside chooses how many files it changes, and how deep.
  test('are asked about many deep paths in a moment', () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => (index % 2 === 0 ? `src/module${index}/*.ts @ada` : `name${index}.ts @ada`))
    const rules = parseCodeOwners(lines.join('\n'))
    const deep = Array.from({ length: 100 }, (_, index) => `d${index}`).join('/')

    const found = Array.from({ length: 2000 }, (_, index) => ownersOf(rules, `${deep}/name${index}.ts`)).filter(Boolean)

    expect(found).toHaveLength(1000)
  })
})
