import { describe, expect, test } from 'vitest'
import { parseUses } from './uses.ts'

describe('uses', () => {
  test.each([
    ['actions/checkout@v4', { kind: 'repository', owner: 'actions', repository: 'checkout', path: '', ref: 'v4' }],
    ['o/r/a/b@feature/x', { kind: 'repository', owner: 'o', repository: 'r', path: 'a/b', ref: 'feature/x' }],
    ['o/r//a@main', { kind: 'repository', path: 'a', ref: 'main' }],
    ['o/.github/.github/workflows/x.yml@1234abc', { kind: 'repository', repository: '.github', path: '.github/workflows/x.yml' }],
    ['./.github/actions/x', { kind: 'local', path: '.github/actions/x' }],
    ['$/.github/actions/x', { kind: 'local', path: '.github/actions/x', isOfFile: true }],
    ['./', { kind: 'local', path: '' }],
    ['./a/./b/', { kind: 'local', path: 'a/b' }],
    ['docker://alpine:3.20', { kind: 'docker', image: 'alpine:3.20' }],
    ['docker://ghcr.io/o/i@sha256:ab', { kind: 'docker', image: 'ghcr.io/o/i@sha256:ab' }],
  ])('%s', (source, expected) => {
    expect(parseUses(source)).toMatchObject({ source, ...expected })
  })

  test.each([
    '',
    'checkout',
    'actions/checkout',
    'actions/checkout@',
    './../other',
    '$/../other',
    '$x/y@v1',
    './a/../../b',
    'o/r/../x@v1',
    '../x',
    '/etc',
    '-o/r@v1',
    'o/r@--upload-pack=x',
    'o/r@a..b',
    'o/r@a b',
    'o/r@a:b',
    'o/r@a~1',
    'o/..@v1',
    'ext::sh/x@v1',
    'https://host/x@v1',
    'docker://',
    'docker://-x',
    'o/r@v1\n',
    './a\0b',
    'o\\r/x@v',
  ])('%j is refused', (source) => {
    expect(parseUses(source)).toHaveProperty('problem')
  })
})
