import { type ApplicationCondition, PlimsollError } from '@plimsoll/api'
import { condition, describeKey } from '../conditions.ts'
import { IgnoreStopped } from '../ignore/ignore-steps.ts'
import type { Target } from '../target/target-object.ts'
import { NotCompared } from './compare-target.ts'
import type { DiffRules } from './diff-rules.ts'

/** A status is no place for more. */
const maxConditions = 10

/** Which objects of an application could not be compared, and why: each reason once, however many there are. */
export class NotComparedReport {
  readonly #rules: DiffRules
  readonly #reasons = new Map<string, { first: Target; count: number }>()
  /** Trying again may help. */
  retry: PlimsollError | undefined

  constructor(rules: DiffRules) {
    this.#rules = rules
  }

  /** Throws what is no reason of that kind. */
  add(target: Target, error: unknown): void {
    if (!(error instanceof IgnoreStopped) && !(error instanceof NotCompared)) throw error
    const reason = error instanceof IgnoreStopped ? `${error.message}: jqPathExpressions ${error.expression.slice(0, 200)}` : error.message
    const known = this.#reasons.get(reason)
    if (known) known.count++
    else this.#reasons.set(reason, { first: target, count: 1 })
    // A machine that is busy, or a webhook that is away, may be another one in a while.
    if (error instanceof IgnoreStopped || error.mayPass)
      this.retry ??= new PlimsollError(error instanceof IgnoreStopped ? 'timeout' : 'cluster-unreachable', reason)
  }

  conditions(): ApplicationCondition[] {
    const own = (this.#rules.ignore?.problems ?? []).map((problem) => condition('ComparisonError', `${problem}.`))
    if (own.length > 0) return own.slice(0, maxConditions)
    return [...this.#reasons].slice(0, maxConditions).map(([reason, { first, count }]) => {
      const others = count === 1 ? '' : ` and ${count - 1} more objects`
      return condition('ComparisonError', `${describeKey(first.key)}${others} could not be compared, because ${reason}`)
    })
  }
}
