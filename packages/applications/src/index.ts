/**
 * Applications: what Git says should run where, and how far the clusters are from it.
 *
 * Terminology
 * - target: an object that Git wants. - live: the object that the cluster has. - difference: see `comparison/compare.ts`.
 * - look: one pass of the reconciler over one application. - operation: a sync that was asked for, or that automation began.
 * - instance: how an object's tracking annotation calls its Application. - hold: automated sync waits after a rollback.
 */
export * from './contract.ts'
export { createApplications } from './create-applications.ts'
export { indexKeysOf } from './tracking.ts'
export { healthOf } from './health/health.ts'
export { SecretMasker } from './masking.ts'
