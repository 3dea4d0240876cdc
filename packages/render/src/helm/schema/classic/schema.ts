import type { Pattern } from '../../../sprig/pattern.ts'
import type { Decimal } from '../json-number.ts'

export { checkClassic } from './check.ts'
export { compileClassic } from './compiler.ts'

/** The drafts that gojsonschema tells apart; a document that names none of them is read with the rules of all. */
export type ClassicDraft = 4 | 6 | 7 | 'hybrid'

/** A schema as gojsonschema holds it. */
export interface ClassicSchema {
  pass?: boolean
  ref?: ClassicSchema
  /** The value has to be a schema itself. */
  metaschema?: 4 | 6 | 7
  types: string[]
  properties: { key: string; schema: ClassicSchema }[]
  additionalProperties?: boolean | ClassicSchema
  patternProperties: { pattern: Pattern; schema: ClassicSchema }[]
  propertyNames?: ClassicSchema
  dependencies?: Map<string, string[] | ClassicSchema>
  items: ClassicSchema[]
  isSingleItem: boolean
  additionalItems?: boolean | ClassicSchema
  contains?: ClassicSchema
  uniqueItems: boolean
  multipleOf?: Decimal
  minimum?: Decimal
  maximum?: Decimal
  exclusiveMinimum?: Decimal
  exclusiveMaximum?: Decimal
  minLength?: number
  maxLength?: number
  pattern?: { source: string; compiled: Pattern }
  format: string
  minProperties?: number
  maxProperties?: number
  required: string[]
  minItems?: number
  maxItems?: number
  /** As JSON text. */
  const?: string
  enum: string[]
  oneOf: ClassicSchema[]
  anyOf: ClassicSchema[]
  allOf: ClassicSchema[]
  not?: ClassicSchema
  condition?: { if: ClassicSchema; whenMet: ClassicSchema | undefined; otherwise: ClassicSchema | undefined }
}

export function newClassicSchema(): ClassicSchema {
  return {
    types: [],
    properties: [],
    patternProperties: [],
    items: [],
    isSingleItem: false,
    uniqueItems: false,
    format: '',
    required: [],
    enum: [],
    oneOf: [],
    anyOf: [],
    allOf: [],
  }
}
