import { fromBytes, type GoValue, toBytes, TypedMap } from '../go/value.ts'
import {
  newTemplateSet,
  type MissingKey,
  TemplateError,
  type TemplateLimits,
  TemplateLimitError,
  type TemplateSet,
} from '../template/index.ts'
import { setFunctions } from './functions.ts'
import type { Parameters } from './contract.ts'

/** Argo CD calls every text so; it stands in Go's errors. */
const templateName = 'base'
let functions: ReturnType<typeof setFunctions> | undefined

/** What is wrong with a text as a template. */
export class FillProblem extends Error {
  override readonly name = 'FillProblem'
  /** It asks for what is not there. */
  readonly isMissing: boolean

  constructor(message: string, isMissing = false) {
    super(message)
    this.isMissing = isMissing
  }
}

export interface TextFiller {
  /** Throws `FillProblem`, and `TemplateLimitError` where all texts together are too much. */
  (text: string, strict?: boolean): string
}

/** Go's templates with sprig. Limits are counted over all texts of one piece of work. */
export class GoDialect {
  readonly #sets: Record<'asked' | 'strict', TemplateSet>
  readonly #limits: TemplateLimits

  /** Throws `FillProblem` for an option that Go does not know. */
  constructor(options: readonly string[], limits: TemplateLimits) {
    this.#limits = limits
    functions ??= setFunctions()
    const asked = newTemplateSet({ functions, missingKey: missingKeyOf(options), limits })
    // `text/template` of Argo CD 3 is Go 1.24's. Both share what is parsed, each counts for itself.
    this.#sets = { asked, strict: newTemplateSet({ functions, missingKey: 'error', limits }) }
  }

  /** `more`: values beside the parameters, whose names are theirs alone. */
  fillerFor(parameters: Parameters, more: readonly (readonly [string, GoValue])[] = []): TextFiller {
    const data = goValue(parameters, 0)
    if (data instanceof Map) for (const [name, value] of more) data.set(name, value)
    return (text, strict = false) => {
      if (!text.includes('{{')) return this.#counted(text)
      const set = this.#sets[strict ? 'strict' : 'asked'].clone()
      try {
        set.parse(templateName, toBytes(text))
        return fromBytes(set.execute(templateName, data))
      } catch (error) {
        if (!(error instanceof TemplateError) || error instanceof TemplateLimitError) throw error
        const message = fromBytes(error.message)
        throw new FillProblem(`${shown(text)}: ${message}`, /map has no entry for key|can't evaluate field/.test(message))
      }
    }
  }

  #counted(text: string): string {
    if (!this.#sets.asked.use({ steps: 1, outputBytes: text.length })) {
      throw new TemplateLimitError(`output is larger than ${this.#limits.outputBytes} bytes`)
    }
    return text
  }
}

/** The last one wins, as in Go. */
function missingKeyOf(options: readonly string[]): MissingKey {
  let missing: MissingKey = 'default'
  for (const option of options) {
    const value = /^missingkey=(.*)$/.exec(option)?.[1]
    if (value === 'zero' || value === 'error') missing = value
    else if (value === 'default' || value === 'invalid') missing = 'default'
    else throw new FillProblem(`goTemplateOptions: '${option.slice(0, 80)}' is none of Go's (missingkey=default, zero or error)`)
  }
  return missing
}

const deepest = 200

/** JSON as Go reads it into `interface {}`, and a `Map` as `map[string]string`. */
function goValue(value: unknown, depth: number): GoValue {
  if (depth > deepest) throw new FillProblem(`the parameters are nested deeper than ${deepest}`)
  if (typeof value === 'string') return toBytes(value)
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map((item) => goValue(item, depth + 1))
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => [toBytes(String(key)), toBytes(String(item))] as const)
    return new TypedMap('map[string]string', { elementType: 'string', entries })
  }
  if (typeof value !== 'object' || value === null) return null
  return new Map(Object.entries(value).map(([key, item]) => [toBytes(key), goValue(item, depth + 1)]))
}

/** Enough of a text to find it by. */
export function shown(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return `'${line.length > 120 ? `${line.slice(0, 120)} …` : line}'`
}
