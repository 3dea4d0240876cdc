import { createHash } from 'node:crypto'
import type { Clock, KubeClient, KubeObject, ResourceType } from '@plimsoll/kube'
import type { Log } from './contract.ts'

/** Reasons as Argo CD names them (argo-cd `util/argo/audit_logger.go`). */
export type EventReason =
  | 'AutomaticRollback'
  | 'HistoryRewritten'
  | 'StatusRefreshed'
  | 'ResourceCreated'
  | 'ResourceUpdated'
  | 'ResourceDeleted'
  | 'OperationStarted'
  | 'OperationCompleted'
  | 'ResourceActionRan'

export interface EventRecorder {
  /** Queued, never waited for: an event that cannot be written delays nobody. */
  record(about: KubeObject, event: { reason: EventReason; message: string; isWarning?: boolean }): void
  /** Nothing more is written after what is under way. */
  stop(): void
}

/** Beyond this many, the newest are dropped: events explain, they do not carry state. */
const maxQueued = 5000
/** While there is work, events must not take the API from it. */
const busyPauseMs = 20
const idlePauseMs = 1

export function createEventRecorder(options: { client: KubeClient; clock: Clock; log: Log; isBusy: () => boolean }): EventRecorder {
  const queue: KubeObject[] = []
  let isDraining = false
  let isStopped = false
  let eventType: ResourceType | undefined

  async function drain(): Promise<void> {
    isDraining = true
    try {
      for (let event = queue.shift(); event && !isStopped; event = queue.shift()) {
        eventType ??= await options.client.typeOf('v1', 'Event')
        if (!eventType) return
        try {
          await options.client.create(eventType, event)
        } catch (error) {
          options.log.debug({ error: String(error) }, 'An event could not be written')
        }
        const pauseMs = options.isBusy() ? busyPauseMs : idlePauseMs
        await new Promise<void>((resolve) => options.clock.setTimeout(resolve, pauseMs))
      }
    } catch (error) {
      options.log.debug({ error: String(error) }, 'Events cannot be written')
    } finally {
      isDraining = false
    }
  }

  return {
    record(about, { reason, message, isWarning = false }) {
      if (isStopped || queue.length >= maxQueued) return
      const now = new Date(options.clock.now()).toISOString()
      const suffix = createHash('sha256')
        .update(`${about.metadata.uid ?? ''}${reason}${message}${now}${queue.length}`)
        .digest('hex')
        .slice(0, 16)
      const seconds = `${now.slice(0, 19)}Z`
      queue.push({
        apiVersion: 'v1',
        kind: 'Event',
        metadata: {
          name: `${about.metadata.name.slice(0, 230)}.${suffix}`,
          ...(about.metadata.namespace && { namespace: about.metadata.namespace }),
        },
        involvedObject: {
          apiVersion: about.apiVersion,
          kind: about.kind,
          name: about.metadata.name,
          ...(about.metadata.namespace && { namespace: about.metadata.namespace }),
          ...(about.metadata.uid && { uid: about.metadata.uid }),
          ...(about.metadata.resourceVersion && { resourceVersion: about.metadata.resourceVersion }),
        },
        reason,
        message: message.slice(0, 1024),
        type: isWarning ? 'Warning' : 'Normal',
        source: { component: 'argocd-application-controller' },
        firstTimestamp: seconds,
        lastTimestamp: seconds,
        count: 1,
      })
      if (!isDraining) void drain()
    },
    stop() {
      isStopped = true
      queue.length = 0
    },
  }
}
