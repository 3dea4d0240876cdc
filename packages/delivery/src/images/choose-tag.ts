import { highestMatch, type ImagePolicy, parseVersion, PlimsollError } from '@plimsoll/api'
import { RE2JS } from 're2js'

/** The tag that a policy means now; undefined when none does. For `digest` it is the tag whose digest is taken. */
export function chooseTag(policy: ImagePolicy, tags: readonly string[]): string | undefined {
  if (policy.digest !== undefined) return tags.includes(policy.digest) ? policy.digest : undefined
  if (policy.semver !== undefined)
    return highestMatch(
      policy.semver,
      tags.filter((tag) => parseVersion(tag) !== undefined),
    )
  if (policy.newest === undefined) return undefined
  const { pattern, order = 'numeric' } = policy.newest
  const matcher = compile(pattern)
  const found: { tag: string; key: string }[] = []
  for (const tag of tags.slice(0, 100_000)) {
    const key = matcher(tag)
    if (key !== undefined && (order === 'alphabetic' || !Number.isNaN(rank(key, order)))) found.push({ tag, key })
  }
  found.sort((a, b) => compareKeys(a.key, b.key, order) || (a.tag < b.tag ? -1 : 1))
  return found.at(-1)?.tag
}

function compareKeys(a: string, b: string, order: 'numeric' | 'alphabetic' | 'time'): number {
  if (order === 'alphabetic') return a < b ? -1 : a > b ? 1 : 0
  if (order === 'time') return rank(a, order) - rank(b, order)
  // Numbers of any length, part by part: build numbers may be stamps of 20 digits, and 1.10 comes after 1.9.
  const [left, right] = [a.split('.').map(BigInt), b.split('.').map(BigInt)]
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [x = -1n, y = -1n] = [left[at], right[at]]
    if (x !== y) return x < y ? -1 : 1
  }
  return 0
}

function rank(key: string, order: 'numeric' | 'time'): number {
  if (order === 'numeric') return /^\d+(\.\d+)*$/.test(key) ? Number.parseFloat(key) : NaN
  // 20261120T165553Z and 20261120-165553 as well as RFC 3339.
  const compact = /^(\d{4})-?(\d{2})-?(\d{2})(?:[T_.-]?(\d{2})[:-]?(\d{2})(?:[:-]?(\d{2}))?)?Z?$/.exec(key)
  if (compact === null) return Date.parse(key)
  const [, year, month, day, hour = '00', minute = '00', second = '00'] = compact
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

/** By re2: in linear time, whatever somebody writes. */
function compile(pattern: string): (tag: string) => string | undefined {
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(pattern)
  } catch (error) {
    throw new PlimsollError(
      'invalid-request',
      `'${pattern.slice(0, 100)}' is no regular expression: ${error instanceof Error ? error.message : String(error)}.`,
    )
  }
  const hasOrder = Object.hasOwn(compiled.namedGroups(), 'order')
  return (tag) => {
    const matcher = compiled.matcher(tag)
    if (!matcher.find()) return undefined
    return (hasOrder ? matcher.group('order') : matcher.groupCount() > 0 ? matcher.group(1) : tag) ?? undefined
  }
}
