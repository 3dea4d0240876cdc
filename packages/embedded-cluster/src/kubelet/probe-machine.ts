import type { Probe } from './pod.ts'

export type ProbeKind = 'liveness' | 'readiness' | 'startup'

/**
 * What a probe says about a container, after thresholds (pkg/kubelet/prober/worker.go): it changes only after as many equal results in a
 * row as its threshold asks for. Readiness begins as failed, liveness as passed, startup as not known.
 */
export interface ProbeMachine {
  readonly verdict: boolean | undefined
  /** Returns whether the verdict was reached by this result: it changed, or a failure was reached again. */
  record(isSuccess: boolean): boolean
}

export function createProbeMachine(kind: ProbeKind, probe: Probe, before?: boolean): ProbeMachine {
  let verdict = before ?? (kind === 'liveness' ? true : kind === 'readiness' ? false : undefined)
  let last: boolean | undefined
  let inARow = 0
  return {
    get verdict() {
      return verdict
    },
    record(isSuccess) {
      inARow = isSuccess === last ? inARow + 1 : 1
      last = isSuccess
      const threshold = isSuccess ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3)
      if (inARow < threshold) return false
      const isNews = verdict !== isSuccess
      verdict = isSuccess
      // A failed liveness or startup probe ends the container: its successor counts from nothing.
      if (!isSuccess && kind !== 'readiness') inARow = 0
      return isNews || (!isSuccess && kind !== 'readiness')
    },
  }
}
