import type { BlobReferences } from './contract.ts'
import type { Sql } from './sql/sql.ts'

const rowsAtOnce = 1000

/**
 * Every digest that one of the columns holds. Read by place, not by count: a row that goes meanwhile moves no other out of sight, and one that comes
 * behind the place was put down by somebody who has just put or held its blob.
 */
export async function referredBlobs(sql: Pick<Sql, 'query'>, references: readonly BlobReferences[]): Promise<Set<string>> {
  const found = new Set<string>()
  for (const { table, column, orderedBy } of references) {
    let after: string | undefined
    for (;;) {
      // The names are those of a room's own code.
      const rows = await sql.query<{ place: string; refers: string | null }>(
        `SELECT DISTINCT ${orderedBy} AS place, ${column} AS refers FROM ${table} WHERE ${after === undefined ? '$1 IS NOT NULL' : `${orderedBy} > $1`}
         ORDER BY ${orderedBy} LIMIT $2`,
        [after ?? '', rowsAtOnce],
      )
      for (const { refers } of rows) for (const [digest] of refers?.matchAll(/sha256:[0-9a-f]{64}/g) ?? []) found.add(digest)
      after = rows.at(-1)?.place
      if (after === undefined || rows.length < rowsAtOnce) break
    }
  }
  return found
}
