import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeAtomically } from './atomic-directory.ts'
import { isSafePath } from './volume-payload.ts'

let folder: string

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'plimsoll-volume-')), 'volume')
})

afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

const files = (entries: Record<string, string>, mode = 0o644) =>
  new Map(Object.entries(entries).map(([path, text]) => [path, { content: Buffer.from(text), mode }]))

it('files are there with their modes, also in folders', () => {
  writeAtomically(folder, files({ 'a.txt': 'one', 'deep/er/b.txt': 'two' }, 0o400))

  expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('one')
  expect(readFileSync(join(folder, 'deep', 'er', 'b.txt'), 'utf8')).toBe('two')
  expect(statSync(join(folder, 'a.txt')).mode & 0o777).toBe(0o400)
})

it('an update changes all files at once and leaves nothing of the old ones', () => {
  writeAtomically(folder, files({ kept: '1', gone: '1' }))
  const before = readlinkSync(join(folder, '..data'))

  const isChanged = writeAtomically(folder, files({ kept: '2', added: '2' }))

  expect(isChanged).toBe(true)
  expect(readFileSync(join(folder, 'kept'), 'utf8')).toBe('2')
  expect(readdirSync(folder).toSorted()).toEqual(['..data', readlinkSync(join(folder, '..data')), 'added', 'kept'].toSorted())
  expect(readlinkSync(join(folder, '..data'))).not.toBe(before)
})

it('the same content again changes nothing', () => {
  writeAtomically(folder, files({ a: '1' }))

  expect(writeAtomically(folder, files({ a: '1' }))).toBe(false)
})

it.each(['..', '../a', 'a/../../b', '/a', '', 'a//b', '..data', './a', 'a/.', 'a\0'])('%j is no path of a file in a volume', (path) => {
  expect(isSafePath(path)).toBe(false)
})
