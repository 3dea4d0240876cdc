import { YamlError, type YamlLimits } from '../contract.ts'
import { isEmptyInFlowMapping, isEmptyInFlowSequence, isEmptyInMapping } from './empty-node.ts'
import { Scanner } from './scanner.ts'
import { Token } from './token.ts'

/** A node with a name. `Last` is what `lastNode` says of it. */
export interface Anchor<Value, Last> {
  value: Value
  last: Last
  /** Nodes in it, with those of its aliases. */
  nodes: number
  isOpen: boolean
}

const defaultTags: ReadonlyMap<string, string> = new Map([
  ['!', '!'],
  ['!!', 'tag:yaml.org,2002:'],
])

/**
 * libyaml's grammar (parserc.go of goyaml, where v2 and v3 are the same): from tokens to nodes, without events in between. What a node means is for
 * those who extend it; they are asked in the order of the text.
 */
export abstract class Grammar<Value, Mapping, Key, Last> extends Scanner {
  protected readonly limits: YamlLimits
  protected readonly anchors = new Map<string, Anchor<Value, Last>>()
  /** Nodes so far, as often as aliases repeat them. */
  protected nodes = 0
  protected depth = 0
  /** Of these are flow collections. */
  protected flowDepth = 0
  private tags = defaultTags

  constructor(source: ConstructorParameters<typeof Scanner>[0], limits: YamlLimits) {
    super(source)
    this.limits = limits
  }

  protected abstract scalar(text: string, tag: string, isPlain: boolean): Value
  /** Takes the token of the alias. */
  protected abstract alias(): Value
  protected abstract emptyNode(): Value
  protected abstract newMapping(): Mapping
  protected abstract mappingValue(mapping: Mapping): Value
  protected abstract listValue(list: Value[]): Value
  /** What the node that was read last means as a key. Called before its value is read. */
  protected abstract keyOf(key: Value): Key
  /** `line`: where the key ends. */
  protected abstract setEntry(mapping: Mapping, key: Key, value: Value, line: number): void
  protected abstract pushItem(list: Value[], item: Value): void
  /** The node that was read last is one of these. */
  protected abstract setLast(kind: 'map' | 'list'): void
  protected abstract lastNode(): Last
  /** An error of the parser, in a node that begins in `contextLine`; 0 for none. */
  protected abstract parseError(problem: string, contextLine: number): YamlError

  /** The first document; undefined when there is none. What comes after its end is looked at, so that its errors are told. */
  protected document(): Value | undefined {
    let kind = this.peek()
    if (kind === Token.StreamEnd) return undefined
    const isExplicit = kind === Token.VersionDirective || kind === Token.TagDirective || kind === Token.DocumentStart
    if (isExplicit) {
      this.readDirectives()
      if (this.peek() !== Token.DocumentStart) throw this.parseError('did not find expected <document start>', 0)
      this.tokens.shift()
      kind = this.peek()
    }
    const value = isExplicit && kind <= Token.DocumentEnd ? this.emptyNode() : this.node(true, false)
    this.peek()
    return value
  }

  protected count(nodes: number): void {
    this.nodes += nodes
    if (this.nodes > this.limits.values) throw this.tooManyNodes()
  }

  protected tooManyNodes(): YamlError {
    return new YamlError(`yaml: document holds more than ${this.limits.values} values once its aliases are written out`)
  }

  private readDirectives(): void {
    let hasVersion = false
    const tags = new Map<string, string>()
    for (let kind = this.peek(); kind === Token.VersionDirective || kind === Token.TagDirective; kind = this.peek()) {
      if (kind === Token.VersionDirective) {
        if (hasVersion) throw this.parseError('found duplicate %YAML directive', 0)
        if (this.tokens.value !== '1.1') throw this.parseError('found incompatible YAML document', 0)
        hasVersion = true
      } else {
        if (tags.has(this.tokens.value)) throw this.parseError('found duplicate %TAG directive', 0)
        tags.set(this.tokens.value, this.tokens.extra)
      }
      this.tokens.shift()
    }
    for (const [handle, prefix] of defaultTags) if (!tags.has(handle)) tags.set(handle, prefix)
    this.tags = tags
  }

  private resolveTag(line: number): string {
    const handle = this.tokens.value
    if (handle === '') return this.tokens.extra
    const prefix = this.tags.get(handle)
    if (prefix === undefined) throw this.parseError('found undefined tag handle', line)
    return prefix + this.tokens.extra
  }

  private node(block: boolean, indentless: boolean): Value {
    let kind = this.peek()
    if (kind === Token.Alias) return this.alias()
    this.count(1)
    const line = this.tokens.line
    let anchor = ''
    let tag = ''
    while (kind === Token.Anchor || kind === Token.Tag) {
      if (kind === Token.Anchor) {
        if (anchor !== '') break
        anchor = this.tokens.value
      } else {
        if (tag !== '') break
        tag = this.resolveTag(line)
      }
      this.tokens.shift()
      kind = this.peek()
    }
    if (anchor === '') return this.content(kind, tag, false, block, indentless, line)
    const before = this.nodes
    const entry: { isOpen: boolean; nodes: number; value?: Value; last?: Last } = { isOpen: true, nodes: 0 }
    // Nobody looks at value and kind of an anchor that is open.
    this.anchors.set(anchor, entry as Anchor<Value, Last>)
    const value = this.content(kind, tag, true, block, indentless, line)
    entry.value = value
    entry.last = this.lastNode()
    entry.nodes = this.nodes - before + 1
    entry.isOpen = false
    return value
  }

