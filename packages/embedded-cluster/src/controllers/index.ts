/**
 * What makes objects come true: level-based controllers over the watch cache.
 *
 * Terminology
 * - controller: looks at one kind and brings about what its objects ask for. - key: names the object to look at.
 * - plan: what to do and to say, decided without side effects from what was read. - machinery: what all controllers share.
 * - claim: taking over objects that match and have no controller, letting go those that match no longer.
 */
import type { ClusterPart } from '../contract.ts'
import { autoscalerController } from './autoscaler/autoscaler-controller.ts'
import type { ControllerContext } from './context.ts'
import { cronJobController } from './cron-job/cron-job-controller.ts'
import { daemonSetController } from './daemon-set/daemon-set-controller.ts'
import { deploymentController } from './deployment/deployment-controller.ts'
import { disruptionBudgetController } from './disruption-budget/disruption-budget.ts'
import { eventExpiry } from './event-expiry.ts'
import { garbageCollector } from './garbage-collector/garbage-collector.ts'
import { ingressController } from './ingress/ingress-controller.ts'
import { jobController } from './job/job-controller.ts'
import { replicaSetKind, replicationControllerKind } from './kinds.ts'
import { createControllerLoop, type ControllerDefinition } from './machinery/controller-loop.ts'
import { createMachinery } from './machinery/machinery.ts'
import { namespaceController } from './namespace/namespace-controller.ts'
import { replicaSetController } from './replica-set/replica-set-controller.ts'
import { resourceQuotaController } from './resource-quota/resource-quota-controller.ts'
import { scheduler } from './scheduler/scheduler.ts'
import { endpointSliceController } from './service/endpoint-slice-controller.ts'
import { serviceController } from './service/service-controller.ts'
import { standardObjects } from './standard-objects.ts'
import { statefulSetController } from './stateful-set/stateful-set-controller.ts'
import { claimBinder } from './volumes/claim-binder.ts'
import { claimProtection } from './volumes/claim-protection.ts'

export type { ControllerContext } from './context.ts'
export { createEventRecorder, type EventRecorder } from './machinery/event-recorder.ts'

/**
 * All controllers, in the order to start them; stop them in reverse. The cache must be started, and synced, before; it must hold every kind
 * but may leave out events and leases.
 */
export function createControllers(context: ControllerContext): ClusterPart[] {
  const machinery = createMachinery(context)
  const definitions: ControllerDefinition[] = [
    namespaceController(machinery),
    serviceController(machinery),
    claimBinder(machinery),
    claimProtection(machinery),
    scheduler(machinery),
    deploymentController(machinery),
    replicaSetController(machinery, replicaSetKind),
    replicaSetController(machinery, replicationControllerKind),
    statefulSetController(machinery),
    daemonSetController(machinery),
    jobController(machinery),
    cronJobController(machinery),
    endpointSliceController(machinery),
    ingressController(machinery),
    autoscalerController(machinery),
    disruptionBudgetController(machinery),
    resourceQuotaController(machinery),
    garbageCollector(machinery),
  ]
  return [
    machinery,
    standardObjects(machinery),
    ...definitions.map((definition) => createControllerLoop(context, definition)),
    eventExpiry(machinery),
  ]
}
