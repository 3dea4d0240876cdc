import type { RunningServer } from '@plimsoll/server'

const lookEveryMs = 2000
/** A short break is no news. */
const newsAfterMs = 5000

/** Says in the terminal when the cluster cannot be reached, and when it can again. */
export function tellClusterNews(server: RunningServer, signal: AbortSignal): void {
  let isTold = false
  const timer = setInterval(() => {
    const problem = server.home.cache.connectionProblem()
    if (problem && !isTold && Date.now() - problem.since.getTime() > newsAfterMs) {
      isTold = true
      console.log(
        `The cluster cannot be reached since ${clock(problem.since)}: ${problem.message} Plimsoll goes on trying; what it shows is as old as that.`,
      )
    } else if (!problem && isTold) {
      isTold = false
      console.log(`The cluster answers again (${clock(new Date())}).`)
    }
  }, lookEveryMs)
  timer.unref()
  signal.addEventListener('abort', () => clearInterval(timer))
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
