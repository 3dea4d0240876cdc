/** A database as the records see it. Statements are written once, with `$1`-style parameters and SQL that SQLite and PostgreSQL both understand. */
export interface Sql {
  /** Resolves when the statement's transaction is durable. */
  run(statement: string, parameters?: SqlValue[]): Promise<{ changes: number }>
  query<Row extends Record<string, SqlValue>>(statement: string, parameters?: SqlValue[]): Promise<Row[]>
  /**
   * All of them, or none. Undefined when a statement changed another number of rows than it `expects`: then none was made, which is how one
   * of several that want the same thing gets it.
   */
  batch(statements: readonly SqlStatement[]): Promise<{ changes: number[] } | undefined>
  close(): Promise<void>
}

export interface SqlStatement {
  statement: string
  parameters?: SqlValue[]
  expects?: number
}

export type SqlValue = string | number | null

/** What the thread that owns the database file is asked. */
export interface SqlRequest {
  id: number
  kind: 'run' | 'query' | 'batch'
  /** One, but for a batch. */
  statements: readonly SqlStatement[]
}

/** `changes` has one number for each statement; none when a batch was undone. */
export type SqlAnswer = { id: number; changes: number[]; rows: Record<string, SqlValue>[] } | { id: number; error: string }
