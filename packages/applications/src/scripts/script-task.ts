import type { HealthStatus } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { ActionError, type ImpactedResource, type ResourceAction } from '../actions/action.ts'
import { discoverByLua, runByLua } from '../actions/lua-actions.ts'
import { CelError, healthByCel } from '../health/cel-check.ts'
import { healthByLua } from '../health/lua-check.ts'
import { LuaError, LuaLimitError } from '../lua/value.ts'

/** What a script is asked about one object. */
export type ScriptTask =
  | { kind: 'health-lua'; source: string; useOpenLibs: boolean; object: KubeObject }
  | { kind: 'health-cel'; source: string; object: KubeObject }
  | { kind: 'discover'; source: string; useOpenLibs: boolean; object: KubeObject }
  | { kind: 'run'; source: string; useOpenLibs: boolean; object: KubeObject; params: Readonly<Record<string, string>> }

/** What each kind of question is answered with. */
export interface ScriptResults {
  'health-lua': HealthStatus | undefined
  'health-cel': HealthStatus | undefined
  discover: ResourceAction[]
  run: ImpactedResource[]
}

export type ScriptAnswer<Kind extends ScriptTask['kind']> =
  | { ok: true; value: ScriptResults[Kind]; printed?: readonly string[] }
  /** `isLimit`: it would have gone on. */
  | { ok: false; message: string; isLimit: boolean; printed?: readonly string[] }

const maxMessage = 2_000
const maxPrinted = 100

/** Runs a script here and now. Every fault of the script, and of what it is about, is an answer; anything else is a bug. */
export function carryOut(task: ScriptTask): ScriptAnswer<ScriptTask['kind']> {
  const printed: string[] = []
  const print = (line: string): void => {
    if (printed.length < maxPrinted) printed.push(line.slice(0, maxMessage))
  }
  const told = (): { printed?: readonly string[] } => (printed.length > 0 ? { printed } : {})
  try {
    return { ok: true, value: valueOf(task, print), ...told() }
  } catch (error) {
    const isLimit = error instanceof LuaLimitError
    if (!isLimit && !(error instanceof LuaError) && !(error instanceof CelError) && !(error instanceof ActionError)) throw error
    return { ok: false, message: error.message.slice(0, maxMessage), isLimit, ...told() }
  }
}

function valueOf(task: ScriptTask, print: (line: string) => void): ScriptResults[ScriptTask['kind']] {
  const { source, object } = task
  switch (task.kind) {
    case 'health-lua':
      return shortened(healthByLua(source, object, { useOpenLibs: task.useOpenLibs, print }))
    case 'health-cel':
      return healthByCel(source, object)
    case 'discover':
      return discoverByLua(source, object, { useOpenLibs: task.useOpenLibs, print })
    case 'run':
      return runByLua(source, object, task.params, { useOpenLibs: task.useOpenLibs, print })
  }
}

/** A message is kept in the status of the Application: it is for people, and not for megabytes. */
function shortened(health: HealthStatus | undefined): HealthStatus | undefined {
  return health?.message === undefined ? health : { ...health, message: health.message.slice(0, maxMessage) }
}
