import type { ScriptAnswer, ScriptTask } from './script-task.ts'

/** The object comes as a JSON text: cloning it would hold up the thread that asks. */
export interface ScriptJob {
  id: number
  task: Omit<ScriptTask, 'object'>
  object: string
}

export interface ScriptJobAnswer {
  id: number
  answer: ScriptAnswer<ScriptTask['kind']>
}

/** So often in a row a script may exceed its limits before it is left alone for a while: a thousand objects of a kind would wait for each other. */
export const maxStrikes = 3
