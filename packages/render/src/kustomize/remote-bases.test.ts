import { describe, expect, test } from 'vitest'
import { RenderError } from '../engine/tree.ts'
import { memorySources, type MemoryFiles } from '../testing/memory-sources.ts'
import { kustomize } from './testing/kustomize-for-tests.ts'

const repository: MemoryFiles = {
  'base/kustomization.yaml': 'namePrefix: remote-\nresources: [map.yaml]\n',
  'base/map.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\n',
  'app/kustomization.yaml': 'resources: [../base]\nnameSuffix: -app\n',
  'out/kustomization.yaml': 'resources: [../..]\n',
}

function build(resource: string, allowRemoteBases = true): string {
  const files = { 'kustomization.yaml': `resources: ['${resource}']\n` }
  const gits = { 'https://github.com/org/repo v1': repository }
  return kustomize(files, { sources: memorySources(files, { gits }), allowRemoteBases })
}

describe('bases in other repositories', () => {
  test('a folder of one at a revision', () => {
    expect(build('https://github.com/org/repo//app?ref=v1')).toBe(`apiVersion: v1
kind: ConfigMap
metadata:
  name: remote-map-app
`)
  })

  test.each(['https://raw.githubusercontent.com/org/repo/v1/base/map.yaml', 'https://github.com/org/repo/raw/refs/tags/v1/base/map.yaml'])(
    'a file of one, named by its URL on GitHub: %s',
    (url) => {
      expect(build(url)).toBe(`apiVersion: v1
kind: ConfigMap
metadata:
  name: map
`)
    },
  )

  test('are refused where they are not allowed, and the reason is told', () => {
    expect(() => build('github.com/org/repo//app?ref=v1', false)).toThrow(
      "'github.com/org/repo//app?ref=v1' is in another repository, and remote bases are not allowed",
    )
  })

  test('cannot leave their repository', () => {
    expect(() => build('github.com/org/repo//out?ref=v1')).toThrow("security; '../..' leads out of the repository")
  })

  test('cannot be where this machine keeps them', () => {
    expect(() => build('file:///srv/repo//app')).toThrow("'file:///srv/repo//app' is a path of the machine, which is never read")
  })

  test('cannot name each other in a circle', () => {
    const files = { 'kustomization.yaml': "resources: ['github.com/org/repo?ref=v1']\n" }
    const sources = memorySources(files, { gits: { 'https://github.com/org/repo v1': files } })

    expect(() => kustomize(files, { sources, allowRemoteBases: true })).toThrow(
      "cycle detected: URI 'github.com/org/repo?ref=v1' referenced by previous URI 'github.com/org/repo?ref=v1'",
    )
  })

  test('files of other web servers are not read', () => {
    expect(() => build('https://example.org/all.yaml')).toThrow(
      "'https://example.org/all.yaml' is a file of a web server, which is not read",
    )
  })
})

describe('files of web servers', () => {
  const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: served}\n'

  function asked(resource: string, served: Record<string, string>, allowRemoteBases = true): { built: string; urls: string[] } {
    const urls: string[] = []
    const files = { 'kustomization.yaml': `resources: ['${resource}']\n` }
    const sources = {
      ...memorySources(files, { gits: { 'https://example.org/org/repo ': repository, 'https://github.com/org/repo v1': repository } }),
      file(url: string) {
        urls.push(url)
        const text = served[url]
        if (text === undefined) throw new RenderError(`${url} answers 404.`)
        return Buffer.from(text)
      },
    }
    return { built: kustomize(files, { sources, allowRemoteBases }), urls }
  }

  test.each([
    'https://example.org/a/b/c.yaml',
    'https://example.org/a/b/c.yaml?raw=true&x=1',
    'https://example.org/all',
    'https://example.org/k8s/net?k8s-version=1.33',
    'https://github.com/org/other/releases/latest/download/install',
  ])('are read by their address, whatever it ends in: %s', (url) => {
    expect(asked(url, { [url]: map })).toEqual({ built: expect.stringContaining('name: served'), urls: [url] })
  })

  test.each(['https://example.org/org/repo/base', 'https://github.com/org/repo/base?ref=v1'])(
    'are not asked for where a repository answers: %s',
    (url) => {
      expect(asked(url, { [url]: map })).toEqual({ built: expect.stringContaining('name: remote-map'), urls: [] })
    },
  )

  test('say what is wrong with the repository where the server has nothing either, or a page for people', () => {
    const url = 'https://example.org/org/none/base'

    const pages: Record<string, string>[] = [{}, { [url]: '<!doctype html>\n<title>: a page</title>' }]

    for (const served of pages) expect(() => asked(url, served)).toThrow("There is no Git repository 'https://example.org/org/none '")
  })

  test('are not asked for without leave, or without TLS', () => {
    expect(() => asked('https://example.org/k8s/net', { 'https://example.org/k8s/net': map }, false)).toThrow(
      'remote bases are not allowed',
    )
    expect(() => asked('http://example.org/k8s/net', { 'http://example.org/k8s/net': map })).toThrow(
      "There is no Git repository 'http://example.org/k8s/net '",
    )
  })
})
