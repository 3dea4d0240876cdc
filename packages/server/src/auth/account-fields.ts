import { type AccountRole, accountRoles, PlimsollError } from '@plimsoll/api'
import { longestPassword } from './passwords.ts'

/** What may be written into an account. Names and addresses end up in commits, in the audit and on pages: nothing in them may pass for something else. */

export const longestName = 63
const longestText = 120
const longestEmail = 254
const mostGroups = 50
const shortestPassword = 8
const nameForm = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/
const groupForm = /^[a-z0-9]+(?:[._/-][a-z0-9]+)*$/
/** Who acts in records without an account. */
const taken = new Set(['anonymous', 'system', 'plimsoll', 'ci', 'ghost'])

export function checkName(name: string): string {
  if (name.length > longestName || !nameForm.test(name))
    throw refuse('name', `has up to ${longestName} lowercase letters, digits, and single dots, dashes or underscores between them`)
  if (taken.has(name) || name in Object.prototype) throw refuse('name', `cannot be '${name}': that word has a meaning of its own`)
  return name
}

export function checkGroups(groups: readonly string[]): string[] {
  if (groups.length > mostGroups) throw refuse('groups', `has at most ${mostGroups} entries`)
  for (const group of groups) {
    if (group.length > longestName || !groupForm.test(group))
      throw refuse('groups', `has names of up to ${longestName} lowercase letters, digits, and single dots, dashes, underscores or slashes`)
  }
  return [...new Set(groups)].toSorted()
}

/** '' takes it away. Git cuts `<`, `>` and line ends out of names (git-commit-tree(1)); marks that turn text around have no place in one. */
export function checkDisplayName(text: string): string {
  if (text.length > longestText || /[<>\p{C}\p{Zl}\p{Zp}]/u.test(text) || text !== text.trim())
    throw refuse('displayName', `has up to ${longestText} characters, without < and >, control characters, and blanks around it`)
  return text
}

/** '' takes it away. */
export function checkEmail(text: string): string {
  const at = text.indexOf('@')
  if (
    text !== '' &&
    (text.length > longestEmail || at < 1 || at !== text.lastIndexOf('@') || at === text.length - 1 || /[\s<>\p{C}]/u.test(text))
  )
    throw refuse('email', 'is an address such as mina@example.com')
  return text
}

export function checkRole(role: string): AccountRole {
  const known = accountRoles.find((one) => one === role)
  if (known === undefined) throw refuse('role', `is one of ${accountRoles.join(', ')}`)
  return known
}

export function checkPassword(password: string): string {
  if (password.length < shortestPassword || password.length > longestPassword)
    throw refuse('password', `has ${shortestPassword} to ${longestPassword} characters`)
  return password
}

/** Never with what was sent: it may be a password in the wrong field, or 5,000 characters. */
function refuse(field: string, rule: string): PlimsollError {
  return new PlimsollError('invalid-request', `${field}: it ${rule}.`)
}
