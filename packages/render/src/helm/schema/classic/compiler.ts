import type { GoMap, GoValue } from '../../../go/value.ts'
import { JsonNumber } from '../../../go/value.ts'
import { Pattern } from '../../../sprig/pattern.ts'
import { YamlError } from '../../../yaml/contract.ts'
import { isObject, sortedKeys } from '../json-kind.ts'
import { compareDecimals, decimalOf, isWhole, toNumber, type Decimal } from '../json-number.ts'
import { plainJson } from './plain-json.ts'
import { metaschemaNamed, SchemaPool } from './pool.ts'
import { newClassicSchema, type ClassicDraft, type ClassicSchema } from './schema.ts'

const maxSchemas = 100_000
const maxDepth = 1000
const allTypes = ['array', 'boolean', 'integer', 'number', 'null', 'object', 'string']

/** Compiles a schema document as gojsonschema 1.2 does. Throws `YamlError` with its message where it finds something wrong. */
export function compileClassic(document: GoValue): ClassicSchema {
  return new ClassicCompiler(document).compile()
}

function draftOf(document: GoValue): ClassicDraft {
  if (typeof document === 'boolean') return 'hybrid'
  if (!isObject(document)) throw new YamlError('schema is invalid')
  const named = document.get('$schema')
  if (!document.has('$schema')) return 'hybrid'
  if (typeof named !== 'string') throw new YamlError('$schema must be of type string')
  return metaschemaNamed(named) ?? 'hybrid'
}

class ClassicCompiler {
  private readonly document: GoValue
  private readonly draft: ClassicDraft
  private readonly pool: SchemaPool
  private readonly references = new Map<string, ClassicSchema>()
  private count = 0
  private depth = 0

  constructor(document: GoValue) {
    this.document = document
    this.draft = draftOf(document)
    this.pool = new SchemaPool(document)
  }

  compile(): ClassicSchema {
    return this.schema(this.document)
  }

  /** Whether the draft is at least that one; a document without a draft has what all of them have. */
  private isSince(draft: 6 | 7): boolean {
    return this.draft === 'hybrid' || this.draft >= draft
  }

  private schema(value: GoValue, into = newClassicSchema()): ClassicSchema {
    this.count += 1
    this.depth += 1
    if (this.count > maxSchemas) throw new YamlError(`values.schema.json holds more than ${maxSchemas} schemas`)
    if (this.depth > maxDepth) throw new YamlError(`values.schema.json is nested deeper than ${maxDepth} levels`)
    if (typeof value === 'boolean' && this.isSince(6)) into.pass = value
    else if (!isObject(value)) throw new YamlError('Expected: valid schema, given: Invalid JSON')
    else this.fill(into, value)
    this.depth -= 1
    return into
  }

  private fill(into: ClassicSchema, map: GoMap): void {
    const id = this.draft === 4 || (this.draft === 'hybrid' && map.has('id')) ? 'id' : '$id'
    this.expectString(map, id)
    this.definitions(map)
    this.expectString(map, 'title')
    this.expectString(map, 'description')
    this.expectString(map, '$ref')
    if (this.reference(into, map)) return
    this.types(into, map)
    const sections = sectionsOf(map)
    if (sections & section.object) this.object(into, map)
    if (sections & section.array) this.array(into, map)
    if (sections & section.limits) this.limits(into, map)
    if (sections & section.counts) this.counts(into, map)
    if (sections & section.values) this.values(into, map)
    if (sections & section.logic) this.logic(into, map)
  }

  private expectString(map: GoMap, key: string): void {
    if (map.has(key) && typeof map.get(key) !== 'string') throw wrongType('string', key)
  }

  private definitions(map: GoMap): void {
    if (!map.has('definitions')) return
    const held = map.get('definitions')
    if (!isObject(held)) throw wrongType('array of schemas', 'definitions')
    for (const key of sortedKeys(held)) {
      const schema = held.get(key)
      if (!isObject(schema) && typeof schema !== 'boolean') throw wrongType('array of schemas', 'definitions')
      this.schema(schema)
    }
  }

