import type { GoValue } from '../../../go/value.ts'
import type { Pattern } from '../../../sprig/pattern.ts'
import type { Decimal } from '../json-number.ts'
import type { Draft } from './draft.ts'
import type { FormatCheck } from './formats.ts'

/** A compiled schema; what is undefined was not said. */
export interface Node {
  /** JSON pointer into the document. */
  readonly pointer: string
  readonly draft: Draft
  /** The node of the document or embedded document (`$id`) it belongs to. */
  resource: Node
  dynamicAnchors: Map<string, Node>

  bool?: boolean
  /** The value has to be a schema of that draft: what a `$ref` to a metaschema asks for. */
  metaschema?: Draft
  ref?: Node
  recursiveRef?: Node
  isRecursiveAnchor: boolean
  dynamicRef?: { node: Node; anchor: string }
  dynamicAnchor: string

  types?: ReadonlySet<string>
  const?: { value: GoValue }
  enum?: readonly GoValue[]
  format?: { name: string; check: FormatCheck }
  not?: Node
  allOf: readonly Node[]
  anyOf: readonly Node[]
  oneOf: readonly Node[]
  condition?: { if: Node; whenMet: Node | undefined; otherwise: Node | undefined }

  minProperties?: number
  maxProperties?: number
  required: readonly string[]
  properties: ReadonlyMap<string, Node>
  patternProperties: readonly { pattern: Pattern; node: Node }[]
  additionalProperties?: boolean | Node
  propertyNames?: Node
  dependencies: ReadonlyMap<string, readonly string[] | Node>
  dependentSchemas: ReadonlyMap<string, Node>
  dependentRequired: ReadonlyMap<string, readonly string[]>
  unevaluatedProperties?: Node

  minItems?: number
  maxItems?: number
  uniqueItems: boolean
  contains?: Node
  minContains?: number
  maxContains?: number
  /** Before 2020: one schema for all, or one for each. */
  items?: Node | readonly Node[]
  additionalItems?: boolean | Node
  prefixItems: readonly Node[]
  items2020?: Node
  unevaluatedItems?: Node

  minLength?: number
  maxLength?: number
  pattern?: { source: string; compiled: Pattern }

  minimum?: Decimal
  maximum?: Decimal
  exclusiveMinimum?: Decimal
  exclusiveMaximum?: Decimal
  multipleOf?: Decimal
}

export function newNode(pointer: string, draft: Draft): Node {
  const node = {
    pointer,
    draft,
    dynamicAnchors: new Map<string, Node>(),
    isRecursiveAnchor: false,
    dynamicAnchor: '',
    allOf: [],
    anyOf: [],
    oneOf: [],
    required: [],
    properties: new Map<string, Node>(),
    patternProperties: [],
    dependencies: new Map<string, Node>(),
    dependentSchemas: new Map<string, Node>(),
    dependentRequired: new Map<string, string[]>(),
    uniqueItems: false,
    prefixItems: [],
  }
  const whole: Node = { ...node, resource: undefined as unknown as Node }
  whole.resource = whole
  return whole
}
