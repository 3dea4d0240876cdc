/**
 * `*` and `?` within one part of a path, in time that grows with the product of the lengths: no regular expression is built from what
 * users write.
 */
export function matchesPart(pattern: string, text: string): boolean {
  let at = 0
  let place = 0
  /** Where the last `*` stood, and how far it has been stretched. */
  let star = -1
  let stretched = 0
  while (at < text.length) {
    if (pattern[place] === '*') {
      star = place
      stretched = at
      place += 1
    } else if (place < pattern.length && (pattern[place] === '?' || pattern[place] === text[at])) {
      place += 1
      at += 1
    } else if (star >= 0) {
      stretched += 1
      at = stretched
      place = star + 1
    } else return false
  }
  while (pattern[place] === '*') place += 1
  return place === pattern.length
}

/**
 * Parts against parts; `**` stands for any number of them, none included, at the end for at least one. The first part that does not match
 * ends it, or stretches the last `**` by one: nothing is set up before, as thousands of rules are asked about thousands of paths.
 */
export function matchesParts(patterns: readonly string[], parts: readonly string[]): boolean {
  const isOpen = patterns.length > 0 && patterns[patterns.length - 1] === '**'
  const end = isOpen ? patterns.length - 1 : patterns.length
  let place = 0
  let at = 0
  let star = -1
  let stretched = 0
  for (;;) {
    const pattern = place < end ? patterns[place] : undefined
    const part = parts[at]
    if (pattern === undefined && (isOpen ? part !== undefined : part === undefined)) return true
    if (pattern === '**') {
      star = place
      stretched = at
      place += 1
    } else if (pattern !== undefined && part !== undefined && matchesPart(pattern, part)) {
      place += 1
      at += 1
    } else if (star >= 0 && stretched < parts.length) {
      stretched += 1
      at = stretched
      place = star + 1
    } else return false
  }
}

/** A branch against a pattern: a name, or a glob whose `*` stays within one part (`release/*`), as GitHub's fnmatch has it. */
export function matchesBranch(pattern: string, branch: string): boolean {
  return matchesParts(pattern.split('/'), branch.split('/'))
}
