import { JsonNumber, type GoMap, type GoValue } from '../../go/value.ts'
import { YamlError, type YamlLimits } from '../contract.ts'
import { toValid } from '../json-reader.ts'
import { formatFloat32G, formatFloatG } from '../number-text.ts'
import { resolvePlain, type Resolved } from '../scalar-type.ts'
import { copyValue } from './alias-copy.ts'
import { goSyntax } from './go-syntax.ts'
import { Grammar } from './grammar.ts'
import type { SourceText } from './source-text.ts'
import { resolveTagged } from './tagged-scalar.ts'

/** What the node that was read last is, as far as a key or a merge has to know. */
type NodeKind = Resolved['kind'] | 'map' | 'list'

/** `<<`; null, which JSON has no key for; and what cannot be a key at all, which has been reported. */
const mergeKey = Symbol('<<')
const nullKey = Symbol('null')
const noKey = Symbol('none')
type MapKey = string | typeof mergeKey | typeof nullKey | typeof noKey

export interface ComposeOptions {
  limits: YamlLimits
  /** Numbers as encoding/json's `Number`. */
  useNumber: boolean
  /** What a `JsonNumber` that is no integer has for a text. */
  floatText: (value: number) => string
}

/**
 * Reads the first document of a stream into Go values as sigs.k8s.io/yaml does: goyaml v2 decodes it (decode.go), JSON takes away what it has no
 * types for. Errors of syntax come first, as there they do: those of meaning are kept until the document has been read to its end.
 */
export class Composer extends Grammar<GoValue, GoMap, MapKey, NodeKind> {
  private readonly useNumber: boolean
  private readonly floatText: (value: number) => string
  /** What goyaml refuses once it has read all, and what JSON refuses after that. */
  private meaning: YamlError | undefined
  private unconvertible: YamlError | undefined
  private lastKind: NodeKind = 'null'
  /** Numbers lose their digits in a float64, but not as keys. */
  private lastInteger: number | bigint = 0n
  // Not an integer to begin with: V8 would change the layout of all readers once it becomes none, and compile their code anew.
  private lastFloat = 0.5
  /** Floats that JSON has no text for; keys are none of them. */
  private readonly infinite: number[] = []
  /** The node that was read last was an alias. */
  private lastIsAlias = false
  /** A plain `<<`, which as a key means a merge. */
  private lastIsMerge = false
  private decodedByAlias = 0

  constructor(source: SourceText, options: ComposeOptions) {
    super(source, options.limits)
    this.useNumber = options.useNumber
    this.floatText = options.floatText
    // goyaml counts what it decodes, and the document is the first.
    this.nodes = 1
  }

  readDocument(): GoValue {
    const value = this.document() ?? null
    const fault = this.meaning ?? this.unconvertible
    if (fault !== undefined) throw fault
    const [infinite] = this.infinite
    if (infinite !== undefined) throw new YamlError(`json: unsupported value: ${formatFloatG(infinite)}`)
    return value
  }

  protected alias(): GoValue {
    const name = this.tokens.value
    const anchor = this.anchors.get(name)
    if (anchor === undefined) throw new YamlError(`yaml: unknown anchor '${name}' referenced`)
    this.tokens.shift()
    this.nodes += 1
    this.setKind('null', true)
    if (anchor.isOpen) {
      this.refuse(`yaml: anchor '${name}' value contains itself`)
      return null
    }
    this.lastKind = anchor.last
    this.nodes += anchor.nodes
    this.decodedByAlias += anchor.nodes
    if (this.decodedByAlias > 100 && this.nodes > 1000 && this.decodedByAlias / this.nodes > allowedAliasShare(this.nodes)) {
      this.refuse('yaml: document contains excessive aliasing')
    }
    if (this.nodes > this.limits.values) throw this.meaning ?? this.tooManyNodes()
    return this.meaning === undefined ? copyValue(anchor.value) : null
  }

  protected scalar(text: string, tag: string, isPlain: boolean): GoValue {
    this.lastIsAlias = false
    this.lastIsMerge = text === '<<' && ((isPlain && tag === '') || tag === '!' || tag === 'tag:yaml.org,2002:merge')
    if (tag === '') {
      const resolved = isPlain ? resolvePlain(text, 2) : undefined
      if (resolved !== undefined) return this.typed(resolved)
      this.lastKind = 'string'
      return text
    }
    const resolved = resolveTagged(text, tag)
    if (resolved instanceof YamlError) {
      this.meaning ??= resolved
      return null
    }
    return this.typed(resolved)
  }

