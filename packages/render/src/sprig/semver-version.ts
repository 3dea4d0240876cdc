import { GoStruct, goInt, type GoFunction, type GoValue } from '../go/value.ts'
import { parseUint } from '../go/number.ts'
import { quote } from '../go/quote.ts'
import { fixed, nilPointer } from './go-function.ts'

/** Helm 3.18 has Masterminds/semver 3.3.0, Helm 4.1 has 3.4.0: other words, and other rules for pre-releases. */
export type SemverLibrary = '3.3' | '3.4'

/** Masterminds/semver's `Version`. */
export interface Version {
  readonly major: bigint
  readonly minor: bigint
  readonly patch: bigint
  readonly prerelease: string
  readonly metadata: string
  readonly original: string
}

// Each part is delimited by a character that the next one cannot hold, so that this takes linear time in JavaScript too.
const loose =
  /^v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/

/** `NewVersion`: also of `v1.2`. Throws in the library's words. */
export function parseVersion(text: string, library: SemverLibrary): Version {
  const parts = loose.exec(text)
  if (parts === null) throw new Error(library === '3.3' ? 'Invalid Semantic Version' : 'invalid semantic version')
  const [, major = '0', minor = '0', patch = '0', prerelease = '', metadata = ''] = parts
  const version = {
    major: parseSegment(major, library),
    minor: parseSegment(minor, library),
    patch: parseSegment(patch, library),
    prerelease,
    metadata,
    original: text,
  }
  checkPrerelease(prerelease, library)
  return version
}

function parseSegment(digits: string, library: SemverLibrary): bigint {
  const parsed = parseUint(digits)
  if (parsed.error === undefined) return parsed.value
  throw new Error(
    `${library === '3.3' ? 'E' : 'e'}rror parsing version segment: strconv.ParseUint: parsing ${quote(digits)}: ${parsed.error}`,
  )
}

function checkPrerelease(prerelease: string, library: SemverLibrary): void {
  if (prerelease.split('.').some((part) => /^0[0-9]+$/.test(part))) {
    throw new Error(`${library === '3.3' ? 'V' : 'v'}ersion segment starts with 0`)
  }
}

export function versionText(version: Version): string {
  const prerelease = version.prerelease === '' ? '' : `-${version.prerelease}`
  const metadata = version.metadata === '' ? '' : `+${version.metadata}`
  return `${version.major}.${version.minor}.${version.patch}${prerelease}${metadata}`
}

/** -1, 0 or 1; metadata does not count. */
export function compareVersions(left: Version, right: Version): number {
  for (const part of ['major', 'minor', 'patch'] as const) {
    if (left[part] !== right[part]) return left[part] < right[part] ? -1 : 1
  }
  if (left.prerelease === right.prerelease) return 0
  if (left.prerelease === '') return 1
  return right.prerelease === '' ? -1 : comparePrereleases(left.prerelease, right.prerelease)
}

export function comparePrereleases(left: string, right: string): number {
  const lefts = left.split('.')
  const rights = right.split('.')
  for (let index = 0; index < Math.max(lefts.length, rights.length); index += 1) {
    const order = comparePart(lefts[index] ?? '', rights[index] ?? '')
    if (order !== 0) return order
  }
  return 0
}

/** Numbers come before words, and what is missing before all. */
function comparePart(left: string, right: string): number {
  if (left === right) return 0
  if (left === '') return -1
  if (right === '') return 1
  const [leftNumber, rightNumber] = [parseUint(left), parseUint(right)]
  if (leftNumber.error !== undefined && rightNumber.error !== undefined) return left > right ? 1 : -1
  if (rightNumber.error !== undefined) return -1
  if (leftNumber.error !== undefined) return 1
  return leftNumber.value > rightNumber.value ? 1 : -1
}

/** What a template sees of a version: `(semver "1.2.3").Major`, `.Compare`, … */
export function versionValue(version: Version, library: SemverLibrary, isPointer = true): GoStruct {
  const compare = (test: (order: number) => GoValue): GoFunction =>
    fixed(['*semver.Version'], (other) => {
      if (!(other instanceof GoStruct)) throw new Error(nilPointer)
      return test(compareVersions(version, other.inner as Version))
    })
  const next = (change: Partial<Version>): GoFunction => fixed([], () => changed(version, change, library))
  const methods: [string, GoFunction][] = [
    ['Major', fixed([], () => goInt(version.major, 'uint64'))],
    ['Minor', fixed([], () => goInt(version.minor, 'uint64'))],
    ['Patch', fixed([], () => goInt(version.patch, 'uint64'))],
    ['Prerelease', fixed([], () => version.prerelease)],
    ['Metadata', fixed([], () => version.metadata)],
    ['String', fixed([], () => versionText(version))],
    ['IncMajor', next({ major: version.major + 1n, minor: 0n, patch: 0n })],
    ['IncMinor', next({ minor: version.minor + 1n, patch: 0n })],
    ['IncPatch', next(version.prerelease === '' ? { patch: version.patch + 1n } : {})],
    [
      'SetPrerelease',
      fixed(['string'], (prerelease) => {
        checkIdentifiers(prerelease, library, 'rerelease')
        checkPrerelease(prerelease, library)
        return changed(version, { prerelease, metadata: version.metadata }, library)
      }),
    ],
    [
      'SetMetadata',
      fixed(['string'], (metadata) => {
        checkIdentifiers(metadata, library, 'etadata')
        return changed(version, { metadata, prerelease: version.prerelease }, library)
      }),
    ],
  ]
  // These belong to the pointer; what the methods above give back is the struct.
  if (isPointer) {
    methods.push(
      ['Original', fixed([], () => version.original)],
      ['Compare', compare((order) => goInt(order))],
      ['Equal', compare((order) => order === 0)],
      ['LessThan', compare((order) => order < 0)],
      ['LessThanEqual', compare((order) => order <= 0)],
      ['GreaterThan', compare((order) => order > 0)],
      ['GreaterThanEqual', compare((order) => order >= 0)],
    )
  }
  return new GoStruct(isPointer ? '*semver.Version' : 'semver.Version', {
    kind: isPointer ? 'ptr' : 'struct',
    methods,
    text: () => versionText(version),
    json: () => JSON.stringify(versionText(version)),
    inner: version,
  })
}

function changed(version: Version, change: Partial<Version>, library: SemverLibrary): GoStruct {
  const next = { ...version, prerelease: '', metadata: '', ...change }
  const original = (version.original.startsWith('v') ? 'v' : '') + versionText(next)
  return versionValue({ ...next, original }, library, false)
}

function checkIdentifiers(text: string, library: SemverLibrary, word: 'rerelease' | 'etadata'): void {
  if (text === '') return
  const identifier = library === '3.3' ? /^[0-9A-Za-z-]*$/ : /^[0-9A-Za-z-]+$/
  if (text.split('.').every((part) => identifier.test(part))) return
  const [first, invalid] = word === 'rerelease' ? ['Pp', 'Ii'] : ['Mm', 'Ii']
  const at = library === '3.3' ? 0 : 1
  throw new Error(`${invalid.charAt(at)}nvalid ${first.charAt(at)}${word} string`)
}
