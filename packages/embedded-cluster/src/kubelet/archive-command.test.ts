import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { archiveFrom } from './archive-command.ts'

let root: string
const isMounted = (path: string): boolean => /^\/data(\/|$)/.test(path)

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'plimsoll-archive-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

test('names in an archive are those that were asked for, not where they are', () => {
  expect(archiveFrom(root, ['tar', 'cf', '-', '/data/a.txt'], isMounted)).toEqual(['tar', 'cf', '-', '-C', root, 'data/a.txt'])
})

test('of a mount, which is a link here, it is the content', () => {
  mkdirSync(join(root, 'volume'))
  symlinkSync(join(root, 'volume'), join(root, 'data'))

  expect(archiveFrom(root, ['tar', 'cf', '-', '/data'], isMounted)).toEqual(['tar', 'cf', '-', '-C', root, 'data/.'])
})

test('everything else stays as it is', () => {
  for (const command of [['tar', 'xf', '-', '-C', '/data'], ['tar', 'cf', '-', '/etc/hosts'], ['cat', '/data/a.txt'], []]) {
    expect(archiveFrom(root, command, isMounted)).toBeUndefined()
  }
})
