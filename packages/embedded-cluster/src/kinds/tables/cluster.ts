import { type Fields, fieldsOf, fieldsOrEmpty, listOf, numberOf, textOf } from '../reading.ts'
import { humanDuration, timeSince } from './human-duration.ts'
import { ageOf, columnsOf, isBeingDeleted, type KindTable, nameOf } from './table.ts'

function size(value: unknown): number {
  return Array.isArray(value) ? value.length : Object.keys(fieldsOrEmpty(value)).length
}

export const namespaceTable: KindTable = {
  columns: columnsOf('Name', 'Status', 'Age'),
  cells: (object, now) => [nameOf(object), textOf(fieldsOrEmpty(object['status'])['phase']), ageOf(object, now)],
}

export const nodeTable: KindTable = {
  columns: columnsOf(
    'Name',
    'Status',
    'Roles',
    'Age',
    'Version',
    'Internal-IP+',
    'External-IP+',
    'OS-Image+',
    'Kernel-Version+',
    'Container-Runtime+',
  ),
  cells(object, now) {
    const status = fieldsOrEmpty(object['status'])
    const info = fieldsOrEmpty(status['nodeInfo'])
    const address = (type: string): string => {
      const found = listOf(status['addresses']).find((item) => fieldsOrEmpty(item)['type'] === type)
      return textOf(fieldsOrEmpty(found)['address']) || '<none>'
    }
    return [
      nameOf(object),
      nodeStatus(object),
      nodeRoles(object).join(',') || '<none>',
      ageOf(object, now),
      textOf(info['kubeletVersion']),
      address('InternalIP'),
      address('ExternalIP'),
      textOf(info['osImage']) || '<unknown>',
      textOf(info['kernelVersion']) || '<unknown>',
      textOf(info['containerRuntimeVersion']) || '<unknown>',
    ]
  },
}

function nodeStatus(object: Fields): string {
  const ready = listOf(fieldsOrEmpty(object['status'])['conditions'])
    .map(fieldsOrEmpty)
    .find((condition) => condition['type'] === 'Ready')
  const words = [ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady']
  if (fieldsOrEmpty(object['spec'])['unschedulable'] === true) words.push('SchedulingDisabled')
  return words.join(',')
}

function nodeRoles(object: Fields): string[] {
  const prefix = 'node-role.kubernetes.io/'
  const roles = Object.entries(fieldsOrEmpty(fieldsOrEmpty(object['metadata'])['labels'])).flatMap(([key, value]) => {
    if (key.startsWith(prefix) && key.length > prefix.length) return [key.slice(prefix.length)]
    return key === 'kubernetes.io/role' && value !== '' ? [String(value)] : []
  })
  return [...new Set(roles)].sort()
}

export const eventTable: KindTable = {
  columns: columnsOf('Last Seen', 'Type', 'Reason', 'Object', 'Subobject+', 'Source+', 'Message', 'First Seen+', 'Count+', 'Name+'),
  /** Takes both forms of an Event. */
  cells(object, now) {
    const series = fieldsOf(object['series'])
    const regarding = fieldsOrEmpty(object['involvedObject'] ?? object['regarding'])
    const source = fieldsOrEmpty(object['source'] ?? object['deprecatedSource'])
    const first = timeSince(object['firstTimestamp'] ?? object['deprecatedFirstTimestamp'] ?? object['eventTime'], now)
    const lastTimestamp = object['lastTimestamp'] ?? object['deprecatedLastTimestamp']
    const last = series !== undefined ? timeSince(series['lastObservedTime'], now) : lastTimestamp ? timeSince(lastTimestamp, now) : first
    const times = numberOf(series?.['count'] ?? object['count'] ?? object['deprecatedCount']) ?? 0
    const kind = textOf(regarding['kind']).toLowerCase()
    const name = textOf(regarding['name'])
    const component = textOf(source['component']) || textOf(object['reportingComponent'] ?? object['reportingController'])
    const host = textOf(source['host']) || textOf(object['reportingInstance'])
    return [
      last,
      textOf(object['type']),
      textOf(object['reason']),
      name === '' ? kind : `${kind}/${name}`,
      textOf(regarding['fieldPath']),
      host === '' ? component : `${component}, ${host}`,
      textOf(object['message'] ?? object['note']).trim(),
      first,
      times === 0 ? 1 : times,
      nameOf(object),
    ]
  },
}

export const secretTable: KindTable = {
  columns: columnsOf('Name', 'Type', 'Data', 'Age'),
  cells: (object, now) => [nameOf(object), textOf(object['type']), size(object['data']), ageOf(object, now)],
}

export const configMapTable: KindTable = {
  columns: columnsOf('Name', 'Data', 'Age'),
  cells: (object, now) => [nameOf(object), size(object['data']) + size(object['binaryData']), ageOf(object, now)],
}

export const serviceAccountTable: KindTable = {
  columns: columnsOf('Name', 'Secrets', 'Age'),
  cells: (object, now) => [nameOf(object), size(object['secrets']), ageOf(object, now)],
}

const accessModeNames = new Map([
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
])

function accessModes(modes: unknown): string {
  const present = new Set(listOf(modes))
  return [...accessModeNames].flatMap(([mode, short]) => (present.has(mode) ? [short] : [])).join(',')
}

export const persistentVolumeTable: KindTable = {
  columns: columnsOf(
    'Name',
    'Capacity',
    'Access Modes',
    'Reclaim Policy',
    'Status',
    'Claim',
    'StorageClass',
    'VolumeAttributesClass',
    'Reason',
    'Age',
    'VolumeMode+',
  ),
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    const status = fieldsOrEmpty(object['status'])
    const claim = fieldsOf(spec['claimRef'])
    return [
      nameOf(object),
      textOf(fieldsOrEmpty(spec['capacity'])['storage']) || '0',
      accessModes(spec['accessModes']),
      textOf(spec['persistentVolumeReclaimPolicy']),
      isBeingDeleted(object) ? 'Terminating' : textOf(status['phase']),
      claim === undefined ? '' : `${textOf(claim['namespace'])}/${textOf(claim['name'])}`,
      textOf(spec['storageClassName']),
      textOf(spec['volumeAttributesClassName']) || '<unset>',
      textOf(status['reason']),
      ageOf(object, now),
      textOf(spec['volumeMode']) || '<unset>',
    ]
  },
}

