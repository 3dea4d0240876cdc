import { createHash } from 'node:crypto'
import { accountRoles, AppProject } from '@plimsoll/api'
import type { ClusterCache, KubeObject } from '@plimsoll/kube'
import { permissions } from '../permissions.ts'
import type { Principal } from '../principal.ts'
import { type MatchMode, type Policy, type PolicyRule, parsePolicy, ruleOf, rulesBySubject } from './policy-text.ts'
import { projectOfSubject, type ProjectPolicy, projectPolicy } from './project-policy.ts'

/** Who may do what with which object. Everything that lets somebody in asks it, at each use. */
export interface Enforcer {
  /** `object`: `PROJECT/NAME` of what belongs to a project, a name or an address otherwise; undefined: any of them. */
  permits(principal: Principal, resource: string, action: string, object: string | undefined): boolean
  /** Another text whenever what somebody may could be another. */
  digest(): string
  /** What cannot be read, and what follows from it. */
  problems(): readonly string[]
}

export interface RbacSettings {
  policy: Policy
  mode: MatchMode
  /** Of everybody who has signed in. */
  defaultRole: string
  /** Where groups come from: `groups` are those of the account. */
  scopes: readonly string[]
  /** Nobody but administrators may anything until it is corrected: what cannot be read may have denied it. */
  problem?: string
}

/** Resources whose objects are `PROJECT/…` (argo-cd `util/rbac/rbac.go`, ProjectScoped, 3.x). */
const projectScoped = new Set(['applications', 'applicationsets', 'logs', 'exec', 'clusters', 'repositories'])
/**
 * What roles of projects may speak of. Not of repositories: those that live here are in no project, and one may be called like one. A cluster that is in
 * no project goes by its address, which no project is called like.
 */
const ofProjects = new Set(['applications', 'applicationsets', 'logs', 'exec', 'clusters', 'projects'])
const nothing: Policy = { bySubject: new Map(), grants: new Map() }

/** The table of permissions as rules of the roles that accounts have. An action on a part comes with the action on the whole. */
const builtIn = rulesBySubject(
  Object.entries(permissions).flatMap(([permission, roles]) => {
    const [resource = '', action = ''] = permission.split(':')
    const actions =
      permission === 'applications:action'
        ? ['action', 'action/*']
        : /^applications:(update|delete)$/.test(permission)
          ? [action, `${action}/*`]
          : [action]
    return roles.flatMap((role) =>
      actions.map((one) => ruleOf({ subject: `role:${role}`, resource, action: one, object: '*', effect: 'allow' }, 'glob')),
    )
  }),
)

export function createEnforcer(cache: ClusterCache, namespace: string): Enforcer {
  const projects = new WeakMap<KubeObject, { mode: MatchMode; policy: ProjectPolicy | undefined }>()
  const settings = new WeakMap<KubeObject, RbacSettings>()
  const digests = new WeakMap<KubeObject, string>()
  let lastDigest: { of: readonly KubeObject[]; text: string } | undefined

  function digestOf(object: KubeObject): string {
    let text = digests.get(object)
    if (text === undefined) {
      const { data, spec } = object as { data?: unknown; spec?: { roles?: unknown } | null }
      // Tokens give nobody else anything. What is no role at all is told as it is.
      const plain = (role: unknown): unknown => (typeof role === 'object' && role !== null ? { ...role, jwtTokens: undefined } : role)
      const roles = Array.isArray(spec?.roles) ? spec.roles.map(plain) : spec?.roles
      text = hash(JSON.stringify([object.kind, object.metadata.name, data, roles]))
      digests.set(object, text)
    }
    return text
  }

  function settingsObject(): KubeObject | undefined {
    return cache.get({ group: '', kind: 'ConfigMap', namespace, name: 'argocd-rbac-cm' })
  }

  function current(): RbacSettings {
    const object = settingsObject()
    if (!object) return { policy: nothing, mode: 'glob', defaultRole: '', scopes: ['groups'] }
    let found = settings.get(object)
    if (!found) {
      found = readRbac((object as { data?: unknown }).data)
      settings.set(object, found)
    }
    return found
  }

  function policyOf(object: KubeObject): ProjectPolicy | undefined {
    const { mode } = current()
    let known = projects.get(object)
    if (known?.mode !== mode) {
      const read = AppProject.safeParse(object)
      known = { mode, policy: read.success ? projectPolicy(read.data, mode) : undefined }
      projects.set(object, known)
    }
    return known.policy
  }

  function allProjects(): KubeObject[] {
    return cache.ofKind({ group: 'argoproj.io', kind: 'AppProject' }, namespace)
  }

  /** Of the project that an object belongs to; of all, where any object will do. */
  function projectPolicies(resource: string, object: string | undefined): Policy[] {
    if (!ofProjects.has(resource)) return []
    if (object === undefined) return allProjects().flatMap((one) => policyOf(one) ?? [])
    const slash = object.indexOf('/')
    if (resource !== 'projects' && slash < 0) return []
    const name = slash < 0 ? object : object.slice(0, slash)
    const found = cache.get({ group: 'argoproj.io', kind: 'AppProject', namespace, name })
    const policy = found && policyOf(found)
    return policy ? [policy] : []
  }

  return {
    permits(principal, resource, action, object) {
      const own = projectOfSubject(principal.username)
      // A project's token reaches nothing of another one, whatever any policy says.
      if (own && object !== undefined) {
        const isScoped = projectScoped.has(resource)
        if (isScoped && !object.startsWith(`${own.project}/`)) return false
        if (resource === 'projects' && object !== own.project) return false
      }
      const { policy, defaultRole, scopes, problem } = current()
      if (problem !== undefined)
        return principal.role === 'admin' && isAllowedBy([builtIn], new Set(['role:admin']), resource, action, object)
      const policies = [policy, ...projectPolicies(resource, object)]
      const grants = policies.map((one) => one.grants)
      const rules = [builtIn, ...policies.map((one) => one.bySubject)]
      if (defaultRole !== '' && isAllowedBy(rules, closure([defaultRole], grants), resource, action, object)) return true
      // A group counts where a policy grants it something, so that it is not taken for a user of its name.
      const isGroup = (group: string): boolean => !/^(role|proj):/.test(group) && grants.some((one) => one.has(group))
      const groups = scopes.includes('groups') ? principal.groups.filter(isGroup) : []
      const subjects = closure([principal.username, `role:${principal.role}`, ...groups], grants)
      return isAllowedBy(rules, subjects, resource, action, object)
    },
    digest() {
      const objects = [settingsObject(), ...allProjects()].filter((object) => object !== undefined)
      const isSame = lastDigest?.of.length === objects.length && lastDigest.of.every((one, index) => one === objects[index])
      if (!isSame || !lastDigest) lastDigest = { of: objects, text: hash(objects.map(digestOf).toSorted().join()) }
      return lastDigest.text
    },
    problems() {
      const { problem } = current()
      return [...(problem === undefined ? [] : [problem]), ...allProjects().flatMap((object) => policyOf(object)?.problems ?? [])]
    },
  }
}

