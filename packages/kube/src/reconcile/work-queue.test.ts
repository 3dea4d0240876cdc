import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FakeClock } from './fake-clock.ts'
import { createWorkQueue, type Priority } from './work-queue.ts'

async function drain(queue: ReturnType<typeof createWorkQueue>): Promise<string[]> {
  const keys: string[] = []
  while (queue.waiting > 0) {
    const key = await queue.take()
    if (key === undefined) break
    keys.push(key)
    queue.done(key)
  }
  return keys
}

describe('a work queue', () => {
  it('gives a key out once however often it was added', async () => {
    const queue = createWorkQueue()
    for (const key of ['a', 'b', 'a', 'a', 'b']) queue.add(key)

    expect(await drain(queue)).toEqual(['a', 'b'])
  })

  it('runs a key exactly once more when it was added while it ran', async () => {
    const queue = createWorkQueue()
    queue.add('a')
    await queue.take()
    for (let at = 0; at < 5; at++) queue.add('a')

    expect(queue.waiting).toBe(0)
    queue.done('a')
    expect(await drain(queue)).toEqual(['a'])
  })

  it('gives out what people wait for first, but starves nobody', async () => {
    const queue = createWorkQueue()
    queue.add('low', { priority: 'low' })
    queue.add('normal')
    for (let at = 0; at < 100; at++) queue.add(`high-${at}`, { priority: 'high' })

    const order = await drain(queue)

    expect(order[0]).toBe('high-0')
    expect(order.indexOf('normal')).toBeLessThan(10)
    expect(order.indexOf('low')).toBeLessThan(20)
  })

  it('raises a key that waits when it is added with a higher priority', async () => {
    const queue = createWorkQueue()
    for (const key of ['a', 'b', 'c']) queue.add(key, { priority: 'low' })
    queue.add('c', { priority: 'high' })

    expect(await drain(queue)).toEqual(['c', 'a', 'b'])
  })

  it('waits with a delayed key until the earliest of its times', async () => {
    const clock = new FakeClock()
    const queue = createWorkQueue({ clock })
    queue.add('a', { afterMs: 1000 })
    queue.add('a', { afterMs: 300 })
    queue.add('a', { afterMs: 2000 })

    await clock.advance(299)
    expect(queue.waiting).toBe(0)
    await clock.advance(1)
    expect(await drain(queue)).toEqual(['a'])
    await clock.advance(10_000)
    expect(queue.waiting).toBe(0)
  })

  it('doubles the delay with each failure in a row, up to a limit, and forgets them on success', () => {
    const queue = createWorkQueue({ clock: new FakeClock(), random: () => 1, backOff: { baseMs: 100, maxMs: 1000 } })

    expect([1, 2, 3, 4, 5, 6].map(() => queue.retry('a'))).toEqual([100, 200, 400, 800, 1000, 1000])
    queue.forget('a')
    expect(queue.retry('a')).toBe(100)
  })

  it('ends everyone who waits when it stops', async () => {
    const queue = createWorkQueue()
    const waiting = [queue.take(), queue.take()]
    queue.stop()

    expect(await Promise.all(waiting)).toEqual([undefined, undefined])
    queue.add('a')
    expect(await queue.take()).toBeUndefined()
  })

  it('never runs a key twice at the same time, never loses one, and never runs one that nobody asked for', async () => {
    const key = fc.constantFrom('a', 'b', 'c', 'constructor', '__proto__')
    const step = fc.oneof(
      fc.record({
        do: fc.constant('add' as const),
        key,
        priority: fc.constantFrom<Priority>('high', 'normal', 'low'),
        afterMs: fc.constantFrom(0, 0, 50, 500),
      }),
      fc.record({ do: fc.constant('take' as const) }),
      fc.record({ do: fc.constant('done' as const), index: fc.nat(4) }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(10, 100, 1000) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const clock = new FakeClock()
        const queue = createWorkQueue({ clock })
        const running: string[] = []
        /** When each key was last asked for and not yet answered: `dueAt` of the request. */
        const owed = new Map<string, number>()
        for (const one of steps) {
          if (one.do === 'add') {
            queue.add(one.key, { priority: one.priority, afterMs: one.afterMs })
            const dueAt = clock.now() + one.afterMs
            owed.set(one.key, Math.min(owed.get(one.key) ?? Infinity, dueAt))
          } else if (one.do === 'take' && queue.waiting > 0) {
            const taken = await queue.take()
            if (taken === undefined) throw new Error('the queue gave nothing out although a key waits')
            expect(running).not.toContain(taken)
            expect(owed.get(taken) ?? Infinity).toBeLessThanOrEqual(clock.now())
            owed.delete(taken)
            running.push(taken)
          } else if (one.do === 'done' && running.length > 0) {
            const [ended] = running.splice(one.index % running.length, 1)
            if (ended !== undefined) queue.done(ended)
          } else if (one.do === 'wait') await clock.advance(one.ms)
        }
        for (const ended of running) queue.done(ended)
        await clock.advance(10_000)
        expect((await drain(queue)).toSorted()).toEqual([...owed.keys()].toSorted())
        expect(queue.waiting + queue.delayed + queue.running).toBe(0)
      }),
      { numRuns: 150 },
    )
  })
})
