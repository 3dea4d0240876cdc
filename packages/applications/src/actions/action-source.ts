import { type KubeObject, splitApiVersion } from '@plimsoll/kube'
import type { ScriptAnswer, ScriptTask } from '../scripts/script-task.ts'
import type { ScriptThread } from '../scripts/script-thread.ts'
import type { ScriptSettings } from '../settings/script-settings.ts'
import { ActionError, type ImpactedResource, type ResourceAction } from './action.ts'
import { builtInActions, hasBuiltInAction, noSuchAction, runBuiltInAction } from './built-in/actions.ts'
import { type ActionScripts, readActionScripts } from './lua-actions.ts'

/** The actions of objects: those that the operator has written for a kind, in the place of ours or, where they say so, beside them. */
export interface ActionSource {
  /** By name. Rejects with `ActionError`. */
  list(object: KubeObject): Promise<ResourceAction[]>
  /** What the action makes of the object; nothing is written. Rejects with `ActionError`. */
  run(object: KubeObject, action: string, params: Readonly<Record<string, string>>): Promise<ImpactedResource[]>
}

export function createActionSource(context: { settings(): ScriptSettings; scripts: ScriptThread; now(): number }): ActionSource {
  function scriptsFor({ apiVersion, kind }: KubeObject): (ActionScripts & { useOpenLibs: boolean }) | undefined {
    const found = context
      .settings()
      .overridesFor(splitApiVersion(apiVersion).group, kind)
      .find(({ actions }) => actions)
    return found?.actions === undefined ? undefined : { ...readActionScripts(found.actions), useOpenLibs: found.useOpenLibs === true }
  }

  async function ask<Task extends ScriptTask>(task: Task): Promise<Extract<ScriptAnswer<Task['kind']>, { ok: true }>['value']> {
    const answer = await context.scripts.ask(task)
    if (answer.ok) return answer.value
    throw new ActionError(answer.message)
  }

  return {
    async list(object) {
      const own = scriptsFor(object)
      if (!own) return builtInActions(object)
      const { discovery: source, useOpenLibs, mergeBuiltIn } = own
      const found = source.trim() === '' ? [] : await ask({ kind: 'discover', source, useOpenLibs, object })
      const names = new Set(found.map(({ name }) => name))
      const others = mergeBuiltIn ? builtInActions(object).filter(({ name }) => !names.has(name)) : []
      return [...found, ...others].toSorted((a, b) => (a.name < b.name ? -1 : 1))
    },
    async run(object, action, params) {
      const own = scriptsFor(object)
      const script = own?.definitions.find(({ name }) => name === action)
      if (own && script) return ask({ kind: 'run', source: script.lua, useOpenLibs: own.useOpenLibs, object, params })
      // What the operator has replaced is not there any more.
      if (own && !own.mergeBuiltIn) {
        const known = own.definitions.map(({ name }) => name)
        throw new ActionError(`${object.kind} has no action "${action.slice(0, 80)}": argocd-cm defines ${known.join(', ') || 'none'}`)
      }
      if (!hasBuiltInAction(object, action)) throw noSuchAction(object, action)
      const offered = builtInActions(object).find(({ name }) => name === action)
      if (!offered || offered.disabled)
        throw new ActionError(`${action} cannot be done with ${object.kind} ${object.metadata.name} as it is now`)
      return runBuiltInAction(object, action, { params, now: new Date(context.now()) })
    },
  }
}
