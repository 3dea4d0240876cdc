import type { Job, PermissionLevel, Permissions, Workflow } from './contract.ts'

const readOrWrite = ['read', 'write', 'none'] as const

/** GitHub's schema workflow-v1.0 of 2026: each scope with the levels that it knows. */
export const permissionScopes: ReadonlyMap<string, readonly PermissionLevel[]> = new Map<string, readonly PermissionLevel[]>([
  ['actions', readOrWrite],
  ['artifact-metadata', readOrWrite],
  ['attestations', readOrWrite],
  ['checks', readOrWrite],
  ['code-quality', readOrWrite],
  ['contents', readOrWrite],
  ['copilot-requests', ['write', 'none']],
  ['deployments', readOrWrite],
  ['discussions', readOrWrite],
  ['drives', readOrWrite],
  ['id-token', ['write', 'none']],
  ['issues', readOrWrite],
  ['models', ['read', 'none']],
  ['packages', readOrWrite],
  ['pages', readOrWrite],
  ['pull-requests', readOrWrite],
  ['repository-projects', readOrWrite],
  ['security-events', readOrWrite],
  ['statuses', readOrWrite],
  ['vulnerability-alerts', ['read', 'none']],
])

const rank = { none: 0, read: 1, write: 2 } as const

/**
 * What the job's token may do, every known scope named. The job's `permissions` replace the workflow's, which replace the
 * repository's default; a scope that a map does not name is `none`. Never more than `ceiling`, the caller's.
 */
export function effectivePermissions(
  workflow: Workflow,
  job: Job,
  options: { defaults: 'read' | 'write'; ceiling?: Readonly<Record<string, PermissionLevel>> },
): Record<string, PermissionLevel> {
  const written = job.permissions ?? workflow.permissions
  const result: Record<string, PermissionLevel> = Object.create(null)
  for (const [scope, levels] of permissionScopes) {
    const wanted = written === undefined ? defaultLevel(scope, options.defaults) : writtenLevel(written, scope, levels)
    const most = options.ceiling ? (options.ceiling[scope] ?? 'none') : 'write'
    result[scope] = rank[wanted] > rank[most] ? most : wanted
  }
  return result
}

/** GitHub's restricted default reads code and packages; its permissive one writes all but what must be asked for by name. */
function defaultLevel(scope: string, defaults: 'read' | 'write'): PermissionLevel {
  const levels = permissionScopes.get(scope) ?? []
  if (defaults === 'read') return scope === 'contents' || scope === 'packages' ? 'read' : 'none'
  if (scope === 'id-token' || scope === 'copilot-requests') return 'none'
  return levels.includes('write') ? 'write' : 'read'
}

function writtenLevel(written: Permissions, scope: string, levels: readonly PermissionLevel[]): PermissionLevel {
  if (written === 'write-all') return levels.includes('write') ? 'write' : 'read'
  if (written === 'read-all') return levels.includes('read') ? 'read' : 'none'
  return written.get(scope) ?? 'none'
}
