import { compareJqValues, compileJq, isMap, JqError, type JqProgram, JqSyntaxError, type JqValue, type Node, parseJq } from '../jq/index.ts'
import type { KeyPath } from './removal.ts'

/** What an expression leaves out of a document, or, for the few that are written to change something, what it shows instead. */
export interface JqEffect {
  removed: KeyPath[]
  shown: { path: KeyPath; value: unknown }[]
}

/** An expression of `jqPathExpressions`, ready to be asked. */
export interface JqExpression {
  /** Throws `JqError` where it does not fit the document, and `JqStopped`. */
  effectOn(document: unknown, timeoutMs: number): JqEffect
}

const start = 'del('

/**
 * Argo CD runs `del(EXPRESSION)` (`util/argo/normalizers/diff_normalizer.go`). Only the paths of it are computed here, so that every value that stays is
 * the very one that was there. Some people close the bracket themselves and go on (`.a) | .b |= (fromjson | tojson`): what such a
 * program makes of a document is compared with it. Throws `JqSyntaxError`, its place counted in the expression.
 */
export function readJqExpression(expression: string): JqExpression {
  let program: Node
  try {
    program = parseJq(`${start}${expression})`)
    const paths = program.kind === 'call' && program.name === 'del' && program.args.length === 1 ? program.args : undefined
    return paths ? pathsOf(compileJq({ kind: 'call', name: 'path', args: paths, at: 0 })) : changesOf(compileJq(program))
  } catch (error) {
    if (!(error instanceof JqSyntaxError)) throw error
    const at = error.at - start.length
    // Nobody shall look for a bracket that is ours.
    throw at >= expression.length
      ? new JqSyntaxError('a bracket or an operand is missing', expression.length)
      : new JqSyntaxError(error.message, Math.max(0, at))
  }
}

function pathsOf(program: JqProgram): JqExpression {
  return {
    effectOn(document, timeoutMs) {
      const removed: KeyPath[] = []
      program.run(document as JqValue, timeoutMs, (path) => {
        removed.push(...placesOf(document as JqValue, path as JqValue[]))
        return true
      })
      return { removed, shown: [] }
    },
  }
}

/** A path may count from the end, name a slice, or lead to what is not there. */
function placesOf(value: JqValue, path: readonly JqValue[], walked: KeyPath = []): KeyPath[] {
  const [key, ...rest] = path
  if (key === undefined) return [walked]
  if (typeof key === 'string' && isMap(value))
    return Object.hasOwn(value, key) ? placesOf(value[key] as JqValue, rest, [...walked, key]) : []
  if (!Array.isArray(value)) {
    if (value === null) return []
    throw new JqError('a path leads through what is neither an object nor an array')
  }
  if (typeof key === 'number') {
    const place = Math.trunc(key) < 0 ? Math.trunc(key) + value.length : Math.trunc(key)
    return place >= 0 && place < value.length ? placesOf(value[place] as JqValue, rest, [...walked, place]) : []
  }
  if (!isMap(key)) throw new JqError('a path has a key that is neither a name nor a place')
  const places = [...value.keys()].slice(boundOf(key.start, Math.trunc), boundOf(key.end, Math.ceil))
  if (rest.length === 0) return places.map((place) => [...walked, place])
  const [next, ...further] = rest
  const offset = typeof next === 'number' ? places.at(Math.trunc(next)) : undefined
  return offset === undefined ? [] : placesOf(value[offset] as JqValue, further, [...walked, offset])
}

function boundOf(bound: JqValue | undefined, round: (value: number) => number): number | undefined {
  return typeof bound === 'number' ? round(bound) : undefined
}

function changesOf(program: JqProgram): JqExpression {
  return {
    effectOn(document, timeoutMs) {
      const outputs: JqValue[] = []
      program.run(document as JqValue, timeoutMs, (output) => outputs.push(output) < 2)
      const [output] = outputs
      if (output === undefined || outputs.length > 1) throw new JqError('it must make one object of one object')
      const effect: JqEffect = { removed: [], shown: [] }
      collectChanges(document as JqValue, output, [], effect)
      return effect
    },
  }
}

function collectChanges(before: JqValue, after: JqValue, path: KeyPath, into: JqEffect): void {
  if (compareJqValues(before, after) === 0) return
  if (isMap(before) && isMap(after)) {
    for (const name of Object.keys(before)) {
      const here = [...path, name]
      if (Object.hasOwn(after, name)) collectChanges(before[name] as JqValue, after[name] as JqValue, here, into)
      else into.removed.push(here)
    }
    for (const name of Object.keys(after)) if (!Object.hasOwn(before, name)) into.shown.push({ path: [...path, name], value: after[name] })
  } else if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    for (const [index, item] of before.entries()) collectChanges(item, after[index] as JqValue, [...path, index], into)
  } else into.shown.push({ path, value: after })
}