export const persistentVolumeClaimTable: KindTable = {
  columns: columnsOf('Name', 'Status', 'Volume', 'Capacity', 'Access Modes', 'StorageClass', 'VolumeAttributesClass', 'Age', 'VolumeMode+'),
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    const status = fieldsOrEmpty(object['status'])
    const volume = textOf(spec['volumeName'])
    return [
      nameOf(object),
      isBeingDeleted(object) ? 'Terminating' : textOf(status['phase']),
      volume,
      volume === '' ? '' : textOf(fieldsOrEmpty(status['capacity'])['storage']) || '0',
      volume === '' ? '' : accessModes(status['accessModes']),
      textOf(spec['storageClassName']),
      textOf(spec['volumeAttributesClassName']) || '<unset>',
      ageOf(object, now),
      textOf(spec['volumeMode']) || '<unset>',
    ]
  },
}

function isDefaultClass(object: Fields, annotation: string): boolean {
  return fieldsOrEmpty(fieldsOrEmpty(object['metadata'])['annotations'])[annotation] === 'true'
}

export const storageClassTable: KindTable = {
  columns: columnsOf('Name', 'Provisioner', 'ReclaimPolicy', 'VolumeBindingMode', 'AllowVolumeExpansion', 'Age'),
  cells: (object, now) => [
    nameOf(object) + (isDefaultClass(object, 'storageclass.kubernetes.io/is-default-class') ? ' (default)' : ''),
    textOf(object['provisioner']),
    textOf(object['reclaimPolicy']) || 'Delete',
    textOf(object['volumeBindingMode']) || 'Immediate',
    object['allowVolumeExpansion'] === true,
    ageOf(object, now),
  ],
}

export const volumeAttributesClassTable: KindTable = {
  columns: columnsOf('Name', 'DriverName', 'Age'),
  cells: (object, now) => [nameOf(object), textOf(object['driverName']), ageOf(object, now)],
}

export const volumeAttachmentTable: KindTable = {
  columns: columnsOf('Name', 'Attacher', 'PV', 'Node', 'Attached?', 'Age'),
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    return [
      nameOf(object),
      textOf(spec['attacher']),
      textOf(fieldsOrEmpty(spec['source'])['persistentVolumeName']),
      textOf(spec['nodeName']),
      fieldsOrEmpty(object['status'])['attached'] === true,
      ageOf(object, now),
    ]
  },
}

export const csiNodeTable: KindTable = {
  columns: columnsOf('Name', 'Drivers#', 'Age'),
  cells: (object, now) => [nameOf(object), size(fieldsOrEmpty(object['spec'])['drivers']), ageOf(object, now)],
}

