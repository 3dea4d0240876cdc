import type { Problems } from '../field-problem.ts'
import { checkLabelName, checkLabelValue, checkPrefix, checkQualifiedName, type NameCheck } from '../names.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, listOf, textOf } from '../reading.ts'

/** `metadata` of any object: apimachinery `pkg/api/validation/objectmeta.go`, 1.34. */
export function validateObjectMeta(object: Fields, isNamespaced: boolean, checkName: NameCheck, problems: Problems): void {
  const metadata = fieldsOrEmpty(object['metadata'])
  const generateName = textOf(metadata['generateName'])
  if (generateName !== '') problems.invalidEach('metadata.generateName', generateName, checkPrefix(checkName, generateName))
  const name = textOf(metadata['name'])
  if (name === '') problems.required('metadata.name', 'name or generateName is required')
  else problems.invalidEach('metadata.name', name, checkName(name))
  const namespace = textOf(metadata['namespace'])
  if (!isNamespaced && namespace !== '') problems.forbidden('metadata.namespace', 'not allowed on this type')
  if (isNamespaced && namespace === '') problems.required('metadata.namespace')
  else if (isNamespaced) problems.invalidEach('metadata.namespace', namespace, checkLabelName(namespace))
  validateLabels(metadata['labels'], 'metadata.labels', problems)
  validateAnnotations(metadata['annotations'], 'metadata.annotations', problems)
  validateOwners(metadata['ownerReferences'], problems)
  validateFinalizers(metadata['finalizers'], problems)
}

/** What a change of `metadata` may not do. Names and UIDs are kept by the server. */
export function validateObjectMetaUpdate(object: Fields, old: Fields, problems: Problems): void {
  const before = fieldsOrEmpty(old['metadata'])
  if (before['deletionTimestamp'] === undefined) return
  const known = new Set(listOf(before['finalizers']))
  const added = listOf(fieldsOrEmpty(object['metadata'])['finalizers']).filter((finalizer) => !known.has(finalizer))
  if (added.length === 0) return
  const shown = added.map((finalizer) => JSON.stringify(finalizer)).sort()
  problems.forbidden(
    'metadata.finalizers',
    `no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown.join(', ')}}`,
  )
}

export function validateLabels(labels: unknown, field: string, problems: Problems): void {
  for (const [key, value] of Object.entries(fieldsOrEmpty(labels))) {
    problems.invalidEach(field, key, checkQualifiedName(key))
    if (typeof value === 'string') problems.invalidEach(field, value, checkLabelValue(value))
  }
}

const annotationBytes = 256 * 1024

export function validateAnnotations(annotations: unknown, field: string, problems: Problems): void {
  let size = 0
  for (const [key, value] of Object.entries(fieldsOrEmpty(annotations))) {
    problems.invalidEach(field, key, checkQualifiedName(key.toLowerCase()))
    size += Buffer.byteLength(key) + (typeof value === 'string' ? Buffer.byteLength(value) : 0)
  }
  if (size > annotationBytes) problems.tooLong(field, annotationBytes)
}

function validateOwners(owners: unknown, problems: Problems): void {
  let controller: string | undefined
  listOf(owners).forEach((item, at) => {
    const owner = fieldsOf(item)
    if (owner === undefined) return
    const field = `metadata.ownerReferences[${at}]`
    const apiVersion = textOf(owner['apiVersion'])
    if (apiVersion === '') problems.required(`${field}.apiVersion`, 'must not be empty')
    else if (apiVersion.split('/').length > 2 || apiVersion.endsWith('/')) {
      problems.invalid(`${field}.apiVersion`, apiVersion, 'must be <group>/<version> or <version>')
    }
    for (const part of ['kind', 'name', 'uid']) {
      if (textOf(owner[part]) === '') problems.required(`${field}.${part}`, 'must not be empty')
    }
    if (apiVersion === 'v1' && owner['kind'] === 'Event')
      problems.invalid(field, owner, '/v1, Kind=Event is disallowed from being an owner')
    if (owner['controller'] !== true) return
    const name = `${textOf(owner['kind'])}/${textOf(owner['name'])}`
    if (controller !== undefined) {
      problems.invalid(
        'metadata.ownerReferences',
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`,
      )
    }
    controller ??= name
  })
}

function validateFinalizers(finalizers: unknown, problems: Problems): void {
  const names = listOf(finalizers)
  for (const name of names) if (typeof name === 'string') problems.invalidEach('metadata.finalizers', name, checkQualifiedName(name))
  if (names.includes('orphan') && names.includes('foregroundDeletion')) {
    problems.invalid('metadata.finalizers', names, 'finalizer orphan and foregroundDeletion cannot be both set')
  }
}
