import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { RoomTables } from '@plimsoll/records'

const day = 24 * 60 * 60_000

/** After how many days what runs leave behind is taken away. GitHub's defaults. */
export interface Retention {
  /** Of a log, after its last line. */
  logDays: number
  /** Of an artifact, unless its upload asks for less. */
  artifactDays: number
  /** Of a cache that nobody has read or written. */
  cacheDays: number
}

export const defaultRetention: Retention = { logDays: 90, artifactDays: 90, cacheDays: 7 }

/** What is older goes: logs as files, artifacts and caches from the records. Runs themselves stay: who deployed what is known for ever. */
export async function removeExpired(
  tables: RoomTables,
  logs: string,
  retention: Retention,
  now: number,
): Promise<{ logs: number; artifacts: number; caches: number }> {
  let removed = 0
  for (const name of await readdir(logs)) {
    if (!/^\d+-\d+-\d+\.log$/.test(name)) continue
    const file = join(logs, name)
    const facts = await stat(file).catch(() => undefined)
    if (!facts || facts.mtimeMs > now - retention.logDays * day) continue
    await rm(file, { force: true })
    await rm(`${file}.index`, { force: true })
    removed++
  }
  // An operator who shortens the time means what is there already as well.
  const artifacts = await tables.run('DELETE FROM workflows_artifact WHERE expires_at <= $1 OR created_at <= $2', [
    now,
    now - retention.artifactDays * day,
  ])
  const unused = now - retention.cacheDays * day
  const caches = await tables.run('DELETE FROM workflows_cache WHERE used_at <= $1 AND created_at <= $1', [unused])
  return { logs: removed, artifacts: artifacts.changes, caches: caches.changes }
}
