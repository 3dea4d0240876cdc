import { mkdtemp, rm, writeFile, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Deployment } from './contract.ts'
// The worker thread is compiled code, so the package is tested as others import it.
import { openRecords } from '@plimsoll/records'

let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'records-'))
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

const deployment: Deployment = {
  operationId: 'uid-1/2026-01-01T00:00:00Z',
  application: 'demo',
  namespace: 'argocd',
  revision: 'a'.repeat(40),
  repoURL: 'https://git.example/demo.git',
  path: 'k8s',
  startedAt: 1,
  finishedAt: 2,
  phase: 'Succeeded',
  message: 'successfully synced',
  initiatedBy: 'admin',
  automated: false,
}

describe('records', () => {
  it('are found again after a restart', async () => {
    const first = await openRecords({ dataDir })
    await first.appendAudit({
      actor: 'admin',
      origin: '127.0.0.1',
      action: 'application.sync',
      object: 'applications/argocd/demo',
      outcome: 'allowed',
      at: 5,
      detail: { prune: true },
    })
    await first.recordDeployment(deployment)
    await first.setSetting('port', '7420')
    await first.setSetting('port', '7421')
    await first.close()

    const second = await openRecords({ dataDir })

    expect(await second.listAudit()).toEqual([
      {
        id: 1,
        actor: 'admin',
        origin: '127.0.0.1',
        action: 'application.sync',
        object: 'applications/argocd/demo',
        outcome: 'allowed',
        at: 5,
        detail: { prune: true },
      },
    ])
    expect(await second.listDeployments({ application: 'demo' })).toEqual([deployment])
    expect(await second.getSetting('port')).toBe('7421')
    await second.close()
  })

  it('keep exactly one row for an operation, however often it is recorded', async () => {
    const records = await openRecords({ dataDir })

    const answers = await Promise.all([records.recordDeployment(deployment), records.recordDeployment({ ...deployment, message: 'again' })])

    expect(answers).toEqual([true, false])
    expect((await records.listDeployments({})).map((row) => row.message)).toEqual(['successfully synced'])
    await records.close()
  })

  it('page backwards through the audit', async () => {
    const records = await openRecords({ dataDir })
    await Promise.all(
      Array.from({ length: 30 }, (_, at) =>
        records.appendAudit({ actor: 'a', origin: 'b', action: 'c', object: `d/${at % 2}`, outcome: 'allowed', at }),
      ),
    )

    const newest = await records.listAudit({ limit: 10 })
    const older = await records.listAudit({ limit: 100, before: newest.at(-1)?.id ?? 0 })

    expect(newest.map((entry) => entry.id)).toEqual([30, 29, 28, 27, 26, 25, 24, 23, 22, 21])
    expect(older).toHaveLength(20)
    expect(await records.listAudit({ application: 'd/1' })).toHaveLength(15)
    await records.close()
  })

  it('give a blob back by its digest, and nothing when the file was changed or the digest is a path', async () => {
    const records = await openRecords({ dataDir })
    const digest = await records.putBlob(Buffer.from('manifests'))
    expect((await records.getBlob(digest))?.toString()).toBe('manifests')

    const hex = digest.slice('sha256:'.length)
    const folder = join(dataDir, 'blobs', hex.slice(0, 2))
    expect(await readdir(folder)).toEqual([hex.slice(2)])
    await writeFile(join(folder, hex.slice(2)), 'tampered')

    expect(await records.getBlob(digest)).toBeUndefined()
    expect(await records.getBlob('sha256:../../records.sqlite')).toBeUndefined()
    await records.close()
  })

  it('refuse a database of a newer version, and say which', async () => {
    const records = await openRecords({ dataDir })
    await records.close()
    const { default: Database } = await import('libsql')
    const database = new Database(join(dataDir, 'records.sqlite'))
    database.exec('INSERT INTO migration (number) VALUES (99)')
    database.close()

    await expect(openRecords({ dataDir })).rejects.toThrow(/newer version of Plimsoll \(schema 99/)
  })
})

describe('the tables of a room', () => {
  const migrations = [['CREATE TABLE forge_note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)']]

  it('are made once, and brought to the newest version by a later start', async () => {
    const first = await openRecords({ dataDir })
    const before = await first.room('forge', migrations)
    await before.run('INSERT INTO forge_note (text) VALUES ($1)', ['kept'])
    await first.close()

    const second = await openRecords({ dataDir })
    const after = await second.room('forge', [...migrations, ['ALTER TABLE forge_note ADD COLUMN author TEXT']])

    expect(await after.query('SELECT text, author FROM forge_note')).toEqual([{ text: 'kept', author: null }])
    await expect(second.room('forge', migrations)).rejects.toThrow('newer version')
    await second.close()
  })

  it('change as a whole: of several that want the same row one gets it', async () => {
    const records = await openRecords({ dataDir })
    const tables = await records.room('forge', migrations)
    await tables.run('INSERT INTO forge_note (id, text) VALUES (1, $1)', ['open'])
    const claim = (who: string) =>
      tables.batch([
        { statement: 'INSERT INTO forge_note (text) VALUES ($1)', parameters: [`taken by ${who}`] },
        { statement: "UPDATE forge_note SET text = 'taken' WHERE id = 1 AND text = 'open'", expects: 1 },
      ])

    const outcomes = await Promise.all([claim('a'), claim('b'), claim('c')])

    expect(outcomes.map((outcome) => outcome !== undefined)).toEqual([true, false, false])
    expect(await tables.query('SELECT text FROM forge_note ORDER BY id')).toEqual([{ text: 'taken' }, { text: 'taken by a' }])
    await expect(tables.batch([{ statement: 'DELETE FROM forge_note' }, { statement: 'nonsense' }])).rejects.toThrow()
    expect(await tables.query('SELECT COUNT(*) AS n FROM forge_note')).toEqual([{ n: 2 }])
    await records.close()
  })
})

describe('a large file', () => {
  it('is kept under its digest and read in parts', async () => {
    const records = await openRecords({ dataDir })
    const path = join(dataDir, 'log.txt')
    await writeFile(path, 'one\ntwo\nthree\n')

    const { digest, size } = await records.putBlobFile(path)
    const part: Buffer[] = []
    for await (const chunk of records.readBlob(digest, { start: 4, end: 6 })) part.push(chunk as Buffer)

    expect(size).toBe(14)
    expect(await records.putBlob(Buffer.from('one\ntwo\nthree\n'))).toBe(digest)
    expect(await records.blobSize(digest)).toBe(14)
    expect(await records.blobSize('sha256:../../etc/passwd')).toBeUndefined()
    expect(Buffer.concat(part).toString()).toBe('two')
    await records.close()
  })
})
