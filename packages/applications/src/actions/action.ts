import type { KubeObject } from '@plimsoll/kube'

export type { ResourceAction } from '@plimsoll/api'

/** What an action makes: the object itself, changed, or another one. */
export interface ImpactedResource {
  operation: 'patch' | 'create'
  resource: KubeObject
}

/** An action cannot be done, for a reason that is the caller's or the script's. */
export class ActionError extends Error {
  override readonly name = 'ActionError'
}
