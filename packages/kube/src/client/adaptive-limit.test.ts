import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../reconcile/fake-clock.ts'
import { AdaptiveLimit } from './adaptive-limit.ts'
import { KubeApiError } from './kube-client.ts'

const never = Date.parse('2026-01-15T00:00:00Z')

/** A cluster that has room for so many requests at once, and refuses the rest. */
class Room {
  seats: number
  used = 0
  refused = 0
  most = 0

  constructor(seats: number) {
    this.seats = seats
  }
}

interface Load {
  clock: FakeClock
  limit: AdaptiveLimit
  room: Room
  answerMs: () => number
  retryAfterMs: number
}

/** Asks until it is answered, as the connection does. */
async function ask({ clock, limit, room, answerMs, retryAfterMs }: Load): Promise<void> {
  for (;;) {
    const turn = await limit.enter({ deadline: never })
    room.most = Math.max(room.most, limit.running)
    if (room.used >= room.seats) {
      room.refused++
      turn.end('overloaded', retryAfterMs)
      continue
    }
    room.used++
    await new Promise<void>((resolve) => clock.setTimeout(resolve, answerMs()))
    room.used--
    turn.end('answered')
    return
  }
}

async function run(load: Load, count: number): Promise<void> {
  let left = count
  const all = Promise.all(Array.from({ length: count }, () => ask(load).then(() => left--)))
  for (let step = 0; left > 0; step++) {
    if (step > 100_000) throw new Error(`${left} requests were never answered`)
    // What is asked begins before any time passes.
    await load.clock.advance(0)
    await load.clock.advanceToNext()
  }
  await all
}

function loadFor(seats: number, answerMs: () => number = () => 10, retryAfterMs = 100): Load {
  const clock = new FakeClock()
  return { clock, limit: new AdaptiveLimit({ clock, random: () => 0.5 }), room: new Room(seats), answerMs, retryAfterMs }
}

describe('the number of requests at once', () => {
  it('lets every request through in the end, whatever the cluster bears, and is never exceeded', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 80 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 10 }),
        fc.constantFrom(0, 50, 1000),
        async (seats, count, times, retryAfterMs) => {
          let at = 0
          const load = loadFor(seats, () => times[at++ % times.length] ?? 1, retryAfterMs)

          await run(load, count)

          expect(load.limit.running).toBe(0)
          expect(load.room.most).toBeLessThanOrEqual(128)
        },
      ),
      { numRuns: 15 },
    )
  })

  it('grows while the cluster bears it, and stays near what it bears', async () => {
    const load = loadFor(40)

    await run(load, 1500)

    expect(load.limit.limit).toBeGreaterThan(15)
    expect(load.limit.limit).toBeLessThanOrEqual(48)
    expect(load.room.refused / 1500).toBeLessThan(0.1)
  })

  it('falls when a cluster gets narrow, and grows again with it', async () => {
    const load = loadFor(64)
    await run(load, 600)
    const wide = load.limit.limit

    load.room.seats = 2
    await run(load, 100)
    const narrow = load.limit.limit
    load.room.seats = 64
    await run(load, 3000)

    expect(wide).toBeGreaterThan(20)
    expect(narrow).toBeLessThanOrEqual(4)
    expect(load.limit.limit).toBeGreaterThan(20)
  })

  it('is halved once for what was refused together', async () => {
    const clock = new FakeClock()
    const limit = new AdaptiveLimit({ clock })
    const turns = await Promise.all(Array.from({ length: 8 }, () => limit.enter({ deadline: never })))

    for (const turn of turns) turn.end('overloaded')

    expect(limit.limit).toBe(4)
  })
})

describe('a pause that the cluster asks for', () => {
  it('is kept by everybody, to the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 20 }), async (retryAfterMs, waiting) => {
        const clock = new FakeClock()
        const limit = new AdaptiveLimit({ clock, random: () => 0 })
        const begun: number[] = []
        const turn = await limit.enter({ deadline: never })
        const from = clock.now()
        turn.end('overloaded', retryAfterMs)

        const all = Array.from({ length: waiting }, async () => {
          const mine = await limit.enter({ deadline: never })
          begun.push(clock.now() - from)
          mine.end('answered')
        })
        for (await clock.advance(0); begun.length < waiting;) await clock.advanceToNext()
        await Promise.all(all)

        expect(Math.min(...begun)).toBeGreaterThanOrEqual(retryAfterMs)
      }),
      { numRuns: 25 },
    )
  })

  it('that is longer than somebody can wait is told at once', async () => {
    const clock = new FakeClock()
    const limit = new AdaptiveLimit({ clock })
    limit.pause(60_000)

    const error = await limit.enter({ deadline: clock.now() + 30_000 }).catch((reason: unknown) => reason)

    expect(error).toBeInstanceOf(KubeApiError)
    expect(error).toMatchObject({ code: 429, message: expect.stringContaining('asked not to be asked again before 2026-01-01T00:01') })
  })

  it('ends after five minutes, whatever was asked for', () => {
    const clock = new FakeClock()
    const limit = new AdaptiveLimit({ clock, random: () => 0 })

    limit.pause(1e12)

    expect(limit.pausedUntil - clock.now()).toBe(5 * 60_000)
  })
})

describe('who waits for a turn', () => {
  it('may leave, and takes no turn along', async () => {
    const limit = new AdaptiveLimit({ clock: new FakeClock() })
    const turns = await Promise.all(Array.from({ length: 8 }, () => limit.enter({ deadline: never })))
    const abort = new AbortController()
    const waiting = limit.enter({ deadline: never, signal: abort.signal })

    abort.abort(new Error('gone'))

    await expect(waiting).rejects.toThrow('gone')
    for (const turn of turns) turn.end('unknown')
    expect(limit.running).toBe(0)
  })
})
