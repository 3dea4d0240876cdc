/**
 * A source becomes manifests.
 *
 * Terminology
 * - source: what an Application points at, a folder of a repository. - manifest: one Kubernetes object, as somebody wrote it.
 * - tree: the repository at one commit, read by hash; equal hash, equal content. - problem: what is wrong at one place of one file.
 * - engine: what makes manifests of a Helm chart or a kustomization; it runs in a worker, over a recorded tree.
 * - record: everything that a render has read, found missing or asked for: what its result was made from.
 */
export * from './contract.ts'
export { createRenderer, type RendererOptions } from './renderer.ts'
export { directoryTree } from './directory-tree.ts'
export { treeOfFiles } from './file-tree.ts'
export { chartTree } from './chart-tree.ts'
export { defaultLimits, type RenderLimits } from './limits.ts'
export { compileGlob, type Glob } from './directory/glob.ts'
export { readDocuments } from './directory/read-documents.ts'
export { childPrograms } from './plugin/child-programs.ts'
export { cdk8sPlugin } from './plugin/cdk8s-plugin.ts'
export { type ConfigManagementPlugin, pluginName, readPlugin } from './plugin/config-management-plugin.ts'
export { renderSource } from './render-source.ts'
export type { Dialect, Filling, FillRequest, KnownCommit, Parameters, ReadDocument, Templates } from './fill/contract.ts'
export { createTemplates } from './fill/create-templates.ts'
export { fullNameOf, httpsAddress } from './fill/repository-names.ts'
export { normalizedName, slugOf } from './fill/slug.ts'
export { formatFloat } from './go/number.ts'
