import { type Constraint, parseConstraint, satisfies } from '../sprig/semver-constraint.ts'
import { parseVersion, type SemverLibrary, versionText } from '../sprig/semver-version.ts'

/** Masterminds/semver of each Helm. */
const libraries = { '3': '3.3', '4': '3.4' } as const satisfies Record<'3' | '4', SemverLibrary>
/** Far above any version; the library has limits of its own on some parts only. */
const maxLength = 1024

const constraints = new Map<string, Constraint | undefined>()

/** `chartutil.IsCompatibleRange`: false also where either cannot be read. */
export function isInRange(range: string, version: string, helmVersion: '3' | '4'): boolean {
  const library = libraries[helmVersion]
  const read = readVersion(version, library)
  const constraint = readConstraint(range, library)
  return read !== undefined && constraint !== undefined && satisfies(read, constraint, library)
}

export function isSemanticVersion(text: string, helmVersion: '3' | '4'): boolean {
  return readVersion(text, libraries[helmVersion]) !== undefined
}

/** A version with all its parts, as `ParseKubeVersion` of Helm 3 writes it. */
export function normaliseVersion(text: string): { text: string; major: string; minor: string } | undefined {
  const version = readVersion(text, libraries['3'])
  return version === undefined ? undefined : { text: versionText(version), major: String(version.major), minor: String(version.minor) }
}

function readVersion(text: string, library: SemverLibrary) {
  return text.length > maxLength ? undefined : orUndefined(() => parseVersion(text, library))
}

function readConstraint(text: string, library: SemverLibrary): Constraint | undefined {
  if (text.length > maxLength) return undefined
  const key = `${library} ${text}`
  if (!constraints.has(key)) {
    if (constraints.size >= 1000) constraints.clear()
    constraints.set(
      key,
      orUndefined(() => parseConstraint(text, library)),
    )
  }
  return constraints.get(key)
}

function orUndefined<Result>(read: () => Result): Result | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
