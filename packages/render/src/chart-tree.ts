import { PlimsollError } from '@plimsoll/api'
import { ByteCache } from './byte-cache.ts'
import type { SourceTree } from './contract.ts'
import { RenderError, type Tree } from './engine/tree.ts'
import { hashOfContent, treeOfFiles } from './file-tree.ts'
import { readChartArchive, unpackChartArchive } from './helm/archive.ts'

/** Contents of charts that are kept unpacked: many applications are made of the same. */
const keptBytes = 64 * 1024 * 1024
const kept = new ByteCache<SourceTree>(keptBytes)
const unpacking = new Map<string, Promise<SourceTree>>()
let last: Promise<unknown> = Promise.resolve()

/**
 * A chart's `.tgz` as a tree with the chart at its root. `digest` is that of the archive. One is unpacked at a time, in pieces: each may take 120 MB,
 * and a second. Rejects with `PlimsollError` (`render-failed`) for what Helm would not load either.
 */
export function chartTree(digest: string, archive: Uint8Array): Promise<SourceTree> {
  const known = kept.get(digest)
  if (known !== undefined) return Promise.resolve(known)
  const running = unpacking.get(digest)
  if (running !== undefined) return running
  const work = last.then(() => unpack(digest, archive)).finally(() => unpacking.delete(digest))
  last = work.catch(() => undefined)
  unpacking.set(digest, work)
  return work
}

async function unpack(digest: string, archive: Uint8Array): Promise<SourceTree> {
  const files = new Map<string, Uint8Array>()
  const hashes = new Map<string, string>()
  let bytes = 0
  try {
    for await (const { name, data } of unpackChartArchive(archive)) {
      // A copy: what is left of the archive may go.
      files.set(name, Uint8Array.from(data))
      hashes.set(name, hashOfContent(data))
      bytes += data.length + 500
    }
  } catch (error) {
    if (!(error instanceof RenderError)) throw error
    throw new PlimsollError('render-failed', `The chart's archive cannot be read: ${error.message}.`, {
      remedy: 'Have whoever publishes the chart package it anew, with `helm package`.',
    })
  }
  const tree = treeOfFiles(files, '', (content, path) => hashes.get(path) ?? hashOfContent(content))
  kept.set(digest, tree, bytes)
  return tree
}

/** The same for an engine that runs without a worker. Throws `RenderError`. */
export function treeOfChart(archive: Uint8Array): Tree {
  const files = new Map(readChartArchive(archive).map(({ name, data }) => [name, data]))
  const paths = [...files.keys()].toSorted()
  const below = (folder: string): string[] => (folder === '' ? paths : paths.filter((path) => path.startsWith(`${folder}/`)))
  return {
    stat: (path) => (files.has(path) ? 'file' : path === '' || below(path).length > 0 ? 'folder' : undefined),
    read: (path) => files.get(path),
    list: below,
    expect: () => undefined,
  }
}
