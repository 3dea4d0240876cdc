import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import type { SourceEntry, SourceTree } from '../contract.ts'
import { memoryTree } from '../testing/memory-tree.ts'
import { DirectoryTree } from './directory-sources.ts'
import type { Need } from './facts.ts'
import { ByteCache } from '../byte-cache.ts'
import { FetchClock } from './fetch-clock.ts'
import { FetchSession } from './fetch-session.ts'
import { FolderIndex } from './folder-index.ts'
import { RecordedSources } from './recorded-sources.ts'
import { fakeRenderer } from './testing/fake-renderer.ts'
import { NotFetched, RenderError, type Tree } from './tree.ts'

type Files = Parameters<typeof memoryTree>[0]

const folders: string[] = []
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })))

function onDisk(files: Files): string {
  const root = mkdtempSync(join(tmpdir(), 'plimsoll-tree-'))
  folders.push(root)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    if (typeof content === 'object' && 'link' in content) symlinkSync(content.link, join(root, path))
    else writeFileSync(join(root, path), content)
  }
  return root
}

/** Asks a recorded tree, and fetches what is not there, until there is an answer: what worker and main thread do together. */
async function ask<T>(source: SourceTree, question: (tree: Tree) => T): Promise<T> {
  const caches = { contents: new ByteCache<Buffer>(1e6), listings: new ByteCache<{ entries: SourceEntry[] }>(1e6) }
  const limits = { fileBytes: 1e6, readBytes: 1e7 }
  const request = {
    source: { repoURL: 'x' },
    tree: source,
    applicationName: 'a',
    destinationNamespace: 'b',
    capabilities: { kubeVersion: '', apiVersions: [] },
  }
  const session = new FetchSession(request, new FetchClock(5000), caches, limits)
  await session.fetch([{ kind: 'tree', tree: 'source' }])
  for (let tries = 0; tries < 50; tries++) {
    const sources = new RecordedSources({ refs: [], limits, contents: { get: (hash) => session.contents.get(hash) } })
    sources.learn(session.knowledge(), ({ path, hash, entries = [] }) => new FolderIndex(path, hash, entries))
    sources.begin()
    try {
      return question(sources.tree)
    } catch (error) {
      if (!(error instanceof NotFetched)) throw error
      await session.fetch(sources.needs satisfies readonly Need[])
    }
  }
  throw new Error('it was never there')
}

function answers(tree: Tree, path: string): unknown {
  const attempt = (what: () => unknown): unknown => {
    try {
      return what()
    } catch (error) {
      if (error instanceof RenderError) return error.code
      throw error
    }
  }
  return {
    stat: attempt(() => tree.stat(path)),
    realPath: attempt(() => tree.realPath?.(path)),
    read: attempt(() => {
      const content = tree.read(path)
      return content && Buffer.from(content).toString()
    }),
    list: attempt(() => [...tree.list(path)]),
  }
}

