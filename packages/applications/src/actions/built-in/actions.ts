import { type KubeObject, splitApiVersion } from '@plimsoll/kube'
import { ActionError, type ImpactedResource, type ResourceAction } from '../action.ts'
import { annotated } from './annotated.ts'
import type { ActionContext, BuiltInAction } from './change.ts'
import { fluxes } from './flux.ts'
import { rollouts } from './rollout.ts'
import { suspensions } from './suspension.ts'
import { templates } from './templates.ts'
import { workloads } from './workloads.ts'

/** By `GROUP/KIND`. */
const actions = new Map<string, BuiltInAction[]>(
  Object.entries({ ...annotated, ...fluxes, ...rollouts, ...suspensions, ...templates, ...workloads }),
)

function actionsOf({ apiVersion, kind }: KubeObject): BuiltInAction[] {
  return actions.get(`${splitApiVersion(apiVersion).group}/${kind}`) ?? []
}

/** What can be done with an object without anybody having set it up, by name. */
export function builtInActions(object: KubeObject): ResourceAction[] {
  return actionsOf(object)
    .filter((one) => !one.isHidden?.(object))
    .map((one) => ({ ...one.action, ...one.describe?.(object), ...(one.isDisabled?.(object) && { disabled: true }) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** Throws `ActionError` for one that there is not, or that cannot be done. */
export function runBuiltInAction(object: KubeObject, name: string, context: ActionContext): ImpactedResource[] {
  const found = actionsOf(object).find(({ action }) => action.name === name)
  if (!found) throw noSuchAction(object, name)
  return found.run(object, context)
}

/** Whether objects of the kind have it, be it not at this moment. */
export function hasBuiltInAction(object: KubeObject, name: string): boolean {
  return actionsOf(object).some(({ action }) => action.name === name)
}

export function noSuchAction(object: KubeObject, name: string): ActionError {
  const known = actionsOf(object).map(({ action }) => action.name)
  const offered = known.length === 0 ? 'it has none' : `built in are ${known.toSorted().join(', ')}`
  return new ActionError(`${object.kind} has no action "${name.slice(0, 80)}": ${offered}`)
}
