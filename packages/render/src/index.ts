/**
 * A source becomes manifests.
 *
 * Terminology
 * - source: what an Application points at, a folder of a repository. - manifest: one Kubernetes object, as somebody wrote it.
 * - tree: the repository at one commit, read by hash; equal hash, equal content. - problem: what is wrong at one place of one file.
 */
export * from './contract.ts'
export { createRenderer, type RendererOptions } from './renderer.ts'
export { directoryTree } from './directory-tree.ts'
export { defaultLimits, type RenderLimits } from './limits.ts'
export { compileGlob, type Glob } from './glob.ts'
