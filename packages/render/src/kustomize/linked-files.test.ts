import { describe, expect, test } from 'vitest'
import { MemoryTree, memorySources, type MemoryFiles } from '../testing/memory-sources.ts'
import { kustomize } from './testing/kustomize-for-tests.ts'

/** A repository in which these paths are links: to files, or to folders. */
class LinkedTree extends MemoryTree {
  readonly #links: readonly (readonly [from: string, to: string])[]

  constructor(files: MemoryFiles, links: Readonly<Record<string, string>>) {
    super(files)
    this.#links = Object.entries(links)
  }

  realPath(path: string): string | undefined {
    const link = this.#links.find(([from]) => path === from || path.startsWith(`${from}/`))
    return link === undefined ? path : link[1] + path.slice(link[0].length)
  }

  override stat(path: string): 'file' | 'folder' | undefined {
    return super.stat(this.realPath(path) ?? path)
  }

  override read(path: string): Uint8Array | undefined {
    return super.read(this.realPath(path) ?? path)
  }
}

const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\n'

function build(files: MemoryFiles, links: Readonly<Record<string, string>>): string {
  return kustomize(files, { path: 'app', sources: { ...memorySources({}), tree: new LinkedTree(files, links) } })
}

// As kubectl 1.34.5 does with links on disk.
describe('links in a repository', () => {
  test('a link to a file below the kustomization is that file', () => {
    const files = { 'app/kustomization.yaml': 'resources: [a.yaml]\n', 'app/deep/map.yaml': map }

    expect(build(files, { 'app/a.yaml': 'app/deep/map.yaml' })).toContain('name: map\n')
  })

  test('a link to a file above the kustomization is refused like that file', () => {
    const files = { 'app/kustomization.yaml': 'resources: [a.yaml]\n', 'other/map.yaml': map }

    expect(() => build(files, { 'app/a.yaml': 'other/map.yaml' })).toThrow("security; file '/other/map.yaml' is not in or below '/app'")
  })

  test('a base that is a link reads its files from where it leads', () => {
    const files = {
      'app/kustomization.yaml': 'resources: [base]\n',
      'shared/base/kustomization.yaml': 'resources: [../more, map.yaml]\n',
      'shared/base/map.yaml': map,
      'shared/more/kustomization.yaml': 'namespace: x\n',
    }

    expect(build(files, { 'app/base': 'shared/base' })).toContain('name: map\n')
  })

  test('a kustomization that is a link to another folder is none', () => {
    const files = { 'shared/kustomization.yaml': 'namespace: x\n', 'app/map.yaml': map }

    expect(() => build(files, { 'app/kustomization.yaml': 'shared/kustomization.yaml' })).toThrow(
      "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '/app'",
    )
  })
})
