import { createHash } from 'node:crypto'
import type { RenderFailure, SourceEntry } from '../contract.ts'

/**
 * What main thread and worker tell each other of trees. A tree is named by a key: `source`, `ref NAME`, `chart [REPOSITORY,NAME,VERSION]`,
 * `git [URL,REVISION]`, `file URL`.
 */

/** An entry with what a link says, so that a worker can follow it. */
export interface ListedEntry extends SourceEntry {
  target?: string
}

/** Everything below a folder. `entries` are left out where the worker has had them under this hash. */
export interface Listing {
  path: string
  hash: string
  entries?: readonly ListedEntry[]
}

export interface Knowledge {
  tree: string
  listings: readonly Listing[]
  /** Single files and links. */
  entries: readonly ListedEntry[]
  absent: readonly string[]
  /** What could not be had: the whole tree ('' and `isWhole`), or one path of it. */
  failures: readonly KnownFailure[]
}

export interface KnownFailure {
  path: string
  isWhole: boolean
  code: RenderFailure['code']
  message: string
  remedy: string
}

/** What has to be there before a render can go on; thrown as `NotFetched` meanwhile. */
export type Need =
  | { kind: 'tree'; tree: string }
  | { kind: 'place'; tree: string; path: string }
  | { kind: 'content'; tree: string; hash: string; size: number }

/**
 * What a render has found of one tree. `facts` by place: `f…`/`l…` and a hash for a file or link, `d` for a folder, `-` for nothing; a place that
 * ends in `/` is a listing, its value the digest of the names. `listings` are hashes of whole folders: where one is equal, so is everything in it.
 */
export interface TreeRecord {
  tree: string
  facts: readonly (readonly [string, string])[]
  listings: readonly (readonly [string, string])[]
}

export function factOf(entry: SourceEntry | undefined): string {
  if (entry === undefined || entry.kind === 'submodule') return '-'
  return `${entry.kind === 'symlink' ? 'l' : 'f'}${entry.hash}`
}

/** Of the names below a folder, not of what the files hold: what a render knows that lists it. */
export function namesDigest(entries: Iterable<SourceEntry>): string {
  const lines: string[] = []
  for (const entry of entries) {
    if (entry.kind === 'submodule') continue
    lines.push(entry.kind === 'symlink' ? `${entry.path}\0${entry.hash}` : entry.path)
  }
  return createHash('sha256').update(lines.toSorted().join('\n')).digest('hex')
}

export function isBelow(path: string, folder: string): boolean {
  return folder === '' ? true : path === folder || path.startsWith(`${folder}/`)
}
