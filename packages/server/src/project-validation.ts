import { type AppProject, PlimsollError, syncWindowProblem } from '@plimsoll/api'
import { isServiceAccount } from '@plimsoll/applications'
import { compileGlob } from '@plimsoll/render'
import { policyProblem } from './auth/rbac/project-policy.ts'

/**
 * What is wrong with a project, in Argo CD's words (argo-cd `pkg/apis/application/v1alpha1/app_project_types.go`, ValidateProject, 3.x). Throws
 * `invalid-request`.
 */
export function requireValidProject({ metadata: { name }, spec }: AppProject): void {
  const fail = (why: string): never => {
    throw new PlimsollError('invalid-request', `Project '${name.slice(0, 253)}': ${why}`)
  }
  if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) || name.length > 253)
    fail('metadata.name: lower case letters, digits, dashes and dots, at most 253, beginning and ending with a letter or digit')

  const once = (what: string): ((key: string) => void) => {
    const seen = new Set<string>()
    return (key) => {
      if (seen.has(key)) fail(`${what} '${key}' already added`)
      seen.add(key)
    }
  }
  const destination = once('destination')
  for (const one of spec.destinations ?? []) {
    for (const field of ['name', 'server', 'namespace'] as const) if (one[field] === '!*') fail(`${field} has an invalid format, '!*'`)
    destination(`${one.server || one.name || ''}/${one.namespace ?? ''}`)
  }
  const account = once('destinationServiceAccount')
  for (const { server, namespace: place, defaultServiceAccount } of spec.destinationServiceAccounts ?? []) {
    for (const [field, text] of Object.entries({ server, namespace: place })) {
      if (text.includes('!')) fail(`${field} has an invalid format, '${text.slice(0, 253)}'`)
      if (!compileGlob(text)) fail(`${field} has an invalid format, '${text.slice(0, 253)}'`)
    }
    if (!isServiceAccount(defaultServiceAccount))
      fail(`defaultServiceAccount has an invalid format, '${defaultServiceAccount.slice(0, 253)}'`)
    account(`${server}/${place}`)
  }
  const namespace = once('source namespace')
  for (const one of spec.sourceNamespaces ?? []) namespace(one)
  const repository = once('source repository')
  for (const one of spec.sourceRepos ?? []) {
    if (one === '!*') fail("source repository has an invalid format, '!*'")
    repository(one)
  }
  const roleName = once('role')
  for (const role of spec.roles ?? []) {
    roleName(role.name)
    if (!/^[A-Za-z0-9]([-_A-Za-z0-9]*[A-Za-z0-9])?$/.test(role.name))
      fail(
        `invalid role name '${role.name.slice(0, 100)}'. Must consist of alphanumeric characters, '-' or '_', and must start and end with an alphanumeric character`,
      )
    const policy = once(`role '${role.name}': policy`)
    for (const line of role.policies ?? []) {
      policy(line)
      const problem = policyProblem(name, role.name, line)
      if (problem !== undefined) fail(`role '${role.name}': ${problem}`)
    }
    const group = once(`role '${role.name}': group`)
    for (const one of role.groups ?? []) {
      group(one)
      if (one.trim() === '' || /[,\n\r\t]/.test(one))
        fail(`role '${role.name}': group '${one.slice(0, 100)}' is empty, or has a comma or a line break`)
    }
  }
  for (const [index, window] of (spec.syncWindows ?? []).entries()) {
    const problem = syncWindowProblem(window)
    if (problem !== undefined) fail(`spec.syncWindows[${index}]: ${problem}.`)
  }
}
