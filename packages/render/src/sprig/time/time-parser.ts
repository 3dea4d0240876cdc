import { daysInMonth, isLeapYear } from './calendar.ts'
import { quoteTime } from './duration.ts'
import { instantOf, unixSeconds, type Instant } from './instant.ts'
import { dayNames, monthNames, splitLayout } from './layout.ts'
import { fixedZone, utc, type Zone } from './zone.ts'

/** `time.ParseInLocation`. Throws in Go's words. */
export function parseTime(layout: string, value: string, zone: Zone): Instant {
  return new TimeParser(layout, value).parse(zone)
}

/** An element does not stand where it should. */
class Misfit extends Error {}
/** It does, but there is no such month or hour. */
class OutOfRange extends Error {}

class TimeParser {
  readonly #layout: string
  readonly #value: string
  #rest: string
  #year = 0
  #month = -1
  #day = -1
  #yearDay = -1
  #hour = 0
  #minute = 0
  #second = 0
  #nanosecond = 0
  #half: 'am' | 'pm' | undefined
  #zone: Zone | undefined
  #offset: number | undefined
  #zoneName = ''

  constructor(layout: string, value: string) {
    this.#layout = layout
    this.#value = value
    this.#rest = value
  }

  parse(zone: Zone): Instant {
    const parts = splitLayout(this.#layout)
    for (let index = 0; index < parts.length; index += 2) {
      this.#skip(parts[index] ?? '')
      const element = parts[index + 1]
      if (element === undefined) break
      this.#readElement(element, parts[index + 3], parts[index + 2] ?? '')
    }
    if (this.#rest !== '') throw this.#problem(`: extra text: ${quoteTime(this.#rest)}`)
    if (this.#half === 'pm' && this.#hour < 12) this.#hour += 12
    else if (this.#half === 'am' && this.#hour === 12) this.#hour = 0
    this.#settleDay()
    return this.#settleZone(zone)
  }

  #problem(message: string): Error {
    return new Error(`parsing time ${quoteTime(this.#value)}${message}`)
  }

  #mismatch(found: string, wanted: string): Error {
    return this.#problem(` as ${quoteTime(this.#layout)}: cannot parse ${quoteTime(found)} as ${quoteTime(wanted)}`)
  }

  /** Text of the layout: any number of spaces stands for any number of them, none at the end included. */
  #skip(text: string): void {
    for (let index = 0; index < text.length; index += 1) {
      if (text[index] === ' ') {
        if (this.#rest !== '' && !this.#rest.startsWith(' ')) throw this.#mismatch(this.#rest, text)
        while (text[index + 1] === ' ') index += 1
        this.#rest = this.#rest.replace(/^ +/, '')
      } else if (this.#rest.startsWith(text.charAt(index))) {
        this.#rest = this.#rest.slice(1)
      } else {
        throw this.#mismatch(this.#rest, text)
      }
    }
  }

  #readElement(element: string, next: string | undefined, between: string): void {
    const found = this.#rest
    try {
      this.#read(element, between === '' && next !== undefined && /^[.,]/.test(next))
    } catch (error) {
      if (error instanceof OutOfRange) throw this.#problem(`: ${error.message} out of range`)
      if (error instanceof Misfit) throw this.#mismatch(found, element)
      throw error
    }
  }

  #read(element: string, isFractionNext: boolean): void {
    switch (element) {
      case '2006':
        this.#year = Number(this.#take(/^[0-9][0-9]{3}/))
        return
      case '06':
        this.#year = Number(this.#take(/^[0-9]{2}|^[+-][0-9]/))
        this.#year += this.#year >= 69 ? 1900 : 2000
        return
      case 'January':
        this.#month = this.#name(monthNames) + 1
        return
      case 'Jan':
        this.#month = this.#name(monthNames.map((name) => name.slice(0, 3))) + 1
        return
      case '1':
      case '01':
        this.#month = this.#number(element === '01')
        if (this.#month <= 0 || this.#month > 12) throw new OutOfRange('month')
        return
      case 'Monday':
        this.#name(dayNames)
        return
      case 'Mon':
        this.#name(dayNames.map((name) => name.slice(0, 3)))
        return
      case '_2':
        this.#rest = this.#rest.replace(/^ /, '')
        this.#day = this.#number(false)
        return
      case '2':
      case '02':
        this.#day = this.#number(element === '02')
        return
      case '__2':
        this.#rest = this.#rest.replace(/^ {1,2}/, '')
        this.#yearDay = Number(this.#take(/^[0-9]{1,3}/))
        return
      case '002':
        this.#yearDay = Number(this.#take(/^[0-9]{3}/))
        return
      case '15':
        this.#hour = this.#number(false)
        if (this.#hour >= 24) throw new OutOfRange('hour')
        return
      case '3':
      case '03':
        this.#hour = this.#number(element === '03')
        if (this.#hour > 12) throw new OutOfRange('hour')
        return
      case '4':
      case '04':
        this.#minute = this.#number(element === '04')
        if (this.#minute >= 60) throw new OutOfRange('minute')
        return
      case '5':
      case '05':
        this.#second = this.#number(element === '05')
        if (this.#second >= 60) throw new OutOfRange('second')
        // A fraction is read even where the layout has none.
        if (!isFractionNext) this.#fraction(/^[.,][0-9]+/)
        return
      case 'PM':
      case 'pm': {
        const half = this.#take(element === 'PM' ? /^[AP]M/ : /^[ap]m/).toLowerCase()
        this.#half = half === 'pm' ? 'pm' : half === 'am' ? 'am' : undefined
        return
      }
      case 'MST':
        this.#readZoneName()
        return
      default:
    }
    if (/^[.,]9/.test(element)) this.#fraction(/^[.,][0-9]+/)
    else if (/^[.,]0/.test(element)) this.#exactFraction(element.length)
    else this.#readOffset(element)
  }

  #take(pattern: RegExp): string {
    const found = pattern.exec(this.#rest)?.[0]
    if (found === undefined) throw new Misfit()
    this.#rest = this.#rest.slice(found.length)
    return found
  }

  /** One or two digits, or just two. */
  #number(isFixed: boolean): number {
    return Number(this.#take(isFixed ? /^[0-9]{2}/ : /^[0-9]{1,2}/))
  }

  #name(names: readonly string[]): number {
    const index = names.findIndex((name) => this.#rest.slice(0, name.length).toLowerCase() === name.toLowerCase())
    if (index < 0) throw new Misfit()
    this.#rest = this.#rest.slice(names[index]?.length ?? 0)
    return index
  }

  #fraction(pattern: RegExp): void {
    const found = pattern.exec(this.#rest)?.[0]
    if (found === undefined) return
    this.#rest = this.#rest.slice(found.length)
    this.#nanosecond = Number(found.slice(1, 10).padEnd(9, '0'))
  }

  #exactFraction(length: number): void {
    if (this.#rest.length < length || !/^[.,][0-9]*$/.test(this.#rest.slice(0, Math.min(length, 10)))) throw new Misfit()
    this.#nanosecond = Number(this.#rest.slice(1, Math.min(length, 10)).padEnd(9, '0'))
    this.#rest = this.#rest.slice(length)
  }

  #readOffset(element: string): void {
    if (element.startsWith('Z') && this.#rest.startsWith('Z')) {
      this.#rest = this.#rest.slice(1)
      this.#zone = utc
      return
    }
    const shape = element.slice(1)
    const text = this.#rest.slice(0, shape.length + 1)
    if (text.length <= shape.length) throw new Misfit()
    for (let index = 0; index < shape.length; index += 1) {
      if (shape[index] === ':' && text[index + 1] !== ':') throw new Misfit()
    }
    this.#rest = this.#rest.slice(text.length)
    const fields = (text.slice(1).replaceAll(':', '').match(/../gs) ?? []).map((field) => (/^[0-9]{2}$/.test(field) ? Number(field) : NaN))
    const [hours = 0, minutes = 0, seconds = 0] = fields
    if (hours > 24) throw new OutOfRange('time zone offset hour')
    if (minutes > 60) throw new OutOfRange('time zone offset minute')
    if (seconds > 60) throw new OutOfRange('time zone offset second')
    const size = hours * 3600 + minutes * 60 + seconds
    if (!/^[+-]/.test(text) || Number.isNaN(size)) throw new Misfit()
    this.#offset = text.startsWith('-') ? -size : size
  }

  #readZoneName(): void {
    if (this.#rest.startsWith('UTC')) {
      this.#rest = this.#rest.slice(3)
      this.#zone = utc
      return
    }
    const name =
      /^(?:ChST|MeST|GMT(?:[+-](?:0*[0-9]|0*1[0-9]|0*2[0-3])(?![0-9]))?|[+-](?:0*[0-9]|0*1[0-9]|0*2[0-3])(?![0-9])|(?:[A-Z]{4}T|[A-Z]{3}T|WITA|[A-Z]{3})(?![A-Z]))/.exec(
        this.#rest,
      )?.[0]
    if (name === undefined || this.#rest.length < 3) throw new Misfit()
    this.#zoneName = name
    this.#rest = this.#rest.slice(name.length)
  }

  #settleDay(): void {
    if (this.#yearDay >= 0) {
      const length = isLeapYear(this.#year) ? 366 : 365
      if (this.#yearDay < 1 || this.#yearDay > length) throw this.#problem(': day-of-year out of range')
      let month = 1
      let day = this.#yearDay
      for (; day > daysInMonth(month, this.#year); month += 1) day -= daysInMonth(month, this.#year)
      if (this.#month >= 0 && this.#month !== month) throw this.#problem(': day-of-year does not match month')
      if (this.#day >= 0 && this.#day !== day) throw this.#problem(': day-of-year does not match day')
      this.#month = month
      this.#day = day
    }
    if (this.#month < 0) this.#month = 1
    if (this.#day < 0) this.#day = 1
    if (this.#day < 1 || this.#day > daysInMonth(this.#month, this.#year)) throw this.#problem(': day out of range')
  }

  /** An offset or a name that the given zone has at that time is that zone; any other becomes one of its own. */
  #settleZone(zone: Zone): Instant {
    const fields = {
      year: this.#year,
      month: this.#month,
      day: this.#day,
      hour: this.#hour,
      minute: this.#minute,
      second: this.#second,
      nanosecond: this.#nanosecond,
    }
    if (this.#zone !== undefined) return instantOf(fields, this.#zone)
    if (this.#offset === undefined && this.#zoneName === '') return instantOf(fields, zone)
    const plain = instantOf(fields, utc)
    const offset = this.#offset ?? 0
    const shifted = { nanoseconds: plain.nanoseconds - BigInt(offset) * 1_000_000_000n, zone }
    const known = zone.at(Number(unixSeconds(shifted)))
    if (this.#offset !== undefined) {
      const isKnown = known.offset === offset && (this.#zoneName === '' || known.abbreviation === this.#zoneName)
      return isKnown ? shifted : { ...shifted, zone: fixedZone(this.#zoneName, offset) }
    }
    if (known.abbreviation === this.#zoneName) {
      return { nanoseconds: plain.nanoseconds - BigInt(known.offset) * 1_000_000_000n, zone }
    }
    const hours = /^GMT([+-][0-9]+)$/.exec(this.#zoneName)?.[1]
    return { ...plain, zone: fixedZone(this.#zoneName, hours === undefined ? 0 : Number(hours) * 3600) }
  }
}
