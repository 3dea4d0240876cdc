import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningServer } from '@plimsoll/server'

const askEveryMs = 3000
/** One failure is no news: a connection may break. */
const failuresToTell = 2

/** Says in the terminal when the cluster cannot be reached, and when it can again. */
export async function tellClusterNews(server: RunningServer, signal: AbortSignal): Promise<void> {
  let failures = 0
  let since = new Date()
  while (!signal.aborted) {
    const problem = await server.home.client.version().then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
    if (signal.aborted) return
    if (problem === undefined) {
      if (failures >= failuresToTell) console.log(`The cluster answers again (${clock(new Date())}).`)
      failures = 0
    } else {
      if (failures === 0) since = new Date()
      failures++
      if (failures === failuresToTell) {
        console.log(`The cluster cannot be reached since ${clock(since)}. ${problem}`)
        console.log('Plimsoll goes on trying; what it shows of the cluster is as old as that.')
      }
    }
    await sleep(askEveryMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

/** Why the cluster cannot be used yet, in the server's own words. */
export async function problemAtStart(server: RunningServer): Promise<string | undefined> {
  if (server.isReady) return undefined
  try {
    const answer = await fetch(`http://127.0.0.1:${server.port}/api/v1/applications`, {
      headers: { authorization: `Bearer ${server.localToken}` },
    })
    return answer.ok ? undefined : ((await answer.json()) as { message?: string }).message
  } catch {
    return 'It has not answered yet.'
  }
}

function clock(date: Date): string {
  return date.toTimeString().slice(0, 8)
}
