/**
 * Charts from Helm repositories and OCI registries.
 *
 * Terminology
 * - repository: a web server with an index.yaml that lists charts and versions. - registry: a server that speaks the OCI distribution protocol.
 * - archive: the `.tgz` of one version of a chart. - digest: SHA-256 of its bytes, by which it is kept.
 */
export * from './contract.ts'
export { createChartRegistry } from './chart-registry.ts'
export { createImageRegistry, type ImageRegistry } from './image-registry.ts'
