/**
 * `kustomize build` in process.
 * - *target*: one kustomization (or component) that is worked off; *accumulator*: the resources it has so far, with where transformers work on them.
 * - *field spec*: a kind, and a path in its objects; *referrer*: an object that names another.
 * - *current id*, *original id*: what a resource is called now, and what it was called in its file.
 */
export { renderKustomize } from './render-kustomize.ts'
export { readToolInput } from './tool-input.ts'
export type { KustomizeOutput, KustomizeOverrides, KustomizeRequest, RenderKustomize } from './contract.ts'
