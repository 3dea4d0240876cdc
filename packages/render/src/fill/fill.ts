import { fromBytes, type GoValue, toBytes } from '../go/value.ts'
import { plainValue } from '../helm/plain-value.ts'
import { TemplateLimitError, type TemplateLimits } from '../template/index.ts'
import { readHelmYaml } from '../yaml/index.ts'
import type { Filling, FillRequest, ReadDocument } from './contract.ts'
import { FastDialect } from './fast-dialect.ts'
import { documentLimits } from './functions.ts'
import { FillProblem, GoDialect, type TextFiller } from './go-dialect.ts'
import { notificationValues } from './notification-values.ts'

const deepest = 200
/** A description of a failure is read by people. */
const longestProblem = 2000
/** Generators that have `values`, which are filled in from what the generator itself gives. */
const withValues = new Set(['clusters', 'git', 'scmProvider', 'clusterDecisionResource', 'pullRequest', 'plugin'])

/** One piece of work, in a worker. Throws `TemplateLimitError`. */
export function fill(request: FillRequest, limits: TemplateLimits): Filling[] {
  let dialect: GoDialect | FastDialect
  try {
    dialect = request.dialect === 'go' ? new GoDialect(request.options ?? [], limits) : new FastDialect(limits.outputBytes)
  } catch (error) {
    const problem = problemOf(error)
    return request.parameters.map(() => ({ problem }))
  }
  return request.parameters.map((parameters) => {
    const wanted = new Set<string>()
    try {
      const text = dialect.fillerFor(parameters, request.commits && notificationValues(request.commits, wanted))
      const walk = new Walk(text)
      const value = request.as === 'generator' ? walk.generator(request.template, 0) : walk.value(request.template, 0)
      if (request.patch === undefined) return { value }
      const patch = read(text(request.patch))
      return 'problem' in patch ? { problem: `templatePatch: ${patch.problem}` } : { value, patch: patch.value }
    } catch (error) {
      return { problem: problemOf(error), ...(wanted.size > 0 && { commits: [...wanted] }) }
    }
  })
}

export function read(text: string): ReadDocument {
  try {
    return { value: plain(readHelmYaml(toBytes(text), documentLimits)) }
  } catch (error) {
    return { problem: problemOf(error, fromBytes) }
  }
}

function plain(value: GoValue): unknown {
  return value === undefined ? null : plainValue(value)
}

/** A template, text by text. Objects are made of entries, so that a key such as `__proto__` is a key. */
class Walk {
  readonly #text: TextFiller

  constructor(text: TextFiller) {
    this.#text = text
  }

  value(template: unknown, depth: number): unknown {
    if (depth > deepest) throw new FillProblem(`the template is nested deeper than ${deepest}`)
    if (typeof template === 'string') return this.#text(template)
    if (Array.isArray(template)) return template.map((item) => this.value(item, depth + 1))
    if (typeof template !== 'object' || template === null) return template
    const entries = Object.entries(template).filter(([, item]) => item !== null && item !== undefined)
    return Object.fromEntries(entries.map(([key, item]) => [this.#text(key), this.value(item, depth + 1)]))
  }

  generator(template: unknown, depth: number): unknown {
    return mapEntries(template, (name, item) => {
      if (withValues.has(name))
        return mapEntries(item, (field, inner) => (field === 'values' ? this.#values(inner) : this.value(inner, depth + 2)))
      if (name !== 'matrix' && name !== 'merge') return this.value(item, depth + 1)
      return mapEntries(item, (field, inner) =>
        field === 'generators' && Array.isArray(inner) ? inner.map((one) => this.generator(one, depth + 3)) : this.value(inner, depth + 2),
      )
    })
  }

  #values(values: unknown): unknown {
    return mapEntries(values, (_key, text) => {
      if (typeof text !== 'string') return text
      try {
        return this.#text(text, true)
      } catch (error) {
        if (error instanceof FillProblem && error.isMissing) return text
        throw error
      }
    })
  }
}

function mapEntries(value: unknown, change: (key: string, item: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value).filter(([, item]) => item !== null && item !== undefined)
  return Object.fromEntries(entries.map(([key, item]) => [key, change(key, item)]))
}

function problemOf(error: unknown, decode: (text: string) => string = (text) => text): string {
  if (error instanceof TemplateLimitError) throw error
  if (error instanceof RangeError) return 'it is nested too deeply, or grows beyond what can be held'
  const message = decode(error instanceof Error ? error.message : String(error))
  return message.length > longestProblem ? `${message.slice(0, longestProblem)} …` : message
}
