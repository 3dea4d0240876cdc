import { createJobThread, workerOf } from '../threads/job-thread.ts'
import { maxStrikes, type ScriptJob, type ScriptJobAnswer } from './script-job.ts'
import type { ScriptAnswer, ScriptTask } from './script-task.ts'

/** Scripts in a thread of their own. */
export interface ScriptThread {
  /** What is wrong with a script is an answer. Rejects only when the thread is closed. */
  ask<Task extends ScriptTask>(task: Task): Promise<ScriptAnswer<Task['kind']>>
  close(): Promise<void>
}

type AnyAnswer = ScriptAnswer<ScriptTask['kind']>

/** A script is ended by its steps long before. This is for what has none to count, such as rules in CEL that go through lists in lists. */
const limitMs = 5_000
/** After how long a script that took too much is tried again. */
const forgiveMs = 60_000

export function createScriptThread(): ScriptThread {
  const strikes = new Map<string, { count: number; until: number; answer: AnyAnswer }>()

  function remembered({ source }: ScriptTask, answer: AnyAnswer): AnyAnswer {
    if (answer.ok || !answer.isLimit) strikes.delete(source)
    else {
      if (strikes.size > 1_000) strikes.clear()
      const count = (strikes.get(source)?.count ?? 0) + 1
      strikes.set(source, { count, until: Date.now() + forgiveMs, answer })
    }
    return answer
  }

  const thread = createJobThread<ScriptTask, ScriptJob, ScriptJobAnswer, AnyAnswer>({
    name: 'the thread of scripts',
    workerURL: workerOf('scripts/script-worker.js', import.meta.url),
    memoryMb: 384,
    known({ source }) {
      const struck = strikes.get(source)
      return struck && struck.count >= maxStrikes && struck.until > Date.now() ? struck.answer : undefined
    },
    jobOf({ object, ...task }, id) {
      const text = JSON.stringify(object)
      return { job: { id, task, object: text }, length: text.length }
    },
    answerOf: (task, { answer }) => remembered(task, answer),
    lost: (task, reason) => remembered(task, { ok: false, message: reason, isLimit: true }),
    limitMs: () => limitMs,
  })

  return {
    // What is asked is what is answered: the kind goes along with the task. Somebody waits for an action, and nobody for one of a thousand checks.
    ask: <Task extends ScriptTask>(task: Task) =>
      thread.ask(task, task.kind === 'discover' || task.kind === 'run') as Promise<ScriptAnswer<Task['kind']>>,
    close: () => thread.close(),
  }
}
