import type { Renderer } from '@plimsoll/render'
import type { Repositories } from '@plimsoll/git'
import type { Clock } from '@plimsoll/kube'
import type { Records } from '@plimsoll/records'
import type { EventRecorder } from '../events.ts'
import type { ApplicationsContext, Log, TargetCluster } from '../contract.ts'

/** What a look at one application works with. */
export interface Reconciling {
  home: TargetCluster
  clusterOf: ApplicationsContext['clusterOf']
  repositories: Repositories
  renderer: Renderer
  records: Records
  events: EventRecorder
  clock: Clock
  log: Log
  /** Namespace of the control plane. */
  namespace: string
  capabilitiesOf(cluster: TargetCluster): { kubeVersion: string; apiVersions: string[] }
  count(what: 'renders' | 'comparisons' | 'syncs'): void
}
