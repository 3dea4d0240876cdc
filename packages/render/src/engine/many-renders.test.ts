import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, expect, test } from 'vitest'
import type { RenderRequest, SourceTree } from '../contract.ts'
import { memoryTree } from '../testing/memory-tree.ts'
import { fakeRenderer } from './testing/fake-renderer.ts'

const cacheBytes = 8 * 1024 * 1024
const renderer = fakeRenderer({ cacheBytes, timeoutMs: 60_000 })
afterAll(() => renderer.close())

function request(tree: SourceTree, index: number): RenderRequest {
  return {
    source: { repoURL: 'x', path: 'app', helm: { valuesObject: { index } } },
    tree,
    applicationName: `app-${index}`,
    destinationNamespace: 'prod',
    capabilities: { kubeVersion: '1.33.0', apiVersions: [] },
  }
}

const files = (objects: number): Record<string, string> => ({
  'app/Chart.yaml': 'name: fake',
  'app/templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: "@release"\ndata:\n  values: @values\n',
  'app/templates/b.yaml': `#! objects ${objects}\n`,
})

test('a thousand applications of one chart are rendered each once, within the bytes of the cache, while others have their turn', async () => {
  const tree = memoryTree(files(20))
  const delay = monitorEventLoopDelay({ resolution: 5 })
  const order: string[] = []
  delay.enable()
  const ticker = setInterval(() => order.push('tick'), 20)

  const results = await Promise.all(
    Array.from({ length: 1000 }, async (_, index) => {
      const result = await renderer.render(request(tree, index))
      order.push('render')
      return result
    }),
  )

  clearInterval(ticker)
  delay.disable()
  console.log(`longest stall of the main thread: ${(delay.max / 1e6).toFixed(0)} ms in 1,000 renders`)
  const statistics = renderer.statistics()
  expect(results.every((result) => result.ok && result.manifests.length === 21)).toBe(true)
  expect(new Set(results.map((result) => result.ok && result.cacheKey)).size).toBe(1000)
  expect(statistics.renders).toBe(1000)
  expect(statistics.cachedBytes).toBeLessThanOrEqual(cacheBytes)
  // Others came in between, again and again.
  const turns = order.filter((each, index) => each === 'tick' && order[index - 1] === 'render' && order.indexOf('render', index) > 0)
  expect(turns.length).toBeGreaterThan(5)
}, 60_000)

test('a result of many objects comes in pieces, between which others have their turn', async () => {
  let turns = 0
  const count = (): void => {
    turns += 1
    timer = setImmediate(count)
  }
  let timer = setImmediate(count)
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()

  const result = await renderer.render(request(memoryTree(files(9_900)), 0))

  clearImmediate(timer)
  delay.disable()
  console.log(`longest stall of the main thread: ${(delay.max / 1e6).toFixed(0)} ms for 9,901 objects`)
  expect(result.ok ? result.manifests.length : result.message).toBe(9_901)
  expect(turns).toBeGreaterThan(5)
})

test('a worker without work stays for a while when it is the last, goes then, and comes again', async () => {
  const short = fakeRenderer({ idleMs: 50 })
  const tree = memoryTree(files(1))
  await short.render(request(tree, 1))
  await new Promise((resolve) => setTimeout(resolve, 300))
  await short.render(request(tree, 2))
  const soon = short.statistics().workersStarted
  await new Promise((resolve) => setTimeout(resolve, 1_500))

  const again = await short.render(request(tree, 3))

  expect([soon, again.ok, short.statistics().workersStarted, short.statistics().workersKilled]).toEqual([1, true, 2, 0])
  await short.close()
})

test('a renderer that is closed ends what it does with an answer', async () => {
  const closing = fakeRenderer({ workers: 1 })
  const tree = memoryTree({ 'app/Chart.yaml': '', 'app/templates/a.yaml': '#! loop' })
  const running = [closing.render(request(tree, 1)), closing.render(request(tree, 2))]
  await new Promise((resolve) => setTimeout(resolve, 200))

  await closing.close()

  expect(await Promise.all(running)).toMatchObject([{ ok: false }, { ok: false }])
})