export const csiDriverTable: KindTable = {
  columns: columnsOf(
    'Name',
    'AttachRequired?',
    'PodInfoOnMount?',
    'StorageCapacity?',
    'TokenRequests',
    'RequiresRepublish?',
    'Modes',
    'Age',
  ),
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    const audiences = listOf(spec['tokenRequests']).map((item) => textOf(fieldsOrEmpty(item)['audience']))
    return [
      nameOf(object),
      spec['attachRequired'] !== false,
      spec['podInfoOnMount'] === true,
      spec['storageCapacity'] === true,
      spec['tokenRequests'] === undefined ? '<unset>' : audiences.join(','),
      spec['requiresRepublish'] === true,
      listOf(spec['volumeLifecycleModes']).map(textOf).join(',') || '<none>',
      ageOf(object, now),
    ]
  },
}

export const csiStorageCapacityTable: KindTable = {
  columns: columnsOf('Name', 'StorageClassName', 'Capacity'),
  cells: (object) => [nameOf(object), textOf(object['storageClassName']), textOf(object['capacity']) || '<unset>'],
}

export const roleBindingTable: KindTable = {
  columns: columnsOf('Name', 'Role', 'Age', 'Users+', 'Groups+', 'ServiceAccounts+'),
  cells(object, now) {
    const ref = fieldsOrEmpty(object['roleRef'])
    const subjects = listOf(object['subjects']).map(fieldsOrEmpty)
    const named = (kind: string): string[] =>
      subjects
        .filter((subject) => subject['kind'] === kind)
        .map((subject) => {
          const namespace = textOf(subject['namespace'])
          return kind === 'ServiceAccount' && namespace !== '' ? `${namespace}/${textOf(subject['name'])}` : textOf(subject['name'])
        })
    return [
      nameOf(object),
      `${textOf(ref['kind'])}/${textOf(ref['name'])}`,
      ageOf(object, now),
      named('User').join(', '),
      named('Group').join(', '),
      named('ServiceAccount').join(', '),
    ]
  },
}

export const resourceQuotaTable: KindTable = {
  columns: columnsOf('Name', 'Age', 'Request', 'Limit'),
  cells(object, now) {
    const status = fieldsOrEmpty(object['status'])
    const used = fieldsOrEmpty(status['used'])
    const hard = Object.entries(fieldsOrEmpty(status['hard'])).sort(([a], [b]) => (a < b ? -1 : 1))
    const shown = (limits: boolean): string =>
      hard
        .filter(([name]) => name.startsWith('limits.') === limits)
        .map(([name, amount]) => `${name}: ${textOf(used[name]) || '0'}/${textOf(amount)}`)
        .join(', ')
    return [nameOf(object), ageOf(object, now), shown(false), shown(true)]
  },
}

export const priorityClassTable: KindTable = {
  columns: columnsOf('Name', 'Value#', 'Global-Default?', 'Age', 'PreemptionPolicy+'),
  cells: (object, now) => [
    nameOf(object),
    numberOf(object['value']) ?? 0,
    object['globalDefault'] === true,
    ageOf(object, now),
    textOf(object['preemptionPolicy']),
  ],
}

export const runtimeClassTable: KindTable = {
  columns: columnsOf('Name', 'Handler', 'Age'),
  cells: (object, now) => [nameOf(object), textOf(object['handler']), ageOf(object, now)],
}

export const leaseTable: KindTable = {
  columns: columnsOf('Name', 'Holder', 'Age'),
  cells: (object, now) => [nameOf(object), textOf(fieldsOrEmpty(object['spec'])['holderIdentity']), ageOf(object, now)],
}

export const webhooksTable: KindTable = {
  columns: columnsOf('Name', 'Webhooks#', 'Age'),
  cells: (object, now) => [nameOf(object), size(object['webhooks']), ageOf(object, now)],
}

export const admissionPolicyTable: KindTable = {
  columns: columnsOf('Name', 'Validations#', 'ParamKind', 'Age'),
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    const param = fieldsOf(spec['paramKind'])
    return [
      nameOf(object),
      size(spec['validations']),
      param === undefined ? '<unset>' : `${textOf(param['apiVersion'])}/${textOf(param['kind'])}`,
      ageOf(object, now),
    ]
  },
}

export const admissionPolicyBindingTable: KindTable = {
  columns: columnsOf('Name', 'PolicyName', 'ParamRef', 'Age'),
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    const ref = fieldsOf(spec['paramRef'])
    const name = textOf(ref?.['name'])
    return [
      nameOf(object),
      textOf(spec['policyName']),
      name === '' ? '<unset>' : `${textOf(ref?.['namespace']) || '*'}/${name}`,
      ageOf(object, now),
    ]
  },
}

