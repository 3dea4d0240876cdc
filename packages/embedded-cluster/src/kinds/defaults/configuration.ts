import { type Fields, fieldsOf, listOf, openObject, ownValue, setDefault, setDefaultForZero, textOf } from '../reading.ts'

/** Defaults of kinds that only hold something: core, rbac, storage, scheduling, admission; Kubernetes 1.34. */
export function defaultSecret(object: Fields): void {
  setDefaultForZero(object, 'type', 'Opaque')
  const texts = fieldsOf(object['stringData'])
  if (texts === undefined) return
  // stringData is for writing only: it goes over into data, base64.
  const data = openObject(object, 'data')
  if (data === undefined) return
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value !== 'string') return
    Object.defineProperty(data, key, {
      value: Buffer.from(value, 'utf8').toString('base64'),
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  delete object['stringData']
}

export function defaultNamespace(object: Fields): void {
  const metadata = openObject(object, 'metadata')
  const name = textOf(metadata?.['name'])
  if (metadata !== undefined && name !== '') {
    const labels = openObject(metadata, 'labels')
    if (labels !== undefined) labels['kubernetes.io/metadata.name'] = name
  }
  const status = openObject(object, 'status')
  if (status !== undefined) setDefaultForZero(status, 'phase', 'Active')
}

export function defaultPersistentVolume(object: Fields): void {
  const spec = openObject(object, 'spec')
  if (spec !== undefined) {
    setDefaultForZero(spec, 'persistentVolumeReclaimPolicy', 'Retain')
    setDefault(spec, 'volumeMode', 'Filesystem')
    const hostPath = fieldsOf(spec['hostPath'])
    if (hostPath !== undefined) setDefault(hostPath, 'type', '')
  }
  const status = openObject(object, 'status')
  if (status !== undefined) setDefaultForZero(status, 'phase', 'Pending')
}

export function defaultPersistentVolumeClaim(object: Fields): void {
  const spec = openObject(object, 'spec')
  if (spec !== undefined) {
    setDefault(spec, 'volumeMode', 'Filesystem')
    openObject(spec, 'resources')
    mirrorDataSource(spec)
  }
  const status = openObject(object, 'status')
  if (status !== undefined) setDefaultForZero(status, 'phase', 'Pending')
}

/** `dataSource` and `dataSourceRef` follow each other for snapshots and claims of the same namespace. */
function mirrorDataSource(spec: Fields): void {
  const source = fieldsOf(spec['dataSource'])
  const ref = fieldsOf(spec['dataSourceRef'])
  if (source !== undefined && ref === undefined) spec['dataSourceRef'] = { ...source }
}

export function defaultNode(object: Fields): void {
  const status = fieldsOf(object['status'])
  const capacity = fieldsOf(status?.['capacity'])
  if (status !== undefined && capacity !== undefined) setDefault(status, 'allocatable', { ...capacity })
}

export function defaultLimitRange(object: Fields): void {
  for (const item of listOf(fieldsOf(object['spec'])?.['limits'])) {
    const limit = fieldsOf(item)
    if (limit === undefined || limit['type'] !== 'Container') continue
    const standard = openObject(limit, 'default')
    const request = openObject(limit, 'defaultRequest')
    if (standard === undefined || request === undefined) continue
    copyMissing(standard, fieldsOf(limit['max']))
    copyMissing(request, standard)
    copyMissing(request, fieldsOf(limit['min']))
  }
}

function copyMissing(target: Fields, source: Fields | undefined): void {
  for (const [key, value] of Object.entries(source ?? {})) {
    if (ownValue(target, key) === undefined && key !== '__proto__') target[key] = value
  }
}

const rbacGroup = 'rbac.authorization.k8s.io'

export function defaultBinding(object: Fields): void {
  const roleRef = openObject(object, 'roleRef')
  if (roleRef !== undefined) setDefaultForZero(roleRef, 'apiGroup', rbacGroup)
  for (const item of listOf(object['subjects'])) {
    const subject = fieldsOf(item)
    if (subject?.['kind'] === 'User' || subject?.['kind'] === 'Group') setDefaultForZero(subject, 'apiGroup', rbacGroup)
  }
}

/** `rules` has no omitempty: a role without rules says null. */
export function defaultRole(object: Fields): void {
  if (object['rules'] === undefined) object['rules'] = null
}

export function defaultStorageClass(object: Fields): void {
  setDefault(object, 'reclaimPolicy', 'Delete')
  setDefault(object, 'volumeBindingMode', 'Immediate')
}

export function defaultCsiDriver(object: Fields): void {
  const spec = openObject(object, 'spec')
  if (spec === undefined) return
  setDefault(spec, 'attachRequired', true)
  setDefault(spec, 'podInfoOnMount', false)
  setDefault(spec, 'storageCapacity', false)
  setDefault(spec, 'fsGroupPolicy', 'ReadWriteOnceWithFSType')
  setDefault(spec, 'requiresRepublish', false)
  setDefault(spec, 'seLinuxMount', false)
  if (listOf(spec['volumeLifecycleModes']).length === 0) setDefault(spec, 'volumeLifecycleModes', ['Persistent'])
}

export function defaultPriorityClass(object: Fields): void {
  setDefault(object, 'preemptionPolicy', 'PreemptLowerPriority')
}

export function defaultValidatingWebhooks(object: Fields): void {
  for (const item of listOf(object['webhooks'])) {
    const webhook = fieldsOf(item)
    if (webhook !== undefined) defaultWebhook(webhook)
  }
}

export function defaultMutatingWebhooks(object: Fields): void {
  defaultValidatingWebhooks(object)
  for (const item of listOf(object['webhooks'])) {
    const webhook = fieldsOf(item)
    if (webhook !== undefined) setDefault(webhook, 'reinvocationPolicy', 'Never')
  }
}

function defaultWebhook(webhook: Fields): void {
  setDefault(webhook, 'failurePolicy', 'Fail')
  setDefault(webhook, 'timeoutSeconds', 10)
  defaultMatching(webhook)
  for (const item of listOf(webhook['rules'])) {
    const rule = fieldsOf(item)
    if (rule !== undefined) setDefault(rule, 'scope', '*')
  }
  const service = fieldsOf(fieldsOf(webhook['clientConfig'])?.['service'])
  if (service !== undefined) setDefault(service, 'port', 443)
}

function defaultMatching(target: Fields): void {
  setDefault(target, 'matchPolicy', 'Equivalent')
  openObject(target, 'namespaceSelector')
  openObject(target, 'objectSelector')
}

export function defaultAdmissionPolicy(object: Fields): void {
  const spec = fieldsOf(object['spec'])
  if (spec === undefined) return
  setDefault(spec, 'failurePolicy', 'Fail')
  const constraints = fieldsOf(spec['matchConstraints'])
  if (constraints === undefined) return
  defaultMatching(constraints)
  for (const item of [...listOf(constraints['resourceRules']), ...listOf(constraints['excludeResourceRules'])]) {
    const rule = fieldsOf(item)
    if (rule !== undefined) setDefault(rule, 'scope', '*')
  }
}

export function defaultAdmissionPolicyBinding(object: Fields): void {
  const resources = fieldsOf(fieldsOf(object['spec'])?.['matchResources'])
  if (resources !== undefined) defaultMatching(resources)
}

export function defaultApiService(object: Fields): void {
  const service = fieldsOf(fieldsOf(object['spec'])?.['service'])
  if (service !== undefined) setDefault(service, 'port', 443)
}

export function defaultCustomResourceDefinition(object: Fields): void {
  const spec = fieldsOf(object['spec'])
  if (spec === undefined) return
  const names = openObject(spec, 'names')
  const kind = textOf(names?.['kind'])
  if (names !== undefined && kind !== '') {
    setDefaultForZero(names, 'singular', kind.toLowerCase())
    setDefaultForZero(names, 'listKind', `${kind}List`)
  }
  const conversion = openObject(spec, 'conversion')
  if (conversion !== undefined) setDefaultForZero(conversion, 'strategy', 'None')
  const service = fieldsOf(fieldsOf(fieldsOf(conversion?.['webhook'])?.['clientConfig'])?.['service'])
  if (service !== undefined) setDefault(service, 'port', 443)
  const stored = listOf(fieldsOf(object['status'])?.['storedVersions'])
  if (stored.length > 0) return
  const storage = listOf(spec['versions']).find((version) => fieldsOf(version)?.['storage'] === true)
  const status = openObject(object, 'status')
  if (storage !== undefined && status !== undefined) status['storedVersions'] = [textOf(fieldsOf(storage)?.['name'])]
}