/** Of all that a subject is: somebody allows, and nobody denies. Without an object only what allows counts, as there may be one that is not denied. */
function isAllowedBy(
  all: readonly ReadonlyMap<string, readonly PolicyRule[]>[],
  subjects: ReadonlySet<string>,
  resource: string,
  action: string,
  object: string | undefined,
): boolean {
  let isAllowed = false
  for (const subject of subjects) {
    for (const rules of all) {
      for (const rule of rules.get(subject) ?? []) {
        if (!rule.matches(resource, action, object)) continue
        if (rule.effect === 'allow') isAllowed = true
        else if (object !== undefined) return false
      }
    }
  }
  return isAllowed
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

function closure(from: readonly string[], grants: readonly Policy['grants'][]): Set<string> {
  const found = new Set(from)
  // A set that grows while it is walked is walked to its end.
  for (const subject of found) {
    for (const one of grants) for (const role of one.get(subject) ?? []) found.add(role)
    if (subject === 'role:admin') found.add('role:readonly')
  }
  return found
}

/** ConfigMap `argocd-rbac-cm`: `policy.csv`, then `policy.*.csv` by name (argo-cd `util/rbac/rbac.go`, PolicyCSV, 3.x). */
export function readRbac(data: unknown): RbacSettings {
  const entries = Object.entries(typeof data === 'object' && data !== null ? data : {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  const texts = new Map(entries)
  const mode: MatchMode = texts.get('policy.matchMode') === 'regex' ? 'regex' : 'glob'
  const defaultRole = texts.get('policy.default')?.trim() ?? ''
  const parts = [
    texts.get('policy.csv') ?? '',
    ...entries
      .filter(([key]) => key.startsWith('policy.') && key.endsWith('.csv') && key !== 'policy.csv')
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, text]) => text),
  ]
  try {
    return { policy: parsePolicy(parts.join('\n'), mode), mode, defaultRole, scopes: scopesOf(texts.get('scopes')) }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return {
      policy: nothing,
      mode,
      defaultRole: '',
      scopes: [],
      problem: `ConfigMap argocd-rbac-cm cannot be read, and only administrators may anything: ${why}`,
    }
  }
}

/** `[groups, email]`, as YAML has it. */
function scopesOf(text: string | undefined): string[] {
  if (text === undefined || text.trim() === '') return ['groups']
  return text
    .replaceAll(/[[\]'"]/g, '')
    .split(/[,\n]/)
    .map((scope) => scope.replace(/^\s*-\s*/, '').trim())
    .filter((scope) => scope !== '')
}

/** Roles of accounts as policies call them. */
export const builtInRoles: readonly string[] = accountRoles.map((role) => `role:${role}`)
