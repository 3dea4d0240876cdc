import type { Sql } from './sql/sql.ts'

/** Numbered by their place, only ever added to, never changed: an installation remembers how many it has run. */
const migrations: string[][] = [
  [
    `CREATE TABLE audit (
      id INTEGER PRIMARY KEY,
      at BIGINT NOT NULL,
      actor TEXT NOT NULL,
      origin TEXT NOT NULL,
      action TEXT NOT NULL,
      object TEXT NOT NULL,
      outcome TEXT NOT NULL,
      detail TEXT
    )`,
    `CREATE INDEX audit_by_object ON audit (object, id)`,
    `CREATE TABLE deployment (
      operation_id TEXT PRIMARY KEY,
      application TEXT NOT NULL,
      namespace TEXT NOT NULL,
      revision TEXT NOT NULL,
      repo_url TEXT NOT NULL,
      path TEXT NOT NULL,
      started_at BIGINT NOT NULL,
      finished_at BIGINT NOT NULL,
      phase TEXT NOT NULL,
      message TEXT NOT NULL,
      initiated_by TEXT NOT NULL,
      automated INTEGER NOT NULL,
      manifests TEXT
    )`,
    `CREATE INDEX deployment_by_application ON deployment (namespace, application, finished_at)`,
    `CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)`,
  ],
]

/** Of a room: numbered by their place, only ever added to. Its tables carry its name: `forge_pull_request`. */
export async function migrateRoom(sql: Sql, room: string, own: readonly (readonly string[])[]): Promise<void> {
  await sql.run('CREATE TABLE IF NOT EXISTS room_migration (room TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (room, number))')
  const [row] = await sql.query<{ done: number | null }>('SELECT MAX(number) AS done FROM room_migration WHERE room = $1', [room])
  const done = row?.done ?? 0
  if (done > own.length) throw writtenByNewer(`${room} ${done}`, own.length)
  for (const [index, statements] of own.entries()) {
    if (index < done) continue
    const step = await sql.batch([
      ...statements.map((statement) => ({ statement })),
      { statement: 'INSERT INTO room_migration (room, number) VALUES ($1, $2)', parameters: [room, index + 1] },
    ])
    if (!step) throw new Error(`The tables of '${room}' could not be brought to this version.`)
  }
}

function writtenByNewer(schema: string, known: number): Error {
  return new Error(
    `The records were written by a newer version of Plimsoll (schema ${schema}, this version knows ${known}). Start that version, or another data directory.`,
  )
}

/** Brings the tables to this version. Refuses a database that a newer Plimsoll has written. */
export async function migrate(sql: Sql): Promise<void> {
  await sql.run('CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY)')
  const [row] = await sql.query<{ done: number | null }>('SELECT MAX(number) AS done FROM migration')
  const done = row?.done ?? 0
  if (done > migrations.length) throw writtenByNewer(String(done), migrations.length)
  for (const [index, statements] of migrations.entries()) {
    if (index < done) continue
    for (const statement of statements) await sql.run(statement.replace(/^CREATE (TABLE|INDEX) /, 'CREATE $1 IF NOT EXISTS '))
    await sql.run('INSERT INTO migration (number) VALUES ($1)', [index + 1])
  }
}
