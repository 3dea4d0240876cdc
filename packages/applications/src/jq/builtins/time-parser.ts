import { months, spelledOut, weekdays } from './time-names.ts'

interface Parts {
  year: number
  month: number
  day: number
  dayOfYear: number | undefined
  hour: number
  minute: number
  second: number
  millisecond: number
  isAfternoon: boolean | undefined
  offsetMinutes: number
  instant: number | undefined
}

/** The instant in milliseconds, by `strptime`; undefined when the text has another form. */
export function parseTime(text: string, format: string): number | undefined {
  const plain = spelledOut(format)
  const parts: Parts = {
    year: 1900,
    month: 0,
    day: 1,
    dayOfYear: undefined,
    hour: 0,
    minute: 0,
    second: 0,
    millisecond: 0,
    isAfternoon: undefined,
    offsetMinutes: 0,
    instant: undefined,
  }
  let at = 0
  for (let index = 0; index < plain.length; index++) {
    const char = plain[index] as string
    if (char === '%' && index + 1 < plain.length) {
      const length = readField(plain[++index] as string, text.slice(at), parts)
      if (length === undefined) return undefined
      at += length
    } else if (/\s/.test(char)) at += /^\s*/.exec(text.slice(at))?.[0].length ?? 0
    else if (text[at++] !== char) return undefined
  }
  return at === text.length ? instantOf(parts) : undefined
}

function instantOf(parts: Parts): number | undefined {
  if (parts.instant !== undefined) return parts.instant
  const hour = parts.isAfternoon === undefined ? parts.hour : (parts.hour % 12) + (parts.isAfternoon ? 12 : 0)
  const date = new Date(0)
  if (parts.dayOfYear === undefined) date.setUTCFullYear(parts.year, parts.month, parts.day)
  else date.setUTCFullYear(parts.year, 0, parts.dayOfYear)
  date.setUTCHours(hour, parts.minute - parts.offsetMinutes, parts.second, parts.millisecond)
  return date.getTime()
}

/** How many characters a directive takes; undefined when they are not there. */
function readField(directive: string, text: string, parts: Parts): number | undefined {
  const digits = (most: number, least: number, greatest: number, put: (value: number) => void): number | undefined => {
    const found = new RegExp(`^ ?\\d{1,${most}}`).exec(text)?.[0]
    if (found === undefined || Number(found) < least || Number(found) > greatest) return undefined
    put(Number(found))
    return found.length
  }
  const name = (names: readonly string[], put: (index: number) => void): number | undefined => {
    const lower = text.toLowerCase()
    for (const [index, full] of names.entries()) {
      for (const form of [full, full.slice(0, 3)]) {
        if (!lower.startsWith(form.toLowerCase())) continue
        put(index)
        return form.length
      }
    }
    return undefined
  }
  switch (directive) {
    case 'Y':
      return digits(4, 0, 9999, (value) => (parts.year = value))
    case 'y':
      return digits(2, 0, 99, (value) => (parts.year = value + (value < 69 ? 2000 : 1900)))
    case 'm':
      return digits(2, 1, 12, (value) => (parts.month = value - 1))
    case 'd':
    case 'e':
      return digits(2, 1, 31, (value) => (parts.day = value))
    case 'j':
      return digits(3, 1, 366, (value) => (parts.dayOfYear = value))
    case 'H':
    case 'k':
      return digits(2, 0, 24, (value) => (parts.hour = value))
    case 'I':
    case 'l':
      return digits(2, 1, 12, (value) => (parts.hour = value))
    case 'M':
      return digits(2, 0, 59, (value) => (parts.minute = value))
    case 'S':
      return digits(2, 0, 60, (value) => (parts.second = value))
    case 's':
      return digits(12, 0, 8.64e12, (value) => (parts.instant = value * 1000))
    case 'w':
    case 'u':
      return digits(1, 0, 7, () => undefined)
    case 'B':
    case 'b':
    case 'h':
      return name(months, (index) => (parts.month = index))
    case 'A':
    case 'a':
      return name(weekdays, () => undefined)
    case 'p':
    case 'P':
      return name(['AM', 'PM'], (index) => (parts.isAfternoon = index === 1))
    case 'f': {
      const fraction = /^\d{1,9}/.exec(text)?.[0]
      if (fraction !== undefined) parts.millisecond = Math.floor(Number(`0.${fraction}`) * 1000)
      return fraction?.length
    }
    case 'z': {
      const zone = /^(?:Z|([+-])(\d{2}):?(\d{2})?)/.exec(text)
      if (!zone) return undefined
      const [whole, sign, hours = '0', minutes = '0'] = zone
      parts.offsetMinutes = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1)
      return whole.length
    }
    case 'Z':
      return /^[A-Za-z]+/.exec(text)?.[0].length
    case 't':
    case 'n':
      return /^\s*/.exec(text)?.[0].length
    case '%':
      return text.startsWith('%') ? 1 : undefined
    default:
      return undefined
  }
}
