import { clockTime, type ClockTime, type Instant } from './instant.ts'

/** The elements of Go's reference time `Mon Jan 2 15:04:05 MST 2006`, in the order in which package time looks for them. */
const element =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|__2|_2(?!006)|[345]|PM|pm|-07(?:0000|:00:00|00|:00)?|Z07(?:0000|:00:00|00|:00)?|[.,](?:0+|9+)(?![0-9])/g

/** A layout as text and elements by turns, beginning and ending with text. */
export function splitLayout(layout: string): string[] {
  const parts: string[] = []
  let last = 0
  for (const match of layout.matchAll(element)) {
    parts.push(layout.slice(last, match.index), match[0])
    last = match.index + match[0].length
  }
  parts.push(layout.slice(last))
  return parts
}

export const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const

export const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const

/** `Time.Format`. */
export function formatTime(instant: Instant, layout: string): string {
  const time = clockTime(instant)
  return splitLayout(layout)
    .map((part, index) => (index % 2 === 0 ? part : write(part, time)))
    .join('')
}

/** `Time.String`. */
export function timeText(instant: Instant): string {
  const text = formatTime(instant, '2006-01-02 15:04:05.999999999 -0700 MST')
  return instant.isMonotonic === true ? `${text} m=+0.000000001` : text
}

function write(name: string, time: ClockTime): string {
  switch (name) {
    case '2006':
      return padded(time.year, 4)
    case '06':
      return padded(Math.max(time.year, 0) % 100, 2)
    case 'January':
      return monthNames[time.month - 1] ?? ''
    case 'Jan':
      return (monthNames[time.month - 1] ?? '').slice(0, 3)
    case '1':
      return String(time.month)
    case '01':
      return padded(time.month, 2)
    case 'Monday':
      return dayNames[time.weekday] ?? ''
    case 'Mon':
      return (dayNames[time.weekday] ?? '').slice(0, 3)
    case '2':
      return String(time.day)
    case '_2':
      return String(time.day).padStart(2)
    case '02':
      return padded(time.day, 2)
    case '__2':
      return String(time.yearDay).padStart(3)
    case '002':
      return padded(time.yearDay, 3)
    case '15':
      return padded(time.hour, 2)
    case '3':
      return String(time.hour % 12 || 12)
    case '03':
      return padded(time.hour % 12 || 12, 2)
    case '4':
      return String(time.minute)
    case '04':
      return padded(time.minute, 2)
    case '5':
      return String(time.second)
    case '05':
      return padded(time.second, 2)
    case 'PM':
      return time.hour >= 12 ? 'PM' : 'AM'
    case 'pm':
      return time.hour >= 12 ? 'pm' : 'am'
    case 'MST':
      return time.abbreviation === '' ? writeOffset('-0700', time.offset) : time.abbreviation
    default:
      return name.startsWith('.') || name.startsWith(',') ? writeFraction(name, time.nanosecond) : writeOffset(name, time.offset)
  }
}

function padded(value: number, width: number): string {
  return (value < 0 ? '-' : '') + String(Math.abs(value)).padStart(width, '0')
}

/** `.000` has as many digits as it says, `.999` leaves out zeros at the end, and the point with them. */
function writeFraction(name: string, nanosecond: number): string {
  const digits = padded(nanosecond, 9).slice(0, name.length - 1)
  if (name.charAt(1) === '0') return name.charAt(0) + digits
  const kept = digits.replace(/0+$/, '')
  return kept === '' ? '' : name.charAt(0) + kept
}

function writeOffset(name: string, offset: number): string {
  if (name.startsWith('Z') && offset === 0) return 'Z'
  const size = Math.abs(offset)
  const fields = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60].map((field) => padded(field, 2))
  const shape = name.slice(1)
  const count = shape === '07' ? 1 : shape.replaceAll(':', '').length / 2
  // Go divides to minutes before it looks at the sign.
  const sign = Math.trunc(offset / 60) < 0 ? '-' : '+'
  return sign + fields.slice(0, count).join(shape.includes(':') ? ':' : '')
}
