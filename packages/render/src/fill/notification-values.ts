import { fromBytes, GoCallable, type GoFunction, type GoValue, goInt, GoStruct, toBytes, typedList } from '../go/value.ts'
import { fixed } from '../sprig/go-function.ts'
import { parseTime } from '../sprig/time/time-parser.ts'
import { timeValue } from '../sprig/time/time-value.ts'
import { local, utc } from '../sprig/time/zone.ts'
import { escapeQuery } from '../template/escape.ts'
import type { KnownCommit } from './contract.ts'
import { fullNameOf, httpsAddress } from './repository-names.ts'

const rfc3339 = '2006-01-02T15:04:05Z07:00'

/** Go's package `time`: durations in nanoseconds, and layouts. */
const durations = {
  Nanosecond: 1n,
  Microsecond: 1000n,
  Millisecond: 1_000_000n,
  Second: 10n ** 9n,
  Minute: 60n * 10n ** 9n,
  Hour: 3600n * 10n ** 9n,
}
const layouts = {
  Layout: "01/02 03:04:05PM '06 -0700",
  ANSIC: 'Mon Jan _2 15:04:05 2006',
  UnixDate: 'Mon Jan _2 15:04:05 MST 2006',
  RubyDate: 'Mon Jan 02 15:04:05 -0700 2006',
  RFC822: '02 Jan 06 15:04 MST',
  RFC822Z: '02 Jan 06 15:04 -0700',
  RFC850: 'Monday, 02-Jan-06 15:04:05 MST',
  RFC1123: 'Mon, 02 Jan 2006 15:04:05 MST',
  RFC1123Z: 'Mon, 02 Jan 2006 15:04:05 -0700',
  RFC3339: rfc3339,
  RFC3339Nano: '2006-01-02T15:04:05.999999999Z07:00',
  Kitchen: '3:04PM',
  Stamp: 'Jan _2 15:04:05',
  StampMilli: 'Jan _2 15:04:05.000',
  StampMicro: 'Jan _2 15:04:05.000000',
  StampNano: 'Jan _2 15:04:05.000000000',
}

/** A commit that a text asks for, and that is not known yet: the work is done again once it is. */
export class UnknownCommit extends Error {
  override readonly name = 'UnknownCommit'
}

/**
 * What a template of a notification sees besides its parameters: `time`, `strings`, `repo`, `sync` (source: argo-cd `util/notification/expression`, 3.x).
 * Every commit that is asked for and not among those known goes into `wanted`.
 */
export function notificationValues(commits: Readonly<Record<string, KnownCommit>>, wanted: Set<string>): [string, GoValue][] {
  const metadata = (sha: string): GoValue => {
    const commit = Object.hasOwn(commits, sha) ? commits[sha] : undefined
    if (commit === undefined) {
      wanted.add(sha)
      throw new UnknownCommit(`commit ${sha} is being looked up`)
    }
    if ('problem' in commit) throw new Error(commit.problem)
    return new GoStruct('shared.CommitMetadata', {
      fields: [
        ['Message', toBytes(commit.message)],
        ['Author', toBytes(commit.author)],
        ['Date', timeValue(parseTime(rfc3339, commit.date, utc))],
        ['Tags', typedList('string', commit.tags.map(toBytes))],
      ],
    })
  }
  return [
    [
      'time',
      new Map<string, GoValue>([
        ['Parse', callable(fixed(['string'], (text) => timeValue(parseTime(rfc3339, text, utc))))],
        ['Now', callable(fixed([], () => timeValue({ nanoseconds: BigInt(Date.now()) * 1_000_000n, zone: local })))],
        ...Object.entries(durations).map(([name, value]) => [name, goInt(value, 'time.Duration')] as const),
        ...Object.entries(layouts).map(([name, value]) => [name, value] as const),
      ]),
    ],
    [
      'strings',
      new Map<string, GoValue>([
        [
          'ReplaceAll',
          callable(fixed(['string', 'string', 'string'], (text, old, replacement) => text.replaceAll(old, () => replacement))),
        ],
        ['ToUpper', callable(fixed(['string'], (text) => toBytes(fromBytes(text).toUpperCase())))],
        ['ToLower', callable(fixed(['string'], (text) => toBytes(fromBytes(text).toLowerCase())))],
      ]),
    ],
    ['sync', new Map<string, GoValue>([['GetInfoItem', callable(fixed(['map', 'string'], infoItem))]])],
    [
      'repo',
      new Map<string, GoValue>([
        ['RepoURLToHTTPS', callable(fixed(['string'], (url) => toBytes(httpsAddress(fromBytes(url)))))],
        ['FullNameByRepoURL', callable(fixed(['string'], (url) => toBytes(fullNameOf(fromBytes(url)))))],
        ['QueryEscape', callable(fixed(['string'], escapeQuery))],
        ['GetCommitMetadata', callable(fixed(['string'], (sha) => metadata(fromBytes(sha))))],
      ]),
    ],
  ]
}

function callable(called: GoFunction): GoCallable {
  return new GoCallable(called)
}

/** The value of an `info` of the operation that ran, or that is to run. */
function infoItem(app: GoValue, name: string): GoValue {
  const operation = at(app, 'operation') ?? at(app, 'status', 'operationState', 'operation')
  const infos = at(operation, 'info')
  const found = Array.isArray(infos) ? infos.find((info) => at(info, 'name') === name) : undefined
  return at(found, 'value') ?? ''
}

function at(value: GoValue, ...path: string[]): GoValue {
  let found = value
  for (const name of path) found = found instanceof Map ? found.get(name) : undefined
  return found
}