describe('a tree as an engine sees it', () => {
  const files: Files = {
    'a/one.txt': '1',
    'a/b/two.txt': '2',
    'a/b/c/three.txt': '3',
    z: 'z',
    'links/file': { link: '../a/one.txt' },
    'links/folder': { link: '../a/b' },
    'links/nothing': { link: 'absent' },
    'links/out': { link: '../../outside' },
    'links/absolute': { link: '/etc' },
    'links/chain': { link: 'folder/c' },
    linked: { link: 'links' },
  }

  test.each([
    '',
    'a',
    'a/b',
    'a/one.txt',
    'z',
    'z/x',
    'absent',
    'links/file',
    'links/folder',
    'links/folder/two.txt',
    'links/nothing',
    'links/out',
    'links/out/x',
    'links/absolute/passwd',
    'links/chain/three.txt',
    'linked/chain',
    'a/../z',
    '..',
    '/etc/passwd',
    'a//b/./two.txt',
  ])('is the same on disk, and fetched piece by piece: %j', async (path) => {
    const disk = new DirectoryTree(onDisk(files))
    const recorded = await ask(memoryTree(files), (tree) => answers(tree, path))
    expect(recorded).toEqual(answers(disk, path))
  })

  test('and says where links lead', async () => {
    const paths = ['z', 'links/file', 'links/chain/three.txt', 'linked/chain', 'links/nothing', 'a/../z']

    const real = await ask(memoryTree(files), (tree) => paths.map((path) => tree.realPath?.(path)))

    expect(real).toEqual(['z', 'a/one.txt', 'a/b/c/three.txt', 'a/b/c', undefined, 'z'])
  })

  test('whatever the links are', async () => {
    const name = fc.constantFrom('a', 'b', 'c')
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
    const target = fc.array(fc.constantFrom('a', 'b', 'c', '..', '.'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
    const content = fc.oneof(
      fc.string({ maxLength: 3 }),
      target.map((link) => ({ link })),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(path, content), { maxLength: 6, selector: ([key]) => key }),
        path,
        async (entries, asked) => {
          // No file where another needs a folder.
          const kept = entries.filter(([key]) => !entries.some(([other]) => other !== key && other.startsWith(`${key}/`)))
          const made = Object.fromEntries(kept)
          const disk = new DirectoryTree(onDisk(made))
          // The memory tree looks a path up as it is; a link in it is the recorded tree's to follow.
          expect(await ask(memoryTree(made), (tree) => answers(tree, asked))).toEqual(answers(disk, asked))
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('a real Git repository', () => {
  const root = onDisk({
    'app/Chart.yaml': 'name: fake',
    'app/templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: "@release"\n#! read common/x.yaml\n',
    'common/x.yaml': 'one',
    'app/linked.yaml': { link: '../common/x.yaml' },
  })
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', root, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { encoding: 'utf8' })
  const commit = (): string => {
    git('add', '-A')
    git('commit', '-q', '--allow-empty', '-m', 'x')
    return git('rev-parse', 'HEAD').trim()
  }
  git('init', '-q')

  /** By `git` itself, one command a question. */
  function treeAt(revision: string): SourceTree & { reads: number } {
    const tree = {
      reads: 0,
      hashOf(path: string) {
        try {
          const hash = git('rev-parse', '--verify', '-q', `${revision}:${path}`).trim()
          return Promise.resolve(git('cat-file', '-t', hash).trim() === 'tree' ? hash : undefined)
        } catch {
          return Promise.resolve(undefined)
        }
      },
      list(path: string) {
        const lines = git('ls-tree', '-r', '-l', revision, ...(path === '' ? [] : [`${path}/`]))
          .split('\n')
          .filter((line) => line !== '')
        return Promise.resolve(
          lines.map((line): SourceEntry => {
            const [, mode, hash = '', size, name = ''] = /^(\d+) \w+ (\w+) +(\S+)\t(.*)$/.exec(line) ?? []
            return { path: name, kind: mode === '120000' ? 'symlink' : 'file', hash, size: Number(size) }
          }),
        )
      },
      read(hash: string) {
        tree.reads += 1
        return Promise.resolve(execFileSync('git', ['-C', root, 'cat-file', 'blob', hash]))
      },
    }
    return tree
  }

  test('costs a render only for commits that touch what was read', async () => {
    const renderer = fakeRenderer()
    const at = (tree: SourceTree) =>
      renderer.render({
        source: { repoURL: 'x', path: 'app', helm: { valueFiles: ['linked.yaml'] } },
        tree,
        applicationName: 'demo',
        destinationNamespace: 'prod',
        capabilities: { kubeVersion: '1.33.0', apiVersions: [] },
      })
    const first = await at(treeAt(commit()))
    writeFileSync(join(root, 'README.md'), createHash('sha1').update('x').digest('hex'))
    const unrelated = treeAt(commit())
    const second = await at(unrelated)
    writeFileSync(join(root, 'common/x.yaml'), 'two')
    const third = await at(treeAt(commit()))
    await renderer.close()

    expect([first, second, third].map((each) => (each.ok ? each.fromCache : each.message))).toEqual([false, true, false])
    // Links are looked at again, files are not.
    expect(unrelated.reads).toBeLessThanOrEqual(1)
  })
})
