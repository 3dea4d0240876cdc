import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { comparePaths, matchablePath, matchesPath, type PathType } from './request-path.ts'

// The table of the Kubernetes documentation (Ingress, "Examples").
describe('a path rule matches as Kubernetes says', () => {
  it.each<[PathType, string, string, boolean]>([
    ['Prefix', '/', '/anything', true],
    ['Exact', '/foo', '/foo', true],
    ['Exact', '/foo', '/bar', false],
    ['Exact', '/foo', '/foo/', false],
    ['Exact', '/foo/', '/foo', false],
    ['Prefix', '/foo', '/foo', true],
    ['Prefix', '/foo', '/foo/', true],
    ['Prefix', '/foo/', '/foo', true],
    ['Prefix', '/foo/', '/foo/', true],
    ['Prefix', '/aaa/bb', '/aaa/bbb', false],
    ['Prefix', '/aaa/bbb', '/aaa/bbb', true],
    ['Prefix', '/aaa/bbb/', '/aaa/bbb', true],
    ['Prefix', '/aaa/bbb', '/aaa/bbb/', true],
    ['Prefix', '/aaa/bbb', '/aaa/bbb/ccc', true],
    ['Prefix', '/aaa/bbb', '/aaa/bbbxyz', false],
  ])('%s %s, request %s: %s', (type, rule, path, matches) => {
    expect(matchesPath(rule, type, path)).toBe(matches)
  })
})

describe('the path of a request', () => {
  it.each([
    ['/a/b?x=/c', '/a/b'],
    ['/public/../admin', '/admin'],
    ['/public/%2e%2e/admin', '/admin'],
    ['/public/..%2fadmin', '/admin'],
    ['/public/..\\admin', '/admin'],
    ['//a///b/', '/a/b/'],
    ['/../..', '/'],
    ['/', '/'],
  ])('%s is matched as %s', (target, path) => {
    expect(matchablePath(target)).toBe(path)
  })

  it.each(['http://elsewhere/', '*', '', '/%', '/%00'])('%s is refused', (target) => {
    expect(matchablePath(target)).toBeUndefined()
  })

  it('never keeps a way up, whatever it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\/(?:\.|%2e|%2f|\/|\\|a|%5c){0,12}$/), (target) => {
        const path = matchablePath(target)

        expect(path === undefined || !path.split('/').includes('..')).toBe(true)
      }),
    )
  })
})

it('the longer rule comes first, and Exact before Prefix', () => {
  const rules: { path: string; pathType: PathType }[] = [
    { path: '/', pathType: 'Prefix' },
    { path: '/foo', pathType: 'Prefix' },
    { path: '/foo', pathType: 'Exact' },
    { path: '/foo/bar', pathType: 'ImplementationSpecific' },
  ]

  expect(rules.toSorted(comparePaths).map(({ path, pathType }) => `${pathType} ${path}`)).toEqual([
    'ImplementationSpecific /foo/bar',
    'Exact /foo',
    'Prefix /foo',
    'Prefix /',
  ])
})
