import Database from 'libsql'
import type { Records, RoomTables } from '@plimsoll/records'

/** The real database, in memory and without its thread: what a fake clock can keep up with. */
export function memoryRecords(): Pick<Records, 'room'> & { tables: RoomTables } {
  const database = new Database(':memory:')
  let isMigrated = false
  const prepared = new Map<string, ReturnType<typeof database.prepare>>()
  function prepare(statement: string): ReturnType<typeof database.prepare> {
    const known = prepared.get(statement) ?? database.prepare(statement.replace(/\$(\d+)/g, '?$1'))
    prepared.set(statement, known)
    return known
  }
  const tables: RoomTables = {
    run: async (statement, parameters = []) => ({ changes: prepare(statement).run(...bound(parameters)).changes }),
    query: async <Row>(statement: string, parameters: unknown[] = []) => prepare(statement).all(...bound(parameters)) as Row[],
    async batch(statements) {
      database.exec('SAVEPOINT one')
      const changes: number[] = []
      for (const { statement, parameters = [], expects } of statements) {
        const done = prepare(statement).run(...bound(parameters))
        changes.push(done.changes)
        if (expects !== undefined && expects !== done.changes) {
          database.exec('ROLLBACK TO one')
          database.exec('RELEASE one')
          return undefined
        }
      }
      database.exec('RELEASE one')
      return { changes }
    },
  }
  return {
    tables,
    async room(_name, migrations) {
      if (!isMigrated) for (const step of migrations) for (const statement of step) database.exec(statement)
      isMigrated = true
      return tables
    },
  }
}

function bound(parameters: readonly unknown[]): [unknown[]] {
  return [[...parameters]]
}
