import type { GoMap, GoValue } from '../../../go/value.ts'
import { quote } from '../../../go/quote.ts'
import { Pattern } from '../../../sprig/pattern.ts'
import { YamlError } from '../../../yaml/contract.ts'
import { isObject, sortedKeys } from '../json-kind.ts'
import { decimalOf, wholeOf } from '../json-number.ts'
import { documentUrl, SchemaDocument, splitFragment } from './document.ts'
import { draftOf, metaschemaOf, type Draft } from './draft.ts'
import { describeFaults, escapeToken } from './fault.ts'
import { formatNamed } from './formats.ts'
import { newNode, type Node } from './node.ts'
import { checkSchemaShape } from './shape.ts'

/** A schema document may hold this many schemas that are reached. */
const maxNodes = 100_000

/** Compiles a schema document as santhosh-tekuri/jsonschema v6 does. Throws `YamlError` with the library's message where it is none. */
export function compileSchema(document: GoValue): Node {
  return new Compiler(document).compile()
}

class Compiler {
  private readonly document: SchemaDocument
  private readonly nodes = new Map<string, Node>()
  private readonly queue: Node[] = []
  private readonly outer = new Map<string, Node>()

  constructor(document: GoValue) {
    this.document = new SchemaDocument(document, draftOfDocument(document))
    this.checkShape(document, '')
  }

  compile(): Node {
    const root = this.node('')
    for (let at = 0; at < this.queue.length; at += 1) {
      const node = this.queue[at]! // within the list
      this.ensureSchema(node.pointer)
      this.fill(node, this.document.lookup(node.pointer))
    }
    return root
  }

  private get draft(): Draft {
    return this.document.draft
  }

  private node(pointer: string): Node {
    const found = this.nodes.get(pointer)
    if (found !== undefined) return found
    if (this.nodes.size >= maxNodes) throw new YamlError(`values.schema.json holds more than ${maxNodes} schemas`)
    const node = newNode(pointer, this.draft)
    this.nodes.set(pointer, node)
    this.queue.push(node)
    return node
  }

  private ensureSchema(pointer: string): void {
    if (this.document.isKnown(pointer)) return
    const schema = this.document.lookup(pointer)
    this.document.addSubschema(pointer)
    this.checkShape(schema, pointer)
  }

  private checkShape(schema: GoValue, pointer: string): void {
    const faults = checkSchemaShape(schema, this.draft, [])
    if (faults.length === 0) return
    const metaschema = `jsonschema validation failed with '${metaschemaOf(this.draft)}#'`
    throw new YamlError(`"${documentUrl}#${pointer}" is not valid against metaschema: ${metaschema}\n${describeFaults(faults)}`)
  }

  private fill(node: Node, schema: GoValue): void {
    const resource = this.document.resourceOf(node.pointer)
    node.resource = this.node(resource.pointer)
    if (this.draft >= 2020 && node === node.resource) {
      for (const [anchor, place] of resource.anchors) {
        if (resource.dynamicAnchors.has(anchor)) node.dynamicAnchors.set(anchor, this.node(place))
      }
    }
    if (typeof schema === 'boolean') node.bool = schema
    if (!isObject(schema)) return
    if (schema.size === 0) node.bool = true
    else this.fillKeywords(node, schema)
  }

  private fillKeywords(node: Node, schema: GoMap): void {
    const ref = schema.get('$ref')
    if (typeof ref === 'string') node.ref = this.reference(ref, node.pointer)
    if (node.ref !== undefined && this.draft < 2019) return this.fillBesideReference(node, schema)
    this.fillLogic(node, schema)
    this.fillObject(node, schema)
    this.fillArray(node, schema)
    this.fillScalar(node, schema)
    if (this.draft >= 2019) this.fillReferences(node, schema)
  }

  /** Before 2019 nothing beside a reference should count, but the library leaves out only what draft 4 has. */
  private fillBesideReference(node: Node, schema: GoMap): void {
    if (this.draft < 6) return
    node.contains = this.child(node, schema, 'contains')
    node.propertyNames = this.child(node, schema, 'propertyNames')
    if (schema.has('const')) node.const = { value: schema.get('const') }
    this.fillCondition(node, schema)
  }

