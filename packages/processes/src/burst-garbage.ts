import { Session } from 'node:inspector'
import { setFlagsFromString } from 'node:v8'

/** So much of a core over one look is work; so little of one is rest. */
const busyShare = 0.4
const quietShare = 0.1
const quietLooks = 3
/**
 * In bytes. From here on V8 collects when what lives has grown by half, and not by up to three times: with 10,000 applications in memory, that is
 * several hundred megabytes less for a tenth more of processor time.
 */
const tightFrom = 400e6

/**
 * Gives back the memory of a burst of work once it is over. V8 leaves it lying until it finds the process idle for half a minute, and then marks
 * step by step with every thread it has: a machine at rest starts to work for no reason that one could see, at several times the cost of one
 * collection at once. Goes with `--no-memory-reducer`, which stops the other. Returns the way to stop.
 *
 * @param burstMs Work of this length leaves garbage that is worth a collection.
 */
export function collectGarbageAfterBursts({ lookEveryMs = 1000, burstMs = 3000 } = {}): () => void {
  let last = process.cpuUsage()
  let at = performance.now()
  let workedMs = 0
  let quiet = 0
  let isTight = false

  const timer = setInterval(() => {
    if (!isTight && process.memoryUsage.rss() > tightFrom) {
      isTight = true
      setFlagsFromString('--heap-growing-percent=50')
    }
    const used = process.cpuUsage(last)
    const now = performance.now()
    const cpuMs = (used.user + used.system) / 1000
    const share = cpuMs / (now - at)
    last = process.cpuUsage()
    at = now
    if (share > busyShare) workedMs += cpuMs
    quiet = share < quietShare ? quiet + 1 : 0
    if (quiet < quietLooks) return
    if (workedMs > burstMs) collectAll()
    workedMs = 0
  }, lookEveryMs)
  timer.unref()
  return () => clearInterval(timer)
}

/**
 * Through the inspector's protocol, because nothing else in Node.js reaches V8's `LowMemoryNotification`, which hands pages back as well. The
 * session ends after its answer has returned: one that ends in the middle of it stops the process for ever (Node.js 20.20).
 */
function collectAll(): void {
  const session = new Session()
  session.connect()
  session.post('HeapProfiler.collectGarbage', () => setImmediate(() => session.disconnect()))
}
