import { parse, TomlDate, TomlError, type TomlValue } from 'smol-toml'
import { fromBytes, goInt, toBytes, type GoMap, type GoValue } from '../go/value.ts'
import { parseTime } from './time/time-parser.ts'
import { timeValue } from './time/time-value.ts'
import { fixedZone, utc } from './time/zone.ts'

/** A TOML document as BurntSushi/toml decodes it into a `map[string]interface {}`. Of errors only the line is as Go says it. */
export function readToml(text: string): GoMap {
  try {
    return tableFrom(parse(fromBytes(text), { integersAsBigInt: true }))
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const reason = error.message.replace(/^Invalid TOML document: /, '').split('\n')[0] ?? ''
    throw new Error(toBytes(`toml: line ${error.line}: ${reason}`))
  }
}

function tableFrom(table: object): GoMap {
  return new Map(Object.entries(table).map(([key, value]: [string, TomlValue]) => [toBytes(key), valueFrom(value)]))
}

function valueFrom(value: TomlValue): GoValue {
  if (typeof value === 'string') return toBytes(value)
  if (typeof value === 'bigint') return goInt(value, 'int64')
  if (typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(valueFrom)
  return value instanceof TomlDate ? timeFrom(value) : tableFrom(value)
}

/** The library marks what has no offset by a zone of its own. */
function timeFrom(date: TomlDate): GoValue {
  const text = date.toISOString()
  if (date.isTime()) return timeValue(parseTime('15:04:05', text, fixedZone('time-local', 0)))
  if (date.isDate()) return timeValue(parseTime('2006-01-02', text, fixedZone('date-local', 0)))
  if (date.isLocal()) return timeValue(parseTime('2006-01-02T15:04:05', text, fixedZone('datetime-local', 0)))
  return timeValue(parseTime('2006-01-02T15:04:05Z07:00', text, utc))
}