  private fillLogic(node: Node, schema: GoMap): void {
    node.allOf = this.list(node, schema, 'allOf')
    node.anyOf = this.list(node, schema, 'anyOf')
    node.oneOf = this.list(node, schema, 'oneOf')
    node.not = this.child(node, schema, 'not')
    const type = schema.get('type')
    if (type !== undefined) node.types = new Set((Array.isArray(type) ? type : [type]).filter((name) => typeof name === 'string'))
    const allowed = schema.get('enum')
    if (Array.isArray(allowed)) node.enum = allowed
    if (this.draft >= 6 && schema.has('const')) node.const = { value: schema.get('const') }
    this.fillCondition(node, schema)
  }

  private fillCondition(node: Node, schema: GoMap): void {
    const condition = this.draft < 7 ? undefined : this.child(node, schema, 'if')
    if (condition === undefined) return
    node.condition = {
      if: condition,
      whenMet: schema.get('if') === false ? undefined : this.child(node, schema, 'then'),
      otherwise: schema.get('if') === true ? undefined : this.child(node, schema, 'else'),
    }
  }

  private fillObject(node: Node, schema: GoMap): void {
    node.minProperties = wholeOf(schema.get('minProperties'))
    node.maxProperties = wholeOf(schema.get('maxProperties'))
    node.required = strings(schema.get('required'))
    node.properties = this.map(node, schema, 'properties')
    node.patternProperties = Array.from(this.map(node, schema, 'patternProperties'), ([source, child]) => ({
      pattern: compilePattern(source, `${node.pointer}/patternProperties`),
      node: child,
    }))
    node.additionalProperties = this.additional(node, schema, 'additionalProperties')
    const dependencies = schema.get('dependencies')
    if (isObject(dependencies)) {
      node.dependencies = new Map(
        sortedKeys(dependencies).map((key) => {
          const held = dependencies.get(key)
          return [key, Array.isArray(held) ? strings(held) : this.node(`${node.pointer}/dependencies/${escapeToken(key)}`)] as const
        }),
      )
    }
    if (this.draft >= 6) node.propertyNames = this.child(node, schema, 'propertyNames')
    if (this.draft < 2019) return
    node.dependentSchemas = this.map(node, schema, 'dependentSchemas')
    const required = schema.get('dependentRequired')
    if (isObject(required)) node.dependentRequired = new Map(sortedKeys(required).map((key) => [key, strings(required.get(key))] as const))
    node.unevaluatedProperties = this.child(node, schema, 'unevaluatedProperties')
  }

  private fillArray(node: Node, schema: GoMap): void {
    node.minItems = wholeOf(schema.get('minItems'))
    node.maxItems = wholeOf(schema.get('maxItems'))
    node.uniqueItems = schema.get('uniqueItems') === true
    if (this.draft >= 2020) {
      node.prefixItems = this.list(node, schema, 'prefixItems')
      node.items2020 = this.child(node, schema, 'items')
    } else if (Array.isArray(schema.get('items'))) {
      node.items = this.list(node, schema, 'items')
      node.additionalItems = this.additional(node, schema, 'additionalItems')
    } else node.items = this.child(node, schema, 'items')
    if (this.draft >= 6) node.contains = this.child(node, schema, 'contains')
    if (this.draft < 2019) return
    if (node.contains !== undefined) {
      node.minContains = wholeOf(schema.get('minContains'))
      node.maxContains = wholeOf(schema.get('maxContains'))
    }
    node.unevaluatedItems = this.child(node, schema, 'unevaluatedItems')
  }

