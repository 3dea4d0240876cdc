import type { Clock } from '@plimsoll/kube'
import type { Probe } from './pod.ts'
import type { ProbeResult } from './probe-check.ts'
import { createProbeMachine, type ProbeKind } from './probe-machine.ts'

/**
 * Besides its period a probe that has not passed yet is tried this often, for as long as below: a rollout waits for the first success of
 * each pod, and a period of ten seconds is not what makes it safe. Failures in between count for nothing.
 */
const eagerEveryMs = 100
const eagerForMs = 15_000

export interface ProberContext {
  clock: Clock
  kind: ProbeKind
  probe: Probe
  /** When the container was started. */
  startedAt: number
  /** The verdict from before a restart of the kubelet. */
  before?: boolean | undefined
  check(timeoutMs: number): Promise<ProbeResult>
  /** A verdict was reached. */
  onVerdict(isSuccess: boolean, message: string): void
  /** One failure that counts. */
  onFailure(message: string): void
}

export interface Prober {
  readonly verdict: boolean | undefined
  stop(): void
}

/** Looks at a container again and again. A startup probe ends with its first success. */
export function startProber(context: ProberContext): Prober {
  const { clock, kind, probe } = context
  const machine = createProbeMachine(kind, probe, context.before)
  const periodMs = Math.max(probe.periodSeconds ?? 10, 1) * 1000
  const timeoutMs = Math.max(probe.timeoutSeconds ?? 1, 1) * 1000
  const initialDelayMs = Math.max(probe.initialDelaySeconds ?? 0, 0) * 1000
  const isEager = kind !== 'liveness' && initialDelayMs === 0
  const begun = clock.now()
  // Without an initial delay the first look that counts comes after one period: in a real cluster it comes somewhere within the first one, and
  // a liveness probe must not find a process that is just starting.
  let nextTick = Math.max(context.startedAt + (initialDelayMs === 0 ? periodMs : initialDelayMs), begun)
  let isStopped = false
  let timer = clock.setTimeout(look, isEager ? 0 : nextTick - begun)

  function look(): void {
    const isTick = clock.now() >= nextTick
    if (isTick) nextTick = clock.now() + periodMs
    context.check(timeoutMs).then(
      (result) => isStopped || settle(result, isTick),
      (error: Error) => isStopped || settle({ ok: false, message: error.message }, isTick),
    )
  }

  function settle(result: ProbeResult, isTick: boolean): void {
    if (result.ok || isTick) {
      if (!result.ok) context.onFailure(result.message)
      if (machine.record(result.ok)) context.onVerdict(result.ok, result.ok ? '' : result.message)
    }
    if (isStopped || (kind === 'startup' && machine.verdict === true)) return
    const now = clock.now()
    const untilTick = Math.max(nextTick - now, 0)
    const goesEagerly = isEager && !result.ok && machine.verdict !== true && now - begun < eagerForMs
    timer = clock.setTimeout(look, goesEagerly ? Math.min(eagerEveryMs, untilTick) : untilTick)
  }

  return {
    get verdict() {
      return machine.verdict
    },
    stop() {
      isStopped = true
      timer.cancel()
    },
  }
}
