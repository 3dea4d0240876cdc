import type { HealthStatus, HealthStatusCode } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { Environment } from '@marcbachmann/cel-js'
import { serialize } from '@marcbachmann/cel-js/serialize'
import yaml from 'js-yaml'
import { RE2JS } from 're2js'
import { isObject } from '../json.ts'
import { progressing, statusOf } from './health-status.ts'
import { isStatusCode } from './status-code.ts'

/** What is wrong with the rules, or what an expression has failed with. */
export class CelError extends Error {
  override readonly name = 'CelError'
}

interface Rule {
  status: HealthStatusCode
  /** Absent: it holds for whatever comes to it. */
  when?: Expression
  message?: string
  messageExpression?: Expression
}

type Expression = (object: unknown) => unknown

const maxRules = 50
const maxLength = 4_000
const maxDepth = 200
const maxMessage = 2_000
const maxCached = 200
const cache = new Map<string, readonly Rule[]>()

/**
 * The health by rules in CEL, of which the first that holds tells it; without one the object is on its way. A field that is not there makes an
 * expression false and no error: what has no status yet fulfils nothing. Throws `CelError`.
 *
 *     - { status: Degraded, when: 'obj.status.phase == "Failed"', messageExpression: obj.status.reason }
 *     - { status: Healthy, when: 'obj.status.readyReplicas >= obj.spec.replicas' }
 */
export function healthByCel(text: string, object: KubeObject): HealthStatus | undefined {
  const value = toCel(object, 0)
  for (const [index, rule] of rulesOf(text).entries()) {
    const answer = rule.when === undefined ? true : rule.when(value)
    if (answer !== undefined && typeof answer !== 'boolean') throw new CelError(`rule ${index + 1}: when is neither true nor false`)
    if (answer === true) return statusOf(rule.status, messageOf(rule, value))
  }
  return progressing('None of its rules holds')
}

function messageOf({ message, messageExpression }: Rule, value: unknown): string | undefined {
  const found = messageExpression?.(value)
  return (typeof found === 'string' ? found : message)?.slice(0, maxMessage)
}

function rulesOf(text: string): readonly Rule[] {
  const known = cache.get(text)
  if (known) return known
  const rules = readRules(text)
  if (cache.size >= maxCached) cache.clear()
  cache.set(text, rules)
  return rules
}

function readRules(text: string): Rule[] {
  let list: unknown
  try {
    list = yaml.load(text)
  } catch (error) {
    throw new CelError(`the rules are not YAML: ${error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : ''}`, { cause: error })
  }
  if (!Array.isArray(list) || list.length > maxRules) throw new CelError(`the rules are not a list of at most ${maxRules}`)
  return list.map((item, index) => {
    const where = `rule ${index + 1}`
    if (!isObject(item)) throw new CelError(`${where}: it is not { status, when, message }`)
    const { status, when, message, messageExpression, ...rest } = item
    const [unknown] = Object.keys(rest)
    if (unknown !== undefined)
      throw new CelError(`${where}: there is no field "${unknown}"; there are status, when, message, messageExpression`)
    if (!isStatusCode(status)) throw new CelError(`${where}: status is not Healthy, Progressing, Degraded, Suspended, Missing or Unknown`)
    if (message !== undefined && typeof message !== 'string') throw new CelError(`${where}: message is not a text`)
    return {
      status,
      ...(when !== undefined && { when: compile(when, `${where}: when`) }),
      ...(message !== undefined && { message }),
      ...(messageExpression !== undefined && { messageExpression: compile(messageExpression, `${where}: messageExpression`) }),
    }
  })
}

const environment = new Environment({
  enableOptionalTypes: true,
  homogeneousAggregateLiterals: false,
  limits: { maxAstNodes: 2_000, maxDepth: 60, maxListElements: 200, maxMapEntries: 200, maxCallArguments: 32 },
})
  .registerVariable('obj', 'dyn')
  // As expressions in definitions of custom kinds call it.
  .registerVariable('self', 'dyn')
  .registerFunction('string.matchesInLinearTime(string): bool', (text: string, pattern: string) => matches(text, pattern))

/** YAML makes a boolean of a bare `true`. */
function compile(source: unknown, where: string): Expression {
  const text = typeof source === 'boolean' ? String(source) : source
  if (typeof text !== 'string' || text.length > maxLength)
    throw new CelError(`${where} is not an expression of at most ${maxLength} characters`)
  try {
    const parsed = environment.parse(serialize(withLinearMatches(environment.parse(text).ast)))
    const check = parsed.check()
    if (!check.valid) throw check.error ?? new Error('its types do not fit')
    return (object) => evaluate(() => parsed({ obj: object, self: object }), where)
  } catch (error) {
    throw new CelError(`${where}: ${summaryOf(error)}`, { cause: error })
  }
}

type Node = ReturnType<typeof environment.parse>['ast']

/** The library's own `matches` goes back and forth in a text for as long as a pattern makes it. */
function withLinearMatches(node: Node): Node {
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit)
    if (!isObject(value) || !('op' in value)) return value
    const args = visit(value.args)
    if (value.op === 'rcall' && Array.isArray(args) && args[0] === 'matches') args[0] = 'matchesInLinearTime'
    return { ...value, args }
  }
  return visit(node) as Node
}

const patterns = new Map<string, RE2JS>()

function matches(text: string, source: string): boolean {
  let pattern = patterns.get(source)
  if (pattern === undefined) {
    if (patterns.size >= maxCached) patterns.clear()
    pattern = RE2JS.compile(source)
    patterns.set(source, pattern)
  }
  return pattern.matcher(text).find()
}

function evaluate(run: () => unknown, where: string): unknown {
  try {
    return run()
  } catch (error) {
    if (isObject(error) && error.code === 'no_such_key') return undefined
    throw new CelError(`${where}: ${summaryOf(error)}`, { cause: error })
  }
}

function summaryOf(error: unknown): string {
  if (isObject(error) && typeof error.summary === 'string') return error.summary
  return error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error)
}

/** Maps instead of objects, so that every name is one that the object has; whole numbers as integers. */
function toCel(value: unknown, depth: number): unknown {
  if (depth > maxDepth) throw new CelError(`the object is nested deeper than ${maxDepth} levels`)
  if (Array.isArray(value)) return value.map((item) => toCel(item, depth + 1))
  if (isObject(value)) return new Map(Object.entries(value).map(([name, item]) => [name, toCel(item, depth + 1)]))
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
}
