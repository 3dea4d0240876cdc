import { done, FakeClock, type Outcome } from '@plimsoll/kube'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Lanes } from './lanes.ts'

let clock: FakeClock
let lanes: Lanes
let laneOf: Map<string, string>
let begun: string[]
let held: Map<string, () => void>
let holds: (key: string) => boolean

beforeEach(() => {
  clock = new FakeClock()
  laneOf = new Map()
  begun = []
  held = new Map()
  holds = () => false
  lanes = new Lanes({
    clock,
    concurrency: 2,
    laneOf: (key) => laneOf.get(key) ?? '',
    async reconcile(key): Promise<Outcome> {
      begun.push(key)
      if (holds(key)) await new Promise<void>((resolve) => held.set(key, resolve))
      return done
    },
    onOutcome() {},
  })
  lanes.start()
})

afterEach(async () => {
  for (const release of held.values()) release()
  await lanes.stop()
})

describe('a cluster that keeps all its workers waiting', () => {
  it('keeps nobody waiting whose cluster is another one', async () => {
    holds = (key) => key.startsWith('slow')
    for (const key of ['slow-1', 'slow-2', 'slow-3']) laneOf.set(key, 'https://slow')
    laneOf.set('quick', 'https://quick')

    for (const key of laneOf.keys()) lanes.add(key)
    await clock.advance(10)

    expect(begun).toEqual(['slow-1', 'slow-2', 'quick'])
    expect([lanes.waiting, lanes.running]).toEqual([1, 2])
  })
})

describe('an application that moves to another cluster', () => {
  it('is not worked on in both', async () => {
    holds = () => true
    laneOf.set('moving', 'https://a')
    lanes.add('moving')
    await clock.advance(1)

    laneOf.set('moving', 'https://b')
    lanes.add('moving')
    await clock.advance(1000)
    const before = [...begun]
    held.get('moving')?.()
    await clock.advance(1000)

    expect(before).toEqual(['moving'])
    expect(begun).toEqual(['moving', 'moving'])
  })

  it('and waits for a turn where it was, gets it where it is', async () => {
    holds = (key) => key.startsWith('slow')
    for (const key of ['slow-1', 'slow-2', 'moving']) laneOf.set(key, 'https://slow')
    for (const key of laneOf.keys()) lanes.add(key)
    await clock.advance(1)

    laneOf.set('moving', 'https://quick')
    lanes.add('moving')
    await clock.advance(1)

    expect(begun).toEqual(['slow-1', 'slow-2', 'moving'])
  })
})

describe('a cluster that is gone', () => {
  it('takes what waited for it along, and its name can be used again', async () => {
    holds = (key) => key.startsWith('slow')
    for (const key of ['slow-1', 'slow-2', 'waits']) laneOf.set(key, 'https://gone')
    for (const key of laneOf.keys()) lanes.add(key)
    await clock.advance(1)

    lanes.drop('https://gone')
    for (const release of held.values()) release()
    await clock.advance(1000)
    lanes.add('waits')
    await clock.advance(1)

    expect(begun).toEqual(['slow-1', 'slow-2', 'waits'])
  })
})
