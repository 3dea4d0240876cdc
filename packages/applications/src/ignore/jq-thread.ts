import { createJobThread, workerOf } from '../threads/job-thread.ts'
import type { FoundField, JqAnswer, JqJob } from './jq-worker.ts'
import { IgnoreStopped, type IgnoreStep } from './ignore-steps.ts'
import { addRemovals, noRemoval, type Removal } from './removal.ts'

export interface JqQuestion {
  steps: readonly IgnoreStep[]
  documents: readonly unknown[]
  timeoutMs: number
  /** Of one application: what was stopped is not tried on its next object. */
  group: string
}

/** jq in a thread of its own. */
export interface JqThread {
  /** One removal for each document. Rejects with `IgnoreStopped`. */
  removals(question: JqQuestion): Promise<{ removals: Removal[]; unfit: string[] }>
  close(): Promise<void>
}

/** How much longer than its own limit a job may take, before the thread is ended from outside: what runs between two looks at the clock. */
const graceMs = 2000
/** After how long an expression that was stopped is tried again. */
const forgiveMs = 60_000

export function createJqThread(): JqThread {
  const stopped = new Map<string, { reason: string; until: number }>()

  function stop(group: string, expression: string, reason: string): IgnoreStopped {
    if (stopped.size > 10_000) stopped.clear()
    stopped.set(`${group}\n${expression}`, { reason, until: Date.now() + forgiveMs })
    return new IgnoreStopped(expression, reason)
  }

  function reasonOf(group: string, expression: string): string | undefined {
    const mark = stopped.get(`${group}\n${expression}`)
    if (!mark || mark.until > Date.now()) return mark?.reason
    stopped.delete(`${group}\n${expression}`)
    return undefined
  }

  const thread = createJobThread<JqQuestion, JqJob, JqAnswer, { removals: Removal[]; unfit: string[] }>({
    name: 'jq',
    workerURL: workerOf('ignore/jq-worker.js', import.meta.url),
    memoryMb: 256,
    known({ steps, group }) {
      for (const { kind, text } of steps) {
        const reason = kind === 'jq' ? reasonOf(group, text) : undefined
        if (reason !== undefined) throw new IgnoreStopped(text, reason)
      }
      return undefined
    },
    jobOf({ documents, ...rest }, id) {
      const texts = documents.map((document) => JSON.stringify(document))
      return { job: { ...rest, id, documents: texts }, length: texts.reduce((sum, text) => sum + text.length, 0) }
    },
    answerOf({ group }, answer) {
      if ('stopped' in answer) throw stop(group, answer.expression, answer.stopped)
      return { removals: answer.removed.map(removalOf), unfit: answer.unfit }
    },
    lost({ group, steps }, reason) {
      throw stop(group, steps.find(({ kind }) => kind === 'jq')?.text ?? '', reason)
    },
    limitMs: ({ steps, documents, timeoutMs }) => steps.filter(({ kind }) => kind === 'jq').length * documents.length * timeoutMs + graceMs,
  })

  return { removals: (question) => thread.ask(question), close: () => thread.close() }
}

function removalOf(fields: readonly FoundField[]): Removal {
  const removal = noRemoval()
  addRemovals(
    removal,
    fields.map(({ path, rule, shownAs }) => ({
      path,
      rule,
      ...(shownAs !== undefined && { shownAs: { value: JSON.parse(shownAs) as unknown } }),
    })),
  )
  return removal
}
