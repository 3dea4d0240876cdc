import type { HealthStatus } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { isObject } from '../json.ts'
import { fromLua } from '../lua/json.ts'
import { runScript, type ScriptOptions } from '../lua/run-script.ts'
import { isTable, LuaError, typeName } from '../lua/value.ts'
import { statusOf } from './health-status.ts'
import { isStatusCode } from './status-code.ts'

const invalidStatus = 'Lua returned an invalid health status'

/**
 * The health that a script finds, as under Argo CD (argo-cd `util/lua/lua.go`, ExecuteHealthLua, 3.x): undefined where it returns nil or an empty
 * table. Throws `LuaError` and `LuaLimitError`.
 */
export function healthByLua(source: string, object: KubeObject, options: ScriptOptions): HealthStatus | undefined {
  const { machine, value } = runScript(source, { obj: object, actionParams: {} }, options)
  if (value === undefined) return undefined
  if (!isTable(value)) throw new LuaError(`expect table output from Lua script, not ${typeName(value)}`)
  const found = fromLua(machine, value)
  if (!isObject(found)) return undefined
  const [status, message] = [fieldOf(found, 'status') ?? '', fieldOf(found, 'message') ?? '']
  // What cannot be read as a health says nothing.
  if (typeof status !== 'string' || typeof message !== 'string') return undefined
  return isStatusCode(status) ? statusOf(status, message) : statusOf('Unknown', invalidStatus)
}

/** Go's JSON takes a field in any case. */
function fieldOf(found: Record<string, unknown>, name: string): unknown {
  const own = Object.keys(found).find((key) => key === name) ?? Object.keys(found).find((key) => key.toLowerCase() === name)
  return own === undefined ? undefined : found[own]
}
