import { createHash } from 'node:crypto'
import * as fileSystem from 'node:fs/promises'
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
// The worker thread is compiled code, so the package is tested as others import it.
import { openRecords, type Records, type RoomTables } from '@plimsoll/records'
import { type BlobFiles, Blobs } from './blobs.ts'

const day = 24 * 60 * 60_000
let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sweeping-'))
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

async function filesBelow(root: string): Promise<string[]> {
  const found = await readdir(root, { recursive: true, withFileTypes: true })
  return found.filter((one) => one.isFile()).map((one) => one.name)
}

describe('what nobody refers to', () => {
  const migrations = [['CREATE TABLE room_thing (id TEXT PRIMARY KEY, digest TEXT, files TEXT)']]
  const references = [
    { table: 'room_thing', column: 'digest', orderedBy: 'digest' },
    { table: 'room_thing', column: 'files', orderedBy: 'id' },
  ]
  let records: Records
  let tables: RoomTables

  beforeEach(async () => {
    records = await openRecords({ dataDir })
    tables = await records.room('room', migrations, references)
  })
  afterEach(() => records.close())

  /** As if it had been put that long ago, by a server before this one. */
  async function age(ms: number): Promise<void> {
    await records.close()
    const root = join(dataDir, 'blobs')
    const at = new Date(Date.now() - ms)
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), at, at)
    records = await openRecords({ dataDir })
    tables = await records.room('room', migrations, references)
  }

  it('goes when its time is over; what a row or a deployment refers to stays, also inside of a text', async () => {
    const [owned, listed, deployed, free] = await Promise.all(
      ['owned', 'listed', 'deployed', 'free'].map((text) => records.putBlob(Buffer.from(text))),
    )
    await tables.run('INSERT INTO room_thing (id, digest, files) VALUES ($1, $2, $3)', ['a', owned ?? '', null])
    await tables.run('INSERT INTO room_thing (id, files) VALUES ($1, $2)', ['b', JSON.stringify([{ path: 'x', digest: listed }])])
    await records.recordDeployment({
      operationId: 'o',
      application: 'a',
      namespace: 'n',
      revision: '',
      repoURL: '',
      path: '',
      startedAt: 0,
      finishedAt: 0,
      phase: 'Succeeded',
      message: '',
      initiatedBy: '',
      automated: false,
      manifests: deployed ?? '',
    })
    const young = await records.sweepBlobs(['room'])
    await age(2 * day)

    const swept = await records.sweepBlobs(['room'])

    expect(young).toEqual({ blobs: 0, bytes: 0 })
    expect(swept).toEqual({ blobs: 1, bytes: 4 })
    expect(await Promise.all([owned, listed, deployed, free].map((one) => records.blobSize(one ?? '')))).toEqual([5, 6, 8, undefined])
  })

  it('stays for another day when it is put again, held, or written from a file', async () => {
    const file = join(dataDir, 'file')
    await writeFile(file, 'of a file')
    await records.putBlob(Buffer.from('put again'))
    await records.putBlob(Buffer.from('held'))
    await records.putBlobFile(file)
    await age(2 * day)

    await records.putBlob(Buffer.from('put again'))
    expect(await records.holdBlob(digestOf('held'))).toBe(4)
    await records.putBlobFile(file)
    const swept = await records.sweepBlobs(['room'])

    expect(swept.blobs).toBe(0)
    expect(await records.holdBlob(digestOf('nowhere'))).toBeUndefined()
    expect(await records.holdBlob('sha256:../../records.sqlite')).toBeUndefined()
  })

  it('is not known while a room is closed, and nothing goes then', async () => {
    await records.putBlob(Buffer.from('whose?'))
    await age(2 * day)

    await expect(records.sweepBlobs(['room', 'models'])).rejects.toThrow("what 'models' refers to is not known")
    expect(await records.blobSize(digestOf('whose?'))).toBe(6)
  })

  it('of which there are more rows than are read at once is told from what is referred to', async () => {
    const texts = Array.from({ length: 2300 }, (_, index) => `blob ${index}`)
    for (const [index, text] of texts.entries()) {
      await tables.run('INSERT INTO room_thing (id, digest) VALUES ($1, $2)', [String(index), digestOf(text)])
    }
    for (const text of [...texts.slice(0, 40), ...texts.slice(-40), 'free']) await records.putBlob(Buffer.from(text))
    await age(2 * day)

    expect(await records.sweepBlobs(['room'])).toEqual({ blobs: 1, bytes: 4 })
  })

  it('includes what a kill has left half written, and never what is being written now', async () => {
    const hex = digestOf('whole').slice('sha256:'.length)
    await records.putBlob(Buffer.from('whole'))
    const leftovers = [`incoming-${crypto.randomUUID()}`, join(hex.slice(0, 2), `${hex.slice(2)}.${crypto.randomUUID()}`)]
    for (const one of leftovers) await writeFile(join(dataDir, 'blobs', one), 'half')
    await tables.run('INSERT INTO room_thing (id, digest) VALUES ($1, $2)', ['a', digestOf('whole')])
    await writeFile(join(dataDir, 'blobs', 'not-ours.txt'), 'left alone')
    await age(2 * day)

    await records.sweepBlobs(['room'])

    expect((await filesBelow(join(dataDir, 'blobs'))).toSorted()).toEqual([hex.slice(2), 'not-ours.txt'].toSorted())
  })
})

