import { describe, expect, test } from 'vitest'
import { compareMatches, compilePathGlob, globBase } from './path-glob.ts'

describe('a glob over paths', () => {
  test.each<[string, boolean, string[], string[]]>([
    ['*.yaml', true, ['a.yaml'], ['a/b.yaml', 'a.yml']],
    ['a/*/x.yaml', true, ['a/b/x.yaml'], ['a/x.yaml', 'a/b/c/x.yaml']],
    ['**/x.yaml', true, ['x.yaml', 'a/x.yaml', 'a/b/x.yaml'], ['ax.yaml']],
    ['a/**', true, ['a/b', 'a/b/c'], ['b/a']],
    ['a/**/c', true, ['a/c', 'a/b/c', 'a/b/b/c'], ['a/bc']],
    ['**x', true, ['ax', 'x'], ['a/x']],
    ['**/x', false, ['a/x'], ['x', 'a/b/x']],
    ['v-{dev,prod}.yaml', true, ['v-dev.yaml', 'v-prod.yaml'], ['v-.yaml']],
    ['v-{dev}.yaml', false, ['v-{dev}.yaml'], ['v-dev.yaml']],
    ['[a-c]?', true, ['ax', 'cc'], ['dx', 'a', 'a/']],
    ['[^a]', true, ['b'], ['a', '/']],
    ['\\*', true, ['*'], ['x']],
    ['a+(b)', true, ['a+(b)'], ['aab']],
  ])('%s', (pattern, doubleStar, matching, other) => {
    const matches = compilePathGlob(pattern, { doubleStar })
    expect([...matching, ...other].filter((path) => matches?.(path))).toEqual(matching)
  })

  test.each(['[a', '{a', 'x'.repeat(2000)])('%s is none', (pattern) => {
    expect(compilePathGlob(pattern, { doubleStar: true })).toBeUndefined()
  })

  test('takes time in proportion to the text, whatever the pattern', () => {
    const matches = compilePathGlob(`${'*a'.repeat(200)}b`, { doubleStar: true })
    expect(matches?.('a'.repeat(5000))).toBe(false)
  })

  test('finds files of a folder before those of the folders in it', () => {
    const found = ['v/a/x.yaml', 'v/z.yaml', 'v/b.yaml', 'v/a/a/y.yaml']
    expect(found.toSorted(compareMatches('v/**/*.yaml'))).toEqual(['v/b.yaml', 'v/z.yaml', 'v/a/x.yaml', 'v/a/a/y.yaml'])
    expect(found.toSorted(compareMatches('v/**'))).toEqual(['v/a/a/y.yaml', 'v/a/x.yaml', 'v/b.yaml', 'v/z.yaml'])
  })

  test('lies in the folder before its first special character', () => {
    expect(['a/b/*.yaml', '*.yaml', 'a/b*/c', '{a}/b'].map(globBase)).toEqual(['a/b', '', 'a', ''])
  })
})
