import type { Problems } from '../field-problem.ts'
import { check1035Label, checkSubdomain } from '../names.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, isSame, listOf, textOf } from '../reading.ts'
import { parseJsonPath } from './json-path.ts'
import { pruneValue } from './prune-value.ts'
import { readStructural, type Structural } from './structural.ts'
import { validateCustomValue } from './validate-value.ts'

/** CustomResourceDefinitions themselves: apiextensions `pkg/apis/apiextensions/validation`, 1.34. */
export function validateCustomResourceDefinition(object: Fields, old: Fields | undefined, problems: Problems): void {
  const spec = fieldsOrEmpty(object['spec'])
  const names = fieldsOrEmpty(spec['names'])
  const group = textOf(spec['group'])
  const name = textOf(fieldsOrEmpty(object['metadata'])['name'])
  const plural = textOf(names['plural'])
  if (name !== `${plural}.${group}`) problems.invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group')
  validateGroup(group, problems)
  const scope = textOf(spec['scope'])
  if (scope === '') problems.required('spec.scope')
  else if (scope !== 'Cluster' && scope !== 'Namespaced') problems.notSupported('spec.scope', scope, ['Cluster', 'Namespaced'])
  validateNames(names, problems)
  validateVersions(spec, fieldsOf(old?.['spec']), problems)
  if (spec['preserveUnknownFields'] === true) {
    problems.invalid(
      'spec.preserveUnknownFields',
      true,
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
    )
  }
  validateConversion(fieldsOrEmpty(spec['conversion']), problems)
  validateApproval(object, group, problems)
  if (old === undefined) return
  const before = fieldsOrEmpty(old['spec'])
  const isEstablished = listOf(fieldsOrEmpty(old['status'])['conditions']).some(
    (item) => fieldsOrEmpty(item)['type'] === 'Established' && fieldsOrEmpty(item)['status'] === 'True',
  )
  if (!isSame(spec['group'], before['group'])) problems.invalid('spec.group', group, 'field is immutable')
  if (plural !== textOf(fieldsOrEmpty(before['names'])['plural'])) problems.invalid('spec.names.plural', plural, 'field is immutable')
  if (isEstablished) {
    if (!isSame(spec['scope'], before['scope'])) problems.invalid('spec.scope', scope, 'field is immutable')
    const kind = textOf(names['kind'])
    if (kind !== textOf(fieldsOrEmpty(before['names'])['kind'])) problems.invalid('spec.names.kind', kind, 'field is immutable')
  }
  validateStored(object, spec, problems)
}

function validateGroup(group: string, problems: Problems): void {
  if (group === '') {
    problems.required('spec.group')
    return
  }
  const messages = checkSubdomain(group)
  if (messages.length > 0) problems.invalid('spec.group', group, messages.join(','))
  else if (!group.includes('.')) problems.invalid('spec.group', group, 'should be a domain with at least one dot')
}

