import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { openRecords, type Records, type RoomTables } from '@plimsoll/records'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openHouse } from '../testing/house.ts'
import { openTables } from '../run/run-store.ts'
import { createCacheStore } from './cache-store.ts'
import { defaultStorage, inUnits } from './storage-limits.ts'

const upload = (name: string, bytes: number): string =>
  `      - run: head -c ${bytes} /dev/urandom > ${name}.bin\n      - { uses: actions/upload-artifact@v4, with: { name: ${name}, path: ${name}.bin } }\n`
const workflow = (...steps: string[]): string => `on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n${steps.join('')}`

describe('artifacts', { timeout: 60_000 }, () => {
  it('of a run, and of a repository, have only so much together, and the step says so', async () => {
    const house = await openHouse({ storage: { artifactsOfRun: 50_000, artifactsOfRepository: 80_000 } })
    try {
      const first = await house.run(workflow(upload('one', 30_000), upload('two', 30_000)))
      const second = await house.run(workflow(upload('one', 40_000)))
      const third = await house.run(workflow(upload('one', 20_000)))
      const fourth = await house.run(workflow(upload('one', 5_000)))

      expect([first, second, third, fourth].map(({ conclusion }) => conclusion)).toEqual(['failure', 'success', 'failure', 'success'])
      expect(await house.text(first)).toMatch(
        /Artifact 'two' is too large: the artifacts of a run may have 48\.8 KiB together, and 29\.\d KiB are kept\. Keep less of it\./,
      )
      expect(await house.text(third)).toMatch(/the artifacts of a repository may have 78\.1 KiB together, and 6\d(\.\d)? KiB are kept/)
      expect((await house.runs.artifacts(first.id)).map(({ name }) => name)).toEqual(['one'])
    } finally {
      await house.close()
    }
  })
})

describe('caches', () => {
  let dataDir: string
  let records: Records
  let tables: RoomTables
  let now: number

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'plimsoll-caches-'))
    records = await openRecords({ dataDir })
    tables = await openTables(records)
    now = 1000
  })
  afterEach(async () => {
    await records.close()
    rmSync(dataDir, { recursive: true, force: true })
  })

  const bytes = (size: number, fill: number): Readable => Readable.from([Buffer.alloc(size, fill)])

  it('that nobody has used for longest make room for a new one, in their own repository', async () => {
    const caches = createCacheStore(records, tables, dataDir, () => now++, { ...defaultStorage, cachesOfRepository: 1000 })
    const put = (repository: string, key: string, size: number) => caches.put(repository, 'refs/heads/main', 'v', key, bytes(size, now))
    const has = async (repository: string, key: string): Promise<boolean> =>
      (await caches.find(repository, ['refs/heads/main'], 'v', [key])) !== undefined
    for (const key of ['a', 'b', 'c']) await put('demo', key, 300)
    await put('other', 'a', 900)
    await has('demo', 'a')

    await put('demo', 'd', 300)

    const left = await tables.query<{ repository: string; key: string }>(
      'SELECT repository, key FROM workflows_cache ORDER BY repository, key',
    )
    expect(left.map(({ repository, key }) => `${repository} ${key}`)).toEqual(['demo a', 'demo c', 'demo d', 'other a'])
  })

  it('that are larger than all may be are not kept, and their content neither', async () => {
    const caches = createCacheStore(records, tables, dataDir, () => now, { ...defaultStorage, cachesOfRepository: 1000 })

    const refused = caches.put('demo', 'refs/heads/main', 'v', 'k', bytes(1001, 1))

    await expect(refused).rejects.toThrow('It is larger than 1000 bytes, which is what all caches of a repository may have together.')
    expect(await caches.find('demo', ['refs/heads/main'], 'v', ['k'])).toBeUndefined()
  })
})

it.each([
  [0, '0 bytes'],
  [1023, '1023 bytes'],
  [1024, '1 KiB'],
  [1536, '1.5 KiB'],
  [10 * 1024 ** 3, '10 GiB'],
])('%i is %s', (bytes, text) => {
  expect(inUnits(bytes)).toBe(text)
})
