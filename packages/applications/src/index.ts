/**
 * Applications: what Git says should run where, and how far the clusters are from it.
 *
 * Terminology
 * - target: an object that Git wants. - live: the object that the cluster has. - difference: see `comparison/compare.ts`.
 * - look: one pass of the reconciler over one application. - operation: a sync that was asked for, or that automation began.
 * - home cluster: the one that holds the Applications. - target cluster: one that they deploy to (`clusters`).
 * - set: an ApplicationSet; generator: what gives its template parameters (`sets/generate`).
 * - instance: how an object's tracking annotation calls its Application. - hold: automated sync waits after a rollback.
 */
export * from './contract.ts'
export type { LocalSource } from './reconcile/desired-state.ts'
export { type Clusters, type ClusterEntry, type ClusterState, type Destination } from './clusters/contract.ts'
export { onlyCluster } from './clusters/destination.ts'
export { type ClusterRegistry, createClusters } from './clusters/create-clusters.ts'
export {
  clusterSecret,
  configProblem,
  isClusterSecret,
  readClusterSecret,
  refreshAnnotation,
  secretNameFor,
  serverProblem,
} from './clusters/cluster-secret.ts'
export { addressProblem, type CredentialCommand, type ExecProviderConfig, settingsFrom } from './clusters/connection-settings.ts'
export { qualifiedName } from './application-object.ts'
export { createApplications } from './create-applications.ts'
export { indexKeysOf } from './tracking.ts'
export { healthOf } from './health/health.ts'
export { type Evidence, type Why, whyOf } from './service/why.ts'
export { SecretMasker } from './masking.ts'
export { type IgnorePreview, previewIgnored } from './ignore/preview.ts'
export { projectProblems } from './projects/project-guard.ts'
export { globalProjectsOf } from './projects/project.ts'
export { isServiceAccount } from './projects/impersonation.ts'
export { scopedToProject } from './projects/project-scoped.ts'
export { isDestinationPermitted, isSourcePermitted, matchesNamespace } from './projects/permits.ts'
export type { ApplicationSets, ApplicationSetsContext, SetRef } from './sets/contract.ts'
export { createApplicationSets } from './sets/create-application-sets.ts'
export type { PullRequestEntry } from './sets/forges/contract.ts'
export { ActionError, type ImpactedResource } from './actions/action.ts'
export { groupKindOf, readActions, tryAction, tryHealth } from './scripts/try-scripts.ts'
