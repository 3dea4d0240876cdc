import { goTypeName } from '../../go/kind.ts'
import type { GoMap, GoValue } from '../../go/value.ts'
import { YamlError } from '../../yaml/contract.ts'

/** strvals' MaxIndex and MaxNestedNameLevel. */
const maxIndex = 65_536
export const maxNestedNames = 30

/** List items that one text may bring into being: each index costs as many as it skips, so a short text could ask for billions. */
const maxGrowth = 2_000_000

/** What is left of it for one text. */
export interface Growth {
  items: number
}

/** The map at `key`, or a new one that is not yet in `data`. */
export function mapAt(data: GoMap, key: string): GoMap {
  const found = data.get(key)
  if (!data.has(key)) return new Map()
  if (found instanceof Map) return found
  throw wrongType(found, 'map[string]interface {}')
}

export function listAt(data: GoMap, key: string): GoValue[] {
  const found = data.get(key)
  if (!data.has(key)) return []
  if (Array.isArray(found)) return found
  throw wrongType(found, '[]interface {}')
}

/** The list inside of a list at `index`; nil is as good as none. */
export function innerList(list: readonly GoValue[], index: number): GoValue[] {
  const found = list[index]
  if (found === null || found === undefined) return []
  if (Array.isArray(found)) return found
  throw wrongType(found, '[]interface {}')
}

/** A type assertion that panics, which strvals catches for each key. */
function wrongType(value: GoValue, wanted: string): YamlError {
  const name = value === null || value === undefined ? 'nil' : goTypeName(value)
  return new YamlError(`unable to parse key: interface conversion: interface {} is ${name}, not ${wanted}`)
}

/** Sets a key; one without a name is not set. */
export function setKey(data: GoMap, key: string, value: GoValue): void {
  if (key !== '') data.set(key, value)
}

export function setIndex(list: GoValue[], index: number, value: GoValue, growth: Growth): void {
  if (index > maxIndex) throw new YamlError(`index of ${index} is greater than maximum supported index of ${maxIndex}`)
  growth.items += Math.max(0, index + 1 - list.length)
  if (growth.items > maxGrowth) throw new YamlError(`indexes ask for more than ${maxGrowth} list items`)
  while (list.length < index) list.push(null)
  list[index] = value
}

/** `strconv.Atoi` of what stands in brackets. */
export function parseIndex(text: string): number {
  const fail = (reason: string): YamlError => new YamlError(`error parsing index: strconv.Atoi: parsing ${JSON.stringify(text)}: ${reason}`)
  if (!/^[-+]?[0-9]+$/.test(text)) throw fail('invalid syntax')
  const index = Number(text)
  if (Math.abs(index) >= 2 ** 63) throw fail('value out of range')
  if (index < 0) throw new YamlError(`negative ${index} index not allowed`)
  return index
}
