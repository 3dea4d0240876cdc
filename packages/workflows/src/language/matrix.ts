import type { Job, MatrixCombination, MatrixExpansion, Scope, Strategy, Template, TemplateTree, Value, ValueMap } from './contract.ts'
import { evaluate, evaluateBoolean, evaluateNumber, evaluateTree, ExpressionFailure, interpolate } from './evaluation.ts'
import { equals, foldCase, isList, isMap, isPrimitive, toText } from './expression/coercion.ts'

/** GitHub's limit for the jobs of one matrix. */
const mostCombinations = 256
/** GitHub cuts a job's name after this (actions/runner, JobNameBuilder). */
const longestName = 100

const single: MatrixCombination = { values: Object.create(null) as ValueMap, label: '' }

/** Rejects with an ExpressionFailure. */
export async function expandMatrix(strategy: Strategy | undefined, scope: Scope): Promise<MatrixExpansion> {
  if (!strategy) return { combinations: [single], failFast: true }
  const failFast = await evaluateBoolean(strategy.failFast, scope, true)
  const most = await evaluateNumber(strategy.maxParallel, scope, undefined)
  const limits = { failFast, ...(most !== undefined && most > 0 && { maxParallel: Math.floor(most) }) }
  if (!strategy.matrix) return { combinations: [single], ...limits }
  const matrix = await evaluateTree(strategy.matrix, scope)
  return { combinations: combine(matrix, strategy.matrix), ...limits }
}

/**
 * GitHub's algorithm (actions/runner, MatrixBuilder): the product of all lists, the first one slowest; what `exclude` matches goes;
 * an entry of `include` adds its other values to each combination that has its values of the matrix, and is a combination of its
 * own when there is none. Later entries win over earlier ones, and none over the values of the matrix.
 */
export function combine(matrix: Value, at: TemplateTree): MatrixCombination[] {
  const fail = (message: string): never => {
    throw new ExpressionFailure(`matrix: ${message}`, at)
  }
  if (!isMap(matrix)) return fail('a map of lists was expected')
  const vectors: [string, readonly Value[]][] = []
  let product = 1
  for (const [name, values] of Object.entries(matrix)) {
    if (name === 'include' || name === 'exclude') continue
    if (!isList(values)) return fail(`'${name}' must be a list`)
    if (values.length === 0) return fail(`'${name}' has no values`)
    vectors.push([name, values])
    // A product this large is refused below, whatever is excluded: it would have to be walked first.
    product = Math.min(product * values.length, Number.MAX_SAFE_INTEGER)
  }
  if (vectors.length === 0) product = 0
  // `exclude` may take most of it out again; what is walked stays bounded.
  if (product > 100_000) return fail(`has ${product} combinations before 'exclude'; at most 256 jobs are possible`)
  const excluded = filters(matrix['exclude'], 'exclude', fail)
  for (const one of excluded) {
    if (Object.keys(one).length === 0) return fail("an entry of 'exclude' is empty")
    for (const key of Object.keys(one)) if (!hasVector(vectors, key)) return fail(`'exclude' names '${key}', which is not in the matrix`)
  }
  const included = filters(matrix['include'], 'include', fail).map((one) => split(one, vectors))
  const hasMatched = included.map(() => false)

  const combinations: MatrixCombination[] = []
  for (let number = 0; number < product; number++) {
    const values: Record<string, Value> = Object.create(null)
    let block = product
    for (const [name, list] of vectors) {
      block /= list.length
      // The index is within the list: it is taken modulo its length.
      values[name] = list[Math.floor(number / block) % list.length]!
    }
    if (excluded.some((one) => matches(values, one))) continue
    const label = labelOf(values)
    const extra: Record<string, Value> = Object.create(null)
    for (const [position, one] of included.entries()) {
      if (!matches(values, one.filter)) continue
      hasMatched[position] = true
      Object.assign(extra, one.extra)
    }
    add({ values: Object.assign(values, extra), label })
  }
  for (const [position, one] of included.entries()) {
    if (hasMatched[position]) continue
    const values: Record<string, Value> = Object.assign(Object.create(null), one.filter, one.extra)
    add({ values, label: labelOf(values) })
  }
  if (combinations.length === 0 && vectors.length === 0 && included.length === 0) return fail('has no entries')
  return combinations

  function add(combination: MatrixCombination): void {
    if (combinations.length === mostCombinations) fail(`makes more than ${mostCombinations} jobs`)
    combinations.push(combination)
  }
}

/** The job's `name`, else its id, with the combination in parentheses when the name does not itself tell of it. */
export async function jobName(job: Job, combination: MatrixCombination, scope: Scope): Promise<string> {
  const written = job.name ? (await nameText(job.name, scope)).trim() : ''
  const isTold = job.name !== undefined && job.name.parts.length > 0 && written !== ''
  const name = written || job.id
  const whole = isTold || combination.label === '' ? name : `${name} (${combination.label})`
  return whole.length > longestName ? `${whole.slice(0, longestName - 3)}...` : whole
}

async function nameText(name: Template, scope: Scope): Promise<string> {
  const value = await evaluate(name, scope)
  return isPrimitive(value) ? toText(value) : interpolate(name, scope)
}

function filters(value: Value | undefined, name: string, fail: (message: string) => never): readonly ValueMap[] {
  // An expression that yields nothing leaves it out.
  if (value === undefined || value === null || value === '') return []
  if (!isList(value)) return fail(`'${name}' must be a list`)
  return value.map((item) => (isMap(item) ? item : fail(`an entry of '${name}' must be a map`)))
}

function hasVector(vectors: readonly [string, readonly Value[]][], key: string): boolean {
  return vectors.some(([name]) => foldCase(name) === foldCase(key))
}

function split(entry: ValueMap, vectors: readonly [string, readonly Value[]][]): { filter: ValueMap; extra: ValueMap } {
  const filter: Record<string, Value> = Object.create(null)
  const extra: Record<string, Value> = Object.create(null)
  for (const [key, value] of Object.entries(entry)) (hasVector(vectors, key) ? filter : extra)[key] = value
  return { filter, extra }
}

/** Each leaf of the filter is compared with the same place of the values, by `==`. */
function matches(values: Value | undefined, filter: Value): boolean {
  if (isPrimitive(filter)) return equals(values ?? null, filter)
  if (isList(filter))
    return filter.every((item, at) => matches(isList(values ?? null) ? (values as readonly Value[])[at] : undefined, item))
  return Object.entries(filter).every(([key, item]) => matches(entryOf(values, key), item))
}

function entryOf(values: Value | undefined, key: string): Value | undefined {
  if (values === undefined || !isMap(values)) return undefined
  if (Object.hasOwn(values, key)) return values[key]
  const found = Object.keys(values).find((one) => foldCase(one) === foldCase(key))
  return found === undefined ? undefined : values[found]
}

/** Leaves that have text, in order. */
function labelOf(values: Value): string {
  const texts: string[] = []
  const walk = (value: Value): void => {
    if (isList(value)) value.forEach(walk)
    else if (isMap(value)) Object.values(value).forEach(walk)
    else if (toText(value) !== '') texts.push(toText(value))
  }
  walk(values)
  return texts.join(', ')
}
