export interface BackoffLimits {
  baseMs: number
  maxMs: number
}

/** Kubelet: `--container-restart-backoff` starts at 10 s and ends at 5 min (pkg/kubelet/kubelet.go, backOffPeriod and MaxContainerBackOff). */
export const kubeletBackoff: BackoffLimits = { baseMs: 10_000, maxMs: 300_000 }

/** How long a container waits after its next end. Undefined before its first restart, which comes at once. */
export interface RestartBackoff {
  delayMs: number
  /** When the container was last started. */
  updatedAt: number
}

/** When a container that ended at `finishedAt` may start again. */
export function restartAt(backoff: RestartBackoff | undefined, finishedAt: number, limits: BackoffLimits): number {
  return backoff === undefined || hasExpired(backoff, finishedAt, limits) ? finishedAt : finishedAt + backoff.delayMs
}

/** The back-off after a restart at `now` of a container that ended at `finishedAt`. */
export function nextBackoff(backoff: RestartBackoff | undefined, finishedAt: number, now: number, limits: BackoffLimits): RestartBackoff {
  const delayMs =
    backoff === undefined || hasExpired(backoff, finishedAt, limits) ? limits.baseMs : Math.min(backoff.delayMs * 2, limits.maxMs)
  return { delayMs, updatedAt: now }
}

/** client-go flowcontrol.Backoff: a container that ran for twice the longest wait begins anew. */
function hasExpired(backoff: RestartBackoff, finishedAt: number, limits: BackoffLimits): boolean {
  return finishedAt - backoff.updatedAt > limits.maxMs * 2
}
