import type { Duplex } from 'node:stream'
import type { KubeClient, KubeObject, LogOptions, NamespacedName } from '@plimsoll/kube'

/**
 * The seams inside the embedded cluster: API server, controllers, kubelet and gateway know each other only through these.
 * Controllers and kubelet use nothing but `KubeClient` and a `ClusterCache` over it, as they would against any cluster.
 */

/** What the API server asks of the node for `pods/log`, `pods/exec`, `pods/attach`, `pods/portforward`. Failures are `KubeApiError`. */
export interface NodeAgent {
  /** Rejects with 400 and the reason a real kubelet gives (`container "x" in pod "y" is waiting to start: …`) when there is no log yet. */
  logs(pod: KubeObject, options: LogOptions): Promise<AsyncIterable<Buffer>>
  /** Runs a command beside a container: with its environment and working directory. */
  exec(pod: KubeObject, options: ExecOptions): Promise<ExecSession>
  /**
   * Output of a container from now on, or from its start when that was just now, and its input if it was made with one. Without it, the API
   * server gives the log alone.
   */
  attach?(pod: KubeObject, options: ExecOptions): Promise<ExecSession>
  /** A connection to a port of the pod, by container port number. */
  connect(pod: KubeObject, port: number): Promise<Duplex>
}

export interface ExecOptions {
  container?: string
  command: string[]
  stdin: boolean
  stdout: boolean
  stderr: boolean
  tty: boolean
}

export interface ExecSession {
  stdin: NodeJS.WritableStream
  stdout: NodeJS.ReadableStream
  stderr: NodeJS.ReadableStream
  /** Exit code. */
  exited: Promise<number>
  /** The client's terminal has another size now. Only with `tty`. */
  resize?(size: TerminalSize): void
  kill(): void
}

/** In characters. */
export interface TerminalSize {
  columns: number
  rows: number
}

/** A part that runs as long as the cluster does: a controller, the kubelet, the gateway. */
export interface ClusterPart {
  readonly name: string
  start(): Promise<void>
  stop(): Promise<void>
}

/**
 * Where a pod's container port really listens. The pod's IP is a virtual one (`10.244.0.x`), as the API shows it;
 * every container on this machine gets a port of its own in `PORT`.
 */
export interface PortResolver {
  /** Undefined while the pod has no process behind that port (simulated, not started). */
  addressOf(pod: NamespacedName, containerPort: number): { host: string; port: number } | undefined
}

export interface ClusterContext {
  client: KubeClient
  /** Directory that is the cluster's own. */
  dataDir: string
}
