import type { AccountRole } from '@plimsoll/api'
import type { RunLimits } from './principal.ts'

const everyone = ['admin', 'maintainer', 'contributor', 'readonly'] as const
const contributors = ['admin', 'maintainer', 'contributor'] as const
const maintainers = ['admin', 'maintainer'] as const
const admins = ['admin'] as const
/** Also those who have nothing but what policies give them. */
const anybody = [...everyone, 'none'] as const

/**
 * What a route asks for, as `resource:action` with Argo CD's words where it has them, and which roles may. What is not in this table nobody may.
 * docs/spec/people.md shows it.
 */
export const permissions = {
  'applications:get': everyone,
  'applications:create': maintainers,
  'applications:update': maintainers,
  'applications:delete': maintainers,
  'applications:sync': maintainers,
  /** A sync of something else than what Git holds. */
  'applications:override': maintainers,
  'applications:rollback': maintainers,
  /** Argo CD's `action/GROUP/KIND/NAME`, of whatever group, kind and name. */
  'applications:action': maintainers,
  'applicationsets:get': everyone,
  'applicationsets:create': maintainers,
  'applicationsets:update': maintainers,
  /** Also confirming that applications of one may go. */
  'applicationsets:delete': maintainers,
  'gpgkeys:get': everyone,
  'gpgkeys:create': admins,
  'gpgkeys:delete': admins,
  'notifications:get': everyone,
  /** Trying conditions and templates out, and sending one by hand. */
  'notifications:send': maintainers,
  'logs:get': everyone,
  'clusters:get': everyone,
  'clusters:create': admins,
  'clusters:update': admins,
  'clusters:delete': admins,
  'projects:get': everyone,
  'projects:create': admins,
  'projects:update': admins,
  'projects:delete': admins,
  'repositories:get': everyone,
  'repositories:create': maintainers,
  'repositories:update': maintainers,
  /** Only what is kept of those elsewhere, and what lets us into them. */
  'repositories:delete': admins,
  /** Also what lets us into repositories elsewhere. */
  'repositories:administer': admins,
  'certificates:get': everyone,
  'certificates:create': admins,
  'certificates:delete': admins,
  'pullrequests:get': everyone,
  'pullrequests:create': contributors,
  'pullrequests:update': contributors,
  'pullrequests:review': maintainers,
  'pullrequests:merge': maintainers,
  'checks:get': everyone,
  'checks:update': maintainers,
  'runs:get': everyone,
  'runs:create': maintainers,
  'runs:update': maintainers,
  'runs:approve': maintainers,
  'secrets:update': admins,
  'gates:get': everyone,
  'gates:create': maintainers,
  'models:get': everyone,
  'deliveries:get': everyone,
  'deliveries:create': maintainers,
  'deliveries:update': maintainers,
  'deliveries:approve': maintainers,
  'deliveries:promote': maintainers,
  'releases:get': everyone,
  'audit:get': everyone,
  'accounts:get': everyone,
  /** One's own password and tokens. Those of others need `accounts:update`, which the handler asks for. */
  'accounts:self': anybody,
  'accounts:create': admins,
  'accounts:update': admins,
  'accounts:delete': admins,
  /** Taking another account's place, in the demo. Whoever does so keeps the right to go back. */
  'people:switch': admins,
} as const satisfies Record<string, readonly AccountRole[]>

export type Permission = keyof typeof permissions

export function isAllowed(role: AccountRole, permission: Permission): boolean {
  // `can-i` asks with whatever it was asked: names such as `constructor` are no permissions.
  return Object.hasOwn(permissions, permission) && (permissions[permission] as readonly AccountRole[]).includes(role)
}

/** GitHub's names of what a run's token may be given (GitHub Actions, `permissions`); only those that mean something here. */
export const runScopeNames = ['contents', 'models', 'pull-requests', 'checks', 'statuses', 'issues'] as const
export type RunScope = (typeof runScopeNames)[number]

/** What a run's token needs: one of these. What is not here no run may: approving, merging, deploying, people. */
const runScopes = new Map<Permission, { scopes: readonly RunScope[]; access: 'read' | 'write' }>([
  ['repositories:get', { scopes: ['contents'], access: 'read' }],
  ['repositories:update', { scopes: ['contents'], access: 'write' }],
  ['pullrequests:get', { scopes: ['pull-requests'], access: 'read' }],
  ['pullrequests:create', { scopes: ['pull-requests'], access: 'write' }],
  ['pullrequests:update', { scopes: ['pull-requests'], access: 'write' }],
  // A gate says what the job's own artefact shows; the verdict is computed by us, and told about the job's own commit only.
  ['gates:create', { scopes: ['contents'], access: 'read' }],
  ['gates:get', { scopes: ['contents'], access: 'read' }],
  ['models:get', { scopes: ['contents', 'models'], access: 'read' }],
  ['checks:get', { scopes: ['checks', 'statuses'], access: 'read' }],
  ['checks:update', { scopes: ['checks', 'statuses'], access: 'write' }],
])

/** Whether a run's token may, in a repository; `scopes` where the route takes others than the permission does. */
export function isGrantedToRun(run: RunLimits, permission: Permission, repository?: string, scopes?: readonly RunScope[]): boolean {
  const needed = runScopes.get(permission)
  if (needed === undefined || repository === undefined || repository !== run.repository) return false
  return (scopes ?? needed.scopes).some((scope) => {
    const given = Object.hasOwn(run.permissions, scope) ? run.permissions[scope] : undefined
    return given === 'write' || given === needed.access
  })
}
