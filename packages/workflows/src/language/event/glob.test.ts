import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nameSelector, parseGlob } from './glob.ts'

function matches(pattern: string, name: string): boolean {
  const glob = parseGlob(pattern)
  if ('problem' in glob) throw new Error(glob.problem)
  return glob.matches(name)
}

describe('patterns of GitHub’s cheat sheet', () => {
  test.each<[string, string[], string[]]>([
    ['feature/*', ['feature/my-branch'], ['feature/beta-a/my-branch', 'feature']],
    ['feature/**', ['feature/beta-a/my-branch', 'feature/your-branch', 'feature/'], ['feature']],
    ['main', ['main'], ['main2', 'Main', 'x/main']],
    ['*', ['main', 'releases', ''], ['all/the/branches']],
    ['**', ['all/the/branches', 'every/tag', ''], []],
    ['*feature', ['mona-feature', 'feature'], ['a/feature', 'ver-10-feature-x']],
    ['v2*', ['v2', 'v2.0', 'v2.9'], ['v3']],
    ['v[12].[0-9]+.[0-9]+', ['v1.10.1', 'v2.0.0'], ['v3.0.0', 'v1.1', 'v1.a.0']],
    ['*.jsx?', ['page.js', 'page.jsx'], ['page.jsxx', 'a/page.js']],
    ['*.js', ['app.js'], ['js/index.js']],
    ['**.js', ['index.js', 'js/index.js', 'src/js/app.js'], ['index.jsx']],
    ['docs/*', ['docs/README.md', 'docs/file.txt'], ['docs/a/b.md']],
    ['docs/**', ['docs/README.md', 'docs/mona/octocat.txt'], ['doc/x', 'a/docs/x']],
    ['docs/**/*.md', ['docs/README.md', 'docs/mona/hello-world.md', 'docs/a/markdown/file.md'], ['docs/a.txt']],
    ['**/docs/**', ['docs/hello.md', 'dir/docs/my-file.txt', 'space/docs/plan/space.doc'], ['mydocs/x']],
    ['**/README.md', ['README.md', 'js/README.md'], ['xREADME.md']],
    ['**/*src/**', ['a/src/app.js', 'my-src/code/js/app.js'], ['src2/x']],
    ['**/*-post.md', ['my-post.md', 'path/their-post.md'], ['post.md']],
    ['**/migrate-*.sql', ['migrate-10909.sql', 'db/migrate-v1.0.sql', 'db/sept/migrate-v1.sql'], ['migrate.sql']],
    ['[CB]at', ['Cat', 'Bat'], ['Rat', 'CBat']],
    ['[1-2]00', ['100', '200'], ['300']],
    ['Octoc?t', ['Octot', 'Octoct'], ['Octocat', 'Octocct']],
    ['a+', ['a', 'aaa'], ['', 'b']],
    ['\\*', ['*'], ['a', '\\a']],
    ['c\\+\\+', ['c++'], ['ccc']],
    ['a.b', ['a.b'], ['axb']],
    ['日本/*', ['日本/語'], ['日本']],
  ])('%s', (pattern, yes, no) => {
    expect(yes.filter((name) => !matches(pattern, name))).toEqual([])
    expect(no.filter((name) => matches(pattern, name))).toEqual([])
  })
})

describe('order', () => {
  test.each<[string[], string[], string[]]>([
    [['releases/**', '!releases/**-alpha'], ['releases/10'], ['releases/10-alpha', 'main']],
    [['*.md', '!README.md'], ['hello.md'], ['README.md', 'docs/hello.md']],
    [['*.md', '!README.md', 'README*'], ['hello.md', 'README.md', 'README.doc'], []],
    [['!main'], [], ['main', 'other']],
    [[], [], ['main']],
  ])('%j', (patterns, yes, no) => {
    const selects = nameSelector(patterns)

    expect(yes.filter((name) => !selects(name))).toEqual([])
    expect(no.filter((name) => selects(name))).toEqual([])
  })
})

test.each(['', '!', '+a', '?', 'a++', '*?', '[a', '[]', '[z-a]', '[a-]', 'x'.repeat(1001)])('%s is no pattern', (pattern) => {
  expect(parseGlob(pattern)).toHaveProperty('problem')
})

describe('against a matcher that tries everything', () => {
  const letters = fc.constantFrom('a', 'b', '/', '.')
  const piece = fc.oneof(letters, fc.constantFrom('*', '**', '**/', '[ab]', '[a-b]+', 'a?', 'b+', '\\a'))
  const pattern = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''))
  const name = fc.array(letters, { maxLength: 7 }).map((all) => all.join(''))

  test('both agree', () => {
    let agreed = 0
    fc.assert(
      fc.property(pattern, name, (glob, text) => {
        const parsed = parseGlob(glob)
        if ('problem' in parsed) return
        agreed++

        expect(parsed.matches(text)).toBe(tryAll(glob, 0, text, 0))
      }),
      { numRuns: 4000 },
    )
    expect(agreed).toBeGreaterThan(1000)
  })

  function tryAll(glob: string, at: number, text: string, from: number): boolean {
    if (at === glob.length) return from === text.length
    const isFolderStart = at === 0 || glob[at - 1] === '/'
    if (glob.startsWith('**/', at) && isFolderStart) {
      if (tryAll(glob, at + 3, text, from)) return true
      for (let to = from; to < text.length; to++) if (text[to] === '/' && tryAll(glob, at + 3, text, to + 1)) return true
      return false
    }
    if (glob[at] === '*') {
      let next = at
      while (glob[next] === '*') next++
      const crosses = next - at > 1
      for (let to = from; to <= text.length; to++) {
        if (tryAll(glob, next, text, to)) return true
        if (to < text.length && text[to] === '/' && !crosses) return false
      }
      return false
    }
    const unit =
      glob[at] === '[' ? glob.slice(at, glob.indexOf(']', at) + 1) : glob[at] === '\\' ? glob.slice(at, at + 2) : (glob[at] ?? '')
    const fits = (character: string | undefined): boolean =>
      character !== undefined && (unit.startsWith('[') ? 'ab'.includes(character) : character === unit.at(-1))
    const after = at + unit.length
    if (glob[after] === '?') return tryAll(glob, after + 1, text, from) || (fits(text[from]) && tryAll(glob, after + 1, text, from + 1))
    if (glob[after] === '+') {
      for (let to = from; fits(text[to]); to++) if (tryAll(glob, after + 1, text, to + 1)) return true
      return false
    }
    return fits(text[from]) && tryAll(glob, after, text, from + 1)
  }
})

test('A pattern made to be slow is not', () => {
  const pattern = '**a'.repeat(300)

  expect(matches(pattern, 'a'.repeat(3000) + 'b')).toBe(false)
})
