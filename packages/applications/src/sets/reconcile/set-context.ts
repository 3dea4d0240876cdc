import type { ApplicationSet } from '@plimsoll/api'
import type { ResourceType } from '@plimsoll/kube'
import { applicationApiVersion } from '../../application-object.ts'
import type { TargetCluster } from '../../contract.ts'
import type { EventRecorder } from '../../events.ts'
import type { JqThread } from '../../ignore/jq-thread.ts'
import type { ApplicationSetsContext } from '../contract.ts'
import type { Sources } from '../generate/generator.ts'

/** What a look at one set works with. */
export interface SetContext extends ApplicationSetsContext {
  events: EventRecorder
  /** For what sets leave alone. */
  jq: JqThread
  /** Doors for the generators of one look. */
  sourcesFor(set: ApplicationSet): Sources
}

/** Who wrote it, in managed fields. */
export const fieldManager = 'argocd-applicationset-controller'

export async function typeOfKind(home: TargetCluster, kind: 'Application' | 'ApplicationSet'): Promise<ResourceType> {
  const type = home.cache.typeOf(applicationApiVersion, kind) ?? (await home.client.typeOf(applicationApiVersion, kind))
  if (!type) throw new Error(`Cluster ${home.name} does not serve ${applicationApiVersion} ${kind}.`)
  return type
}