  /** True where nothing beside the reference is looked at, which is so the first time it is met. */
  private reference(into: ClassicSchema, map: GoMap): boolean {
    const written = map.get('$ref')
    if (typeof written !== 'string') return false
    const reference = this.pool.referenceIn(map, written)
    const found = this.references.get(reference)
    if (found !== undefined) {
      into.ref = found
      return false
    }
    const schema = newClassicSchema()
    this.references.set(reference, schema)
    const target = this.pool.get(reference)
    if ('metaschema' in target) schema.metaschema = target.metaschema
    else if (!isObject(target.schema) && typeof target.schema !== 'boolean') throw new YamlError('valid schema must be of type object')
    else this.schema(target.schema, schema)
    into.ref = schema
    return true
  }

  private types(into: ClassicSchema, map: GoMap): void {
    if (!map.has('type')) return
    const type = map.get('type')
    if (typeof type !== 'string' && !Array.isArray(type)) throw wrongType('string/array of strings', 'type')
    for (const name of Array.isArray(type) ? type : [type]) {
      if (typeof name !== 'string') throw wrongType('string/array of strings', 'type')
      if (!allTypes.includes(name)) {
        const valid = ['array', 'boolean', 'integer', 'number', 'null', 'object', 'string'].join(' ')
        throw new YamlError(`has a primitive type that is NOT VALID -- given: /${name}/ Expected valid values are:[${valid}]`)
      }
      if (into.types.includes(name)) throw new YamlError(`${name} type is duplicated`)
      into.types.push(name)
    }
  }

  private object(into: ClassicSchema, map: GoMap): void {
    if (map.has('properties')) {
      const held = map.get('properties')
      if (!isObject(held)) throw new YamlError('properties must be of type object')
      for (const key of sortedKeys(held)) into.properties.push({ key, schema: this.schema(held.get(key)) })
    }
    into.additionalProperties = this.additional(map, 'additionalProperties')
    if (map.has('patternProperties')) {
      const held = map.get('patternProperties')
      if (!isObject(held)) throw wrongType('valid schema', 'patternProperties')
      for (const key of sortedKeys(held)) {
        const pattern = compilePattern(key, `Invalid regex pattern '${key}'`)
        into.patternProperties.push({ pattern, schema: this.schema(held.get(key)) })
      }
    }
    if (this.isSince(6) && map.has('propertyNames')) {
      const held = map.get('propertyNames')
      if (!isObject(held) && typeof held !== 'boolean') throw wrongType('valid schema', 'patternProperties')
      into.propertyNames = this.schema(held)
    }
    this.dependencies(into, map)
  }

  private dependencies(into: ClassicSchema, map: GoMap): void {
    if (!map.has('dependencies')) return
    const held = map.get('dependencies')
    if (!isObject(held)) throw new YamlError('dependencies must be of type object')
    const dependencies = new Map<string, string[] | ClassicSchema>()
    into.dependencies = dependencies
    for (const key of sortedKeys(held)) {
      const needed = held.get(key)
      if (Array.isArray(needed)) {
        if (needed.some((name) => typeof name !== 'string')) throw new YamlError('dependency must be of type schema or array of strings')
        dependencies.set(
          key,
          needed.filter((name) => typeof name === 'string'),
        )
      } else if (isObject(needed) || typeof needed === 'boolean') dependencies.set(key, this.schema(needed))
      else throw new YamlError('dependency must be of type schema or array of strings')
    }
  }

  private additional(map: GoMap, key: string): boolean | ClassicSchema | undefined {
    if (!map.has(key)) return undefined
    const held = map.get(key)
    if (typeof held === 'boolean') return held
    if (!isObject(held)) throw wrongType('boolean/valid schema', key)
    return this.schema(held)
  }

