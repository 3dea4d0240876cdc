/**
 * What happened, kept for ever: the audit, every deployment, small settings, files by digest.
 *
 * Terminology
 * - audit entry: one change that somebody made or was refused. - deployment: one finished operation on an Application.
 * - room: a package that keeps tables of its own here.
 * - setting: a small value of this installation. - blob: immutable content, named by its digest. - sweep: taking away blobs that nobody refers to.
 * - grace: how long a blob that nobody refers to yet is left alone.
 */
export * from './contract.ts'
export type { SqlStatement, SqlValue } from './sql/sql.ts'
export { openRecords } from './open-records.ts'
