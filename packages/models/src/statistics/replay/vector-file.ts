import { decodeNumbers, disagreement, show, type Tolerance } from './agreement.ts'
import { Input, operations } from './operations.ts'

/** Replays a file of recorded verdicts: what each operation gives for each input, compared with what the file expects. */
export interface Replayed {
  readonly passed: number
  readonly skipped: number
  /** A line each: name, operation, what was got and what expected. */
  readonly failures: readonly string[]
}

/** Families that this package does not decide yet: canaries, late labels, objectives. */
function belongsToLater(family: string): boolean {
  return family.startsWith('sequential-') || ['judge', 'mann-whitney', 'labels', 'slo'].includes(family)
}

/** Malformed text, files and cases are failures, never exceptions. */
export function replayVectorFile(text: string): Replayed {
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch (error) {
    return failing(`is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (!isObject(file)) return failing('is no object with family, tolerance and cases')
  const { family, cases } = file
  if (typeof family !== 'string') return failing("has no 'family'")
  if (!Array.isArray(cases)) return failing("has no list 'cases'")
  if (belongsToLater(family)) return { passed: 0, skipped: cases.length, failures: [] }
  const tolerance = toleranceOf(file['tolerance'])
  if (tolerance === undefined) return failing("has no 'tolerance' with 'absolute' and 'relative'")
  const failures: string[] = []
  for (const [index, one] of cases.entries()) {
    const problem = isObject(one) ? replayCase(family, one, tolerance) : 'is no object'
    if (problem !== undefined)
      failures.push(`${isObject(one) ? `${String(one['name'])} (${String(one['op'])})` : `case ${index}`}: ${problem}`)
  }
  return { passed: cases.length - failures.length, skipped: 0, failures }
}

function replayCase(family: string, one: Record<string, unknown>, tolerance: Tolerance): string | undefined {
  const { op, input } = one
  if (typeof op !== 'string') return "has no 'op'"
  if (!Object.hasOwn(one, 'expected')) return "has no 'expected'"
  const operation = operations.get(family)?.get(op)
  if (operation === undefined) {
    return operations.has(family) ? `'${op}' is no operation of the family '${family}'` : `'${family}' is no family of verdicts`
  }
  if (!isObject(input)) return "has no 'input'"
  try {
    const got = operation(new Input(decodeNumbers(input) as object))
    const problem = disagreement(got, one['expected'], family === 'random' ? { absolute: 0, relative: 0 } : tolerance)
    return problem === undefined ? undefined : problem.includes('got') ? problem : `got ${show(got)}: ${problem}`
  } catch (error) {
    return `could not be computed: ${error instanceof Error ? error.message : String(error)}`
  }
}

function toleranceOf(value: unknown): Tolerance | undefined {
  if (!isObject(value)) return undefined
  const { absolute, relative } = value
  const isUsable = (one: unknown): one is number => typeof one === 'number' && one >= 0
  return isUsable(absolute) && isUsable(relative) ? { absolute, relative } : undefined
}

function failing(problem: string): Replayed {
  return { passed: 0, skipped: 0, failures: [problem] }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
