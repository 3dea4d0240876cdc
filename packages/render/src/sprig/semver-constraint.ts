import { RE2JS, type Matcher } from 're2js'
import { comparePrereleases, compareVersions, parseVersion, type SemverLibrary, type Version } from './semver-version.ts'

/** One comparison, `>=1.2.x`: the version with zeros for what is left open, and which part that is. */
interface Comparison {
  operator: string
  version: Version
  /** Something is left open: the patch, the minor and the patch, or all. */
  open: 'patch' | 'minor' | 'all' | undefined
}

/** Groups that are joined by `||`; in a group all must hold. */
export type Constraint = readonly (readonly Comparison[])[]

// Constraints come from charts and values: the library's own expressions, in linear time.
const pattern =
  String.raw`v?([0-9|x|X|\*]+)(\.[0-9|x|X|\*]+)?(\.[0-9|x|X|\*]+)?` +
  String.raw`(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?`
const operators = String.raw`=||!=|>|<|>=|=>|<=|=<|~|~>|\^`
const single = RE2JS.compile(String.raw`^\s*(${operators})\s*(${pattern})\s*$`)
const range = RE2JS.compile(String.raw`\s*(${pattern})\s+-\s+(${pattern})\s*`)
const each = RE2JS.compile(String.raw`(${operators})\s*(${pattern})`)
const valid = RE2JS.compile(String.raw`^(\s*(${operators})\s*(${pattern})\s*)((?:\s+|,\s*)(${operators})\s*(${pattern})\s*)*$`)

/** `NewConstraint`. Throws in the library's words. */
export function parseConstraint(text: string, library: SemverLibrary): Constraint {
  return rewriteRanges(text)
    .split('||')
    .map((group) => {
      if (!valid.test(group)) throw new Error(`improper constraint: ${group}`)
      const comparisons = found(each, group).map((matcher) => matcher.group() ?? '')
      return (comparisons.length === 0 ? [group] : comparisons).map((comparison) => parseComparison(comparison, library))
    })
}

function found(expression: RE2JS, text: string): Matcher[] {
  const matchers: Matcher[] = []
  const matcher = expression.matcher(text)
  let previousEnd = -1
  while (matcher.find()) {
    const isEmptyAfterMatch = matcher.start() === matcher.end() && matcher.end() === previousEnd
    previousEnd = matcher.end()
    if (isEmptyAfterMatch) continue
    const own = expression.matcher(text)
    own.find(matcher.start())
    matchers.push(own)
  }
  return matchers
}

/** `1.2 - 1.4.5` is `>= 1.2, <= 1.4.5 `. */
function rewriteRanges(text: string): string {
  let rewritten = text
  for (const matcher of found(range, text)) {
    const [whole, from, to] = [matcher.group() ?? '', matcher.group(1) ?? '', matcher.group(11) ?? '']
    rewritten = rewritten.replace(whole, () => `>= ${from}, <= ${to} `)
  }
  return rewritten
}

function parseComparison(text: string, library: SemverLibrary): Comparison {
  if (text === '') return { operator: '', version: parseVersion('0.0.0', library), open: 'all' }
  const matcher = single.matcher(text)
  if (!matcher.find()) throw new Error(`improper constraint: ${text}`)
  const group = (index: number): string => matcher.group(index) ?? ''
  const [major, minor, patch, prerelease] = [group(3), group(4), group(5), group(6)]
  const open = isOpen(major) ? 'all' : isOpen(minor) ? 'minor' : isOpen(patch) ? 'patch' : undefined
  const version =
    open === 'all'
      ? `0.0.0${prerelease}`
      : open === 'minor'
        ? `${major}.0.0${prerelease}`
        : open === 'patch'
          ? `${major}${minor}.0${prerelease}`
          : group(2)
  try {
    return { operator: group(1), version: parseVersion(version, library), open }
  } catch {
    throw new Error(`constraint ${library === '3.3' ? 'Parser Error' : 'parser error'}`)
  }
}

function isOpen(part: string): boolean {
  return ['', 'x', 'X', '*'].includes(part.startsWith('.') ? part.slice(1) : part)
}

/**
 * `Constraints.Check`. A version that is a pre-release fits only where the comparison names one itself; since 3.4 it is enough that any of its
 * group does.
 */
export function satisfies(version: Version, constraint: Constraint, library: SemverLibrary): boolean {
  return constraint.some((group) => {
    const groupHasPrerelease = group.some((comparison) => comparison.version.prerelease !== '')
    return group.every((comparison) => {
      const takesPrerelease = library === '3.3' ? comparison.version.prerelease !== '' : groupHasPrerelease
      if (version.prerelease !== '' && !takesPrerelease) {
        // 3.3 looks at pre-releases in `!=` only where something is left open.
        if (library === '3.4' || comparison.operator !== '!=' || comparison.open !== undefined) return false
      }
      return holds(version, comparison)
    })
  })
}

function holds(version: Version, comparison: Comparison): boolean {
  const order = compareVersions(version, comparison.version)
  switch (comparison.operator) {
    case '':
    case '=':
      return comparison.open === undefined ? order === 0 : isWithinTilde(version, comparison)
    case '!=':
      return isDifferent(version, comparison)
    case '>':
      return isGreater(version, comparison)
    case '<':
      return order < 0
    case '>=':
    case '=>':
      return order >= 0
    case '<=':
    case '=<':
      return isAtMost(version, comparison)
    case '~':
    case '~>':
      return isWithinTilde(version, comparison)
    default:
      return isWithinCaret(version, comparison)
  }
}

function isDifferent(version: Version, { version: other, open }: Comparison): boolean {
  if (open === undefined) return compareVersions(version, other) !== 0
  if (version.major !== other.major) return true
  if (version.minor !== other.minor && open !== 'minor') return true
  if (open === 'minor') return false
  if (version.patch !== other.patch && open !== 'patch') return true
  if (open === 'patch')
    return (version.prerelease !== '' || other.prerelease !== '') && comparePrereleases(version.prerelease, other.prerelease) !== 0
  return compareVersions(version, other) !== 0
}

/** `>11` starts at 12, `>11.1` at 11.2. */
function isGreater(version: Version, { version: other, open }: Comparison): boolean {
  if (open === undefined) return compareVersions(version, other) > 0
  if (version.major !== other.major) return version.major > other.major
  if (open === 'minor') return false
  if (open === 'patch') return version.minor > other.minor
  return compareVersions(version, other) > 0
}

function isAtMost(version: Version, { version: other, open }: Comparison): boolean {
  if (open === undefined) return compareVersions(version, other) <= 0
  if (version.major > other.major) return false
  return !(version.major === other.major && version.minor > other.minor && open !== 'minor')
}

function isWithinTilde(version: Version, { version: other, open }: Comparison): boolean {
  if (compareVersions(version, other) < 0) return false
  // `~0.0.0` and `*` take everything.
  if (other.major === 0n && other.minor === 0n && other.patch === 0n && open !== 'minor' && open !== 'patch') return true
  return version.major === other.major && (version.minor === other.minor || open === 'minor')
}

function isWithinCaret(version: Version, { version: other, open }: Comparison): boolean {
  if (compareVersions(version, other) < 0) return false
  if (other.major > 0n || open === 'minor') return version.major === other.major
  if (version.major > 0n) return false
  if (other.minor > 0n || open === 'patch') return version.minor === other.minor
  return version.minor === 0n && version.patch === other.patch
}
