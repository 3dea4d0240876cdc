/**
 * Kubernetes as data and as a service, for every other package.
 *
 * Terminology
 * - object: one Kubernetes object, as JSON. - type: a kind as discovery tells it (`ResourceType`).
 * - key: group, kind, namespace and name of an object. - client: a cluster's API. - cache: what a cluster holds now.
 * - outcome: what a reconciler says when it is through.
 */
export * from './object.ts'
export * from './client/kube-client.ts'
export * from './cache/cluster-cache.ts'
export * from './reconcile/outcome.ts'
export * from './client/http-kube-client.ts'
export { maskCredentials } from './client/secret-mask.ts'
export { readLines, LineTooLongError } from './client/line-reader.ts'
export * from './reconcile/work-queue.ts'
export * from './reconcile/run-reconciler.ts'
export * from './reconcile/fake-clock.ts'
export { createClusterCache } from './cache/create-cluster-cache.ts'
export { compareResourceVersions } from './cache/resource-version.ts'
