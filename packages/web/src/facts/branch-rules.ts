import type { BranchProtection } from '@plimsoll/api'

/** Which protections hold for a branch, as docs/spec has it: a name, or a glob whose `*` stays within one part and whose `**` does not. */
export function rulesOf(protections: readonly BranchProtection[], branch: string): BranchProtection[] {
  return protections.filter(({ pattern }) => matches(pattern.split('/'), branch.split('/')))
}

/** Where several hold, all of them do. */
export function allowsSelfApproval(protections: readonly BranchProtection[], branch: string): boolean {
  const rules = rulesOf(protections, branch)
  return rules.length > 0 && rules.every((one) => one.allowSelfApproval)
}

export function neededApprovals(protections: readonly BranchProtection[], branch: string): number {
  return Math.max(0, ...rulesOf(protections, branch).map((one) => one.requiredApprovals))
}

/** Whether the pattern's items stand for the text's, with `wild` for any number of them. In time that grows with the product of the lengths. */
function covers<T>(pattern: readonly T[], text: readonly T[], isWild: (item: T) => boolean, fits: (item: T, other: T) => boolean): boolean {
  let reached = [true, ...text.map(() => false)]
  for (const item of pattern) {
    const next = reached.map(() => false)
    if (isWild(item)) {
      const first = reached.indexOf(true)
      if (first >= 0) next.fill(true, first)
    } else for (const [index, other] of text.entries()) next[index + 1] = reached[index] === true && fits(item, other)
    reached = next
  }
  return reached[text.length] === true
}

function matches(pattern: readonly string[], parts: readonly string[]): boolean {
  return covers(
    pattern,
    parts,
    (part) => part === '**',
    (part, text) =>
      covers(
        Array.from(part),
        Array.from(text),
        (sign) => sign === '*',
        (sign, letter) => sign === '?' || sign === letter,
      ),
  )
}
