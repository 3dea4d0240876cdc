/**
 * The engines themselves, for the command line, scripts and benchmarks that want no worker. A door of its own, because they take a while to load and a
 * server needs them in its workers only.
 */
export { directorySources, DirectoryTree, type DirectorySourcesOptions } from './engine/directory-sources.ts'
export { renderHelm } from './helm/index.ts'
export { parseHelmTemplateArguments, type HelmTemplateArguments } from './helm/command-line.ts'
export { renderKustomize } from './kustomize/index.ts'
export type { KustomizeOutput, KustomizeRequest } from './kustomize/contract.ts'
export type { HelmOutput, HelmRequest, HelmVersion, RandomSource, RenderHelm, ValuesInput } from './helm/contract.ts'
export { freshRandom, stableRandom } from './engine/random-source.ts'
export { compareRenderedTexts } from './rendered-texts.ts'
export { RenderError, type Sources, type Tree } from './engine/tree.ts'
export { treeOfChart } from './chart-tree.ts'
