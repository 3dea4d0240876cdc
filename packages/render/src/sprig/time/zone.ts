import { toBytes } from '../../go/value.ts'

/** Go's `time.Location`. */
export interface Zone {
  readonly name: string
  /** What holds at an instant, in seconds from 1970: seconds east of Greenwich, and the abbreviation, '' where there is none. */
  readonly at: (unixSeconds: number) => { offset: number; abbreviation: string }
}

export const utc: Zone = { name: 'UTC', at: () => ({ offset: 0, abbreviation: 'UTC' }) }

/** Of the machine that renders; a controller's is UTC, and the same everywhere. */
export const local: Zone = { name: 'Local', at: utc.at }

export function fixedZone(name: string, offset: number): Zone {
  return { name, at: () => ({ offset, abbreviation: name }) }
}

const zones = new Map<string, Zone | undefined>()

/** `time.LoadLocation`; undefined for a zone that is not known. */
export function loadZone(name: string): Zone | undefined {
  if (name === '' || name === 'UTC') return utc
  if (name === 'Local') return local
  // Names of files of the time zone database: neither offsets, which Intl takes, nor another case.
  if (!/^[A-Z][\w+-]*(?:\/[A-Z][\w+-]*)*$/.test(name) || name.length > 64) return undefined
  if (!zones.has(name)) {
    if (zones.size > 700) zones.clear()
    zones.set(name, namedZone(name))
  }
  return zones.get(name)
}

/** Languages whose short names of zones, together, have the abbreviations of the time zone database. */
const languages = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA', 'en-CA', 'en-NZ']

function namedZone(name: string): Zone | undefined {
  let parts: Intl.DateTimeFormat
  try {
    parts = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    return undefined
  }
  // An alias (`Japan`) is known by the name of what it stands for.
  const canonical = parts.resolvedOptions().timeZone
  const shortNames = languages.map((language) => new Intl.DateTimeFormat(language, { timeZone: name, timeZoneName: 'short' }))
  return {
    name,
    at(unixSeconds) {
      const instant = new Date(Math.min(Math.max(unixSeconds, -8.6e12), 8.6e12) * 1000)
      const offset = offsetAt(parts, instant)
      return { offset, abbreviation: abbreviationAt([name, canonical], shortNames, instant, offset) }
    },
  }
}

function offsetAt(format: Intl.DateTimeFormat, instant: Date): number {
  const fields = new Map(format.formatToParts(instant).map(({ type, value }) => [type, value]))
  const field = (type: Intl.DateTimeFormatPartTypes): number => Number(fields.get(type) ?? 0)
  const year = fields.get('era') === 'BC' ? 1 - field('year') : field('year')
  const shown = new Date(0)
  shown.setUTCFullYear(year, field('month') - 1, field('day'))
  shown.setUTCHours(field('hour'), field('minute'), field('second'))
  return Math.round((shown.getTime() - Math.floor(instant.getTime() / 1000) * 1000) / 1000)
}

function abbreviationAt(names: readonly string[], formats: readonly Intl.DateTimeFormat[], instant: Date, offset: number): string {
  for (const name of names) {
    const own = abbreviations.get(`${name} ${offset}`)
    if (own !== undefined) return own
  }
  for (const format of formats) {
    const shown = format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value ?? ''
    if (/^[A-Z]{2,5}$/.test(shown) && (shown !== 'GMT' || offset === 0)) return toBytes(shown)
  }
  return numeric(offset)
}

/** The database's own abbreviation where a zone has no other: `+03`, `-0330`. */
function numeric(offset: number): string {
  const minutes = Math.abs(Math.trunc(offset / 60))
  const rest = minutes % 60
  const hours = String(Math.trunc(minutes / 60)).padStart(2, '0')
  return `${offset < 0 ? '-' : '+'}${hours}${rest === 0 ? '' : String(rest).padStart(2, '0')}`
}

/** Abbreviations of the time zone database (2025b) that Intl has no name for, or another: with the offset, and the zones that use them. */
const ownNames: readonly (readonly [abbreviation: string, offset: number, zones: string])[] = [
  ['+00', 0, 'Africa/Casablanca Africa/El_Aaiun Antarctica/Troll'],
  ['+01', 3600, 'Africa/Casablanca Africa/El_Aaiun'],
  ['+04', 14400, 'Asia/Dubai Asia/Muscat'],
  ['+0530', 19800, 'Asia/Colombo'],
  ['+08', 28800, 'Antarctica/Casey'],
  ['+0845', 31500, 'Australia/Eucla'],
  ['+1030', 37800, 'Australia/Lord_Howe'],
  ['+11', 39600, 'Australia/Lord_Howe'],
  ['+1245', 45900, 'Pacific/Chatham'],
  ['+1345', 49500, 'Pacific/Chatham'],
  ['-02', -7200, 'America/Miquelon'],
  ['-03', -10800, 'America/Miquelon'],
  ['BST', 3600, 'Europe/Guernsey Europe/Isle_of_Man Europe/Jersey'],
  ['CAT', 7200, 'Africa/Windhoek'],
  ['CDT', -14400, 'America/Havana'],
  ['CST', -18000, 'America/Havana'],
  ['CST', 28800, 'Asia/Macau Asia/Shanghai Asia/Taipei'],
  ['ChST', 36000, 'Pacific/Guam Pacific/Saipan'],
  ['GMT', 0, 'Etc/GMT GMT GMT0 GMT+0 GMT-0 Greenwich Etc/GMT0 Etc/Greenwich'],
  ['HDT', -32400, 'America/Adak'],
  ['HKT', 28800, 'Asia/Hong_Kong'],
  ['HST', -36000, 'America/Adak'],
  ['IDT', 10800, 'Asia/Jerusalem'],
  ['IST', 3600, 'Europe/Dublin'],
  ['IST', 7200, 'Asia/Jerusalem'],
  ['JST', 32400, 'Asia/Tokyo'],
  ['KST', 32400, 'Asia/Pyongyang Asia/Seoul'],
  ['MDT', -21600, 'America/Ciudad_Juarez America/Mazatlan'],
  ['MEST', 7200, 'MET'],
  ['MET', 3600, 'MET'],
  ['MSK', 10800, 'Europe/Kirov Europe/Moscow Europe/Simferopol Europe/Volgograd'],
  ['MSK', 14400, 'Europe/Kirov Europe/Moscow Europe/Simferopol Europe/Volgograd'],
  ['MST', -25200, 'America/Chihuahua America/Ciudad_Juarez America/Dawson America/Hermosillo America/Mazatlan America/Whitehorse'],
  ['PKT', 18000, 'Asia/Karachi'],
  ['PST', 28800, 'Asia/Manila'],
  ['SST', -39600, 'Pacific/Midway Pacific/Pago_Pago'],
  ['WIB', 25200, 'Asia/Jakarta Asia/Pontianak'],
  ['WIT', 32400, 'Asia/Jayapura'],
  ['WITA', 28800, 'Asia/Makassar'],
]

const abbreviations: ReadonlyMap<string, string> = new Map(
  ownNames.flatMap(([abbreviation, offset, names]) => names.split(' ').map((name) => [`${name} ${offset}`, abbreviation] as const)),
)
