import type { WorkflowRun } from '@plimsoll/api'
import type { Records, RoomTables } from '@plimsoll/records'
import type { WorkflowEvent } from '../contract.ts'

/** A run as it is kept: what everybody sees, and what is needed to go on or to run it again. */
export interface KeptRun {
  run: WorkflowRun
  event: WorkflowEvent
  /** Of an outside run: who has let it go on. */
  approvedBy?: string
  /** Of another attempt: who asked for it. */
  startedBy?: string
  /** Of the jobs of the file (`caller/inner` below one that calls), for those of another attempt that build on them. */
  results: Record<string, { result: string; outputs: Record<string, string>; jobs: string[] }>
  /** Keys of jobs whose results another attempt takes as they are. */
  keeps?: string[]
  /** Of each matrix, by the values of its members as JSON: those that ended well. Another attempt takes them as they are. */
  members?: Record<string, Record<string, { outputs: Record<string, string>; jobs: string[] }>>
  /** By job: handles of tokens that have not been revoked yet. */
  tokens?: Record<string, string>
}

const migrations = [
  [
    `CREATE TABLE workflows_run (
      id TEXT PRIMARY KEY,
      repository TEXT NOT NULL,
      path TEXT NOT NULL,
      number INTEGER NOT NULL,
      event_id TEXT NOT NULL,
      commit_id TEXT NOT NULL,
      head_commit TEXT NOT NULL,
      pull_request INTEGER,
      state TEXT NOT NULL,
      kept TEXT NOT NULL
    )`,
    `CREATE UNIQUE INDEX workflows_run_event ON workflows_run (repository, path, event_id)`,
    `CREATE UNIQUE INDEX workflows_run_number ON workflows_run (repository, path, number)`,
    `CREATE INDEX workflows_run_state ON workflows_run (state)`,
    `CREATE TABLE workflows_artifact (
      run_id TEXT NOT NULL,
      name TEXT NOT NULL,
      digest TEXT NOT NULL,
      size BIGINT NOT NULL,
      files INTEGER NOT NULL,
      created_at BIGINT NOT NULL,
      expires_at BIGINT,
      PRIMARY KEY (run_id, name)
    )`,
    `CREATE TABLE workflows_cache (
      repository TEXT NOT NULL,
      scope TEXT NOT NULL,
      version TEXT NOT NULL,
      key TEXT NOT NULL,
      digest TEXT NOT NULL,
      size BIGINT NOT NULL,
      created_at BIGINT NOT NULL,
      PRIMARY KEY (repository, scope, version, key)
    )`,
    `CREATE TABLE workflows_log (job_id TEXT PRIMARY KEY, digest TEXT NOT NULL, index_digest TEXT NOT NULL)`,
  ],
  [`ALTER TABLE workflows_artifact ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1`],
  // Events that have started all that they start.
  [`CREATE TABLE workflows_event (repository TEXT NOT NULL, event_id TEXT NOT NULL, PRIMARY KEY (repository, event_id))`],
  [`ALTER TABLE workflows_cache ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0`],
  // Whether the checks of its attempt have been told since it was saved.
  [
    `ALTER TABLE workflows_run ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1`,
    `ALTER TABLE workflows_run ADD COLUMN told INTEGER NOT NULL DEFAULT 1`,
    `CREATE INDEX workflows_run_untold ON workflows_run (told, state)`,
  ],
  // Bytes as they are kept; of those before it was written down at most as many as unpacked.
  [
    `ALTER TABLE workflows_artifact ADD COLUMN stored BIGINT NOT NULL DEFAULT 0`,
    `UPDATE workflows_artifact SET stored = size`,
    `CREATE INDEX workflows_artifact_by_digest ON workflows_artifact (digest)`,
    `CREATE INDEX workflows_cache_by_digest ON workflows_cache (digest)`,
  ],
]

/** What of it refers to blobs. */
const blobs = [
  { table: 'workflows_artifact', column: 'digest', orderedBy: 'digest' },
  { table: 'workflows_cache', column: 'digest', orderedBy: 'digest' },
  { table: 'workflows_log', column: 'digest', orderedBy: 'digest' },
  { table: 'workflows_log', column: 'index_digest', orderedBy: 'index_digest' },
]

export function openTables(records: Records): Promise<RoomTables> {
  return records.room('workflows', migrations, blobs)
}

export class RunStore {
  readonly #tables: RoomTables

  constructor(tables: RoomTables) {
    this.#tables = tables
  }

