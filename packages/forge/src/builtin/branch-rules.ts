import { PlimsollError, type BranchProtection } from '@plimsoll/api'
import { matchesBranch } from './path-pattern.ts'

const maxProtections = 100
const maxNames = 100

/** What holds for one branch. Undefined: it is not protected. */
export function rulesFor(protections: readonly BranchProtection[], branch: string): BranchProtection | undefined {
  const matching = protections.filter(({ pattern }) => matchesBranch(pattern, branch))
  const [first, ...others] = matching
  if (first === undefined) return undefined
  // Where several hold, all of them do: no pattern loosens another one.
  return others.reduce(
    (all, one) => ({
      pattern: all.pattern,
      requiredChecks: [...new Set([...all.requiredChecks, ...one.requiredChecks])],
      requiredApprovals: Math.max(all.requiredApprovals, one.requiredApprovals),
      codeOwners: all.codeOwners || one.codeOwners,
      allowSelfApproval: all.allowSelfApproval && one.allowSelfApproval,
      linearHistory: all.linearHistory || one.linearHistory,
      upToDate: all.upToDate || one.upToDate,
      mayPush: all.mayPush.filter((name) => one.mayPush.includes(name)),
    }),
    first,
  )
}

/** `mayPush` names accounts, and groups with `@`. */
export function mayPush(rules: BranchProtection, who: { name: string; groups: readonly string[] }): boolean {
  return rules.mayPush.some((name) => (name.startsWith('@') ? who.groups.includes(name.slice(1)) : name === who.name))
}

/** Throws `invalid-request`. */
export function checkProtections(protections: readonly BranchProtection[]): void {
  if (protections.length > maxProtections) refuse(`There are ${protections.length} protections; at most ${maxProtections} are kept.`)
  const seen = new Set<string>()
  for (const { pattern, requiredChecks, requiredApprovals, mayPush: names } of protections) {
    // oxlint-disable-next-line no-control-regex -- control characters are what is refused
    if (pattern === '' || pattern.length > 255 || /[\s\u0000-\u001f~^:\\[\]]/.test(pattern) || pattern.startsWith('refs/')) {
      refuse(`'${pattern.slice(0, 255)}' is not the name of a branch, nor a pattern of such names like 'release/*'.`)
    }
    if (seen.has(pattern)) refuse(`'${pattern}' is there twice.`)
    seen.add(pattern)
    if (!Number.isInteger(requiredApprovals) || requiredApprovals < 0 || requiredApprovals > 20) {
      refuse(`'${pattern}' asks for ${requiredApprovals} approvals: a whole number from 0 to 20 is meant.`)
    }
    if (requiredChecks.length > maxNames || names.length > maxNames) refuse(`'${pattern}' names more than ${maxNames}.`)
    for (const name of [...requiredChecks, ...names]) if (name === '' || name.length > 255) refuse(`'${pattern}' has a name that is none.`)
  }
}

function refuse(message: string): never {
  throw new PlimsollError('invalid-request', message)
}
