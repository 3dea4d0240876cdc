import { JqError, JqStopped } from '../jq/index.ts'
import { resolvePointer } from './json-pointer.ts'
import type { JqExpression } from './jq-expression.ts'
import { addRemovals, noRemoval, type Removal, without } from './removal.ts'

/** One thing that a rule says, in its own words: a pointer, or a jq expression. Each sees what the ones before it have left. */
export interface IgnoreStep {
  kind: 'pointer' | 'jq'
  text: string
}

/** An expression that was ended: nothing can be said of the document. */
export class IgnoreStopped extends Error {
  readonly expression: string

  constructor(expression: string, reason: string) {
    super(reason)
    this.expression = expression
  }
}

/**
 * What the steps leave out of a document. An expression that does not fit the document (a list that is none there) leaves nothing out, as in Argo
 * CD; `unfit` says so. Throws `IgnoreStopped`.
 */
export function removalBy(
  steps: readonly IgnoreStep[],
  document: unknown,
  jq: { expression(text: string): JqExpression; timeoutMs: number },
  unfit?: (step: IgnoreStep, reason: string) => void,
): Removal {
  const removal = noRemoval()
  let current = document
  for (const step of steps) {
    if (step.kind === 'pointer') {
      const path = resolvePointer(current, step.text)
      if (!path) continue
      addRemovals(removal, [{ path, rule: step.text }])
    } else {
      try {
        const { removed, shown } = jq.expression(step.text).effectOn(current, jq.timeoutMs)
        if (removed.length === 0 && shown.length === 0) continue
        addRemovals(removal, [
          ...removed.map((path) => ({ path, rule: step.text })),
          ...shown.map(({ path, value }) => ({ path, rule: step.text, shownAs: { value } })),
        ])
      } catch (error) {
        if (error instanceof JqStopped) throw new IgnoreStopped(step.text, error.message)
        if (!(error instanceof JqError)) throw error
        unfit?.(step, error.message)
        continue
      }
    }
    current = without(document, removal)
  }
  return removal
}
