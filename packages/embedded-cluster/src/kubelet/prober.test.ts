import { FakeClock } from '@plimsoll/kube'
import { describe, expect, it } from 'vitest'
import type { Probe } from './pod.ts'
import { createProbeMachine, type ProbeKind } from './probe-machine.ts'
import { startProber } from './prober.ts'

describe('a verdict', () => {
  it('changes only after as many results in a row as its threshold says', () => {
    const machine = createProbeMachine('readiness', { failureThreshold: 3, successThreshold: 2 })
    const verdicts = [true, true, false, false, true, false, false, false].map((result) => {
      machine.record(result)
      return machine.verdict
    })

    expect(verdicts).toEqual([false, true, true, true, true, true, true, false])
  })

  it.each<[ProbeKind, boolean | undefined]>([
    ['liveness', true],
    ['readiness', false],
    ['startup', undefined],
  ])('of %s is %s at first', (kind, verdict) => {
    expect(createProbeMachine(kind, {}).verdict).toBe(verdict)
  })

  it('of liveness says each time that it has failed enough', () => {
    const machine = createProbeMachine('liveness', { failureThreshold: 2 })

    expect([false, false, false, false].map((result) => machine.record(result))).toEqual([false, true, false, true])
  })
})

describe('a prober', () => {
  async function run(kind: ProbeKind, probe: Probe, passesAt: number, forMs: number) {
    const clock = new FakeClock(0)
    const looks: number[] = []
    const verdicts: [number, boolean][] = []
    const failures: number[] = []
    const prober = startProber({
      clock,
      kind,
      probe,
      startedAt: 0,
      check: () => {
        looks.push(clock.now())
        return Promise.resolve(clock.now() >= passesAt ? { ok: true } : { ok: false, message: 'not yet' })
      },
      onVerdict: (isSuccess) => void verdicts.push([clock.now(), isSuccess]),
      onFailure: () => void failures.push(clock.now()),
    })
    await clock.advance(forMs)
    prober.stop()
    return { looks, verdicts, failures }
  }

  it('finds readiness at once, without counting what came before', async () => {
    const { verdicts, failures } = await run('readiness', { periodSeconds: 10 }, 700, 12_000)

    expect(verdicts).toEqual([[700, true]])
    expect(failures).toEqual([])
  })

  it('keeps to the initial delay and the period that were asked for', async () => {
    const { looks } = await run('readiness', { initialDelaySeconds: 2, periodSeconds: 3 }, 0, 9000)

    expect(looks).toEqual([2000, 5000, 8000])
  })

  it('gives a process its first period before it may be found dead', async () => {
    const { looks, verdicts } = await run('liveness', { periodSeconds: 1, failureThreshold: 2 }, Number.POSITIVE_INFINITY, 2500)

    expect(looks).toEqual([1000, 2000])
    expect(verdicts).toEqual([[2000, false]])
  })

  it('ends a startup probe with its first success', async () => {
    const { looks, verdicts } = await run('startup', { periodSeconds: 1 }, 250, 5000)

    expect(verdicts).toHaveLength(1)
    expect(looks.at(-1)).toBeLessThanOrEqual(300)
  })
})
