import { createClusterCache, createKubeClient } from '@plimsoll/kube'

/** A process of its own, started with --expose-gc: reads a whole cluster, as the server does, and says how long that took and what it holds then. */
export interface WatchedReading {
  objects: number
  warmMs: number
  bytes: number
}

const kubeconfigPath = process.argv[2]
const client = await createKubeClient({ ...(kubeconfigPath !== undefined && { kubeconfigPath }) })
const cache = createClusterCache(client)
let objects = 0
cache.subscribe(({ previous, current }) => {
  if (previous === undefined) objects++
  else if (current === undefined) objects--
})
const before = heapBytes()
const at = performance.now()
await cache.start()
const warmMs = performance.now() - at
const reading: WatchedReading = { objects, warmMs, bytes: heapBytes() - before }
process.send?.(reading)
await cache.stop()
process.exit()

function heapBytes(): number {
  for (let round = 0; round < 3; round++) globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
