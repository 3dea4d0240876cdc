import { fromBytes, toBytes } from '../go/value.ts'
import { YamlError, type YamlLimits } from '../yaml/contract.ts'
import { Grammar } from '../yaml/goyaml/grammar.ts'
import { readSource } from '../yaml/goyaml/source-text.ts'
import { toValid } from '../yaml/json-reader.ts'
import { resolvePlain, type ScalarKind } from '../yaml/scalar-type.ts'
import { emptyObject, isObject, scalarText, type JsonObject, type JsonValue } from './json.ts'
import { foldAgain } from './patch/folded-text.ts'
import { cloneWithNotes, notePlain, noteQuoted, noteText } from './patch/scalar-source.ts'
import { writeTime } from './time-text.ts'

export interface NodeReaderOptions {
  limits: YamlLimits
  /** Of two equal keys the first one counts in a patch, and a field without a value takes one away; elsewhere the first are an error. */
  isPatch: boolean
}

/** What a key, or a merge, has to know of the node that was read last. */
type NodeType = 'text' | 'other scalar' | 'map' | 'list'

/** What an alias takes over of its node. */
interface LastNode {
  type: NodeType
  text: string
  isQuoted: boolean
}

/** Which keys a mapping has of its own: those that are merged into it never take their place. */
interface Mapping {
  readonly object: JsonObject
  readonly own: Set<string>
}

const mergeKey = Symbol('<<')
type MapKey = string | typeof mergeKey

const yamlTags = 'tag:yaml.org,2002:'

/**
 * Reads the first document of a text as kyaml does on goyaml v3, aliases and merges written out, down to what JSON makes of it: dates in RFC 3339,
 * no keys but texts. Throws `YamlError` (`yaml: line 3: …`) for what is no YAML, and `UnusableYaml` for what kustomize cannot make JSON of.
 */
export class NodeReader extends Grammar<JsonValue, Mapping, MapKey, LastNode> {
  private readonly isPatch: boolean
  /** The text, and what its escapes stand for. */
  private readonly isAscii: boolean
  /** Texts that stood in a folded block (`>`), and those of blocks that begin with a tab. */
  private readonly foldedTexts = new Set<string>()
  private readonly tabbedTexts = new Set<string>()
  /** The field of the object, and the field of that, in which the reader is. */
  private readonly fields = ['', '']
  private lastType: NodeType = 'other scalar'
  private lastText = ''
  /** Not plain: it was written with quotes or as a block. */
  private lastIsQuoted = false
  private lastIsMerge = false
  private lastIsAlias = false
  private unusable: UnusableYaml | undefined

  constructor(text: string, options: NodeReaderOptions) {
    const source = readSource(toBytes(text))
    super(source, options.limits)
    this.isPatch = options.isPatch
    this.isAscii = source.text.length === text.length && !wideEscapes.test(text)
  }

  /** Undefined: there is no document. */
  readDocument(): JsonValue | undefined {
    const value = this.document()
    if (this.unusable !== undefined) throw this.unusable
    return value
  }

  protected alias(): JsonValue {
    const name = this.tokens.value
    const anchor = this.anchors.get(name)
    if (anchor === undefined) throw new YamlError(`yaml: unknown anchor '${fromBytes(name)}' referenced`)
    if (anchor.isOpen) throw new YamlError(`yaml: anchor '${fromBytes(name)}' value contains itself`)
    this.tokens.shift()
    this.count(anchor.nodes)
    this.lastType = anchor.last.type
    this.lastText = anchor.last.text
    this.lastIsQuoted = anchor.last.isQuoted
    this.lastIsMerge = false
    this.lastIsAlias = true
    return cloneWithNotes(anchor.value)
  }

  protected scalar(bytes: string, writtenTag: string, isPlain: boolean): JsonValue {
    const plainText = this.isAscii ? bytes : fromBytes(bytes)
    // The real tool writes what it has read and reads that again, which changes some folded texts; annotations it makes anew.
    const text = this.foldedTexts.has(bytes) && !this.isAnnotation ? foldAgain(plainText) : plainText
    // kyaml leaves the tag `!` out where it writes what it has read.
    const tag = writtenTag === '!' && isPlain ? '' : writtenTag
    this.lastText = text
    this.lastIsQuoted = !isPlain
    this.lastIsAlias = false
    this.lastIsMerge = bytes === '<<' && ((isPlain && writtenTag === '') || tag === `${yamlTags}merge`)
    const value = tag === '' ? (isPlain ? this.plain(text) : text) : this.tagged(text, tag)
    this.lastType = typeof value === 'string' && !(tag === '' && isPlain && this.isTime(text)) ? 'text' : 'other scalar'
    if (!isPlain && bytes.startsWith('\t')) this.refuseTab(bytes, text)
    // By its tag, and not for being empty.
    if (value === null && tag !== '') this.lastText ||= 'null'
    return value
  }

