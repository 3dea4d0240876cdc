import type { HealthStatus } from '@plimsoll/api'
import { type KubeObject, splitApiVersion } from '@plimsoll/kube'
import { ActionError, type ImpactedResource, type ResourceAction } from '../actions/action.ts'
import { createActionSource } from '../actions/action-source.ts'
import { type ActionScripts, readActionScripts } from '../actions/lua-actions.ts'
import { createHealthSource } from '../health/health-source.ts'
import { readScriptSettings } from '../settings/script-settings.ts'
import { createScriptThread, type ScriptThread } from './script-thread.ts'

/** Scripts and settings that somebody tries on an object of a file, before anybody else has to live with them. */
export interface Tried {
  /** A script, in the place of everything else. */
  lua?: string
  /** Whether the script has the libraries that `useOpenLibs` opens. */
  useOpenLibs?: boolean
  /** The data of a ConfigMap argocd-cm. */
  settings?: Readonly<Record<string, string>>
}

export interface TriedHealth {
  /** Undefined: nothing is said of such an object. */
  health: HealthStatus | undefined
  /** Why a check has failed; its health is Unknown then. */
  problem?: string
  printed: readonly string[]
}

/** The health of an object: by a script, whatever the object; else as it would be told of a live one. */
export function tryHealth(object: KubeObject, tried: Tried): Promise<TriedHealth> {
  return withThread(async (scripts) => {
    if (tried.lua === undefined) {
      const settings = readScriptSettings(tried.settings ?? {})
      const source = createHealthSource({ settings: () => settings, sensitiveAnnotations: () => new Set(), scripts })
      await source.assess([object])
      const problem = source.problemOf(object)
      return { health: source.of(object), ...(problem !== undefined && { problem }), printed: settings.problems }
    }
    const answer = await scripts.ask({ kind: 'health-lua', source: tried.lua, useOpenLibs: tried.useOpenLibs !== false, object })
    const { printed = [] } = answer
    if (answer.ok) return { health: answer.value, printed }
    return { health: { status: 'Unknown', message: answer.message }, problem: answer.message, printed }
  })
}

export type TriedActions = { printed: readonly string[] } & ({ actions: ResourceAction[] } | { impacted: ImpactedResource[] })

/**
 * What can be done with an object, or, with `run`, what an action makes of it. The script of an action that is given without a name is run at once:
 * it returns objects, and no actions. Rejects with `ActionError`.
 */
export function tryAction(
  object: KubeObject,
  tried: Tried & { run?: string; params?: Readonly<Record<string, string>> },
): Promise<TriedActions> {
  return withThread(async (scripts) => {
    const { lua, run, params = {} } = tried
    const useOpenLibs = tried.useOpenLibs !== false
    if (lua === undefined) {
      const settings = readScriptSettings(tried.settings ?? {})
      const source = createActionSource({ settings: () => settings, scripts, now: () => Date.now() })
      if (run !== undefined) return { impacted: await source.run(object, run, params), printed: settings.problems }
      return { actions: await source.list(object), printed: settings.problems }
    }
    if (run === undefined) {
      const answer = await scripts.ask({ kind: 'discover', source: lua, useOpenLibs, object })
      if (answer.ok && !isObjectLike(answer.value)) return { actions: answer.value, printed: answer.printed ?? [] }
      if (!answer.ok && !answer.message.includes('returns a list')) throw new ActionError(answer.message)
    }
    const answer = await scripts.ask({ kind: 'run', source: lua, useOpenLibs, object, params })
    if (!answer.ok) throw new ActionError(answer.message)
    return { impacted: answer.value, printed: answer.printed ?? [] }
  })
}

/** What a customization of the actions of a kind says: the script that finds them, and those that do them. Throws `ActionError`. */
export function readActions(text: string): ActionScripts {
  return readActionScripts(text)
}

/** `GROUP/KIND` of an object, as messages name it. */
export function groupKindOf({ apiVersion, kind }: KubeObject): string {
  return `${splitApiVersion(apiVersion).group}/${kind}`
}

function isObjectLike(actions: readonly ResourceAction[]): boolean {
  return ['apiVersion', 'kind'].every((name) => actions.some((action) => action.name === name))
}

async function withThread<T>(use: (scripts: ScriptThread) => Promise<T>): Promise<T> {
  const scripts = createScriptThread()
  try {
    return await use(scripts)
  } finally {
    await scripts.close()
  }
}
