/**
 * `helm template` in process.
 * - *chart*: what was loaded, shared and unchanged; *node*: a chart within one render, as dependencies, aliases and imported values change it.
 * - *inputs*: what an application or a command line adds to a chart's own values.
 * - *manifest*: one document of a template's output; *hook*: one that carries `helm.sh/hook`.
 * Texts are strings of bytes everywhere behind this door (go/value.ts).
 */
export { type HelmTemplateArguments, parseHelmTemplateArguments } from './command-line.ts'
export { renderHelm } from './render-helm.ts'
export { type OriginatedValue, valueOrigins, type ValueOrigin } from './value-origins.ts'
export type { HelmOutput, HelmRequest, HelmVersion, RandomSource, RenderHelm, ValuesInput } from './contract.ts'
