import { Problems } from '../field-problem.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, listOf, textOf } from '../reading.ts'
import { compilePattern } from './pattern.ts'

/**
 * A custom resource's schema in structural form: what is there (`properties`, `items`), told apart from what values may be
 * (`raw`). apiextensions `pkg/apiserver/schema`, 1.34.
 */
export interface Structural {
  type: string
  properties: ReadonlyMap<string, Structural>
  /** `true`: anything. */
  additional: Structural | true | undefined
  items: Structural | undefined
  isNullable: boolean
  keepsUnknown: boolean
  isEmbedded: boolean
  isIntOrString: boolean
  listType: 'atomic' | 'set' | 'map'
  listKeys: readonly string[]
  isAtomicMap: boolean
  default: unknown
  /** All keywords as they were written; validation reads them. */
  raw: Fields
}

const types = new Set(['object', 'array', 'string', 'integer', 'number', 'boolean'])
const deepest = 100

/** Reads `openAPIV3Schema`. Problems are texts with paths; with any of them the schema cannot be used. */
export function readStructural(schema: unknown, field: string, problems: Problems): Structural {
  const root = readNode(fieldsOrEmpty(schema), field, { level: 'root', depth: 0, isInMetadata: false }, problems)
  if (root.type === '') problems.required(`${field}.type`, 'must not be empty at the root')
  else if (root.type !== 'object') problems.invalid(`${field}.type`, root.type, 'must be object at the root')
  if (root.additional !== undefined) problems.forbidden(`${field}.additionalProperties`, 'must not be used at the root')
  if (root.isNullable) problems.forbidden(`${field}.nullable`, 'nullable cannot be true at the root')
  checkMetadata(root, field, problems)
  return root
}

interface Place {
  level: 'root' | 'field' | 'item' | 'additional'
  depth: number
  isInMetadata: boolean
}

function readNode(raw: Fields, field: string, place: Place, problems: Problems): Structural {
  const node = bareNode(raw)
  if (place.depth > deepest) {
    problems.invalid(field, '', `schemas nest at most ${deepest} levels deep`)
    return node
  }
  refuseUnsupported(raw, field, problems)
  checkType(node, field, place, problems)
  const deeper = { depth: place.depth + 1, isInMetadata: place.isInMetadata }
  node.properties = new Map(
    Object.entries(fieldsOrEmpty(raw['properties'])).map(([name, property]) => [
      name,
      readNode(fieldsOrEmpty(property), `${field}.properties[${name}]`, { ...deeper, level: 'field' }, problems),
    ]),
  )
  const additional = raw['additionalProperties']
  if (additional === true) node.additional = true
  else if (fieldsOf(additional) !== undefined) {
    node.additional = readNode(fieldsOrEmpty(additional), `${field}.additionalProperties`, { ...deeper, level: 'additional' }, problems)
  } else if (additional === false) problems.forbidden(`${field}.additionalProperties`, 'additionalProperties cannot be set to false')
  if (node.additional !== undefined && node.properties.size > 0) {
    problems.forbidden(`${field}.additionalProperties`, 'additionalProperties and properties are mutual exclusive')
  }
  if (fieldsOf(raw['items']) !== undefined) {
    node.items = readNode(fieldsOrEmpty(raw['items']), `${field}.items`, { ...deeper, level: 'item' }, problems)
  } else if (node.type === 'array') problems.required(`${field}.items`, 'must be specified')
  checkEmbedded(node, field, problems)
  checkList(node, field, problems)
  checkValueRules(raw, field, place.depth, problems)
  return node
}

function bareNode(raw: Fields): Structural {
  const listType = textOf(raw['x-kubernetes-list-type'])
  return {
    type: textOf(raw['type']),
    properties: new Map(),
    additional: undefined,
    items: undefined,
    isNullable: raw['nullable'] === true,
    keepsUnknown: raw['x-kubernetes-preserve-unknown-fields'] === true,
    isEmbedded: raw['x-kubernetes-embedded-resource'] === true,
    isIntOrString: raw['x-kubernetes-int-or-string'] === true,
    listType: listType === 'set' || listType === 'map' ? listType : 'atomic',
    listKeys: listOf(raw['x-kubernetes-list-map-keys']).map(textOf),
    isAtomicMap: raw['x-kubernetes-map-type'] === 'atomic',
    default: raw['default'],
    raw,
  }
}

const unsupported = ['$ref', 'definitions', 'dependencies', 'patternProperties', 'additionalItems', 'id']

