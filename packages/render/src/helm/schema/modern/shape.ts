import type { GoMap, GoValue } from '../../../go/value.ts'
import { Pattern } from '../../../sprig/pattern.ts'
import { equalValues, isObject, kindOf, sortedKeys } from '../json-kind.ts'
import { compareDecimals, decimalOf, isWhole, numberText } from '../json-number.ts'
import type { Draft } from './draft.ts'
import { fault, quoteSingle, type Fault } from './fault.ts'
import { checkFormat } from './formats.ts'

/** What a keyword's value has to look like for a schema to be one: the drafts' metaschemas, as a table. */
type Shape =
  | 'schema'
  | 'schema or boolean'
  | 'schemas'
  | 'schema or schemas'
  | 'map of schemas'
  | 'map of patterns'
  | 'map of schemas or names'
  | 'map of names'
  | 'names'
  | 'string'
  | 'boolean'
  | 'number'
  | 'positive number'
  | 'count'
  | 'list'
  | 'distinct list'
  | 'types'
  | 'pattern'
  | 'uri'
  | 'uri-reference'
  | 'identifier'
  | 'anchor'
  | 'anchor of 2019'
  | 'vocabularies'

const always = 9999

/** Keyword, first and last draft, shape. */
const shapes: readonly (readonly [keyword: string, since: number, until: number, shape: Shape])[] = [
  ['id', 4, 4, 'string'],
  ['$id', 6, 7, 'uri-reference'],
  ['$id', 2019, always, 'identifier'],
  ['$schema', 4, always, 'uri'],
  ['$ref', 4, 4, 'string'],
  ['$ref', 6, always, 'uri-reference'],
  ['$comment', 7, always, 'string'],
  ['$anchor', 2019, 2019, 'anchor of 2019'],
  ['$anchor', 2020, always, 'anchor'],
  ['$recursiveRef', 2019, always, 'uri-reference'],
  ['$recursiveAnchor', 2019, 2019, 'boolean'],
  ['$recursiveAnchor', 2020, always, 'anchor'],
  ['$dynamicRef', 2020, always, 'uri-reference'],
  ['$dynamicAnchor', 2020, always, 'anchor'],
  ['$vocabulary', 2019, always, 'vocabularies'],
  ['title', 4, always, 'string'],
  ['description', 4, always, 'string'],
  ['readOnly', 7, always, 'boolean'],
  ['writeOnly', 7, always, 'boolean'],
  ['deprecated', 2019, always, 'boolean'],
  ['examples', 7, always, 'list'],
  ['multipleOf', 4, always, 'positive number'],
  ['maximum', 4, always, 'number'],
  ['minimum', 4, always, 'number'],
  ['exclusiveMaximum', 4, 4, 'boolean'],
  ['exclusiveMinimum', 4, 4, 'boolean'],
  ['exclusiveMaximum', 6, always, 'number'],
  ['exclusiveMinimum', 6, always, 'number'],
  ['maxLength', 4, always, 'count'],
  ['minLength', 4, always, 'count'],
  ['pattern', 4, always, 'pattern'],
  ['maxItems', 4, always, 'count'],
  ['minItems', 4, always, 'count'],
  ['uniqueItems', 4, always, 'boolean'],
  ['maxContains', 2019, always, 'count'],
  ['minContains', 2019, always, 'count'],
  ['maxProperties', 4, always, 'count'],
  ['minProperties', 4, always, 'count'],
  ['required', 4, always, 'names'],
  ['dependentRequired', 2019, always, 'map of names'],
  ['enum', 4, 7, 'distinct list'],
  ['enum', 2019, always, 'list'],
  ['type', 4, always, 'types'],
  ['format', 4, always, 'string'],
  ['contentMediaType', 7, always, 'string'],
  ['contentEncoding', 7, always, 'string'],
  ['contentSchema', 2019, always, 'schema'],
  ['items', 4, 2019, 'schema or schemas'],
  ['items', 2020, always, 'schema'],
  ['prefixItems', 2020, always, 'schemas'],
  ['additionalItems', 4, 4, 'schema or boolean'],
  ['additionalItems', 6, 2019, 'schema'],
  ['additionalProperties', 4, 4, 'schema or boolean'],
  ['additionalProperties', 6, always, 'schema'],
  ['unevaluatedItems', 2019, always, 'schema'],
  ['unevaluatedProperties', 2019, always, 'schema'],
  ['contains', 6, always, 'schema'],
  ['propertyNames', 6, always, 'schema'],
  ['if', 7, always, 'schema'],
  ['then', 7, always, 'schema'],
  ['else', 7, always, 'schema'],
  ['not', 4, always, 'schema'],
  ['allOf', 4, always, 'schemas'],
  ['anyOf', 4, always, 'schemas'],
  ['oneOf', 4, always, 'schemas'],
  ['definitions', 4, always, 'map of schemas'],
  ['$defs', 2019, always, 'map of schemas'],
  ['properties', 4, always, 'map of schemas'],
  ['patternProperties', 4, 6, 'map of schemas'],
  ['patternProperties', 7, always, 'map of patterns'],
  ['dependentSchemas', 2019, always, 'map of schemas'],
  ['dependencies', 4, always, 'map of schemas or names'],
]

