import { runScopeNames } from './permissions.ts'
import type { RunLimits } from './principal.ts'
import type { Tokens } from './tokens.ts'

/** GitHub's ends after as long (GitHub Actions, "About the GITHUB_TOKEN"), whatever becomes of the job. */
const longestJobMs = 24 * 60 * 60_000

export interface RunToken {
  token: string
  /** With the job. Durable when it resolves. */
  revoke(): Promise<void>
}

/**
 * For one job: good for its repository, with what the job's `permissions` say, and never to approve, merge or deploy. A job from outside
 * reads at most, whatever its workflow asks for.
 */
export function issueRunToken(tokens: Tokens, run: RunLimits & { isOutside: boolean; ttlMs?: number }): RunToken {
  const permissions: Record<string, 'read' | 'write'> = {}
  for (const name of runScopeNames) {
    const access = Object.hasOwn(run.permissions, name) ? run.permissions[name] : undefined
    if (access === 'read' || access === 'write') permissions[name] = run.isOutside ? 'read' : access
  }
  const limits = {
    repository: run.repository,
    permissions,
    ...(run.about && { about: run.about }),
    ...(!run.isOutside && { readsConnected: true as const }),
  }
  const { token, facts } = tokens.issueRun(limits, Math.min(run.ttlMs ?? longestJobMs, longestJobMs))
  return { token, revoke: () => tokens.revoke(facts) }
}
