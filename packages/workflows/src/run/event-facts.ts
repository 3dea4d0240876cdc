import type { WorkflowEvent } from '../contract.ts'
import { skipsRuns } from '../language/index.ts'

/** A branch reads its own caches, those of its base and of the default branch (GitHub, "Restrictions for accessing a cache"); outside none but its own. */
export function cacheScopes(event: WorkflowEvent, isOutside: boolean): { write: string; read: string[] } {
  const base = event.baseRef === undefined ? [] : [`refs/heads/${event.baseRef.replace(/^refs\/heads\//, '')}`]
  const main = ['refs/heads/main', 'refs/heads/master']
  if (isOutside) {
    const own = `outside/${event.pullRequest?.number ?? 0}`
    return { write: own, read: [own, ...base, ...main] }
  }
  const own = event.pullRequest && event.name === 'pull_request' ? `refs/pull/${event.pullRequest.number}/merge` : event.ref
  return { write: own, read: [...new Set([own, ...base, ...main])] }
}

export function isSkipped(event: WorkflowEvent): boolean {
  if (event.name !== 'push' && event.name !== 'pull_request') return false
  const head = event.payload['head_commit'] as { message?: unknown } | undefined
  return typeof head?.message === 'string' && skipsRuns(head.message)
}

export function titleOf(event: WorkflowEvent, name: string): string {
  if (event.pullRequest) return event.pullRequest.title.slice(0, 300)
  const head = event.payload['head_commit'] as { message?: unknown } | undefined
  if (typeof head?.message === 'string') return (head.message.split('\n')[0] ?? '').slice(0, 300)
  return name.slice(0, 300)
}
