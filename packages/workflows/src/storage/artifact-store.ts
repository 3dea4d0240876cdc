import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunArtifact } from '@plimsoll/api'
import type { Records, RoomTables } from '@plimsoll/records'
import type { ArtifactStore } from '../job/job-spec.ts'
import { receive } from './receive.ts'
import { defaultStorage, inUnits, type StorageLimits } from './storage-limits.ts'
import { readZipList } from './zip-list.ts'

const retentionDays = 90
const day = 24 * 60 * 60_000

/** Of the run ($1) and of its repository, but for the one whose place ($2) is taken; what has expired by now ($3) counts no more. */
const keptSum = `SELECT COALESCE(SUM(CASE WHEN run_id = $1 THEN stored ELSE 0 END), 0) AS of_run, COALESCE(SUM(stored), 0) AS of_repository
  FROM workflows_artifact WHERE NOT (run_id = $1 AND name = $2) AND (expires_at IS NULL OR expires_at > $3)
    AND (run_id = $1 OR run_id IN (SELECT id FROM workflows_run WHERE repository = (SELECT repository FROM workflows_run WHERE id = $1)))`

export interface KeptArtifacts extends ArtifactStore {
  describe(runId: string): Promise<RunArtifact[]>
  find(runId: string, name: string): Promise<{ digest: string } | undefined>
}

/** Zips of files that jobs leave, by content. */
export function createArtifactStore(
  records: Records,
  tables: RoomTables,
  folder: string,
  now: () => number,
  { mostDays = retentionDays, storage = defaultStorage }: { mostDays?: number | undefined; storage?: StorageLimits } = {},
): KeptArtifacts {
  async function kept(runId: string, name: string): Promise<{ ofRun: number; ofRepository: number }> {
    const [row] = await tables.query<{ of_run: number; of_repository: number }>(keptSum, [runId, name, now()])
    return { ofRun: row?.of_run ?? 0, ofRepository: row?.of_repository ?? 0 }
  }

  function tooLarge(name: string, { ofRun, ofRepository }: { ofRun: number; ofRepository: number }): Error {
    const isOfRun = storage.artifactsOfRun - ofRun <= storage.artifactsOfRepository - ofRepository
    const [most, taken, whose] = isOfRun
      ? [storage.artifactsOfRun, ofRun, 'a run']
      : [storage.artifactsOfRepository, ofRepository, 'a repository']
    return new Error(
      `Artifact '${name}' is too large: the artifacts of ${whose} may have ${inUnits(most)} together, and ${inUnits(taken)} are kept. ` +
        (isOfRun ? 'Keep less of it.' : 'Keep less of it, or set retention-days, so that earlier ones go sooner.'),
    )
  }

  return {
    async put(runId, name, zip, options) {
      const file = join(folder, `artifact-${randomUUID()}`)
      try {
        const before = await kept(runId, name)
        const most = Math.max(0, Math.min(storage.artifactsOfRun - before.ofRun, storage.artifactsOfRepository - before.ofRepository))
        const stored = await receive(zip, file, most, () => tooLarge(name, before))
        const { files, size } = await readZipList(file)
        const { digest } = await records.putBlobFile(file)
        const created = now()
        const expires = created + Math.min(Math.max(1, options.retentionDays ?? mostDays), mostDays) * day
        const { changes } = await tables.run(
          `INSERT INTO workflows_artifact (run_id, name, digest, size, files, created_at, expires_at, attempt, stored)
           SELECT $1, $2, $4, $5, $6, $3, $7, $8, $10 FROM (${keptSum}) AS kept WHERE of_run + $10 <= $11 AND of_repository + $10 <= $12
           ON CONFLICT (run_id, name) DO UPDATE SET digest = excluded.digest, size = excluded.size, files = excluded.files,
             created_at = excluded.created_at, expires_at = excluded.expires_at, attempt = excluded.attempt, stored = excluded.stored
           WHERE workflows_artifact.attempt < excluded.attempt OR $9 = 1`,
          [
            runId,
            name,
            created,
            digest,
            size,
            files,
            expires,
            options.attempt,
            options.overwrite ? 1 : 0,
            stored,
            storage.artifactsOfRun,
            storage.artifactsOfRepository,
          ],
        )
        if (changes === 0) {
          // Others may have been kept meanwhile.
          const after = await kept(runId, name)
          if (after.ofRun + stored > storage.artifactsOfRun || after.ofRepository + stored > storage.artifactsOfRepository)
            throw tooLarge(name, after)
          throw new Error(`There is an artifact '${name}' of this run already. Choose another name, or set overwrite.`)
        }
        return { name, digest, size, files }
      } finally {
        await rm(file, { force: true })
      }
    },
    async list(runId) {
      return tables.query<{ name: string; digest: string; size: number; files: number }>(
        'SELECT name, digest, size, files FROM workflows_artifact WHERE run_id = $1 AND (expires_at IS NULL OR expires_at > $2) ORDER BY name',
        [runId, now()],
      )
    },
    read: (digest) => records.readBlob(digest),
    async describe(runId) {
      const rows = await tables.query<{
        name: string
        digest: string
        size: number
        files: number
        created_at: number
        expires_at: number | null
      }>(
        'SELECT name, digest, size, files, created_at, expires_at FROM workflows_artifact WHERE run_id = $1 AND (expires_at IS NULL OR expires_at > $2) ORDER BY name',
        [runId, now()],
      )
      return rows.map(({ created_at, expires_at, ...row }) => ({
        ...row,
        createdAt: new Date(created_at).toISOString(),
        ...(expires_at !== null && { expiresAt: new Date(expires_at).toISOString() }),
      }))
    },
    async find(runId, name) {
      const [row] = await tables.query<{ digest: string }>(
        'SELECT digest FROM workflows_artifact WHERE run_id = $1 AND name = $2 AND (expires_at IS NULL OR expires_at > $3)',
        [runId, name, now()],
      )
      // Whoever has found it reads it, also when it expires now.
      if (row) await records.holdBlob(row.digest)
      return row
    },
  }
}
