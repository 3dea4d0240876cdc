import type { Application, ApplicationCondition } from '@plimsoll/api'
import type { ChartRegistry } from '@plimsoll/registry'
import type { Programs, Renderer, RenderPolicy } from '@plimsoll/render'
import type { Repositories, SigningKeys } from '@plimsoll/git'
import type { dependentsOf, Readiness } from '../dependencies/readiness.ts'
import type { Clock } from '@plimsoll/kube'
import type { Records } from '@plimsoll/records'
import type { EventRecorder } from '../events.ts'
import type { HealthSource } from '../health/health-source.ts'
import type { JqThread } from '../ignore/jq-thread.ts'
import type { DiffSettings } from '../settings/diff-settings.ts'
import type { Clusters } from '../clusters/contract.ts'
import type { Log, TargetCluster } from '../contract.ts'
import type { HomeApplications } from '../home-applications.ts'

/** What a look at one application works with. */
export interface Reconciling {
  home: TargetCluster
  applications: HomeApplications
  clusters: Clusters
  repositories: Repositories
  charts: ChartRegistry
  renderer: Renderer
  remoteFile?: (url: string) => Promise<Buffer>
  programs?: Programs
  renderPolicy?: Partial<RenderPolicy>
  records: Records
  events: EventRecorder
  clock: Clock
  log: Log
  /** Namespace of the control plane. */
  namespace: string
  capabilitiesOf(cluster: TargetCluster): { kubeVersion: string; apiVersions: string[] }
  /** What the operator says of comparisons, at this moment. */
  diffSettings(): DiffSettings
  /** Whose signatures of commits and tags count. */
  signingKeys(): Promise<SigningKeys>
  jq: JqThread
  health: HealthSource
  /** Whether what it depends on is ready. */
  readinessOf(application: Application): Readiness
  /** Who depends on it. */
  dependentsOf(application: Application): ReturnType<typeof dependentsOf>
  /** Goes back to a deployment of its history, by itself. */
  rollBack(application: Application, id: number): Promise<void>
  /** What others have to say about an Application, by key. */
  noticesOf(application: Application, key: string): Promise<readonly ApplicationCondition[]>
  count(what: 'renders' | 'comparisons' | 'syncs'): void
}