const typeNames = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']
const maxDepth = 500

/** What keeps `schema` from being one of that draft. */
export function checkSchemaShape(schema: GoValue, draft: Draft, at: readonly string[]): Fault[] {
  const faults: Fault[] = []
  const table = new Map<string, Shape>()
  for (const [keyword, since, until, shape] of shapes) if (draft >= since && draft <= until) table.set(keyword, shape)
  checkSchema(schema, at)
  return faults

  function report(place: readonly string[], message: string): void {
    if (faults.length < 20) faults.push(fault(place, message))
  }

  function expect(value: GoValue, place: readonly string[], ...kinds: string[]): boolean {
    const kind = kindOf(value) ?? 'null'
    if (kinds.includes(kind)) return true
    report(place, `got ${kind}, want ${kinds.join(' or ')}`)
    return false
  }

  function checkSchema(value: GoValue, place: readonly string[]): void {
    if (place.length > maxDepth) return report(place, `schemas are nested deeper than ${maxDepth} levels`)
    if (draft === 4 ? !expect(value, place, 'object') : !expect(value, place, 'boolean', 'object')) return
    if (!isObject(value)) return
    for (const keyword of sortedKeys(value)) {
      const shape = table.get(keyword)
      if (shape !== undefined) check(shape, value.get(keyword), [...place, keyword])
    }
    if (draft === 4) requireBeside(value, place, 'exclusiveMaximum', 'maximum')
    if (draft === 4) requireBeside(value, place, 'exclusiveMinimum', 'minimum')
  }

  function requireBeside(value: GoMap, place: readonly string[], keyword: string, other: string): void {
    if (value.has(keyword) && !value.has(other)) report(place, `properties '${other}' required, if '${keyword}' exists`)
  }

  function checkMap(value: GoValue, place: readonly string[], checkItem: (item: GoValue, at: readonly string[]) => void): void {
    if (!expect(value, place, 'object') || !isObject(value)) return
    for (const key of sortedKeys(value)) checkItem(value.get(key), [...place, key])
  }

  function checkList(
    value: GoValue,
    place: readonly string[],
    isFilled: boolean,
    checkItem: (item: GoValue, at: readonly string[]) => void,
  ): void {
    if (!expect(value, place, 'array') || !Array.isArray(value)) return
    if (isFilled && value.length === 0) report(place, 'minItems: got 0, want 1')
    for (const [index, item] of value.entries()) checkItem(item, [...place, String(index)])
  }

  function checkDistinct(value: GoValue, place: readonly string[]): void {
    if (!Array.isArray(value) || value.length > 2000) return
    for (let at = 1; at < value.length; at += 1) {
      const same = value.findIndex((item) => equalValues(item, value[at]))
      if (same < at) return report(place, `items at ${same} and ${at} are equal`)
    }
  }

  function checkNames(value: GoValue, place: readonly string[]): void {
    checkList(value, place, draft === 4, (item, itemPlace) => void expect(item, itemPlace, 'string'))
    checkDistinct(value, place)
  }

  function checkText(value: GoValue, place: readonly string[], test: (text: string) => string | undefined): void {
    if (!expect(value, place, 'string') || typeof value !== 'string') return
    const message = test(value)
    if (message !== undefined) report(place, message)
  }

  function check(shape: Shape, value: GoValue, place: readonly string[]): void {
    switch (shape) {
      case 'schema':
        return checkSchema(value, place)
      case 'schema or boolean':
        return typeof value === 'boolean' ? undefined : checkSchema(value, place)
      case 'schemas':
        return checkList(value, place, true, checkSchema)
      case 'schema or schemas':
        return Array.isArray(value) ? checkList(value, place, draft !== 2019 || value.length === 0, checkSchema) : checkSchema(value, place)
      case 'map of schemas':
        return checkMap(value, place, checkSchema)
      case 'map of patterns':
        if (isObject(value)) for (const key of sortedKeys(value)) checkPattern(key, [...place])
        return checkMap(value, place, checkSchema)
      case 'map of schemas or names':
        return checkMap(value, place, (item, at) => (Array.isArray(item) ? checkNames(item, at) : checkSchema(item, at)))
      case 'map of names':
        return checkMap(value, place, checkNames)
      case 'names':
        return checkNames(value, place)
      case 'string':
      case 'boolean':
      case 'number':
        return void expect(value, place, shape)
      case 'positive number': {
        if (!expect(value, place, 'number')) return
        const number = decimalOf(value)
        if (number !== undefined && compareDecimals(number, { digits: 0n, scale: 0 }) <= 0) {
          report(place, `exclusiveMinimum: got ${numberText(value)}, want 0`)
        }
        return
      }
      case 'count': {
        const number = decimalOf(value)
        if (number === undefined || !isWhole(number)) return report(place, `got ${kindOf(value) ?? 'null'}, want integer`)
        if (number.digits < 0n) report(place, `minimum: got ${numberText(value)}, want 0`)
        return
      }
      case 'list':
        return void expect(value, place, 'array')
      case 'distinct list':
        checkList(value, place, true, () => undefined)
        return checkDistinct(value, place)
      case 'types':
        return checkTypes(value, place)
      case 'pattern':
        return checkText(value, place, (text) => patternFault(text))
      case 'uri':
        return checkText(value, place, (text) => formatFault('uri', text))
      case 'uri-reference':
        return checkText(value, place, (text) => formatFault('uri-reference', text))
      case 'identifier':
        return checkText(value, place, (text) => matchFault(text, '^[^#]*#?$') ?? formatFault('uri-reference', text))
      case 'anchor':
        return checkText(value, place, (text) => matchFault(text, '^[A-Za-z_][-A-Za-z0-9._]*$'))
      case 'anchor of 2019':
        return checkText(value, place, (text) => matchFault(text, '^[A-Za-z][-A-Za-z0-9.:_]*$'))
      case 'vocabularies':
        return checkMap(value, place, (item, at) => void expect(item, at, 'boolean'))
    }
  }

  function checkPattern(text: string, place: readonly string[]): void {
    const message = patternFault(text)
    if (message !== undefined) report(place, `invalid propertyName ${quoteSingle(text)}: ${message}`)
  }

  function checkTypes(value: GoValue, place: readonly string[]): void {
    if (Array.isArray(value)) {
      checkList(value, place, true, (item, at) => {
        if (typeof item !== 'string' || !typeNames.includes(item))
          report(at, `value must be one of ${typeNames.map(quoteSingle).join(', ')}`)
      })
      return checkDistinct(value, place)
    }
    if (typeof value === 'string' && typeNames.includes(value)) return
    report(place, `value must be one of ${typeNames.map(quoteSingle).join(', ')}`)
  }
}

function patternFault(text: string): string | undefined {
  try {
    new Pattern(text)
    return undefined
  } catch (error) {
    return `${quoteSingle(text)} is not valid regex: ${error instanceof Error ? error.message : String(error)}`
  }
}

function formatFault(name: string, text: string): string | undefined {
  const reason = checkFormat(name, text)
  return reason === undefined ? undefined : `${quoteSingle(text)} is not valid ${name}: ${reason}`
}

function matchFault(text: string, pattern: string): string | undefined {
  return new Pattern(pattern).test(text) ? undefined : `${quoteSingle(text)} does not match pattern ${quoteSingle(pattern)}`
}