  /** kyaml writes such a block without its indentation, and cannot read it again. */
  private refuseTab(bytes: string, text: string): void {
    const isBlock = this.isAnnotation ? bytes.includes('\n') : this.tabbedTexts.has(bytes)
    if (!isBlock || this.flowDepth > 0 || this.isPatch || neverBlock.test(text)) return
    this.refuse('yaml: found a tab character where an indentation space is expected')
  }

  protected override scanBlock(literal: boolean): string {
    const bytes = super.scanBlock(literal)
    if (!literal && bytes.includes('\n')) this.foldedTexts.add(bytes)
    if (bytes.startsWith('\t')) this.tabbedTexts.add(bytes)
    return bytes
  }

  /** A plain date. kyaml writes what it read and reads that again; in a flow collection a colon makes it quote the text. */
  private isTime(text: string): boolean {
    return !(this.flowDepth > 0 && text.includes(':')) && resolvePlain(text, 3)?.kind === 'timestamp'
  }

  private plain(text: string): JsonValue {
    const resolved = resolvePlain(text, 3)
    if (resolved === undefined) return text
    if (resolved.kind === 'timestamp') return this.isTime(text) ? writeTime(text) : text
    if (typeof resolved.value === 'number' && !Number.isFinite(resolved.value)) {
      if (this.isAnnotation) return text
      const shown = Number.isNaN(resolved.value) ? 'NaN' : resolved.value > 0 ? '+Inf' : '-Inf'
      this.refuse(`json: unsupported value: ${shown}`)
    }
    return resolved.value
  }

  /** YAML's own tags say what a scalar must be; others say nothing, and the scalar is text. */
  private tagged(text: string, tag: string): JsonValue {
    // Annotations are made anew of the text alone.
    if (this.isAnnotation) return text
    if (tag === `${yamlTags}binary`) return this.binary(text)
    const wanted = tag.startsWith(yamlTags) ? typesOfTags.get(tag.slice(yamlTags.length)) : undefined
    if (wanted === undefined) return text
    const found = resolvePlain(text, 3)?.kind ?? 'string'
    if (found !== wanted && !(wanted === 'float' && found === 'integer')) {
      this.refuse(`yaml: cannot decode !!${tagsOfTypes[found]} \`${text}\` as a !!${tagsOfTypes[wanted]}`)
    }
    const value = this.plain(text)
    return typeof value === 'bigint' && wanted === 'float' ? Number(value) : value
  }

