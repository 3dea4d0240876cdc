import type { KubeObject } from '@plimsoll/kube'
import yaml from 'js-yaml'
import { isObject } from '../json.ts'
import { fromLua } from '../lua/json.ts'
import { runScript, type ScriptOptions } from '../lua/run-script.ts'
import { isTable, LuaError, typeName } from '../lua/value.ts'
import { ActionError, type ImpactedResource, type ResourceAction } from './action.ts'

/** What a customization says of the actions of a kind: argo-cd `ResourceActions`, 3.x. */
export interface ActionScripts {
  discovery: string
  definitions: { name: string; lua: string }[]
  /** The built-in ones stay; where both have a name, the script counts. */
  mergeBuiltIn: boolean
}

/** Throws `ActionError` for what is not of that form. */
export function readActionScripts(text: string): ActionScripts {
  let fields: unknown
  try {
    fields = yaml.load(text) ?? {}
  } catch (error) {
    throw new ActionError(`the actions are not YAML: ${error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : ''}`, {
      cause: error,
    })
  }
  if (!isObject(fields)) throw new ActionError('the actions are not a mapping of discovery.lua and definitions')
  const { definitions = [], 'discovery.lua': discovery = '', mergeBuiltinActions } = fields
  if (typeof discovery !== 'string') throw new ActionError('discovery.lua is not a text')
  if (!Array.isArray(definitions)) throw new ActionError('definitions is not a list')
  return {
    discovery,
    mergeBuiltIn: mergeBuiltinActions === true,
    definitions: definitions.map((item: unknown, index) => {
      const [name, lua] = isObject(item) ? [item.name, item['action.lua']] : []
      if (typeof name !== 'string' || typeof lua !== 'string')
        throw new ActionError(`definitions[${index}]: it is not { name, action.lua }`)
      return { name, lua }
    }),
  }
}

/** The actions that a script finds for an object, by name. Throws `LuaError`, `LuaLimitError`, `ActionError`. */
export function discoverByLua(source: string, object: KubeObject, options: ScriptOptions): ResourceAction[] {
  const { machine, value } = runScript(source, { obj: object, actionParams: {} }, options)
  if (!isTable(value)) throw new LuaError(`expect table output from Lua script, not ${typeName(value)}`)
  const found = fromLua(machine, value)
  if (Array.isArray(found) && found.length === 0) return []
  if (!isObject(found)) throw new ActionError('the discovery script returns a list, and not a table of actions by name')
  return Object.entries(found)
    .map(([name, action]) => actionOf(name, action))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function actionOf(key: string, value: unknown): ResourceAction {
  if (!isObject(value)) return { name: key }
  const { name, disabled, displayName, iconClass, params } = value
  return {
    name: typeof name === 'string' && name !== '' ? name : key,
    ...(disabled === true && { disabled }),
    ...(typeof displayName === 'string' && displayName !== '' && { displayName }),
    ...(typeof iconClass === 'string' && iconClass !== '' && { iconClass }),
    ...(Array.isArray(params) && params.length > 0 && { params: params.filter(isObject).map(paramOf) }),
  }
}

function paramOf({ name, default: preset }: Record<string, unknown>): { name: string; default?: string } {
  return { name: typeof name === 'string' ? name : '', ...(typeof preset === 'string' && { default: preset }) }
}

/**
 * What an action's script makes of an object: the object, changed, or a list of `{ operation, resource }` (argo-cd `util/lua/lua.go`,
 * ExecuteResourceAction, 3.x). Throws `LuaError`, `LuaLimitError`, `ActionError`.
 */
export function runByLua(
  source: string,
  object: KubeObject,
  params: Readonly<Record<string, string>>,
  options: ScriptOptions,
): ImpactedResource[] {
  const { machine, value } = runScript(source, { obj: object, actionParams: params }, options)
  if (!isTable(value)) throw new LuaError(`expect table output from Lua script, not ${typeName(value)}`)
  const found = fromLua(machine, value)
  if (!Array.isArray(found)) return [{ operation: 'patch', resource: restored(asObject(found), object) as KubeObject }]
  return found.map((item: unknown) => {
    const operation = isObject(item) ? item.operation : undefined
    if (operation !== 'create' && operation !== 'patch')
      throw new ActionError(`unsupported operation: ${JSON.stringify(operation ?? null)}`)
    const resource = asObject(isObject(item) ? item.resource : undefined)
    return { operation, resource: operation === 'patch' ? (restored(resource, object) as KubeObject) : resource }
  })
}

function asObject(value: unknown): KubeObject {
  const metadata = isObject(value) ? value.metadata : undefined
  if (!isObject(value) || typeof value.kind !== 'string' || typeof value.apiVersion !== 'string' || !isObject(metadata)) {
    throw new ActionError('the action returns something that is no object: apiVersion, kind or metadata is missing')
  }
  return value as KubeObject
}

/** An empty table is neither a list nor a mapping: what was an empty mapping before is one again (argo-cd `util/lua/lua.go`, cleanReturnedObj). */
function restored(made: unknown, before: unknown): unknown {
  if (Array.isArray(made)) {
    if (isObject(before)) return made.length === 0 ? {} : made
    return Array.isArray(before) ? made.map((item, index) => (index < before.length ? restored(item, before[index]) : item)) : made
  }
  if (!isObject(made) || !isObject(before)) return made
  return Object.fromEntries(
    Object.entries(made).map(([name, item]) => [name, Object.hasOwn(before, name) ? restored(item, before[name]) : item]),
  )
}
