/** The grammar of `schedule`: robfig/cron v3 `ParseStandard`, which Kubernetes uses. Answers what is wrong. */
const fields = [
  { name: 'minute', low: 0, high: 59, names: new Map<string, number>() },
  { name: 'hour', low: 0, high: 23, names: new Map<string, number>() },
  { name: 'day of month', low: 1, high: 31, names: new Map<string, number>() },
  {
    name: 'month',
    low: 1,
    high: 12,
    names: numbered(['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'], 1),
  },
  { name: 'day of week', low: 0, high: 6, names: numbered(['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'], 0) },
]
const descriptors = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'])

function numbered(names: string[], from: number): Map<string, number> {
  return new Map(names.map((name, at) => [name, at + from]))
}

export function checkSchedule(schedule: string): string | undefined {
  const text = schedule.replace(/^(CRON_)?TZ=\S+\s+/, '').trim()
  if (text.startsWith('@')) {
    if (descriptors.has(text)) return undefined
    if (/^@every (\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined
    return `unrecognized descriptor: ${text}`
  }
  const parts = text.split(/\s+/)
  if (parts.length !== 5) return `expected exactly 5 fields, found ${text === '' ? 0 : parts.length}: [${parts.join(' ')}]`
  for (const [at, field] of fields.entries()) {
    const problem = (parts[at] ?? '')
      .split(',')
      .map((range) => checkRange(range, field))
      .find((found) => found !== undefined)
    if (problem !== undefined) return problem
  }
  return undefined
}

function checkRange(range: string, field: (typeof fields)[number]): string | undefined {
  const [span = '', step, ...tooMany] = range.split('/')
  if (tooMany.length > 0) return `too many slashes: ${range}`
  if (step !== undefined && !/^\d{1,6}$/.test(step))
    return `failed to parse int from ${step}: strconv.Atoi: parsing ${JSON.stringify(step)}: invalid syntax`
  if (step !== undefined && Number(step) === 0) return `step of range should be a positive number: ${range}`
  if (span === '*' || span === '?') return undefined
  const [from = '', to, ...more] = span.split('-')
  if (more.length > 0) return `too many hyphens: ${range}`
  const start = readNumber(from, field)
  if (start === undefined) return `failed to parse int from ${from}: strconv.Atoi: parsing ${JSON.stringify(from)}: invalid syntax`
  const end = to === undefined ? (step === undefined ? start : field.high) : readNumber(to, field)
  if (end === undefined) return `failed to parse int from ${to}: strconv.Atoi: parsing ${JSON.stringify(to)}: invalid syntax`
  if (start < field.low) return `beginning of range (${start}) below minimum (${field.low}): ${range}`
  if (end > field.high) return `end of range (${end}) above maximum (${field.high}): ${range}`
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${range}`
  return undefined
}

function readNumber(text: string, field: (typeof fields)[number]): number | undefined {
  return field.names.get(text.toLowerCase()) ?? (/^\d{1,6}$/.test(text) ? Number(text) : undefined)
}