  private binary(text: string): string {
    const packed = text.replace(/[\r\n]/g, '')
    if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) this.refuse('yaml: !!binary value contains invalid base64 data')
    return fromBytes(toValid(Buffer.from(packed, 'base64').toString('latin1')))
  }

  protected emptyNode(): JsonValue {
    this.count(1)
    this.lastText = ''
    this.lastIsQuoted = false
    this.setType('other scalar')
    return null
  }

  private setType(type: NodeType): void {
    this.lastType = type
    this.lastIsMerge = false
    this.lastIsAlias = false
  }

  protected setLast(kind: 'map' | 'list'): void {
    this.setType(kind)
  }

  protected lastNode(): LastNode {
    return { type: this.lastType, text: this.lastText, isQuoted: this.lastIsQuoted }
  }

  protected newMapping(): Mapping {
    return { object: emptyObject(), own: new Set() }
  }

  protected mappingValue({ object }: Mapping): JsonValue {
    return object
  }

  protected listValue(list: JsonValue[]): JsonValue {
    return list
  }

  protected pushItem(list: JsonValue[], item: JsonValue): void {
    list.push(this.isEmpty(item) && this.flowDepth > 0 && !this.isPatch ? '' : item)
    this.noteSource(list, list.length - 1, item)
  }

  /** Patches and replacements ask how a scalar was written: see `scalar-source.ts`. */
  private noteSource(container: JsonObject | JsonValue[], key: string | number, value: JsonValue): void {
    if (typeof value === 'string' && this.lastIsQuoted) {
      if (value.length <= maxNotedLength) noteQuoted(container, key)
    } else if (typeof value === 'string' && value.length <= maxNotedLength) {
      if (value === this.lastText) notePlain(container, key, value)
      else noteText(container, key, value, this.lastText)
    } else if (value === null ? !usualNulls.has(this.lastText) : typeof value !== 'object' && scalarText(value) !== this.lastText) {
      noteText(container, key, value, this.lastText)
    }
  }

  protected keyOf(key: JsonValue): MapKey {
    if (this.lastIsMerge && !this.lastIsAlias) return mergeKey
    const name = this.keyText(key)
    if (this.depth <= 2) this.fields[this.depth - 1] = name
    return name
  }

  protected setEntry({ object, own }: Mapping, key: MapKey, value: JsonValue, line: number): void {
    if (key === mergeKey) {
      for (const map of this.mergedMaps(value).toReversed()) {
        for (const name of Object.keys(map)) if (!own.has(name)) object[name] = map[name] as JsonValue
      }
      return
    }
    if (own.has(key)) {
      if (!this.isPatch) this.refuse(`yaml: unmarshal errors:\n  line ${line}: mapping key ${JSON.stringify(key)} already defined`)
      return
    }
    own.add(key)
    if (this.isEmpty(value)) this.setEmpty(object, key)
    else {
      object[key] = value
      this.noteSource(object, key, value)
    }
  }

  /** Nothing is written of the node that was read last, but for an anchor. */
  private isEmpty(value: JsonValue): boolean {
    return value === null && this.lastText === '' && this.lastType === 'other scalar'
  }

  /** In a flow collection kyaml writes an empty value as an empty text. */
  private setEmpty(object: JsonObject, name: string): void {
    if (this.flowDepth > 0 && !this.isPatch) object[name] = ''
    // A field that is there without a value, which the type of JSON does not have: see `scalar-source.ts`.
    else Object.assign(object, { [name]: undefined })
  }

  private get isAnnotation(): boolean {
    return this.depth === 3 && this.fields[0] === 'metadata' && this.fields[1] === 'annotations'
  }

  private refuse(message: string): void {
    this.unusable ??= new UnusableYaml(message)
  }

  private keyText(key: JsonValue): string {
    // At the top every scalar is taken for text, below only texts are keys.
    if (this.lastType === 'text' && typeof key === 'string') return key
    if (this.lastType === 'map' || this.lastType === 'list') {
      this.refuse('yaml: invalid map key')
    } else if (this.depth > 1 && !this.isEmpty(key)) {
      this.refuse(`json: unsupported type: map[interface {}]interface {} (the key ${this.lastText} is no text)`)
    }
    return this.lastText
  }

  /** In the order in which they count: of several maps the first one. */
  private mergedMaps(value: JsonValue): JsonObject[] {
    const list = this.lastType === 'list' && !this.lastIsAlias && Array.isArray(value) ? value : [value]
    return list.filter((item) => {
      if (isObject(item)) return true
      this.refuse('map merge requires map or sequence of maps as the value')
      return false
    }) as JsonObject[]
  }

  /** An error of the parser is told with the line before the one that its node begins in: libyaml counts from zero, and goyaml v3 leaves it so. */
  protected parseError(problem: string, contextLine: number): YamlError {
    const line = contextLine === 0 ? this.tokens.line : contextLine
    return new YamlError(line === 0 ? `yaml: ${problem}` : `yaml: line ${line}: ${problem}`)
  }
}

/** YAML that is well-formed, but that kustomize cannot make JSON of. */
export class UnusableYaml extends Error {
  override readonly name = 'UnusableYaml'
}

const tagsOfTypes: Record<ScalarKind, string> = {
  string: 'str',
  null: 'null',
  boolean: 'bool',
  integer: 'int',
  float: 'float',
  timestamp: 'timestamp',
  merge: 'merge',
}
const typesOfTags = new Map((['null', 'boolean', 'integer', 'float', 'timestamp'] as const).map((kind) => [tagsOfTypes[kind], kind]))

/** What libyaml's emitter writes in double quotes, although it stood in a block (`yaml_emitter_analyze_scalar`). */
// oxlint-disable-next-line no-control-regex -- control characters are the point
const neverBlock = / (?:\n|$)|[\0-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ufeff]/

/** Escapes of what is not ASCII (YAML 1.1, 5.6). */
const wideEscapes = /\\[xuUN_LP]/

const usualNulls = new Set(['', 'null'])

/** Nobody puts a number in the place of a longer text. */
const maxNotedLength = 64
