import { describe, expect, test } from 'vitest'
import { parseRepoUrl } from './repo-spec.ts'

/** URL, what `kubectl kustomize` 1.34.5 hands to `git fetch`, and the folder. */
const remote: readonly (readonly [string, url: string, revision: string, path: string])[] = [
  ['github.com/org/repo', 'https://github.com/org/repo', '', ''],
  ['github.com/org/repo/path?ref=v1', 'https://github.com/org/repo', 'v1', 'path'],
  ['https://github.com/org/repo//a/b?ref=v1&timeout=2', 'https://github.com/org/repo', 'v1', 'a/b'],
  ['https://github.com/org/repo.git/a/b?version=v2', 'https://github.com/org/repo.git', 'v2', 'a/b'],
  ['git@github.com:org/repo.git//a?ref=x', 'git@github.com:org/repo.git', 'x', 'a'],
  ['git@example.org:org/repo.git//a?ref=x', 'git@example.org:org/repo.git', 'x', 'a'],
  ['ssh://git@example.org:1/org/repo//a?ref=x', 'ssh://git@example.org:1/org/repo', 'x', 'a'],
  ['https://example.org:1/org/repo/a/b/c?ref=x', 'https://example.org:1/org/repo', 'x', 'a/b/c'],
  ['https://example.org:1/org/_git/repo/a/b?ref=x', 'https://example.org:1/org/_git/repo', 'x', 'a/b'],
  ['git::https://example.org:1/org/repo//x?ref=y', 'https://example.org:1/org/repo', 'y', 'x'],
  ['GITHUB.com/org/repo?ref=z', 'https://github.com/org/repo', 'z', ''],
  ['github.com:org/repo?ref=q', 'https://github.com/org/repo', 'q', ''],
  ['ssh://git@github.com/org/repo?ref=q', 'git@github.com:org/repo', 'q', ''],
  ['https://user@github.com/org/repo?ref=q', 'user@github.com:org/repo', 'q', ''],
  ['user@example.org/path/a', 'user@example.org/path/a', '', ''],
  ['https://example.org/org/repo?submodules=false&ref=a/b', 'https://example.org/org/repo', 'a/b', ''],
]

describe('URLs of remote bases', () => {
  test.each(remote)('%s is a repository, a revision and a folder', (raw, url, revision, path) => {
    expect(parseRepoUrl(raw)).toEqual({ raw, url, revision, path })
  })

  test.each(['base', '../base', '/base', 'example.org/org/repo', 'https://example.org/repo', 'https://example.org/a/b//../c', ''])(
    '%s is a path',
    (raw) => {
      expect(parseRepoUrl(raw)).toBeUndefined()
    },
  )
})