describe('a sweep beside writers', () => {
  /** Every call to the disk takes its turn when the test says so, and after `killedAt` calls none ever answers. */
  function slowFiles(order: () => number, killedAt: number): { files: BlobFiles; isDead: () => boolean } {
    let calls = 0
    const dead = (): boolean => calls >= killedAt
    const slow =
      <A extends unknown[], R>(call: (...given: A) => Promise<R>) =>
      async (...given: A): Promise<R> => {
        for (let turns = order(); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
        calls++
        if (dead()) return new Promise<R>(() => undefined)
        return call(...given)
      }
    const files = Object.fromEntries(
      (['mkdir', 'open', 'readdir', 'readFile', 'rename', 'rm', 'stat', 'utimes'] as const).map((name) => [
        name,
        slow(fileSystem[name] as (...given: unknown[]) => Promise<unknown>),
      ]),
    )
    return { files: files as unknown as BlobFiles, isDead: dead }
  }

  it('leaves nothing dangling, whatever comes between what, and wherever it is killed', { timeout: 120_000 }, async () => {
    const step = fc.record({ kind: fc.constantFrom('put', 'drop', 'sweep'), text: fc.constantFrom('a', 'b', 'c'), after: fc.nat(60) })
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 3, maxLength: 14 }),
        fc.array(fc.nat(4), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 5, max: 120 }),
        async (steps, delays, killedAt) => {
          const root = await mkdtemp(join(dataDir, 'blobs-'))
          // All that is there was put long ago, by others.
          const first = new Blobs(root)
          for (const text of ['a', 'b', 'c']) await first.put(Buffer.from(text))
          const long = new Date(Date.now() - 2 * day)
          for (const entry of await readdir(root, { recursive: true, withFileTypes: true }))
            if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), long, long)
          let turn = 0
          const { files, isDead } = slowFiles(() => delays[turn++ % delays.length] ?? 0, killedAt)
          const blobs = new Blobs(root, files)
          const rows = new Map<string, number>()

          const work = steps.map(async ({ kind, text, after: turns }) => {
            for (let count = 0; count < turns; count++) await new Promise((resolve) => setImmediate(resolve))
            if (kind === 'put') {
              const digest = await blobs.put(Buffer.from(text))
              rows.set(digest, (rows.get(digest) ?? 0) + 1)
            } else if (kind === 'drop') rows.delete(digestOf(text))
            else await blobs.sweep(async () => new Set(rows.keys()))
          })
          await Promise.race([Promise.all(work), untilDead(isDead)])
          const referred = [...rows.keys()]
          const after = new Blobs(root)
          const there = await Promise.all(referred.map((digest) => after.get(digest)))

          expect(there.every((content) => content !== undefined)).toBe(true)
          // What is left over goes by the next sweep.
          await after.sweep(async () => new Set(referred), { grace: 0 })
          const left = await filesBelow(root)
          expect(left.toSorted()).toEqual(referred.map((digest) => digest.slice('sha256:'.length + 2)).toSorted())
          await rm(root, { recursive: true, force: true })
        },
      ),
      { numRuns: 150 },
    )
  })

  async function untilDead(isDead: () => boolean): Promise<void> {
    while (!isDead()) await new Promise((resolve) => setTimeout(resolve, 1))
    // Whatever still answers answers now.
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
})
