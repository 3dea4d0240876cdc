import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Log } from '@plimsoll/applications'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type ServerForTests, startServerForTests } from './http/server-for-tests.ts'
import { keepBlobsSwept } from './blob-sweeping.ts'

const day = 24 * 60 * 60_000
let dataDir: string
let server: ServerForTests

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-sweep-'))
  server = await startServerForTests({ dataDir, git: 'real', ci: { actionHosts: [] } })
})
afterEach(async () => {
  vi.useRealTimers()
  await server.close()
  await rm(dataDir, { recursive: true, force: true, maxRetries: 3 })
})

it('models stay for ever, uploads that came to nothing go, once a day', async () => {
  const { models } = server.parts
  const kept = await models.putFile(Readable.from(['weights']))
  const model = await models.putArtifact([{ path: 'model.bin', digest: kept.digest, size: kept.size }], 'file', 'ada')
  const lost = await models.putFile(Readable.from(['half an upload']))
  await models.putData('demo', '5d41402abc4b2a76b9719d911017c592', Readable.from(['hello']))
  const old = new Date(Date.now() - 40 * day)
  await server.close()
  for (const entry of await readdir(join(dataDir, 'blobs'), { recursive: true, withFileTypes: true }))
    if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), old, old)
  server = await startServerForTests({ dataDir, git: 'real', ci: { actionHosts: [] } })
  const logged: string[] = []
  const note = (fields: object, message: string): void => void logged.push(`${message} ${JSON.stringify(fields)}`)
  const log: Log = { child: () => log, debug: note, info: note, warn: note, error: note }
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })

  const stop = keepBlobsSwept(server.records, log)
  vi.advanceTimersByTime(10 * 60_000)
  await stop()

  expect(logged).toEqual(['content that nobody refers to any more is gone {"blobs":1,"bytes":14}'])
  expect(await server.records.blobSize(lost.digest)).toBeUndefined()
  const file = await server.parts.models.readFile(model.digest, 'model.bin')
  expect(Buffer.concat(await file!.stream.toArray()).toString()).toBe('weights') // It was kept above.
  const data = await server.parts.models.data('demo', '5d41402abc4b2a76b9719d911017c592')
  expect(Buffer.concat(await data!.stream().toArray()).toString()).toBe('hello') // It was kept above.
})