export const componentStatusTable: KindTable = {
  columns: columnsOf('Name', 'Status', 'Message', 'Error'),
  cells(object) {
    const healthy = listOf(object['conditions'])
      .map(fieldsOrEmpty)
      .find((condition) => condition['type'] === 'Healthy')
    const status = healthy === undefined ? 'Unknown' : healthy['status'] === 'True' ? 'Healthy' : 'Unhealthy'
    return [nameOf(object), status, textOf(healthy?.['message']), textOf(healthy?.['error'])]
  },
}

export const certificateRequestTable: KindTable = {
  columns: columnsOf('Name', 'Age', 'SignerName', 'Requestor', 'RequestedDuration', 'Condition'),
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    const status = fieldsOrEmpty(object['status'])
    const types = new Set(listOf(status['conditions']).map((item) => fieldsOrEmpty(item)['type']))
    const words = [types.has('Denied') ? 'Denied' : types.has('Approved') ? 'Approved' : 'Pending']
    if (types.has('Failed')) words.push('Failed')
    if (textOf(status['certificate']) !== '') words.push('Issued')
    const seconds = numberOf(spec['expirationSeconds'])
    return [
      nameOf(object),
      ageOf(object, now),
      textOf(spec['signerName']) || '<none>',
      textOf(spec['username']),
      seconds === undefined ? '<none>' : humanDuration(seconds * 1000),
      words.join(','),
    ]
  },
}

export const apiServiceTable: KindTable = {
  columns: columnsOf('Name', 'Service', 'Available', 'Age'),
  cells(object, now) {
    const service = fieldsOf(fieldsOrEmpty(object['spec'])['service'])
    const available = listOf(fieldsOrEmpty(object['status'])['conditions'])
      .map(fieldsOrEmpty)
      .find((condition) => condition['type'] === 'Available')
    const status = textOf(available?.['status']) || 'Unknown'
    return [
      nameOf(object),
      service === undefined ? 'Local' : `${textOf(service['namespace'])}/${textOf(service['name'])}`,
      status === 'True' || available === undefined ? status : `${status} (${textOf(available['reason'])})`,
      ageOf(object, now),
    ]
  },
}

export const flowSchemaTable: KindTable = {
  columns: columnsOf('Name', 'PriorityLevel', 'MatchingPrecedence', 'DistinguisherMethod', 'Age', 'MissingPL'),
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    const dangling = listOf(fieldsOrEmpty(object['status'])['conditions'])
      .map(fieldsOrEmpty)
      .find((condition) => condition['type'] === 'Dangling')
    return [
      nameOf(object),
      textOf(fieldsOrEmpty(spec['priorityLevelConfiguration'])['name']),
      numberOf(spec['matchingPrecedence']) ?? 0,
      textOf(fieldsOrEmpty(spec['distinguisherMethod'])['type']) || '<none>',
      ageOf(object, now),
      textOf(dangling?.['status']) || '?',
    ]
  },
}

export const priorityLevelTable: KindTable = {
  columns: columnsOf('Name', 'Type', 'NominalConcurrencyShares', 'Queues', 'HandSize', 'QueueLengthLimit', 'Age'),
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    const limited = fieldsOrEmpty(spec['limited'])
    const queuing = fieldsOrEmpty(fieldsOrEmpty(limited['limitResponse'])['queuing'])
    const shown = (value: unknown): unknown => numberOf(value) ?? '<none>'
    return [
      nameOf(object),
      textOf(spec['type']),
      shown(limited['nominalConcurrencyShares']),
      shown(queuing['queues']),
      shown(queuing['handSize']),
      shown(queuing['queueLengthLimit']),
      ageOf(object, now),
    ]
  },
}

export const serviceCidrTable: KindTable = {
  columns: columnsOf('Name', 'CIDRs', 'Age'),
  cells: (object, now) => [nameOf(object), listOf(fieldsOrEmpty(object['spec'])['cidrs']).map(textOf).join(','), ageOf(object, now)],
}

export const ipAddressTable: KindTable = {
  columns: columnsOf('Name', 'ParentRef', 'Age'),
  cells(object, now) {
    const ref = fieldsOf(fieldsOrEmpty(object['spec'])['parentRef'])
    if (ref === undefined) return [nameOf(object), '<none>', ageOf(object, now)]
    const group = textOf(ref['group'])
    const resource = textOf(ref['resource']) + (group === '' ? '' : `.${group}`)
    const path = [resource.toLowerCase(), textOf(ref['namespace']), textOf(ref['name'])].filter((part) => part !== '')
    return [nameOf(object), path.join('/'), ageOf(object, now)]
  },
}
