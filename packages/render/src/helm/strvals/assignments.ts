import { quote, quoteRune } from '../../go/quote.ts'
import type { GoMap, GoValue } from '../../go/value.ts'
import { YamlError } from '../../yaml/contract.ts'
import { readJsonPrefix } from '../../yaml/json-reader.ts'
import type { HelmVersion } from '../contract.ts'
import { RuneStream } from './rune-stream.ts'
import { innerList, listAt, mapAt, maxNestedNames, parseIndex, setIndex, setKey, type Growth } from './target.ts'

export type ReadValue = (text: string) => GoValue

/** Whether the text goes on behind what was read. */
type Outcome = 'more' | 'end'

/** `strvals.parser`. Without `read`, values are JSON. */
export class Assignments {
  private readonly stream: RuneStream
  private readonly version: HelmVersion
  private readonly read: ReadValue | undefined
  private readonly growth: Growth = { items: 0 }

  constructor(text: string, version: HelmVersion, read: ReadValue | undefined) {
    this.stream = new RuneStream(text)
    this.version = version
    this.read = read
  }

  run(into: GoMap): void {
    while (this.key(into, 0) === 'more');
  }

  private key(data: GoMap, level: number): Outcome {
    const { text: key, stop } = this.stream.until('=[,.', true)
    switch (stop) {
      case undefined:
        if (key === '') return 'end'
        throw new YamlError(`key ${quote(key)} has no value`)
      case '[':
        return this.indexed(data, key, level)
      case '=':
        return this.value((value) => setKey(data, key, value), 'end')
      case ',':
        throw new YamlError(`key ${quote(key)} has no value (cannot end with ,)`)
      default:
        return this.nested(data, key, level + 1)
    }
  }

  private indexed(data: GoMap, key: string, level: number): Outcome {
    const index = this.index()
    if (index === undefined) return 'end'
    const list = listAt(data, key)
    const outcome = this.item(list, index, level)
    setKey(data, key, list)
    return outcome
  }

  private nested(data: GoMap, key: string, level: number): Outcome {
    if (level > maxNestedNames) {
      throw new YamlError(`value name nested level is greater than maximum supported nested level of ${maxNestedNames}`)
    }
    const inner = mapAt(data, key)
    const outcome = this.key(inner, level)
    if (outcome === 'more' && inner.size === 0) throw new YamlError(`key map ${quote(key)} has no value`)
    if (inner.size !== 0) setKey(data, key, inner)
    return outcome
  }

  /** Undefined where the text ends before the bracket does, and Helm 4 takes that for the end of it all. */
  private index(): number | undefined {
    const { text, stop } = this.stream.until(']', true)
    if (stop !== undefined) return parseIndex(text)
    if (this.version === '3') throw new YamlError('error parsing index: EOF')
    return undefined
  }

  private item(list: GoValue[], index: number, level: number): Outcome {
    const { text, stop } = this.stream.until('[.=', true)
    if (text !== '') throw new YamlError(`unexpected data at end of array index: ${quoteRunes(text)}`)
    if (stop === undefined) return 'end'
    if (stop === '=') return this.value((value) => setIndex(list, index, value, this.growth), 'more')
    if (stop === '[') {
      const nextIndex = this.index()
      if (nextIndex === undefined) return 'end'
      const inner = innerList(list, index)
      const outcome = this.item(inner, nextIndex, level)
      if (outcome === 'more') setIndex(list, index, inner, this.growth)
      return outcome
    }
    const found = list[index]
    const inner: GoMap = found instanceof Map ? found : new Map()
    if (index < list.length) list[index] = inner
    const outcome = this.key(inner, level)
    if (outcome === 'more') setIndex(list, index, inner, this.growth)
    return outcome
  }

  /** What follows `=`. `atEnd` is the outcome where nothing does: a key that ends the text is its last. */
  private value(set: (value: GoValue) => void, atEnd: Outcome): Outcome {
    if (this.read === undefined) return this.jsonValue(set)
    if (this.stream.atEnd) {
      set('')
      return atEnd
    }
    set(this.stream.text.charAt(this.stream.at) === '{' ? this.list(this.read) : this.read(this.stream.until(',', true).text))
    return 'more'
  }

  private jsonValue(set: (value: GoValue) => void): Outcome {
    if (this.stream.skipBlank()) {
      set(null)
      return 'more'
    }
    const { value, end } = readJsonPrefix(this.stream.text, this.stream.at)
    this.stream.at = end
    set(value)
    this.stream.skipBlank()
    return 'more'
  }

  private list(read: ReadValue): GoValue[] {
    this.stream.at += 1
    const list: GoValue[] = []
    for (;;) {
      const { text, stop } = this.stream.until(',}', true)
      if (stop === undefined) throw new YamlError("list must terminate with '}'")
      list.push(read(text))
      if (stop === ',') continue
      if (this.stream.text.charAt(this.stream.at) === ',') this.stream.at += 1
      return list
    }
  }
}

/** `%q` of a slice of runes: `['a' 'b']`. */
export function quoteRunes(bytes: string): string {
  const runes = Array.from(Buffer.from(bytes, 'latin1').toString('utf8'), (rune) => quoteRune(rune.codePointAt(0) ?? 0))
  return `[${runes.join(' ')}]`
}
