import { quote } from '../../go/quote.ts'
import type { GoMap, GoValue } from '../../go/value.ts'
import { YamlError } from '../../yaml/contract.ts'
import type { HelmVersion } from '../contract.ts'
import { quoteRunes } from './assignments.ts'
import { RuneStream } from './rune-stream.ts'
import { innerList, listAt, mapAt, maxNestedNames, parseIndex, setIndex, setKey, type Growth } from './target.ts'

/** `strvals.literalParser`: one assignment, whose value is the rest of the text; nothing is escaped. */
export class LiteralAssignments {
  private readonly stream: RuneStream
  private readonly version: HelmVersion
  private readonly growth: Growth = { items: 0 }

  constructor(text: string, version: HelmVersion) {
    this.stream = new RuneStream(text)
    this.version = version
  }

  run(into: GoMap): void {
    while (this.key(into, 0));
  }

  /** True where a value was set. */
  private key(data: GoMap, level: number): boolean {
    const { text: key, stop } = this.stream.until('=[.', false)
    if (stop === undefined) {
      if (key === '') return false
      throw new YamlError(`key ${quote(key)} has no value`)
    }
    if (stop === '=') {
      setKey(data, key, this.rest())
      return true
    }
    if (stop === '.') return this.nested(data, key, level + 1)
    const index = this.index()
    if (index === undefined) return false
    const list = listAt(data, key)
    const isSet = this.item(list, index, level)
    setKey(data, key, list)
    return isSet
  }

  private nested(data: GoMap, key: string, level: number): boolean {
    if (level > maxNestedNames) {
      throw new YamlError(`value name nested level is greater than maximum supported nested level of ${maxNestedNames}`)
    }
    const inner = mapAt(data, key)
    const isSet = this.key(inner, level)
    if (isSet && inner.size === 0) throw new YamlError(`key map ${quote(key)} has no value`)
    if (inner.size !== 0) setKey(data, key, inner)
    return isSet
  }

  private item(list: GoValue[], index: number, level: number): boolean {
    const { text, stop } = this.stream.until('[.=', false)
    if (text !== '') throw new YamlError(`unexpected data at end of array index: ${quoteRunes(text)}`)
    if (stop === undefined) return false
    if (stop === '=') {
      setIndex(list, index, this.rest(), this.growth)
      return true
    }
    if (stop === '[') {
      const nextIndex = this.index()
      if (nextIndex === undefined) return false
      const inner = innerList(list, index)
      if (!this.item(inner, nextIndex, level)) return false
      setIndex(list, index, inner, this.growth)
      return true
    }
    const found = list[index]
    const inner: GoMap = found instanceof Map ? found : new Map()
    if (index < list.length) list[index] = inner
    if (!this.key(inner, level)) return false
    setIndex(list, index, inner, this.growth)
    return true
  }

  private index(): number | undefined {
    const { text, stop } = this.stream.until(']', false)
    if (stop !== undefined) return parseIndex(text)
    if (this.version === '3') throw new YamlError('error parsing index: EOF')
    return undefined
  }

  private rest(): string {
    return this.stream.until('', false).text
  }
}
