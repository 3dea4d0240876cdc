import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { openRecords } from '@plimsoll/records'
import { describe, expect, it } from 'vitest'
import { createCacheStore } from '../storage/cache-store.ts'
import { openHouse } from '../testing/house.ts'
import { defaultRetention, removeExpired } from './retention.ts'
import { openTables } from './run-store.ts'

const day = 24 * 60 * 60_000

describe('what runs leave behind', () => {
  it('is gone after its time, and the run is still known', async () => {
    let shift = 0
    const house = await openHouse({ now: () => Date.now() + shift })
    try {
      const run = await house.run(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: echo said > model.txt; echo said
      - {uses: actions/upload-artifact@v4, with: {name: model, path: model.txt}}
`)
      shift = 89 * day
      await house.restart()
      expect(await house.text(run)).toMatch(/^said$/m)
      expect(await house.runs.artifacts(run.id)).toMatchObject([{ name: 'model' }])

      shift = 91 * day
      await house.restart()

      expect(await house.text(run)).toBe('')
      expect(await house.runs.artifacts(run.id)).toEqual([])
      expect(await house.runs.get(run.id)).toMatchObject({ conclusion: 'success' })
    } finally {
      await house.close()
    }
  })

  it('in caches stays as long as it is used', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'plimsoll-retention-'))
    const records = await openRecords({ dataDir })
    try {
      let now = Date.now()
      const tables = await openTables(records)
      const caches = createCacheStore(records, tables, dataDir, () => now)
      for (const key of ['used', 'unused']) await caches.put('demo', 'refs/heads/main', 'v', key, Readable.from(['x']))
      now += 5 * day
      await caches.find('demo', ['refs/heads/main'], 'v', ['used'])
      now += 3 * day

      const removed = await removeExpired(tables, dataDir, defaultRetention, now)

      expect(removed).toEqual({ logs: 0, artifacts: 0, caches: 1 })
      expect(await caches.find('demo', ['refs/heads/main'], 'v', ['unused'])).toBeUndefined()
      const used = await caches.find('demo', ['refs/heads/main'], 'v', ['used'])
      expect(used).toMatchObject({ key: 'used' })
      // Both have the same content: it stays as long as one of them does.
      expect(await records.sweepBlobs(['workflows'], { graceMs: 0 })).toEqual({ blobs: 0, bytes: 0 })
      expect(await records.blobSize(used?.digest ?? '')).toBe(1)

      await removeExpired(tables, dataDir, defaultRetention, now + 8 * day)

      expect(await records.sweepBlobs(['workflows'], { graceMs: 0 })).toEqual({ blobs: 1, bytes: 1 })
      expect(await records.blobSize(used?.digest ?? '')).toBeUndefined()
    } finally {
      await records.close()
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
})
