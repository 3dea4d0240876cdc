import { fixed, type FunctionTable } from './go-function.ts'
import { Recent } from './recent.ts'
import { parseConstraint, satisfies } from './semver-constraint.ts'
import { parseVersion, versionValue, type SemverLibrary } from './semver-version.ts'

/** Longer questions are not worth the memory. */
const longestKept = 200

export function semverFunctions(library: SemverLibrary): FunctionTable {
  // Charts compare the same few constraints with the one version of the cluster, again and again.
  const answers = new Recent<boolean>(1000)
  const compare = (constraint: string, version: string): boolean => {
    const parsed = parseConstraint(constraint, library)
    return satisfies(parseVersion(version, library), parsed, library)
  }
  return {
    semver: fixed(['string'], (text) => versionValue(parseVersion(text, library), library)),
    semverCompare: fixed(['string', 'string'], (constraint, version) => {
      const key = `${constraint}\0${version}`
      return key.length > longestKept ? compare(constraint, version) : answers.get(key, () => compare(constraint, version))
    }),
  }
}
