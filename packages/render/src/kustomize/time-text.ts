const parts = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt]| +)(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?(Z|[-+]\d\d:\d\d)?)?$/

/** What JSON makes of a date that goyaml v3 read as a time: RFC 3339, the offset as it was written. `text` is one that goyaml takes. */
export function writeTime(text: string): string {
  const match = parts.exec(text)
  if (match === null) return text
  const [, year = '', month = '', day = '', hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = match
  const two = (digits: string) => digits.padStart(2, '0')
  // Go's times have nine digits, and it leaves out the rest.
  const nanoseconds = fraction.slice(0, 9).replace(/0+$/, '')
  const offset = /^[-+]00:00$/.test(zone) ? 'Z' : zone
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}${nanoseconds === '' ? '' : `.${nanoseconds}`}${offset}`
}
