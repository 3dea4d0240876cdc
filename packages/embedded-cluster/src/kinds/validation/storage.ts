import type { Problems } from '../field-problem.ts'
import { compareQuantities } from '../fields/quantity-text.ts'
import { checkSubdomain } from '../names.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, isSame, listOf, textOf } from '../reading.ts'
import { oneOf } from './containers.ts'
import { validateLabelSelector } from './label-selector.ts'

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']

/** Claims, volumes and classes: Kubernetes `pkg/apis/{core,storage}/validation`, 1.34. */
export function validateClaim(object: Fields, old: Fields | undefined, problems: Problems): void {
  const spec = fieldsOrEmpty(object['spec'])
  validateClaimSpec(spec, 'spec', problems)
  if (old === undefined) return
  const before = fieldsOrEmpty(old['spec'])
  const isBound = fieldsOrEmpty(object['status'])['phase'] === 'Bound'
  const size = textOf(fieldsOrEmpty(fieldsOrEmpty(spec['resources'])['requests'])['storage'])
  const oldSize = textOf(fieldsOrEmpty(fieldsOrEmpty(before['resources'])['requests'])['storage'])
  const allowed: Fields = {
    ...spec,
    ...(textOf(before['volumeName']) === '' ? { volumeName: before['volumeName'] } : {}),
    ...(before['storageClassName'] === undefined ? { storageClassName: undefined } : {}),
    ...(isBound ? { resources: before['resources'], volumeAttributesClassName: before['volumeAttributesClassName'] } : {}),
  }
  if (!isSame(allowed, before)) {
    problems.forbidden(
      'spec',
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n',
    )
  }
  if (size !== '' && compareQuantities(size, oldSize) < 0) {
    const capacity = textOf(fieldsOrEmpty(fieldsOrEmpty(old['status'])['capacity'])['storage'])
    if (capacity === '' || compareQuantities(size, capacity) <= 0) {
      problems.forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')
    }
  }
}

export function validateClaimSpec(spec: Fields, field: string, problems: Problems): void {
  const modes = listOf(spec['accessModes'])
  if (modes.length === 0) problems.required(`${field}.accessModes`, 'at least 1 access mode is required')
  validateLabelSelector(spec['selector'], `${field}.selector`, problems)
  for (const mode of modes) {
    if (typeof mode === 'string' && !accessModes.includes(mode)) problems.notSupported(`${field}.accessModes`, mode, accessModes)
  }
  if (modes.includes('ReadWriteOncePod') && modes.length > 1) {
    problems.forbidden(`${field}.accessModes`, 'may not use ReadWriteOncePod with other access modes')
  }
  const storage = fieldsOrEmpty(fieldsOrEmpty(spec['resources'])['requests'])['storage']
  if (storage === undefined) problems.required(`${field}.resources[storage]`)
  else if (typeof storage === 'string' && (storage === '0' || storage.startsWith('-'))) {
    problems.invalid(`${field}.resources[storage]`, storage, 'must be greater than zero')
  }
  const className = textOf(spec['storageClassName'])
  if (className !== '') problems.invalidEach(`${field}.storageClassName`, className, checkSubdomain(className))
  const volumeMode = spec['volumeMode']
  if (typeof volumeMode === 'string' && !['Block', 'Filesystem'].includes(volumeMode)) {
    problems.notSupported(`${field}.volumeMode`, volumeMode, ['Block', 'Filesystem'])
  }
}

export function validateVolume(object: Fields, old: Fields | undefined, problems: Problems): void {
  const spec = fieldsOrEmpty(object['spec'])
  const modes = listOf(spec['accessModes'])
  if (modes.length === 0) problems.required('spec.accessModes')
  for (const mode of modes) {
    if (typeof mode === 'string' && !accessModes.includes(mode)) problems.notSupported('spec.accessModes', mode, accessModes)
  }
  const capacity = fieldsOrEmpty(spec['capacity'])
  if (Object.keys(capacity).length === 0) problems.required('spec.capacity')
  else if (capacity['storage'] === undefined || Object.keys(capacity).length > 1) {
    problems.notSupported('spec.capacity', capacity, ['storage'])
  }
  const policy = textOf(spec['persistentVolumeReclaimPolicy'])
  if (policy !== '' && !['Delete', 'Recycle', 'Retain'].includes(policy)) {
    problems.notSupported('spec.persistentVolumeReclaimPolicy', policy, ['Delete', 'Recycle', 'Retain'])
  }
  const plain = new Set([
    'accessModes',
    'capacity',
    'claimRef',
    'mountOptions',
    'nodeAffinity',
    'persistentVolumeReclaimPolicy',
    'storageClassName',
    'volumeAttributesClassName',
    'volumeMode',
  ])
  const sources = Object.keys(spec).filter((name) => !plain.has(name) && fieldsOf(spec[name]) !== undefined)
  if (sources.length === 0) problems.required('spec', 'must specify a volume type')
  for (const extra of sources.slice(1)) problems.forbidden(`spec.${extra}`, 'may not specify more than 1 volume type')
  const source = sources[0]
  if (old === undefined || source === undefined) return
  if (!isSame(spec[source], fieldsOrEmpty(old['spec'])[source])) {
    problems.forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation\n')
  }
}

export function validateStorageClass(object: Fields, old: Fields | undefined, problems: Problems): void {
  const provisioner = textOf(object['provisioner'])
  if (provisioner === '') problems.required('provisioner')
  oneOf(object['reclaimPolicy'], ['Delete', 'Retain'], 'reclaimPolicy', problems)
  oneOf(object['volumeBindingMode'], ['Immediate', 'WaitForFirstConsumer'], 'volumeBindingMode', problems)
  if (old === undefined) return
  for (const field of ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode']) {
    if (isSame(object[field], old[field])) continue
    if (field === 'volumeBindingMode') problems.invalid(field, object[field] ?? null, 'field is immutable')
    else problems.forbidden(field, `updates to ${field} are forbidden.`)
  }
}
