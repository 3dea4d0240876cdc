/** What is wrong with an object, and at which of its fields. */
export interface ManifestFault {
  path: (string | number)[]
  message: string
  remedy: string
}

const subdomain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
const label = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/
const groupVersion = /^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/

/**
 * Whether a mapping is an object that a cluster could take, as far as that is known without its kind's schema: type, name, labels. Everything
 * that is wrong is told, not only the first.
 */
export function checkManifest(object: Readonly<Record<string, unknown>>): ManifestFault[] {
  const faults: ManifestFault[] = []
  const apiVersion = own(object, 'apiVersion')
  const kind = own(object, 'kind')
  requireText(apiVersion, 'apiVersion', "such as 'v1' or 'apps/v1'", groupVersion)
  requireText(kind, 'kind', "such as 'Deployment'", /^[A-Za-z][A-Za-z0-9]{0,62}$/)
  const metadata = own(object, 'metadata')
  if (!isMapping(metadata)) {
    add(
      metadata === undefined ? [] : ['metadata'],
      `${metadata === undefined ? 'metadata is missing' : 'metadata is not a mapping'}`,
      'Add metadata with a name.',
    )
    return faults
  }
  checkName(metadata)
  checkTexts(metadata, 'labels')
  checkTexts(metadata, 'annotations')
  return faults

  function checkName(fields: Readonly<Record<string, unknown>>): void {
    const name = own(fields, 'name')
    const generateName = own(fields, 'generateName')
    if (name === undefined || name === null || name === '') {
      if (typeof generateName !== 'string' || generateName === '') add(['metadata'], 'metadata.name is missing', 'Give the object a name.')
    } else if (typeof name !== 'string') {
      add(['metadata', 'name'], `metadata.name is ${nounOf(name)}, not text`, 'Put the name in quotes.')
    } else if (isRbac(apiVersion)) {
      // Roles and bindings are named by path segments: `system:node` (k8s.io/apimachinery, ValidatePathSegmentName).
      if (name === '.' || name === '..' || /[/%]/.test(name) || name.length > 253)
        nameFault(name, "It must not be '.' or '..', nor contain '/' or '%'.")
    } else if (kind === 'Namespace' && apiVersion === 'v1') {
      if (!label.test(name) || name.length > 63) nameFault(name, "Use at most 63 lower-case letters, digits and '-'.")
    } else if (!subdomain.test(name) || name.length > 253) {
      nameFault(
        name,
        "Use lower-case letters, digits, '-' and '.'; begin and end with a letter or digit (RFC 1123), at most 253 characters.",
      )
    }
    const namespace = own(fields, 'namespace')
    if (namespace === undefined || namespace === null || namespace === '') return
    if (typeof namespace !== 'string' || !label.test(namespace) || namespace.length > 63) {
      add(
        ['metadata', 'namespace'],
        `metadata.namespace ${quote(namespace)} is not a namespace's name`,
        "Use lower-case letters, digits and '-'.",
      )
    }
  }

  function nameFault(name: string, remedy: string): void {
    add(['metadata', 'name'], `metadata.name ${quote(name)} is not a name that Kubernetes takes`, remedy)
  }

  function checkTexts(fields: Readonly<Record<string, unknown>>, field: 'labels' | 'annotations'): void {
    const texts = own(fields, field)
    if (texts === undefined || texts === null) return
    if (!isMapping(texts)) {
      add(['metadata', field], `metadata.${field} is ${nounOf(texts)}, not a mapping`, 'Write one KEY: VALUE a line.')
      return
    }
    for (const [key, value] of Object.entries(texts)) {
      if (typeof value === 'string' || value === null) continue
      add(['metadata', field, key], `metadata.${field}[${quote(key)}] is ${nounOf(value)}, not text`, 'Put the value in quotes.')
    }
  }

  function requireText(value: unknown, field: string, example: string, grammar: RegExp): void {
    if (value === undefined || value === null || value === '') add([], `${field} is missing`, `Set ${field}, ${example}.`)
    else if (typeof value !== 'string') add([field], `${field} is ${nounOf(value)}, not text`, `Set ${field}, ${example}.`)
    else if (!grammar.test(value) || value.length > 316) add([field], `${field} ${quote(value)} is not one`, `Set ${field}, ${example}.`)
  }

  function add(path: (string | number)[], message: string, remedy: string): void {
    faults.push({ path, message, remedy })
  }
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `constructor` and its like are fields only where somebody wrote them. */
export function own(object: Readonly<Record<string, unknown>>, field: string): unknown {
  return Object.hasOwn(object, field) ? object[field] : undefined
}

function isRbac(apiVersion: unknown): boolean {
  return typeof apiVersion === 'string' && apiVersion.startsWith('rbac.authorization.k8s.io/')
}

function nounOf(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`
}

function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : nounOf(value)
  return `'${text.length > 100 ? `${text.slice(0, 100)}…` : text}'`
}