  private typed(resolved: Resolved): GoValue {
    this.lastKind = resolved.kind
    const value = resolved.value
    switch (typeof value) {
      case 'string':
        return toValid(value)
      case 'bigint':
        this.lastInteger = value
        return this.useNumber ? new JsonNumber(String(value)) : Number(value)
      case 'number':
        if (resolved.kind === 'integer') {
          this.lastInteger = value
          return this.useNumber ? new JsonNumber(String(value)) : value
        }
        this.lastFloat = value
        if (!Number.isFinite(value)) {
          this.infinite.push(value)
          return value
        }
        return this.useNumber ? new JsonNumber(this.floatText(value)) : value
      default:
        return value
    }
  }

  protected emptyNode(): GoValue {
    this.nodes += 1
    this.setKind('null', false)
    return null
  }

  private setKind(kind: NodeKind, isAlias: boolean): void {
    this.lastKind = kind
    this.lastIsAlias = isAlias
    this.lastIsMerge = false
  }

  protected setLast(kind: 'map' | 'list'): void {
    this.setKind(kind, false)
  }

  protected lastNode(): NodeKind {
    return this.lastKind
  }

  protected newMapping(): GoMap {
    return new Map()
  }

  protected mappingValue(mapping: GoMap): GoValue {
    return mapping
  }

  protected listValue(list: GoValue[]): GoValue {
    return list
  }

  protected pushItem(list: GoValue[], item: GoValue): void {
    list.push(item)
  }

  protected keyOf(key: GoValue): MapKey {
    if (this.lastKind === 'string' && !this.lastIsMerge && typeof key === 'string') return key
    return this.lastIsMerge && !this.lastIsAlias ? mergeKey : this.keyText(this.lastKind, key)
  }

  /** The last of equal keys wins, and a merge overrides what stands before it. */
  protected setEntry(map: GoMap, key: MapKey, value: GoValue): void {
    if (typeof key === 'string') map.set(key, value)
    else if (key === mergeKey) this.merge(map, value)
    else if (key === nullKey) {
      const shown = value === null ? '<nil>' : goSyntax(value)
      this.unconvertible ??= new YamlError(`unsupported map key of type: %!s(<nil>), key: <nil>, value: ${shown}`)
    }
  }

  /** The text that sigs.k8s.io/yaml makes of a key; undefined where it can make none. */
  private keyText(kind: NodeKind, key: GoValue): MapKey {
    switch (kind) {
      case 'integer': {
        const integer = this.lastIsAlias ? BigInt(key instanceof JsonNumber ? key.number : Number(key)) : this.lastInteger
        if (integer > maxInt64) {
          this.unconvertible ??= new YamlError(`unsupported map key of type: uint64, key: 0x${integer.toString(16)}, value: …`)
        }
        return String(integer)
      }
      case 'float': {
        const float = this.lastIsAlias ? Number(key instanceof JsonNumber ? key.number : key) : this.lastFloat
        if (!Number.isFinite(float) && !this.lastIsAlias) this.infinite.pop()
        const text = formatFloat32G(float)
        return text === '+Inf' ? '.inf' : text === '-Inf' ? '-.inf' : text === 'NaN' ? '.nan' : text
      }
      case 'boolean':
        return key === true ? 'true' : 'false'
      case 'null':
        return nullKey
      case 'map':
      case 'list':
        this.refuse(`yaml: invalid map key: ${goSyntax(key)}`)
        return noKey
      default:
        return typeof key === 'string' ? key : noKey
    }
  }

  private merge(map: GoMap, value: GoValue): void {
    const sources = this.lastKind === 'list' && !this.lastIsAlias && Array.isArray(value) ? value.toReversed() : [value]
    for (const source of sources) {
      if (!(source instanceof Map)) {
        this.refuse('yaml: map merge requires map or sequence of maps as the value')
        return
      }
      for (const [key, item] of source) map.set(key, item)
    }
  }

  private refuse(message: string): void {
    this.meaning ??= new YamlError(message)
  }

  /** An error of the parser is told with the line before the one it is in: libyaml counts from zero, and goyaml does not correct that. */
  protected parseError(problem: string, contextLine: number): YamlError {
    const line = this.tokens.line === 0 ? contextLine : this.tokens.line
    return new YamlError(line === 0 ? `yaml: ${problem}` : `yaml: line ${line}: ${problem}`)
  }
}

const maxInt64 = 2n ** 63n - 1n

/** How much of a document may come of aliases: 99 % of a small one, 10 % of 4,000,000 nodes (decode.go). */
function allowedAliasShare(decoded: number): number {
  if (decoded <= 400_000) return 0.99
  if (decoded >= 4_000_000) return 0.1
  return 0.99 - 0.89 * ((decoded - 400_000) / 3_600_000)
}
