/**
 * Version ranges over tags, with the meaning that Argo CD gives them (Masterminds/semver v3, `constraints.go`): `^1.2`, `~1.4`, `1.x`, `>=1.2 <2`,
 * `1.2 - 1.4`, `||` between alternatives. A pre-release matches only where the range names a pre-release itself.
 */
export interface Version {
  major: number
  minor: number
  patch: number
  prerelease: string[]
}

interface Condition {
  operator: string
  version: Version
  /** Parts that the text left open: `1.x` has no minor. */
  open: 'none' | 'patch' | 'minor' | 'major'
}

type Alternative = { conditions: Condition[]; prerelease: boolean }

const versionText = /^v?(\d{1,15})(?:\.(\d{1,15}))?(?:\.(\d{1,15}))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/
const conditionText =
  /^(=|!=|>=|=>|<=|=<|>|<|~>|~|\^)?\s*v?(\d{1,15}|[xX*])(?:\.(\d{1,15}|[xX*]))?(?:\.(\d{1,15}|[xX*]))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/

export function parseVersion(text: string): Version | undefined {
  if (text.length > 200) return undefined
  const match = versionText.exec(text)
  if (match === null) return undefined
  return {
    major: Number(match[1]),
    minor: Number(match[2] ?? 0),
    patch: Number(match[3] ?? 0),
    prerelease: match[4] === undefined ? [] : match[4].split('.'),
  }
}

/** An exact version is a tag's name, not a range. */
export function isVersionRange(text: string): boolean {
  return parseVersion(text) === undefined && parseRange(text) !== undefined
}

/** The tag with the highest version that the range admits; undefined when there is none or the text is no range. */
export function highestMatch(range: string, tags: Iterable<string>): string | undefined {
  const alternatives = parseRange(range)
  if (alternatives === undefined) return undefined
  let best: { tag: string; version: Version } | undefined
  for (const tag of tags) {
    const version = parseVersion(tag)
    if (version === undefined || !alternatives.some((alternative) => admits(alternative, version))) continue
    if (best === undefined || compareVersions(version, best.version) > 0) best = { tag, version }
  }
  return best?.tag
}

/** Order of semver.org 2.0.0, section 11. */
export function compareVersions(a: Version, b: Version): number {
  const core = a.major - b.major || a.minor - b.minor || a.patch - b.patch
  if (core !== 0) return core
  if (a.prerelease.length === 0 || b.prerelease.length === 0) return b.prerelease.length - a.prerelease.length
  for (let index = 0; index < Math.max(a.prerelease.length, b.prerelease.length); index++) {
    const order = compareIdentifiers(a.prerelease[index], b.prerelease[index])
    if (order !== 0) return order
  }
  return 0
}

function compareIdentifiers(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0
  if (a === undefined) return -1
  if (b === undefined) return 1
  const aIsNumber = /^\d+$/.test(a)
  const bIsNumber = /^\d+$/.test(b)
  if (aIsNumber && bIsNumber) return Number(a) - Number(b)
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1
  return a < b ? -1 : 1
}

function parseRange(text: string): Alternative[] | undefined {
  if (text.length > 200) return undefined
  const alternatives: Alternative[] = []
  for (const part of text.split('||')) {
    // `1.2 - 1.4` has spaces around the dash; without them the dash begins a pre-release.
    const spelledOut = part.trim().replace(/(\S+)\s+-\s+(\S+)/g, '>=$1 <=$2')
    const words = spelledOut
      .replace(/(=|!=|>=|=>|<=|=<|>|<|~>|~|\^)\s+/g, '$1')
      .split(/[\s,]+/)
      .filter((word) => word !== '')
    if (words.length === 0 || words.length > 20) return undefined
    const conditions = words.map(parseCondition)
    if (!conditions.every((condition) => condition !== undefined)) return undefined
    alternatives.push({ conditions, prerelease: conditions.some(({ version }) => version.prerelease.length > 0) })
  }
  return alternatives
}

function parseCondition(text: string): Condition | undefined {
  const match = conditionText.exec(text)
  if (match === null) return undefined
  const isOpen = (part: string | undefined): boolean => part === undefined || /^[xX*]$/.test(part)
  const open = isOpen(match[2]) ? 'major' : isOpen(match[3]) ? 'minor' : isOpen(match[4]) ? 'patch' : 'none'
  return {
    operator: match[1] ?? '=',
    open,
    version: {
      major: open === 'major' ? 0 : Number(match[2]),
      minor: open === 'major' || open === 'minor' ? 0 : Number(match[3]),
      patch: open === 'none' ? Number(match[4]) : 0,
      prerelease: match[5] === undefined ? [] : match[5].split('.'),
    },
  }
}

function admits(alternative: Alternative, version: Version): boolean {
  if (version.prerelease.length > 0 && !alternative.prerelease) return false
  return alternative.conditions.every((condition) => fulfils(version, condition))
}

function fulfils(version: Version, { operator, version: bound, open }: Condition): boolean {
  const order = compareVersions(version, bound)
  const sameMajor = version.major === bound.major
  const sameMinor = sameMajor && version.minor === bound.minor
  switch (operator) {
    case '=':
      return open === 'none' ? order === 0 : agreesAsFarAsGiven()
    case '!=':
      return open === 'none' ? order !== 0 : !agreesAsFarAsGiven()
    case '>':
      if (open === 'none') return order > 0
      if (open === 'major') return false
      return version.major > bound.major || (open === 'patch' && sameMajor && version.minor > bound.minor)
    case '<':
      return order < 0
    case '>=':
    case '=>':
      return order >= 0
    case '<=':
    case '=<':
      if (open === 'none') return order <= 0
      return open === 'major' || version.major < bound.major || agreesAsFarAsGiven() || (sameMajor && version.minor <= bound.minor)
    case '~':
    case '~>':
      return order >= 0 && (open === 'major' || (open === 'minor' ? sameMajor : sameMinor))
    default:
      if (order < 0) return false
      if (open === 'major') return true
      if (bound.major > 0 || open === 'minor') return sameMajor
      if (bound.minor > 0 || open === 'patch') return sameMinor
      return sameMinor && version.patch === bound.patch
  }

  function agreesAsFarAsGiven(): boolean {
    return open === 'major' || (open === 'minor' ? sameMajor : sameMinor)
  }
}