  private array(into: ClassicSchema, map: GoMap): void {
    if (map.has('items')) {
      const held = map.get('items')
      const isList = Array.isArray(held)
      for (const item of isList ? held : [held]) {
        if (!isObject(item) && typeof item !== 'boolean') throw wrongType('valid schema/array of schemas', 'items')
        into.items.push(this.schema(item))
      }
      into.isSingleItem = !isList
    }
    into.additionalItems = this.additional(map, 'additionalItems')
  }

  private limits(into: ClassicSchema, map: GoMap): void {
    if (map.has('multipleOf')) {
      const found = numberOf(map.get('multipleOf'))
      if (found === undefined) throw wrongType('number', 'multipleOf')
      if (compareDecimals(found, zero) <= 0) throw new YamlError('multipleOf must be strictly greater than 0')
      into.multipleOf = found
    }
    into.minimum = limit(map, 'minimum')
    const lower = this.exclusive(map, 'exclusiveMinimum', 'minimum', into.minimum)
    if (lower === true) {
      into.exclusiveMinimum = into.minimum
      into.minimum = undefined
    } else if (typeof lower === 'object') into.exclusiveMinimum = lower
    into.maximum = limit(map, 'maximum')
    const upper = this.exclusive(map, 'exclusiveMaximum', 'maximum', into.maximum)
    if (upper === true) {
      into.exclusiveMaximum = into.maximum
      into.maximum = undefined
    } else if (typeof upper === 'object') into.exclusiveMaximum = upper
  }

  /** A boolean in draft 4, a number since draft 6. */
  private exclusive(map: GoMap, key: string, other: string, limited: Decimal | undefined): boolean | Decimal | undefined {
    if (!map.has(key)) return undefined
    const held = map.get(key)
    const mayBeBoolean = this.draft === 4 || this.draft === 'hybrid'
    if (mayBeBoolean && typeof held === 'boolean') {
      if (limited === undefined) throw new YamlError(`${key} cannot be used without ${other}`)
      return held
    }
    const found = this.draft === 4 ? undefined : numberOf(held)
    if (found !== undefined) return found
    throw wrongType(this.draft === 4 ? 'boolean' : mayBeBoolean ? 'boolean/number' : 'number', key)
  }

  private counts(into: ClassicSchema, map: GoMap): void {
    into.minLength = count(map, 'minLength')
    into.maxLength = count(map, 'maxLength')
    checkOrder(into.minLength, into.maxLength, 'minLength', 'maxLength')
    if (map.has('pattern')) {
      const source = map.get('pattern')
      if (typeof source !== 'string') throw new YamlError('pattern must be of a string')
      into.pattern = { source, compiled: compilePattern(source, 'pattern must be a valid regex') }
    }
    if (map.has('format')) {
      const format = map.get('format')
      if (typeof format !== 'string') throw new YamlError('format must be of type string')
      into.format = format
    }
    into.minProperties = count(map, 'minProperties')
    into.maxProperties = count(map, 'maxProperties')
    checkOrder(into.minProperties, into.maxProperties, 'minProperties', 'maxProperties')
    if (map.has('required')) {
      const held = map.get('required')
      if (!Array.isArray(held)) throw new YamlError('required must be of an array')
      const names = new Set<string>()
      for (const name of held) {
        if (typeof name !== 'string') throw new YamlError('required items must be string')
        if (names.has(name)) throw new YamlError('required items must be unique')
        names.add(name)
      }
      into.required = [...names]
    }
    into.minItems = count(map, 'minItems')
    into.maxItems = count(map, 'maxItems')
    if (map.has('uniqueItems')) {
      const held = map.get('uniqueItems')
      if (typeof held !== 'boolean') throw new YamlError('uniqueItems must be of a boolean')
      into.uniqueItems = held
    }
    if (this.isSince(6) && map.has('contains')) into.contains = this.schema(map.get('contains'))
  }

