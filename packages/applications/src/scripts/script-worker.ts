import { parentPort } from 'node:worker_threads'
import type { KubeObject } from '@plimsoll/kube'
import { maxStrikes, type ScriptJob, type ScriptJobAnswer } from './script-job.ts'
import { carryOut, type ScriptAnswer, type ScriptTask } from './script-task.ts'

parentPort?.on('message', (jobs: readonly ScriptJob[]) => {
  const stopped = new Map<string, ScriptAnswer<ScriptTask['kind']>[]>()
  for (const { id, task, object } of jobs) {
    const before = stopped.get(task.source) ?? []
    const known = before.length >= maxStrikes ? before.at(-1) : undefined
    const answer = known ?? carryOut({ ...task, object: JSON.parse(object) as KubeObject } as ScriptTask)
    if (!answer.ok && answer.isLimit) stopped.set(task.source, [...before, answer])
    parentPort?.postMessage({ id, answer } satisfies ScriptJobAnswer)
  }
})
