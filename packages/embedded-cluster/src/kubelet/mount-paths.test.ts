import { describe, expect, it } from 'vitest'
import { cleanMountPath, rewriteMountPaths } from './mount-paths.ts'

const rewrite = (text: string) => rewriteMountPaths(text, ['/etc/model', '/data', '/data/cache'], '/R')

describe('a mount path in a word', () => {
  it.each([
    ['/etc/model', '/R/etc/model'],
    ['/etc/model/', '/R/etc/model/'],
    ['/etc/model/a.json', '/R/etc/model/a.json'],
    ['--model=/etc/model/a.json', '--model=/R/etc/model/a.json'],
    ['cat /etc/model/a /data/b; ls "/data"', 'cat /R/etc/model/a /R/data/b; ls "/R/data"'],
    ['/data/cache/x', '/R/data/cache/x'],
    ['file:///data/x', 'file:///R/data/x'],
    ['/data:/etc/model', '/R/data:/R/etc/model'],
  ])('%s is really %s', (text, expected) => {
    expect(rewrite(text)).toBe(expected)
  })

  it.each([
    '/etc/models',
    '/etc/model.json',
    '/opt/data',
    'http://host/data',
    'http://host:80/data',
    './data',
    '../data',
    '~/data',
    '${DIR}/data',
    'data',
    '/database',
  ])('%s is something else', (text) => {
    expect(rewrite(text)).toBe(text)
  })
})

it.each([
  ['/a/b/', '/a/b'],
  ['a', '/a'],
  ['/a/../../b', '/b'],
  ['/', undefined],
  ['/..', undefined],
])('mount path %s is %s in short', (path, expected) => {
  expect(cleanMountPath(path)).toBe(expected)
})
