/**
 * What happened, kept for ever: the audit, every deployment, small settings, files by digest.
 *
 * Terminology
 * - audit entry: one change that somebody made or was refused. - deployment: one finished operation on an Application.
 * - setting: a small value of this installation. - blob: immutable content, named by its digest.
 */
export * from './contract.ts'
export { openRecords } from './open-records.ts'
