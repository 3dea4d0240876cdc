import type { GoFunction, GoValue } from '../go/value.ts'
import type { TemplateCache } from './template-cache.ts'

/** One set of templates that share their names, as Go's `*template.Template` does. */
export interface TemplateSet {
  /** Parses `text` (a string of bytes) under `name`; its `define`s join the set, the last one of a name wins. Throws `TemplateError`. */
  parse(name: string, text: string): void
  has(name: string): boolean
  /** Runs the template `name` with `data` as dot and `$`. Throws `TemplateError` in Go's words (`template: NAME:LINE:COL: executing …`). */
  execute(name: string, data: GoValue): string
  /**
   * A copy whose further definitions stay in it: `tpl`. Cheap: what is parsed is shared. `functions` replace those of the same name in the copy,
   * so that its `include` finds its definitions; limits are counted together with the original.
   */
  clone(functions?: ReadonlyMap<string, GoFunction>): TemplateSet
  /** A copy for another render: what it defines stays in it too, and its limits are counted from zero. */
  renew(): TemplateSet
  /** What it has used up of its limits so far, with its clones. */
  used(): TemplateUse
  /** Counts that use as its own; false, and nothing counted, where it exceeds a limit. */
  use(more: TemplateUse): boolean
}

export interface TemplateUse {
  steps: number
  outputBytes: number
}

export interface TemplateOptions {
  functions: ReadonlyMap<string, GoFunction>
  /** What a key is that a map has not: Go's `missingkey`. Helm's default is `zero`; Go's own (`default`) is no value, whose fields are none. */
  missingKey: MissingKey
  limits: TemplateLimits
  /** Whose words the errors of comparisons are in: Helm 3.18 is built by Go 1.24 (the default), Helm 4.1 by Go 1.25. */
  goRelease?: GoRelease
  /** Parsed templates; by default those of the thread. */
  cache?: TemplateCache
}

export type GoRelease = '1.24' | '1.25'

export type MissingKey = 'default' | 'zero' | 'error'

/** Above any of them the render ends with a `TemplateLimitError`, which no call of a template wraps. Counted over a set and all of its clones. */
export interface TemplateLimits {
  /** Everything that is written, also by templates whose text is only used by others; and each single text that a function returns. */
  outputBytes: number
  /** Nodes walked and functions called. */
  steps: number
  /** Nesting of `template`, `include` and `tpl`. */
  depth: number
}

/** Prints as the error of Go's `text/template` does. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
}

export type NewTemplateSet = (options: TemplateOptions) => TemplateSet