  private fillScalar(node: Node, schema: GoMap): void {
    node.multipleOf = decimalOf(schema.get('multipleOf'))
    const maximum = decimalOf(schema.get('maximum'))
    const minimum = decimalOf(schema.get('minimum'))
    const upper = schema.get('exclusiveMaximum')
    const lower = schema.get('exclusiveMinimum')
    if (upper === true) node.exclusiveMaximum = maximum
    else {
      node.maximum = maximum
      node.exclusiveMaximum = decimalOf(upper)
    }
    if (lower === true) node.exclusiveMinimum = minimum
    else {
      node.minimum = minimum
      node.exclusiveMinimum = decimalOf(lower)
    }
    node.minLength = wholeOf(schema.get('minLength'))
    node.maxLength = wholeOf(schema.get('maxLength'))
    const pattern = schema.get('pattern')
    if (typeof pattern === 'string') node.pattern = { source: pattern, compiled: compilePattern(pattern, `${node.pointer}/pattern`) }
    // The later drafts take formats for notes.
    const format = this.draft < 2019 ? schema.get('format') : undefined
    if (typeof format !== 'string') return
    const check = format === 'regex' ? checkPatternText : formatNamed(format)
    if (check !== undefined) node.format = { name: format, check }
  }

  private fillReferences(node: Node, schema: GoMap): void {
    const recursive = schema.get('$recursiveRef')
    if (typeof recursive === 'string') node.recursiveRef = this.reference(recursive, node.pointer)
    node.isRecursiveAnchor = schema.get('$recursiveAnchor') === true
    if (this.draft < 2020) return
    const dynamic = schema.get('$dynamicRef')
    if (typeof dynamic === 'string') {
      const { fragment } = splitFragment(dynamic)
      node.dynamicRef = { node: this.reference(dynamic, node.pointer), anchor: fragment.startsWith('/') ? '' : fragment }
    }
    const anchor = schema.get('$dynamicAnchor')
    if (typeof anchor === 'string') node.dynamicAnchor = anchor
  }

  private reference(reference: string, from: string): Node {
    const target = this.document.resolve(reference, from)
    if ('pointer' in target) return this.node(target.pointer)
    return this.outerNode(target.url)
  }

  /** What is not in the document: Helm takes a URN for a schema that allows everything; nothing else outside of the chart is read. */
  private outerNode(url: string): Node {
    const found = this.outer.get(url)
    if (found !== undefined) return found
    const node = newNode(url, this.draft)
    const draft = draftOf(url)
    if (draft !== undefined) node.metaschema = draft
    else if (url.startsWith('urn:')) node.bool = true
    else throw new YamlError(`failing loading ${quote(url.replace(/#.*$/s, ''))}: a schema outside of the chart is not read`)
    this.outer.set(url, node)
    return node
  }

  private child(node: Node, schema: GoMap, keyword: string): Node | undefined {
    return schema.has(keyword) ? this.node(`${node.pointer}/${keyword}`) : undefined
  }

  private list(node: Node, schema: GoMap, keyword: string): Node[] {
    const held = schema.get(keyword)
    return Array.isArray(held) ? held.map((_, index) => this.node(`${node.pointer}/${keyword}/${index}`)) : []
  }

  private map(node: Node, schema: GoMap, keyword: string): Map<string, Node> {
    const held = schema.get(keyword)
    if (!isObject(held)) return new Map()
    return new Map(sortedKeys(held).map((key) => [key, this.node(`${node.pointer}/${keyword}/${escapeToken(key)}`)] as const))
  }

  private additional(node: Node, schema: GoMap, keyword: string): boolean | Node | undefined {
    const held = schema.get(keyword)
    return typeof held === 'boolean' ? held : this.child(node, schema, keyword)
  }
}

function draftOfDocument(document: GoValue): Draft {
  const named = isObject(document) ? document.get('$schema') : undefined
  if (typeof named !== 'string') return 2020
  const draft = draftOf(named)
  if (draft !== undefined) return draft
  throw new YamlError(`failing loading ${quote(named.replace(/#.*$/s, ''))}: a schema outside of the chart is not read`)
}

function strings(value: GoValue): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

function compilePattern(source: string, place: string): Pattern {
  try {
    return new Pattern(source)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new YamlError(`invalid regex ${quote(source)} at "${documentUrl}#${place}": ${reason}`)
  }
}

function checkPatternText(text: string): string | undefined {
  try {
    new Pattern(text)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
