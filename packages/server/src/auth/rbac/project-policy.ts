import type { AppProject } from '@plimsoll/api'
import { type MatchMode, type Policy, type PolicyRule, parsePolicy, ruleOf, rulesBySubject } from './policy-text.ts'

/** Of the objects of a project (argo-cd `pkg/apis/application/v1alpha1/types.go`, validatePolicy, 3.x). */
const resources = new Set(['applications', 'applicationsets', 'repositories', 'clusters', 'exec', 'logs', 'projects'])

export interface ProjectPolicy extends Policy {
  /** Lines that count for nothing, with why. */
  problems: readonly string[]
}

export function projectSubject(project: string, role: string): string {
  return `proj:${project}:${role}`
}

export function projectOfSubject(subject: string): { project: string; role: string } | undefined {
  const [kind, project, role, ...rest] = subject.split(':')
  return kind === 'proj' && project && role && rest.length === 0 ? { project, role } : undefined
}

/**
 * What the roles of a project may. A line speaks of its own role and of its own project's objects, and is left out when it speaks of anything else,
 * whoever has written it. Lines that allow are left out one by one; a role with a line that cannot be read, and so might deny, has nothing.
 */
export function projectPolicy({ metadata: { name }, spec }: AppProject, mode: MatchMode): ProjectPolicy {
  const rules: PolicyRule[] = []
  const grants = new Map<string, string[]>()
  const problems: string[] = []
  for (const role of spec.roles ?? []) {
    const subject = projectSubject(name, role.name)
    const found = (role.policies ?? []).map((line) => ({ line, problem: policyProblem(name, role.name, line, mode) }))
    const wrong = found.filter(({ problem }) => problem !== undefined)
    for (const { problem } of wrong) problems.push(`project ${name}, role ${role.name}: ${problem ?? ''}`)
    if (wrong.length > 0) continue
    rules.push(ruleOf({ subject, resource: 'projects', action: 'get', object: name, effect: 'allow' }, 'glob'))
    for (const { line } of found) rules.push(...[...parsePolicy(line, mode).bySubject.values()].flat())
    for (const group of role.groups ?? []) grants.set(group, [...(grants.get(group) ?? []), subject])
  }
  return { bySubject: rulesBySubject(rules), grants, problems }
}

/** What is wrong with one line of a role, in words; undefined: nothing. */
export function policyProblem(project: string, role: string, line: string, mode: MatchMode = 'glob'): string | undefined {
  const fields = line.split(',').map((field) => field.trim())
  const [kind, subject, resource = '', , object = '', effect] = fields
  const wrong = (why: string): string => `invalid policy rule '${line.slice(0, 200)}': ${why}`
  if (fields.length !== 6 || kind !== 'p') return wrong("must be of the form: 'p, sub, res, act, obj, eft'")
  if (subject !== projectSubject(project, role))
    return wrong(`policy subject must be: '${projectSubject(project, role)}', not '${subject ?? ''}'`)
  if (!resources.has(resource)) return wrong(`project resource must be one of: ${[...resources].join(', ')}, not '${resource}'`)
  // A plain prefix: no pattern may begin before the slash.
  if (object !== project && !object.startsWith(`${project}/`))
    return wrong(`object must be of form '${project}/*', '${project}[/<NAMESPACE>]/<APPNAME>' or '${project}/<APPNAME>', not '${object}'`)
  if (effect !== 'allow' && effect !== 'deny') return wrong(`effect must be: 'allow' or 'deny', not '${effect ?? ''}'`)
  try {
    parsePolicy(line, mode)
    return undefined
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error))
  }
}
