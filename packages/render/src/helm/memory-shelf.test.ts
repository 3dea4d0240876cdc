import { expect, it } from 'vitest'
import { Reads } from '../go/watched-map.ts'
import { RenderedFile } from './manifests.ts'
import { MemoryShelf } from './memory-shelf.ts'
import type { ReleaseState } from './template-memory.ts'

const state: ReleaseState = {
  charts: [],
  release: 'one',
  capabilities: '',
  random: { bytes: (_, count) => new Uint8Array(count) },
  now: new Date(0),
}

function remember(shelf: MemoryShelf<object>, chart: object, length: number): void {
  const memory = shelf.take(chart)
  const file = new RenderedFile('a.yaml', 'x'.repeat(length))
  memory
    .begin(state)
    .add('a.yaml', new Reads(), { file, used: { steps: 1, outputBytes: length }, usesCapabilities: false, draws: [], now: undefined })
  shelf.put(chart, memory)
}

it('the chart that was rendered last stays, the one before it goes when there is no room', () => {
  const shelf = new MemoryShelf<object>(20_000)
  const charts = [{}, {}, {}, {}] as const

  for (const chart of charts) remember(shelf, chart, 3000)

  expect(charts.map((chart) => shelf.take(chart).bytes > 0)).toEqual([false, true, true, true])
  expect(shelf.bytes).toBeLessThanOrEqual(20_000)
})

it('what is larger than all the room is not kept, and is not added to', () => {
  const shelf = new MemoryShelf<object>(20_000)
  const chart = {}

  remember(shelf, chart, 30_000)

  expect([shelf.bytes, shelf.take(chart).bytes]).toEqual([0, 0])
})
