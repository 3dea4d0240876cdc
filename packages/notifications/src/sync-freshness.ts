import type { KubeObject } from '@plimsoll/kube'

interface Status {
  operationState?: { phase?: string; finishedAt?: string }
  reconciledAt?: string
}

/**
 * Whether the status was looked at after its last operation has ended: until then it tells how things were before (argo-cd
 * `notification_controller/controller/controller.go`, isAppSyncStatusRefreshed).
 */
export function isFresh(application: KubeObject): boolean {
  const { operationState, reconciledAt } = (application.status ?? {}) as Status
  if (operationState?.phase === undefined || !['Failed', 'Error', 'Succeeded'].includes(operationState.phase)) return true
  const [finished, looked] = [Date.parse(operationState.finishedAt ?? ''), Date.parse(reconciledAt ?? '')]
  return !Number.isNaN(finished) && looked >= finished
}
