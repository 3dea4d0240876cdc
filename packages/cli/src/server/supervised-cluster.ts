import { setTimeout as sleep } from 'node:timers/promises'
import { type LaunchedCluster, type LaunchOptions, launchCluster } from '@plimsoll/embedded-cluster'
import type { Logger } from 'pino'

export interface SupervisedCluster {
  /** The one that runs now: another process after the first has ended, on the same ports. */
  readonly current: LaunchedCluster
  stop(): Promise<void>
}

const longestPauseMs = 30_000
const patienceMs = 10_000

/** A cluster process that ends by itself (killed, out of memory) is started again; its containers have gone on and are adopted. */
export async function superviseCluster(options: LaunchOptions, log: Logger, stopping: AbortSignal): Promise<SupervisedCluster> {
  let current = await launchCluster(options)
  const watching = watch()

  async function watch(): Promise<void> {
    for (;;) {
      await current.waitForExit(stopping)
      if (stopping.aborted) return
      log.error({ pid: current.pid }, 'the embedded cluster has ended; it is started again')
      console.log('The embedded cluster has ended unexpectedly. It is started again; containers have gone on meanwhile.')
      await launchAgain()
    }
  }

  async function launchAgain(): Promise<void> {
    for (let attempt = 0; !stopping.aborted; attempt++) {
      try {
        current = await launchCluster(options)
        log.info({ pid: current.pid }, 'the embedded cluster is up again')
        return
      } catch (error) {
        log.error({ error: String(error), attempt }, 'the embedded cluster could not be started again')
        if (attempt === 0) console.error(`The embedded cluster could not be started again; Plimsoll goes on trying. ${String(error)}`)
        await sleep(Math.min(longestPauseMs, 1000 * 2 ** attempt), undefined, { signal: stopping }).catch(() => undefined)
      }
    }
  }

  return {
    get current() {
      return current
    },
    /** After `stopping` was aborted. */
    async stop() {
      // A cluster that is being started again, and cannot (a full disk), is given up; the next start finds what is left of it.
      await Promise.race([watching, sleep(patienceMs)])
      await current.stop()
    },
  }
}
