import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { chartTree } from './chart-tree.ts'
import { tarArchive } from './helm/testing/tar-archive.ts'

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
const open = (archive: Uint8Array): ReturnType<typeof chartTree> => chartTree(digestOf(archive), archive)
const metadata = { name: 'db/Chart.yaml', content: 'apiVersion: v2\nname: db\nversion: 1.0.0\n' }

test('A chart is unpacked once, however many applications are made of it', async () => {
  const archive = tarArchive([metadata, { name: 'db/templates/a.yaml', content: 'a: b\n' }])

  const [one, other] = await Promise.all([open(archive), open(Uint8Array.from(archive))])

  expect(other).toBe(one)
  expect(await open(archive)).toBe(one)
  expect((await one.list('')).map(({ path }) => path)).toEqual(['Chart.yaml', 'templates/a.yaml'])
})

test('The event loop goes round while a chart of 90 MB is unpacked', async () => {
  const files = Array.from({ length: 18 }, (_, index) => ({ name: `db/files/${index}`, content: String(index).repeat(2_500_000) }))
  const archive = tarArchive([metadata, ...files])
  let rounds = 0
  const timer = setInterval(() => (rounds += 1), 1)

  await open(archive)
  clearInterval(timer)

  expect(rounds).toBeGreaterThan(5)
})

test('A chart that cannot be unpacked holds up no other', async () => {
  const bad = open(gzipSync(Buffer.alloc(130 * 1024 * 1024)))
  const good = open(tarArchive([metadata]))

  await expect(bad).rejects.toMatchObject({ code: 'render-failed', message: expect.stringContaining('larger than the maximum') })
  expect(await (await good).list('')).toHaveLength(1)
})
