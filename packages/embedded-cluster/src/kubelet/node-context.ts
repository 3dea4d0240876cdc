import type { Clock, KubeClient, ResourceType } from '@plimsoll/kube'
import type { Logger } from 'pino'
import type { EventRecorder } from '../controllers/machinery/event-recorder.ts'
import type { ServiceAddress } from './container-environment.ts'
import type { ConfigReader } from './config-reader.ts'
import type { MachineCapacity } from './field-reference.ts'
import type { HostPorts } from './host-ports.ts'
import type { Pod } from './pod.ts'
import type { AddressPool } from './pod-addresses.ts'
import type { PodRecords } from './pod-record.ts'
import type { BackoffLimits } from './restart-backoff.ts'

/** What all pods of one node share. */
export interface NodeContext {
  client: KubeClient
  clock: Clock
  log: Logger
  events: EventRecorder
  reader: ConfigReader
  records: PodRecords
  addresses: AddressPool
  hostPorts: HostPorts
  machine: MachineCapacity
  backoff: BackoffLimits
  podType: ResourceType
  hostIP: string
  claimsFolder: string
  allowedHostPaths: readonly string[]
  logLimitBytes: number
  /** The variables that every process of this machine gets: PATH, LANG. */
  machineEnv: Record<string, string>
  serviceAddress(namespace: string, name: string, port: number): ServiceAddress
  serviceAccountToken?: ((pod: Pod, audience: string | undefined, expirationSeconds: number) => Promise<string | undefined>) | undefined
  /** The API's answer to a write, for whoever caches. */
  observe(pod: Pod): void
}
