import type { Problems } from '../field-problem.ts'
import { checkLabelName } from '../names.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, listOf, numberOf, textOf } from '../reading.ts'
import { validateFieldRef, validateResourceFieldRef } from './environment.ts'

const fileModeRule = 'must be a number between 0 and 0777 (octal), both inclusive'

/** Volumes of a pod: Kubernetes `pkg/apis/core/validation/validation.go`, 1.34. Answers the names that are fine. */
export function validateVolumes(volumes: unknown, field: string, problems: Problems): Map<string, Fields> {
  const known = new Map<string, Fields>()
  listOf(volumes).forEach((item, at) => {
    const volume = fieldsOf(item)
    if (volume === undefined) return
    const before = problems.list.length
    const here = `${field}[${at}]`
    validateSource(volume, here, problems)
    const name = textOf(volume['name'])
    if (name === '') problems.required(`${here}.name`)
    else problems.invalidEach(`${here}.name`, name, checkLabelName(name))
    if (known.has(name)) problems.duplicate(`${here}.name`, name)
    if (problems.list.length === before) known.set(name, volume)
  })
  return known
}

function validateSource(volume: Fields, field: string, problems: Problems): void {
  const sources = Object.keys(volume).filter((key) => key !== 'name' && volume[key] !== undefined && volume[key] !== null)
  if (sources.length === 0) problems.required(field, 'must specify a volume type')
  for (const extra of sources.slice(1)) problems.forbidden(`${field}.${extra}`, 'may not specify more than 1 volume type')
  const kind = sources[0]
  const source = kind === undefined ? undefined : fieldsOf(volume[kind])
  if (kind === undefined || source === undefined) return
  const at = `${field}.${kind}`
  switch (kind) {
    case 'secret':
      if (textOf(source['secretName']) === '') problems.required(`${at}.secretName`)
      validateMode(source['defaultMode'], `${at}.defaultMode`, problems)
      validateItems(source['items'], `${at}.items`, problems)
      break
    case 'configMap':
      if (textOf(source['name']) === '') problems.required(`${at}.name`)
      validateMode(source['defaultMode'], `${at}.defaultMode`, problems)
      validateItems(source['items'], `${at}.items`, problems)
      break
    case 'emptyDir': {
      const limit = source['sizeLimit']
      if (typeof limit === 'string' && limit.startsWith('-')) {
        problems.forbidden(`${at}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')
      }
      break
    }
    case 'persistentVolumeClaim':
      if (textOf(source['claimName']) === '') problems.required(`${at}.claimName`)
      break
    case 'hostPath':
      validateHostPath(source, at, problems)
      break
    case 'downwardAPI':
      validateMode(source['defaultMode'], `${at}.defaultMode`, problems)
      for (const file of listOf(source['items'])) validateDownwardFile(fieldsOrEmpty(file), at, problems)
      break
    case 'projected':
      validateMode(source['defaultMode'], `${at}.defaultMode`, problems)
      validateProjected(source, at, problems)
      break
    case 'nfs':
      if (textOf(source['server']) === '') problems.required(`${at}.server`)
      if (textOf(source['path']) === '') problems.required(`${at}.path`)
      else if (!textOf(source['path']).startsWith('/')) problems.invalid(`${at}.path`, source['path'], 'must be an absolute path')
      break
    case 'csi':
      if (textOf(source['driver']) === '') problems.required(`${at}.driver`)
      break
    case 'ephemeral':
      if (fieldsOf(source['volumeClaimTemplate']) === undefined) problems.required(`${at}.volumeClaimTemplate`)
      break
    case 'image':
      if (textOf(source['reference']) === '') problems.required(`${at}.reference`)
      break
  }
}

function validateMode(mode: unknown, field: string, problems: Problems): void {
  const value = numberOf(mode)
  if (value !== undefined && (value < 0 || value > 0o777)) problems.invalid(field, value, fileModeRule)
}

function validateItems(items: unknown, field: string, problems: Problems): void {
  listOf(items).forEach((item, at) => {
    const entry = fieldsOrEmpty(item)
    if (textOf(entry['key']) === '') problems.required(`${field}[${at}].key`)
    if (textOf(entry['path']) === '') problems.required(`${field}[${at}].path`)
    validateLocalPath(textOf(entry['path']), `${field}[${at}].path`, problems)
    validateMode(entry['mode'], `${field}[${at}].mode`, problems)
  })
}

/** Inside its folder: relative, no `..`, and not one of the names the kubelet keeps for itself. */
export function validateLocalPath(path: string, field: string, problems: Problems): void {
  validateDescendingPath(path, field, problems)
  if (path.startsWith('..') && !path.startsWith('../')) problems.invalid(field, path, "must not start with '..'")
}

export function validateDescendingPath(path: string, field: string, problems: Problems): void {
  if (path.startsWith('/')) problems.invalid(field, path, 'must be a relative path')
  if (path.split('/').includes('..')) problems.invalid(field, path, "must not contain '..'")
}

const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket']

function validateHostPath(source: Fields, field: string, problems: Problems): void {
  const path = textOf(source['path'])
  if (path === '') {
    problems.required(`${field}.path`)
    return
  }
  if (path.split('/').includes('..')) problems.invalid(`${field}.path`, path, "must not contain '..'")
  if (!hostPathTypes.includes(textOf(source['type']))) problems.notSupported(`${field}.type`, source['type'], hostPathTypes)
}

function validateDownwardFile(file: Fields, field: string, problems: Problems): void {
  const path = textOf(file['path'])
  if (path === '') problems.required(`${field}.path`)
  validateLocalPath(path, `${field}.path`, problems)
  const fieldRef = fieldsOf(file['fieldRef'])
  const resourceRef = fieldsOf(file['resourceFieldRef'])
  if (fieldRef !== undefined) {
    validateFieldRef(fieldRef, 'volume', `${field}.fieldRef`, problems)
    if (resourceRef !== undefined) problems.invalid(field, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously')
  } else if (resourceRef !== undefined) {
    validateResourceFieldRef(resourceRef, true, `${field}.resourceFieldRef`, problems)
  } else {
    problems.required(field, 'one of fieldRef and resourceFieldRef is required')
  }
  validateMode(file['mode'], `${field}.mode`, problems)
}

function validateProjected(source: Fields, field: string, problems: Problems): void {
  const paths = new Set<string>()
  const claim = (path: string, shown: string): void => {
    if (path !== '' && paths.has(path)) problems.invalid(field, shown, 'conflicting duplicate paths')
    paths.add(path)
  }
  listOf(source['sources']).forEach((item, at) => {
    const projection = fieldsOrEmpty(item)
    const here = `${field}.sources[${at}]`
    for (const kind of ['secret', 'configMap']) {
      const part = fieldsOf(projection[kind])
      if (part === undefined) continue
      if (textOf(part['name']) === '') problems.required(`${here}.${kind}.name`)
      validateItems(part['items'], `${here}.${kind}.items`, problems)
      for (const entry of listOf(part['items'])) claim(textOf(fieldsOrEmpty(entry)['path']), textOf(part['name']))
    }
    for (const file of listOf(fieldsOf(projection['downwardAPI'])?.['items'])) {
      validateDownwardFile(fieldsOrEmpty(file), `${here}.downwardAPI`, problems)
      claim(textOf(fieldsOrEmpty(file)['path']), textOf(fieldsOrEmpty(file)['path']))
    }
    const token = fieldsOf(projection['serviceAccountToken'])
    if (token !== undefined) {
      const seconds = numberOf(token['expirationSeconds']) ?? 3600
      if (seconds < 600) {
        problems.invalid(`${here}.serviceAccountToken.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes')
      }
      if (textOf(token['path']) === '') problems.required(`${field}.path`)
      else validateLocalPath(textOf(token['path']), `${field}.path`, problems)
    }
    if (Object.keys(projection).length > 1) problems.forbidden(here, 'may not specify more than 1 volume type per source')
  })
}
