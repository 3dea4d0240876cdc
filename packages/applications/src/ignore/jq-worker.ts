import { parentPort } from 'node:worker_threads'
import { JqSyntaxError } from '../jq/index.ts'
import { IgnoreStopped, type IgnoreStep, removalBy } from './ignore-steps.ts'
import { type JqExpression, readJqExpression } from './jq-expression.ts'
import { type KeyPath, removedFields } from './removal.ts'

/** What one object is asked. Documents are JSON texts: cloning objects would hold up the thread that asks. */
export interface JqJob {
  id: number
  steps: readonly IgnoreStep[]
  documents: readonly string[]
  timeoutMs: number
  /** Of one application. What was stopped is not tried on its next object. */
  group: string
}

export interface FoundField {
  path: KeyPath
  rule: string
  /** A JSON text. */
  shownAs?: string
}

export type JqAnswer = { id: number } & ({ removed: FoundField[][]; unfit: string[] } | { expression: string; stopped: string })

/** More are no rule that somebody wants, and would keep busy whoever asks. */
const maxFields = 10_000
const maxExpressions = 2000
const expressions = new Map<string, JqExpression>()

function expressionOf(text: string): JqExpression {
  let expression = expressions.get(text)
  if (!expression) {
    expression = readJqExpression(text)
    if (expressions.size >= maxExpressions) expressions.clear()
    expressions.set(text, expression)
  }
  return expression
}

function answer(job: JqJob, stopped: ReadonlySet<string>): JqAnswer {
  const { id, steps, documents, timeoutMs, group } = job
  const known = steps.find(({ text }) => stopped.has(`${group}\n${text}`))
  if (known) return { id, expression: known.text, stopped: 'it was stopped on another object' }
  const unfit: string[] = []
  try {
    const removed = documents.map((text) => {
      const removal = removalBy(steps, JSON.parse(text), { expression: expressionOf, timeoutMs }, (step, reason) =>
        unfit.push(`${step.text}: ${reason}`),
      )
      const fields = removedFields(removal)
      if (fields.length > maxFields)
        throw new IgnoreStopped(steps.find(({ kind }) => kind === 'jq')?.text ?? '', `it leaves out more than ${maxFields} fields`)
      return fields.map(({ path, rule, shownAs }) => ({
        path,
        rule,
        ...(shownAs && { shownAs: JSON.stringify(shownAs.value) }),
      }))
    })
    return { id, removed, unfit }
  } catch (error) {
    if (error instanceof IgnoreStopped) return { id, expression: error.expression, stopped: error.message }
    if (error instanceof JqSyntaxError) return { id, expression: '', stopped: error.message }
    throw error
  }
}

parentPort?.on('message', (jobs: readonly JqJob[]) => {
  const stopped = new Set<string>()
  for (const job of jobs) {
    const found = answer(job, stopped)
    if ('stopped' in found) stopped.add(`${job.group}\n${found.expression}`)
    parentPort?.postMessage(found)
  }
})
