import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RenderFailure, RenderResult } from './contract.ts'
import { directoryTree } from './directory-tree.ts'
import { createRenderer } from './renderer.ts'

let root: string
const renderer = createRenderer()

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'plimsoll-render-'))
  await mkdir(join(root, 'repo/app/sub'), { recursive: true })
  await mkdir(join(root, 'repo/.git'))
  await writeFile(join(root, 'secret.yaml'), 'apiVersion: v1\nkind: Secret\nmetadata: {name: canary}\n')
  await writeFile(join(root, 'repo/app/a.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n')
  await writeFile(join(root, 'repo/app/sub/b.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n')
})
afterEach(async () => {
  await renderer.close()
  await rm(root, { recursive: true })
})

function render(path: string, recurse = false): Promise<RenderResult | RenderFailure> {
  return renderer.render({
    source: { repoURL: '', path, directory: { recurse } },
    tree: directoryTree(join(root, 'repo')),
    applicationName: 'x',
    destinationNamespace: 'x',
    capabilities: { kubeVersion: '1.33', apiVersions: [] },
  })
}

test('a folder on disk renders as the same folder in Git would', async () => {
  await symlink('sub/b.yaml', join(root, 'repo/app/c.yaml'))
  await symlink('app', join(root, 'repo/current'))

  const flat = await render('app')
  const deep = await render('', true)
  const linked = await render('current')

  expect(flat.ok && flat.manifests.map(({ at }) => at.file)).toEqual(['app/a.yaml', 'app/c.yaml'])
  expect(deep.ok && deep.manifests.map(({ at }) => at.file)).toEqual(['app/a.yaml', 'app/c.yaml', 'app/sub/b.yaml'])
  expect(linked.ok && linked.manifests.map(({ at }) => at.file)).toEqual(['current/a.yaml', 'current/c.yaml'])
})

test.each(['../secret.yaml', '/etc/hostname'])('nothing outside of it is read: a file that links to %s', async (target) => {
  await symlink(target.startsWith('/') ? target : join('..', target), join(root, 'repo/app/leak.yaml'))

  const result = await render('app')

  expect(result).toMatchObject({ ok: false, code: 'path-outside-repository', at: { file: 'app/leak.yaml' } })
})

test('nothing outside of it is read: a folder that is a link', async () => {
  await symlink(root, join(root, 'repo/out'))
  await writeFile(join(root, 'repo/app/chain.yaml'), '')
  await rm(join(root, 'repo/app/chain.yaml'))
  await symlink('../out/secret.yaml', join(root, 'repo/app/chain.yaml'))

  expect(await render('out')).toMatchObject({ ok: false, code: 'path-outside-repository' })
  expect(await render('app')).toMatchObject({ ok: false, code: 'path-outside-repository', at: { file: 'app/chain.yaml' } })
})

test('a file of 50 MB is refused by its size', async () => {
  await writeFile(join(root, 'repo/app/big.yaml'), '')
  await truncate(join(root, 'repo/app/big.yaml'), 50_000_000)

  expect(await render('app')).toMatchObject({ ok: false, code: 'manifest-too-large', at: { file: 'app/big.yaml' } })
})

test('a change of a file is seen by the next render', async () => {
  const before = await render('app')
  await writeFile(join(root, 'repo/app/a.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: changed}\n')
  const after = await render('app')

  expect([before, after].map((result) => result.ok && result.manifests[0]?.object.metadata.name)).toEqual(['a', 'changed'])
})