  /** The run with its number, durable; undefined when the same event has started this workflow before. */
  async add(kept: KeptRun): Promise<WorkflowRun | undefined> {
    const { run, event } = kept
    const done = await this.#tables.run(
      `INSERT INTO workflows_run (id, repository, path, number, event_id, commit_id, head_commit, pull_request, state, kept, told)
       SELECT $1, $2, $3, COALESCE(MAX(number), 0) + 1, $4, $5, $6, $7, $8, $9, 0 FROM workflows_run WHERE repository = $2 AND path = $3
       ON CONFLICT DO NOTHING`,
      [
        run.id,
        run.repository,
        run.workflow.path,
        event.id,
        run.commit,
        event.pullRequest?.head ?? run.commit,
        run.pullRequest ?? null,
        run.state,
        JSON.stringify(kept),
      ],
    )
    if (done.changes === 0) return undefined
    const [row] = await this.#tables.query<{ number: number }>('SELECT number FROM workflows_run WHERE id = $1', [run.id])
    return { ...run, number: row?.number ?? 1 }
  }

  async save(kept: KeptRun): Promise<void> {
    await this.#tables.run('UPDATE workflows_run SET state = $2, kept = $3, attempt = $4, told = 0 WHERE id = $1', [
      kept.run.id,
      kept.run.state,
      JSON.stringify(kept),
      kept.run.attempt,
    ])
  }

  async find(id: string): Promise<KeptRun | undefined> {
    const [row] = await this.#tables.query<Row>('SELECT number, kept FROM workflows_run WHERE id = $1', [id])
    return row && keptOf(row)
  }

  async unfinished(): Promise<KeptRun[]> {
    const rows = await this.#tables.query<Row>("SELECT number, kept FROM workflows_run WHERE state <> 'completed' ORDER BY id")
    return rows.map(keptOf)
  }

  /** What an attempt that has ended says stands on its commit. */
  async told({ id, attempt }: Pick<WorkflowRun, 'id' | 'attempt'>): Promise<void> {
    await this.#tables.run("UPDATE workflows_run SET told = 1 WHERE id = $1 AND attempt = $2 AND state = 'completed'", [id, attempt])
  }

  /** Those that have ended, and whose commit does not say so yet. */
  async untold(): Promise<KeptRun[]> {
    const rows = await this.#tables.query<Row>("SELECT number, kept FROM workflows_run WHERE told = 0 AND state = 'completed' ORDER BY id")
    return rows.map(keptOf)
  }

  /** Whether an event has started all that it starts. */
  async hasSeen(repository: string, eventId: string): Promise<boolean> {
    const rows = await this.#tables.query('SELECT event_id FROM workflows_event WHERE repository = $1 AND event_id = $2', [
      repository,
      eventId,
    ])
    return rows.length > 0
  }

  async see(repository: string, eventId: string): Promise<void> {
    await this.#tables.run('INSERT INTO workflows_event (repository, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      repository,
      eventId,
    ])
  }

  /** Of the same event: what it has started before. */
  async ofEvent(repository: string, eventId: string): Promise<KeptRun[]> {
    const rows = await this.#tables.query<Row>(
      'SELECT number, kept FROM workflows_run WHERE repository = $1 AND event_id = $2 ORDER BY id',
      [repository, eventId],
    )
    return rows.map(keptOf)
  }

  /** Newest first. */
  async list(filter: {
    repository?: string | undefined
    workflow?: string | undefined
    pullRequest?: number | undefined
    commit?: string | undefined
    state?: string | undefined
    limit?: number | undefined
    before?: string | undefined
  }): Promise<WorkflowRun[]> {
    const rows = await this.#tables.query<Row>(
      `SELECT number, kept FROM workflows_run
       WHERE ($1 IS NULL OR repository = $1) AND ($2 IS NULL OR path = $2) AND ($3 IS NULL OR pull_request = $3)
         AND ($4 IS NULL OR commit_id = $4 OR head_commit = $4) AND ($5 IS NULL OR state = $5) AND ($6 IS NULL OR id < $6)
       ORDER BY id DESC LIMIT $7`,
      [
        filter.repository ?? null,
        filter.workflow ?? null,
        filter.pullRequest ?? null,
        filter.commit ?? null,
        filter.state ?? null,
        filter.before ?? null,
        Math.min(Math.max(1, filter.limit ?? 50), 200),
      ],
    )
    return rows.map((row) => keptOf(row).run)
  }
}

interface Row extends Record<string, string | number | null> {
  number: number
  kept: string
}

function keptOf(row: Row): KeptRun {
  const kept = JSON.parse(row.kept) as KeptRun
  return { ...kept, run: { ...kept.run, number: row.number } }
}
