import { describe, expect, it } from 'vitest'
import { FakeClock } from './fake-clock.ts'
import { done, type Outcome } from './outcome.ts'
import { runReconciler } from './run-reconciler.ts'
import { createWorkQueue } from './work-queue.ts'

function setUp(reconcile: (key: string) => Promise<Outcome>, concurrency = 2) {
  const clock = new FakeClock()
  const queue = createWorkQueue({ clock, random: () => 1 })
  const seen: string[] = []
  const reconciler = runReconciler({
    queue,
    clock,
    concurrency,
    reconcile,
    onOutcome: (key, outcome, run) => seen.push(`${key} ${Object.keys(outcome)[0]} ${run.retryInMs ?? ''}`.trim()),
  })
  return { clock, queue, seen, reconciler }
}

describe('a reconcile loop', () => {
  it('looks again after the time that the outcome says', async () => {
    let runs = 0
    const { clock, queue, seen, reconciler } = setUp(async () =>
      ++runs < 3 ? { again: { afterMs: 60_000, reason: 'progressing' } } : done,
    )

    queue.add('a')
    await clock.advance(59_999)
    expect(runs).toBe(1)
    await clock.advance(3_600_000)

    expect(seen).toEqual(['a again', 'a again', 'a done'])
    await reconciler.stop()
  })

  it('tries again what failed or threw, later each time, and leaves alone what is stalled', async () => {
    const outcomes: (() => Outcome)[] = [
      () => ({ failed: new Error('one') }),
      () => {
        throw new Error('two')
      },
      () => ({ stalled: new Error('three') }),
    ]
    const { clock, queue, seen, reconciler } = setUp(async () => outcomes.shift()?.() ?? done)

    queue.add('a')
    await clock.advance(3_600_000)

    expect(seen).toEqual(['a failed 1000', 'a failed 2000', 'a stalled'])
    await reconciler.stop()
  })

  it('works on as many keys at once as it may, and on one key only once', async () => {
    const open = new Map<string, () => void>()
    const { clock, queue, reconciler } = setUp((key) => new Promise((resolve) => open.set(key, () => resolve(done))), 2)

    for (const key of ['a', 'b', 'c']) queue.add(key)
    queue.add('a')
    await clock.advance(0)
    expect([...open.keys()]).toEqual(['a', 'b'])
    queue.add('a')
    open.get('b')?.()
    await clock.advance(0)
    expect([...open.keys()]).toEqual(['a', 'b', 'c'])

    for (const end of open.values()) end()
    await clock.advance(0)
    open.get('a')?.()
    await reconciler.stop()
  })

  it('lets what runs end when it is stopped, and begins nothing more', async () => {
    let end = () => {}
    const begun: string[] = []
    const { clock, queue, reconciler } = setUp((key) => {
      begun.push(key)
      return new Promise((resolve) => (end = () => resolve(done)))
    }, 1)
    queue.add('a')
    queue.add('b')
    await clock.advance(0)

    let stopped = false
    const stopping = reconciler.stop().then(() => (stopped = true))
    await clock.advance(1000)
    expect(stopped).toBe(false)
    end()
    await stopping

    expect(begun).toEqual(['a'])
  })
})
