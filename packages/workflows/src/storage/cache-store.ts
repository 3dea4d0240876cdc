import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Records, RoomTables } from '@plimsoll/records'
import type { CacheStore } from '../job/job-spec.ts'
import { receive } from './receive.ts'
import { defaultStorage, inUnits, type StorageLimits } from './storage-limits.ts'

/** Archives that runs leave for each other, kept apart by repository and scope: a run reads only scopes that it is given. */
export function createCacheStore(
  records: Records,
  tables: RoomTables,
  folder: string,
  now: () => number,
  { cachesOfRepository: most }: StorageLimits = defaultStorage,
): CacheStore {
  // Also what is read every day stays.
  const used = async (repository: string, scope: string, version: string, key: string): Promise<void> => {
    await tables.run('UPDATE workflows_cache SET used_at = $5 WHERE repository = $1 AND scope = $2 AND version = $3 AND key = $4', [
      repository,
      scope,
      version,
      key,
      now(),
    ])
  }
  /** Those that nobody has used for longest make room, as GitHub has it ("Usage limits and eviction policy"): rows now, their content when it is swept. */
  const makeRoom = async (repository: string): Promise<void> => {
    const rows = await tables.query<{ scope: string; version: string; key: string; size: number }>(
      `SELECT scope, version, key, size FROM workflows_cache WHERE repository = $1
       ORDER BY CASE WHEN used_at > created_at THEN used_at ELSE created_at END DESC, key`,
      [repository],
    )
    let sum = 0
    for (const { scope, version, key, size } of rows) {
      sum += size
      if (sum <= most) continue
      await tables.run('DELETE FROM workflows_cache WHERE repository = $1 AND scope = $2 AND version = $3 AND key = $4', [
        repository,
        scope,
        version,
        key,
      ])
    }
  }

  const found = async (
    repository: string,
    scope: string,
    version: string,
    row: { key: string; digest: string },
  ): Promise<{ key: string; digest: string }> => {
    await used(repository, scope, version, row.key)
    // It is read in a moment, also when it has to make room by then.
    await records.holdBlob(row.digest)
    return row
  }

  return {
    async find(repository, scopes, version, keys) {
      for (const scope of scopes) {
        for (const [at, key] of keys.entries()) {
          const [exact] = await tables.query<{ key: string; digest: string }>(
            'SELECT key, digest FROM workflows_cache WHERE repository = $1 AND scope = $2 AND version = $3 AND key = $4',
            [repository, scope, version, key],
          )
          if (exact) return found(repository, scope, version, exact)
          // Only `restore-keys` are prefixes; GitHub takes the key itself as one as well.
          const rows = await tables.query<{ key: string; digest: string }>(
            `SELECT key, digest FROM workflows_cache WHERE repository = $1 AND scope = $2 AND version = $3 AND substr(key, 1, $5) = $4
             ORDER BY created_at DESC LIMIT 1`,
            [repository, scope, version, key, key.length],
          )
          if (rows[0] && (at > 0 || keys.length > 0)) return found(repository, scope, version, rows[0])
        }
      }
      return undefined
    },
    async put(repository, scope, version, key, archive) {
      const [taken] = await tables.query(
        'SELECT key FROM workflows_cache WHERE repository = $1 AND scope = $2 AND version = $3 AND key = $4',
        [repository, scope, version, key],
      )
      if (taken) {
        archive.resume()
        return false
      }
      const file = join(folder, `cache-${randomUUID()}`)
      try {
        const size = await receive(
          archive,
          file,
          most,
          () => new Error(`It is larger than ${inUnits(most)}, which is what all caches of a repository may have together. Cache less.`),
        )
        const { digest } = await records.putBlobFile(file)
        const { changes } = await tables.run(
          `INSERT INTO workflows_cache (repository, scope, version, key, digest, size, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
          [repository, scope, version, key, digest, size, now()],
        )
        if (changes > 0) await makeRoom(repository)
        return changes > 0
      } finally {
        await rm(file, { force: true })
      }
    },
    read: (digest) => records.readBlob(digest),
  }
}
