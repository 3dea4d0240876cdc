/**
 * Go's `text/template`, as of Go 1.24, on the values of `go/value.ts`.
 *
 * - set: templates that share their names; what `include` and `tpl` work on.
 * - program: a template as closures; parsed and compiled once for all sets of a thread.
 * - run: one execution of a program.
 * - two nils: `null` is nil in an interface (a missing key), whose fields are an error; `undefined` is no value at all, whose fields are none.
 */
export { TemplateError } from './contract.ts'
export type { GoRelease, MissingKey, NewTemplateSet, TemplateLimits, TemplateOptions, TemplateSet } from './contract.ts'
export { TemplateLimitError } from './limit-error.ts'
export { parseTemplate } from './parser.ts'
export { printNode } from './node-text.ts'
export { parsedBytes, TemplateCache } from './template-cache.ts'
export { newTemplateSet } from './template-set.ts'