  private content(kind: number, tag: string, hasAnchor: boolean, block: boolean, indentless: boolean, line: number): Value {
    switch (kind) {
      case Token.PlainScalar:
      case Token.QuotedScalar: {
        const text = this.tokens.value
        this.tokens.shift()
        return this.scalar(text, tag, kind === Token.PlainScalar)
      }
      case Token.FlowSequenceStart:
        return this.flowSequence()
      case Token.FlowMappingStart:
        return this.flowMapping()
      case Token.BlockSequenceStart:
        if (block) return this.blockSequence()
        break
      case Token.BlockMappingStart:
        if (block) return this.blockMapping()
        break
      case Token.BlockEntry:
        if (indentless) return this.indentlessSequence()
        break
      default:
    }
    if (hasAnchor || tag !== '') return this.scalar('', tag, true)
    throw this.parseError('did not find expected node content', line)
  }

  private enter(): void {
    this.depth += 1
    if (this.depth > this.limits.depth) throw new YamlError(`yaml: exceeded max depth of ${this.limits.depth}`)
  }

  private leave(kind: 'map' | 'list'): void {
    this.depth -= 1
    this.setLast(kind)
  }

  private blockSequence(): Value {
    this.enter()
    const line = this.tokens.line
    const list: Value[] = []
    this.tokens.shift()
    for (;;) {
      const kind = this.peek()
      if (kind === Token.BlockEnd) break
      if (kind !== Token.BlockEntry) throw this.parseError("did not find expected '-' indicator", line)
      this.tokens.shift()
      const next = this.peek()
      this.pushItem(list, next === Token.BlockEntry || next === Token.BlockEnd ? this.emptyNode() : this.node(true, false))
    }
    this.tokens.shift()
    this.leave('list')
    return this.listValue(list)
  }

  private indentlessSequence(): Value {
    this.enter()
    const list: Value[] = []
    while (this.peek() === Token.BlockEntry) {
      this.tokens.shift()
      const next = this.peek()
      const isEmpty = next === Token.BlockEntry || next === Token.Key || next === Token.Value || next === Token.BlockEnd
      this.pushItem(list, isEmpty ? this.emptyNode() : this.node(true, false))
    }
    this.leave('list')
    return this.listValue(list)
  }

  private blockMapping(): Value {
    this.enter()
    const line = this.tokens.line
    const mapping = this.newMapping()
    this.tokens.shift()
    for (;;) {
      const kind = this.peek()
      if (kind === Token.BlockEnd) break
      if (kind !== Token.Key) throw this.parseError('did not find expected key', line)
      this.tokens.shift()
      const key = this.keyOf(isEmptyInMapping(this.peek()) ? this.emptyNode() : this.node(true, true))
      const keyLine = this.tokens.line
      this.setEntry(mapping, key, this.blockValue(), keyLine)
    }
    this.tokens.shift()
    this.leave('map')
    return this.mappingValue(mapping)
  }

  private blockValue(): Value {
    if (this.peek() !== Token.Value) return this.emptyNode()
    this.tokens.shift()
    return isEmptyInMapping(this.peek()) ? this.emptyNode() : this.node(true, true)
  }

  private flowValue(end: number): Value {
    if (this.peek() !== Token.Value) return this.emptyNode()
    this.tokens.shift()
    const next = this.peek()
    return next === Token.FlowEntry || next === end ? this.emptyNode() : this.node(false, false)
  }

  private flowSequence(): Value {
    this.enter()
    this.flowDepth += 1
    const line = this.tokens.line
    const list: Value[] = []
    this.tokens.shift()
    for (let isFirst = true; this.peek() !== Token.FlowSequenceEnd; isFirst = false) {
      if (!isFirst) {
        if (this.tokens.kind !== Token.FlowEntry) throw this.parseError("did not find expected ',' or ']'", line)
        this.tokens.shift()
        if (this.peek() === Token.FlowSequenceEnd) break
      }
      this.pushItem(list, this.tokens.kind === Token.Key ? this.singlePair() : this.node(false, false))
    }
    this.tokens.shift()
    this.flowDepth -= 1
    this.leave('list')
    return this.listValue(list)
  }

  /** `[a: b]`. */
  private singlePair(): Value {
    this.enter()
    this.count(1)
    const mapping = this.newMapping()
    this.tokens.shift()
    const isEmptyKey = isEmptyInFlowSequence(this.peek())
    // libyaml loses the token that shows the key to be empty, so that `[? : a]` is an error.
    if (isEmptyKey) this.tokens.shift()
    const key = this.keyOf(isEmptyKey ? this.emptyNode() : this.node(false, false))
    const keyLine = this.tokens.line
    this.setEntry(mapping, key, this.flowValue(Token.FlowSequenceEnd), keyLine)
    this.leave('map')
    return this.mappingValue(mapping)
  }

  private flowMapping(): Value {
    this.enter()
    this.flowDepth += 1
    const line = this.tokens.line
    const mapping = this.newMapping()
    this.tokens.shift()
    for (let isFirst = true; this.peek() !== Token.FlowMappingEnd; isFirst = false) {
      if (!isFirst) {
        if (this.tokens.kind !== Token.FlowEntry) throw this.parseError("did not find expected ',' or '}'", line)
        this.tokens.shift()
        if (this.peek() === Token.FlowMappingEnd) break
      }
      const isLone = this.tokens.kind !== Token.Key
      if (!isLone) this.tokens.shift()
      const key = this.keyOf(!isLone && isEmptyInFlowMapping(this.peek()) ? this.emptyNode() : this.node(false, false))
      const keyLine = this.tokens.line
      // A lone value, `{a}`: a key with nothing. What follows must be a comma, even where it is `:`.
      this.setEntry(mapping, key, isLone ? this.emptyNode() : this.flowValue(Token.FlowMappingEnd), keyLine)
    }
    this.tokens.shift()
    this.flowDepth -= 1
    this.leave('map')
    return this.mappingValue(mapping)
  }
}