function refuseUnsupported(raw: Fields, field: string, problems: Problems): void {
  for (const name of unsupported) {
    if (raw[name] !== undefined && raw[name] !== '' && raw[name] !== null)
      problems.forbidden(`${field}.${name}`, `${name} is not supported`)
  }
  if (raw['uniqueItems'] === true) {
    problems.forbidden(`${field}.uniqueItems`, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic')
  }
  if (Array.isArray(raw['items'])) problems.forbidden(`${field}.items`, 'items must be a schema object and not an array')
  if (raw['x-kubernetes-preserve-unknown-fields'] === false) {
    problems.invalid(`${field}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined')
  }
}

function checkType(node: Structural, field: string, place: Place, problems: Problems): void {
  if (node.type !== '' && !types.has(node.type)) {
    problems.notSupported(`${field}.type`, node.type, [...types].sort())
    return
  }
  if (node.type !== '' || node.isIntOrString || node.keepsUnknown || place.level === 'root') {
    if (node.isIntOrString && node.type !== '')
      problems.invalid(`${field}.type`, node.type, 'must be empty if x-kubernetes-int-or-string is true')
    return
  }
  const what = place.level === 'item' ? 'array items' : 'object fields'
  problems.required(`${field}.type`, `must not be empty for specified ${what}`)
}

function checkEmbedded(node: Structural, field: string, problems: Problems): void {
  if (!node.isEmbedded) return
  if (node.type === '') problems.required(`${field}.type`, 'must be object if x-kubernetes-embedded-resource is true')
  else if (node.type !== 'object') problems.invalid(`${field}.type`, node.type, 'must be object if x-kubernetes-embedded-resource is true')
  if (node.additional !== undefined) {
    problems.forbidden(`${field}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set')
  }
  if (node.properties.size === 0 && !node.keepsUnknown) {
    problems.required(
      `${field}.properties`,
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
    )
  }
}

function checkMetadata(root: Structural, field: string, problems: Problems): void {
  const metadata = root.properties.get('metadata')
  for (const name of ['apiVersion', 'kind']) {
    const type = root.properties.get(name)?.type
    if (type !== undefined && type !== 'string') problems.invalid(`${field}.properties[${name}].type`, type, 'must be string')
  }
  if (metadata === undefined) return
  if (metadata.type !== 'object') problems.invalid(`${field}.properties[metadata].type`, metadata.type, 'must be object')
  if ([...metadata.properties.keys()].some((name) => name !== 'name' && name !== 'generateName')) {
    problems.forbidden(
      `${field}.properties[metadata]`,
      'must not specify anything other than name and generateName, but metadata is implicitly specified',
    )
  }
}

function checkList(node: Structural, field: string, problems: Problems): void {
  const listType = node.raw['x-kubernetes-list-type']
  if (listType === undefined) {
    if (node.listKeys.length > 0) {
      problems.required(`${field}.x-kubernetes-list-type`, 'must be map if x-kubernetes-list-map-keys is non-empty')
    }
    return
  }
  if (!['atomic', 'set', 'map'].includes(textOf(listType))) {
    problems.notSupported(`${field}.x-kubernetes-list-type`, listType, ['atomic', 'set', 'map'])
  }
  if (node.type !== 'array') problems.invalid(`${field}.type`, node.type, 'must be array if x-kubernetes-list-type is specified')
  if (node.listType !== 'map') return
  if (node.listKeys.length === 0) {
    problems.required(`${field}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map')
  }
  if (node.items === undefined) return
  if (node.items.type !== 'object') {
    problems.invalid(`${field}.items.type`, node.items.type, "must be object if parent array's x-kubernetes-list-type is map")
  }
  const required = new Set(listOf(node.items.raw['required']))
  for (const key of node.listKeys) {
    const property = node.items.properties.get(key)
    if (property === undefined) {
      problems.invalid(`${field}.x-kubernetes-list-map-keys`, node.listKeys, 'entries must all be names of item properties')
    } else if (property.default === undefined && !required.has(key)) {
      problems.required(
        `${field}.items.properties[${key}].default`,
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
      )
    }
  }
}

/** Keywords that hold structure must not hide in allOf, anyOf, oneOf and not. */
const structuralOnly = [
  'type',
  'additionalProperties',
  'default',
  'title',
  'description',
  'nullable',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
]

function checkValueRules(raw: Fields, field: string, depth: number, problems: Problems): void {
  const pattern = textOf(raw['pattern'])
  const compiled = pattern === '' ? undefined : compilePattern(pattern)
  if (typeof compiled === 'string') {
    problems.invalid(`${field}.pattern`, pattern, `must be a valid regular expression, but isn't: ${compiled}`)
  }
  if (depth > deepest) return
  const isIntOrString = raw['x-kubernetes-int-or-string'] === true
  for (const name of ['allOf', 'anyOf', 'oneOf']) {
    listOf(raw[name]).forEach((each, at) =>
      checkJunctor(fieldsOrEmpty(each), `${field}.${name}[${at}]`, depth + 1, isIntOrString, problems),
    )
  }
  const not = fieldsOf(raw['not'])
  if (not !== undefined) checkJunctor(not, `${field}.not`, depth + 1, false, problems)
}

function checkJunctor(raw: Fields, field: string, depth: number, mayTellTypes: boolean, problems: Problems): void {
  for (const name of structuralOnly) {
    const value = raw[name]
    if (value === undefined || value === '' || value === false || value === null) continue
    // `anyOf: [{type: integer}, {type: string}]` is how int-or-string spells itself out.
    if (name === 'type' && mayTellTypes) continue
    const rule =
      name.startsWith('x-kubernetes-') && value === true ? 'must be false' : name === 'nullable' ? 'must be false' : 'must be empty'
    problems.forbidden(
      `${field}.${name}`,
      `${name === 'additionalProperties' || name === 'default' ? 'must be undefined' : rule} to be structural`,
    )
  }
  for (const [name, property] of Object.entries(fieldsOrEmpty(raw['properties']))) {
    if (depth <= deepest) checkJunctor(fieldsOrEmpty(property), `${field}.properties[${name}]`, depth + 1, false, problems)
  }
  const items = fieldsOf(raw['items'])
  if (items !== undefined && depth <= deepest) checkJunctor(items, `${field}.items`, depth + 1, false, problems)
  checkValueRules(raw, field, depth, problems)
}