  private values(into: ClassicSchema, map: GoMap): void {
    if (this.isSince(6) && map.has('const')) into.const = plainJson(map.get('const'))
    if (!map.has('enum')) return
    const held = map.get('enum')
    if (!Array.isArray(held)) throw new YamlError('enum must be of an array')
    const texts = held.map(plainJson)
    if (new Set(texts).size < texts.length) throw new YamlError('enum items must be unique')
    into.enum = texts
  }

  private logic(into: ClassicSchema, map: GoMap): void {
    into.oneOf = this.list(map, 'oneOf', 'oneOf')
    into.anyOf = this.list(map, 'anyOf', 'anyOf')
    into.allOf = this.list(map, 'allOf', 'anyOf')
    into.not = this.part(map, 'not')
    if (!this.isSince(7)) return
    const condition = this.part(map, 'if')
    const whenMet = this.part(map, 'then')
    const otherwise = this.part(map, 'else')
    if (condition !== undefined) into.condition = { if: condition, whenMet, otherwise }
  }

  private list(map: GoMap, key: string, told: string): ClassicSchema[] {
    if (!map.has(key)) return []
    const held = map.get(key)
    if (!Array.isArray(held)) throw new YamlError(`${told} must be of an array`)
    return held.map((item) => this.schema(item))
  }

  private part(map: GoMap, key: string): ClassicSchema | undefined {
    if (!map.has(key)) return undefined
    const held = map.get(key)
    if (!isObject(held) && typeof held !== 'boolean') throw new YamlError(`${key} must be of an object`)
    return this.schema(held)
  }
}

/** Keywords that are compiled together, as a bit set: most schemas have a type and a description, and none of them. */
const section = { object: 1, array: 2, limits: 4, counts: 8, values: 16, logic: 32 } as const
const keywords = new Map<string, number>()
for (const [bit, names] of [
  [section.object, ['properties', 'additionalProperties', 'patternProperties', 'propertyNames', 'dependencies']],
  [section.array, ['items', 'additionalItems']],
  [section.limits, ['multipleOf', 'minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum']],
  [section.counts, ['minLength', 'maxLength', 'pattern', 'format', 'minProperties', 'maxProperties', 'required']],
  [section.counts, ['minItems', 'maxItems', 'uniqueItems', 'contains']],
  [section.values, ['const', 'enum']],
  [section.logic, ['oneOf', 'anyOf', 'allOf', 'not', 'if', 'then', 'else']],
] as const)
  for (const name of names) keywords.set(name, bit)

function sectionsOf(map: GoMap): number {
  let sections = 0
  for (const key of map.keys()) sections |= keywords.get(key) ?? 0
  return sections
}

const zero: Decimal = { digits: 0n, scale: 0 }

function numberOf(value: GoValue): Decimal | undefined {
  return value instanceof JsonNumber ? decimalOf(value) : undefined
}

function limit(map: GoMap, key: string): Decimal | undefined {
  if (!map.has(key)) return undefined
  const found = numberOf(map.get(key))
  if (found === undefined) throw new YamlError(`${key} must be of a number`)
  return found
}

/** A whole number that is written as one: `10.0` is none. */
function count(map: GoMap, key: string): number | undefined {
  if (!map.has(key)) return undefined
  const held = map.get(key)
  const found = numberOf(held)
  const isInteger = held instanceof JsonNumber && /^-?\d+$/.test(held.number)
  if (found === undefined || !isWhole(found) || !isInteger) throw new YamlError(`${key} must be of an integer`)
  const value = toNumber(found)
  if (value < 0) throw new YamlError(`${key} must be greater than or equal to 0`)
  return value
}

function checkOrder(low: number | undefined, high: number | undefined, lowName: string, highName: string): void {
  if (low !== undefined && high !== undefined && low > high) throw new YamlError(`${lowName} cannot be greater than ${highName}`)
}

function compilePattern(source: string, message: string): Pattern {
  try {
    return new Pattern(source)
  } catch {
    throw new YamlError(message)
  }
}

function wrongType(expected: string, given: string): YamlError {
  return new YamlError(`Invalid type. Expected: ${expected}, given: ${given}`)
}