function validateNames(names: Fields, problems: Problems): void {
  for (const part of ['plural', 'singular', 'kind', 'listKind']) {
    const value = textOf(names[part])
    if (value === '') {
      problems.required(`spec.names.${part}`)
      continue
    }
    const isKind = part === 'kind' || part === 'listKind'
    const messages = check1035Label(isKind ? value.toLowerCase() : value)
    if (messages.length > 0) {
      problems.invalid(
        `spec.names.${part}`,
        value,
        `${isKind ? 'may have mixed case, but should otherwise match: ' : ''}${messages.join(',')}`,
      )
    }
  }
  for (const part of ['shortNames', 'categories']) {
    listOf(names[part]).forEach((value, at) => {
      const messages = check1035Label(textOf(value))
      if (messages.length > 0) problems.invalid(`spec.names.${part}[${at}]`, value, messages.join(','))
    })
  }
  if (textOf(names['kind']) !== '' && names['kind'] === names['listKind']) {
    problems.invalid('spec.names.listKind', names['listKind'], 'kind and listKind may not be the same')
  }
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string']

function validateVersions(spec: Fields, before: Fields | undefined, problems: Problems): void {
  const versions = listOf(spec['versions'])
  const seen = new Set<string>()
  let storage = 0
  versions.forEach((item, at) => {
    const version = fieldsOrEmpty(item)
    const here = `spec.versions[${at}]`
    const name = textOf(version['name'])
    const messages = check1035Label(name)
    if (messages.length > 0) problems.invalid(`${here}.name`, name, messages.join(','))
    if (seen.has(name)) problems.invalid('spec.versions', [...seen, name], 'must contain unique version names')
    seen.add(name)
    if (version['storage'] === true) storage++
    const schema = fieldsOf(fieldsOrEmpty(version['schema'])['openAPIV3Schema'])
    if (schema === undefined) problems.required(`${here}.schema.openAPIV3Schema`, 'schemas are required')
    else {
      const structural = readStructural(schema, `${here}.schema.openAPIV3Schema`, problems)
      // One that was let in before the rule stays.
      if (!isSame(schema, schemaOf(before, name))) validateDefaults(structural, `${here}.schema.openAPIV3Schema`, problems)
    }
    listOf(version['additionalPrinterColumns']).forEach((column, index) =>
      validateColumn(fieldsOrEmpty(column), `${here}.additionalPrinterColumns[${index}]`, problems),
    )
    validateScale(fieldsOf(fieldsOrEmpty(version['subresources'])['scale']), `${here}.subresources.scale`, problems)
  })
  if (storage !== 1) problems.invalid('spec.versions', [...seen], 'must have exactly one version marked as storage version')
}

function schemaOf(spec: Fields | undefined, version: string): unknown {
  const found = listOf(spec?.['versions']).find((item) => fieldsOrEmpty(item)['name'] === version)
  return fieldsOrEmpty(fieldsOrEmpty(found)['schema'])['openAPIV3Schema']
}

/** A default that its own schema refuses would make every object invalid: apiextensions `pkg/apiserver/schema/defaulting/validation.go`. */
function validateDefaults(schema: Structural, field: string, problems: Problems): void {
  if (schema.default !== undefined && schema.default !== null) {
    const copy: unknown = structuredClone(schema.default)
    validateCustomValue(copy, schema, `${field}.default`, problems)
    if (pruneValue(copy, schema).length > 0) problems.invalid(`${field}.default`, schema.default, 'must not have unknown fields')
  }
  for (const [name, property] of schema.properties) validateDefaults(property, `${field}.properties[${name}]`, problems)
  if (schema.items !== undefined) validateDefaults(schema.items, `${field}.items`, problems)
  if (schema.additional !== undefined && schema.additional !== true)
    validateDefaults(schema.additional, `${field}.additionalProperties`, problems)
}

function validateColumn(column: Fields, field: string, problems: Problems): void {
  if (textOf(column['name']) === '') problems.required(`${field}.name`)
  const type = textOf(column['type'])
  if (type === '') problems.required(`${field}.type`, `must be one of ${columnTypes.join(',')}`)
  else if (!columnTypes.includes(type)) problems.invalid(`${field}.type`, type, `must be one of ${columnTypes.join(',')}`)
  const path = textOf(column['jsonPath'])
  if (path === '') {
    problems.required(`${field}.JSONPath`)
    return
  }
  if (!path.startsWith('.')) problems.invalid(`${field}.JSONPath`, path, 'must be a simple json path starting with .')
  const parsed = parseJsonPath(path)
  if (typeof parsed === 'string') problems.invalid(`${field}.JSONPath`, path, parsed)
}

function validateScale(scale: Fields | undefined, field: string, problems: Problems): void {
  if (scale === undefined) return
  const check = (name: string, roots: string[], isRequired: boolean, rule: string): void => {
    const path = textOf(scale[name])
    if (path === '') {
      if (isRequired) problems.required(`${field}.${name}`)
    } else if (!roots.some((root) => path.startsWith(root))) problems.invalid(`${field}.${name}`, path, rule)
  }
  check('specReplicasPath', ['.spec.'], true, 'should be a json path under .spec')
  check('statusReplicasPath', ['.status.'], true, 'should be a json path under .status')
  check('labelSelectorPath', ['.spec.', '.status.'], false, 'should be a json path under either .spec or .status')
}

function validateConversion(conversion: Fields, problems: Problems): void {
  const strategy = textOf(conversion['strategy'])
  if (strategy === '') problems.required('spec.conversion.strategy')
  else if (strategy !== 'None' && strategy !== 'Webhook') problems.notSupported('spec.conversion.strategy', strategy, ['None', 'Webhook'])
  const client = fieldsOf(fieldsOrEmpty(conversion['webhook'])['clientConfig'])
  if (strategy === 'Webhook' && client === undefined) {
    problems.required('spec.conversion.webhook.clientConfig', 'required when strategy is set to Webhook')
  }
  if (strategy === 'None' && client !== undefined) {
    problems.forbidden('spec.conversion.webhook', 'should not be set when strategy is not set to Webhook')
  }
}

/** Groups under k8s.io and kubernetes.io are given out by the Kubernetes community. */
function validateApproval(object: Fields, group: string, problems: Problems): void {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(group)) return
  const key = 'api-approved.kubernetes.io'
  const approval = textOf(fieldsOrEmpty(fieldsOrEmpty(object['metadata'])['annotations'])[key])
  if (approval === '') {
    problems.required(
      `metadata.annotations[${key}]`,
      'protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    )
  }
}

function validateStored(object: Fields, spec: Fields, problems: Problems): void {
  const known = new Set(listOf(spec['versions']).map((version) => fieldsOrEmpty(version)['name']))
  listOf(fieldsOrEmpty(object['status'])['storedVersions']).forEach((version, at) => {
    if (known.has(version)) return
    problems.invalid(
      `status.storedVersions[${at}]`,
      version,
      `missing from spec.versions; ${textOf(version)} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${textOf(version)} and removes ${textOf(version)} from status.storedVersions`,
    )
  })
}
