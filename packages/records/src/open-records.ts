import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Blobs } from './blobs.ts'
import { referredBlobs } from './blob-references.ts'
import type { AuditEntry, BlobReferences, Deployment, NewAuditEntry, Records, RoomTables } from './contract.ts'
import { migrate, migrateRoom } from './migrations.ts'
import { openSqlite } from './sql/sqlite.ts'
import type { Sql, SqlValue } from './sql/sql.ts'

/** Opens the records in `dataDir` (`records.sqlite`, `blobs/`), making them on the first start. */
export async function openRecords({ dataDir }: { dataDir: string }): Promise<Records> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const sql = await openSqlite(join(dataDir, 'records.sqlite'))
  await migrate(sql)
  return new SqlRecords(sql, new Blobs(join(dataDir, 'blobs')))
}

const maxPage = 1000
/** Who deployed what is known for ever. */
const ownReferences: readonly BlobReferences[] = [{ table: 'deployment', column: 'manifests', orderedBy: 'operation_id' }]

class SqlRecords implements Records {
  readonly #sql: Sql
  readonly #blobs: Blobs
  readonly #references = new Map<string, readonly BlobReferences[]>()

  constructor(sql: Sql, blobs: Blobs) {
    this.#sql = sql
    this.#blobs = blobs
  }

  async appendAudit(entry: NewAuditEntry): Promise<void> {
    await this.#sql.run('INSERT INTO audit (at, actor, origin, action, object, outcome, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)', [
      entry.at,
      entry.actor,
      entry.origin,
      entry.action,
      entry.object,
      entry.outcome,
      entry.detail ? JSON.stringify(entry.detail) : null,
    ])
  }

  async listAudit({ application, before, limit = 100 }: { application?: string; before?: number; limit?: number } = {}): Promise<
    AuditEntry[]
  > {
    const rows = await this.#sql.query<AuditRow>(
      'SELECT id, at, actor, origin, action, object, outcome, detail FROM audit WHERE ($1 IS NULL OR object = $1) AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3',
      [application ?? null, before ?? null, Math.min(limit, maxPage)],
    )
    return rows.map(({ detail, outcome, ...row }) => ({
      ...row,
      outcome: outcome as AuditEntry['outcome'],
      ...(detail !== null && { detail: JSON.parse(detail) as Record<string, unknown> }),
    }))
  }

  async recordDeployment(deployment: Deployment): Promise<boolean> {
    const { changes } = await this.#sql.run(
      `INSERT INTO deployment (operation_id, application, namespace, revision, repo_url, path, started_at, finished_at, phase, message, initiated_by, automated, manifests)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (operation_id) DO NOTHING`,
      [
        deployment.operationId,
        deployment.application,
        deployment.namespace,
        deployment.revision,
        deployment.repoURL,
        deployment.path,
        deployment.startedAt,
        deployment.finishedAt,
        deployment.phase,
        deployment.message,
        deployment.initiatedBy,
        deployment.automated ? 1 : 0,
        deployment.manifests ?? null,
      ],
    )
    return changes === 1
  }

  async listDeployments({ application, namespace, limit = 100, before }: Parameters<Records['listDeployments']>[0]): Promise<Deployment[]> {
    const rows = await this.#sql.query<DeploymentRow>(
      `SELECT operation_id, application, namespace, revision, repo_url, path, started_at, finished_at, phase, message, initiated_by, automated FROM deployment WHERE ($1 IS NULL OR application = $1) AND ($2 IS NULL OR namespace = $2) AND ($3 IS NULL OR finished_at < $3)
       ORDER BY finished_at DESC, operation_id DESC LIMIT $4`,
      [application ?? null, namespace ?? null, before ?? null, Math.min(limit, maxPage)],
    )
    return rows.map((row) => ({
      operationId: row.operation_id,
      application: row.application,
      namespace: row.namespace,
      revision: row.revision,
      repoURL: row.repo_url,
      path: row.path,
      startedAt: row.started_at,
      finishedAt: row.finished_at,
      phase: row.phase as Deployment['phase'],
      message: row.message,
      initiatedBy: row.initiated_by,
      automated: row.automated === 1,
    }))
  }

  async deployedManifests({ application, namespace, revision }: Parameters<Records['deployedManifests']>[0]): Promise<string[]> {
    const rows = await this.#sql.query<{ manifests: string }>(
      `SELECT manifests FROM deployment WHERE application = $1 AND namespace = $2 AND revision = $3 AND phase = 'Succeeded' AND manifests IS NOT NULL
       ORDER BY finished_at DESC, operation_id DESC LIMIT 20`,
      [application, namespace, revision],
    )
    return rows.map(({ manifests }) => manifests)
  }

  async getSetting(name: string): Promise<string | undefined> {
    const [row] = await this.#sql.query<{ value: string }>('SELECT value FROM setting WHERE name = $1', [name])
    return row?.value
  }

  async setSetting(name: string, value: string): Promise<void> {
    await this.#sql.run('INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2', [name, value])
  }

  putBlob(content: Buffer): Promise<string> {
    return this.#blobs.put(content)
  }

  getBlob(digest: string): Promise<Buffer | undefined> {
    return this.#blobs.get(digest)
  }

  putBlobFile(path: string): Promise<{ digest: string; size: number }> {
    return this.#blobs.putFile(path)
  }

  blobSize(digest: string): Promise<number | undefined> {
    return this.#blobs.size(digest)
  }

  holdBlob(digest: string): Promise<number | undefined> {
    return this.#blobs.hold(digest)
  }

  async sweepBlobs(rooms: readonly string[], { graceMs }: { graceMs?: number } = {}): Promise<{ blobs: number; bytes: number }> {
    const closed = rooms.find((room) => !this.#references.has(room))
    if (closed !== undefined) throw new Error(`Blobs are not swept: what '${closed}' refers to is not known, for it has not been opened.`)
    const all = [...ownReferences, ...[...this.#references.values()].flat()]
    return this.#blobs.sweep(() => referredBlobs(this.#sql, all), graceMs === undefined ? {} : { grace: graceMs })
  }

  readBlob(digest: string, range?: { start?: number; end?: number }): Readable {
    return this.#blobs.read(digest, range)
  }

  async room(name: string, migrations: readonly (readonly string[])[], blobs?: readonly BlobReferences[]): Promise<RoomTables> {
    await migrateRoom(this.#sql, name, migrations)
    if (blobs) this.#references.set(name, blobs)
    return this.#sql
  }

  close(): Promise<void> {
    return this.#sql.close()
  }
}

interface AuditRow extends Record<string, SqlValue> {
  id: number
  at: number
  actor: string
  origin: string
  action: string
  object: string
  outcome: string
  detail: string | null
}

interface DeploymentRow extends Record<string, SqlValue> {
  operation_id: string
  application: string
  namespace: string
  revision: string
  repo_url: string
  path: string
  started_at: number
  finished_at: number
  phase: string
  message: string
  initiated_by: string
  automated: number
}
