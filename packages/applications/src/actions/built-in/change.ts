import { cloneJson, type KubeObject } from '@plimsoll/kube'
import { at, isObject } from '../../json.ts'
import { ActionError, type ImpactedResource, type ResourceAction } from '../action.ts'

export interface ActionContext {
  params: Readonly<Record<string, string>>
  now: Date
}

/** An action that every installation has. */
export interface BuiltInAction {
  action: ResourceAction
  /** Offered, but not as the object is now. */
  isDisabled?(object: KubeObject): boolean
  /** Not offered at all. */
  isHidden?(object: KubeObject): boolean
  /** What is told differently of this object. */
  describe?(object: KubeObject): Partial<ResourceAction>
  run(object: KubeObject, context: ActionContext): ImpactedResource[]
}

type Offer = Pick<BuiltInAction, 'isDisabled' | 'isHidden' | 'describe'> & Omit<ResourceAction, 'name'>

/** An action that changes its object: `change` has a copy to do so. */
export function changing(name: string, offer: Offer, change: (object: KubeObject, context: ActionContext) => void): BuiltInAction {
  return making(name, offer, (object, context) => {
    const changed = cloneJson(object)
    change(changed, context)
    return [{ operation: 'patch', resource: changed }]
  })
}

export function making(name: string, offer: Offer, run: (object: KubeObject, context: ActionContext) => ImpactedResource[]): BuiltInAction {
  const { displayName, iconClass, params, ...state } = offer
  const action = { name, ...(displayName !== undefined && { displayName }), ...(iconClass !== undefined && { iconClass }) }
  return { action: { ...action, ...(params && { params }) }, ...state, run }
}

/** Sets a field, and makes the mappings on the way to it. Undefined takes it out. */
export function setAt(object: object, path: readonly [string, ...string[]], value: unknown): void {
  let current = object as Record<string, unknown>
  for (const name of path.slice(0, -1)) {
    const next = at(current, name)
    if (isObject(next)) current = next
    else if (value === undefined) return
    else {
      const made: Record<string, unknown> = {}
      current[name] = made
      current = made
    }
  }
  const last = path.at(-1) ?? ''
  if (value === undefined) delete current[last]
  else current[last] = value
}

/** To the second, as Kubernetes writes times. */
export function timeText(now: Date): string {
  return `${now.toISOString().slice(0, 19)}Z`
}

/** Of the parameter `replicas`; `hint` is what its error says more. */
export function replicasIn({ params }: ActionContext, hint = ''): number {
  const text = Object.hasOwn(params, 'replicas') ? (params.replicas ?? '').trim() : ''
  if (text === '') throw new ActionError('the parameter replicas is missing: say how many there are to be')
  const replicas = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(replicas) || replicas > 2 ** 31 - 1)
    throw new ActionError(`invalid number: ${text.slice(0, 40)}${hint}`)
  return replicas
}

/** An object that another one owns, made of it by hand. */
export function ownerOf(object: KubeObject, isController: boolean): Record<string, unknown> {
  const { apiVersion, kind, metadata } = object
  return {
    apiVersion,
    kind,
    name: metadata.name,
    ...(metadata.uid !== undefined && { uid: metadata.uid }),
    ...(isController && { blockOwnerDeletion: true, controller: true }),
  }
}
