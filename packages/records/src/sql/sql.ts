/** A database as the records see it. Statements are written once, with `$1`-style parameters and SQL that SQLite and PostgreSQL both understand. */
export interface Sql {
  /** Resolves when the statement's transaction is durable. */
  run(statement: string, parameters?: SqlValue[]): Promise<{ changes: number }>
  query<Row extends Record<string, SqlValue>>(statement: string, parameters?: SqlValue[]): Promise<Row[]>
  close(): Promise<void>
}

export type SqlValue = string | number | null

/** What the thread that owns the database file is asked. */
export interface SqlRequest {
  id: number
  kind: 'run' | 'query'
  statement: string
  parameters: SqlValue[]
}

export type SqlAnswer = { id: number; changes: number; rows: Record<string, SqlValue>[] } | { id: number; error: string }
