import { type Fields, fieldsOf, fieldsOrEmpty, listOf, numberOf, textOf } from '../reading.ts'
import { printSelector } from '../validation/label-selector.ts'
import { humanDuration, timeSince } from './human-duration.ts'
import { ageOf, columnsOf, containerCells, isBeingDeleted, type KindTable, nameOf, printLabels } from './table.ts'

function count(fields: Fields, name: string): number {
  return numberOf(fields[name]) ?? 0
}

function wide(spec: Fields): unknown[] {
  return [...containerCells(fieldsOrEmpty(spec['template'])['spec']), printSelector(spec['selector'])]
}

export const deploymentTable: KindTable = {
  columns: columnsOf('Name', 'Ready', 'Up-to-date', 'Available', 'Age', 'Containers+', 'Images+', 'Selector+'),
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    const status = fieldsOrEmpty(object['status'])
    return [
      nameOf(object),
      `${count(status, 'readyReplicas')}/${count(spec, 'replicas')}`,
      count(status, 'updatedReplicas'),
      count(status, 'availableReplicas'),
      ageOf(object, now),
      ...wide(spec),
    ]
  },
}

export const replicaSetTable: KindTable = {
  columns: columnsOf('Name', 'Desired#', 'Current#', 'Ready#', 'Age', 'Containers+', 'Images+', 'Selector+'),
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    const status = fieldsOrEmpty(object['status'])
    return [
      nameOf(object),
      count(spec, 'replicas'),
      count(status, 'replicas'),
      count(status, 'readyReplicas'),
      ageOf(object, now),
      ...wide(spec),
    ]
  },
}

export const replicationControllerTable: KindTable = {
  columns: replicaSetTable.columns,
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    return [...replicaSetTable.cells(object, now).slice(0, -1), printLabels(spec['selector'])]
  },
}

export const statefulSetTable: KindTable = {
  columns: columnsOf('Name', 'Ready', 'Age', 'Containers+', 'Images+'),
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    const ready = count(fieldsOrEmpty(object['status']), 'readyReplicas')
    return [
      nameOf(object),
      `${ready}/${count(spec, 'replicas')}`,
      ageOf(object, now),
      ...containerCells(fieldsOrEmpty(spec['template'])['spec']),
    ]
  },
}

export const daemonSetTable: KindTable = {
  columns: columnsOf(
    'Name',
    'Desired#',
    'Current#',
    'Ready#',
    'Up-to-date#',
    'Available#',
    'Node Selector',
    'Age',
    'Containers+',
    'Images+',
    'Selector+',
  ),
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    const status = fieldsOrEmpty(object['status'])
    const counters = ['desiredNumberScheduled', 'currentNumberScheduled', 'numberReady', 'updatedNumberScheduled', 'numberAvailable']
    return [
      nameOf(object),
      ...counters.map((name) => count(status, name)),
      printLabels(fieldsOrEmpty(fieldsOrEmpty(spec['template'])['spec'])['nodeSelector']),
      ageOf(object, now),
      ...wide(spec),
    ]
  },
}

export const jobTable: KindTable = {
  columns: columnsOf('Name', 'Status', 'Completions', 'Duration', 'Age', 'Containers+', 'Images+', 'Selector+'),
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    const status = fieldsOrEmpty(object['status'])
    return [nameOf(object), jobStatus(object), completions(spec, status), jobDuration(status, now), ageOf(object, now), ...wide(spec)]
  },
}

function jobStatus(object: Fields): string {
  const conditions = listOf(fieldsOrEmpty(object['status'])['conditions'])
  const has = (type: string): boolean =>
    conditions.some((item) => fieldsOrEmpty(item)['type'] === type && fieldsOrEmpty(item)['status'] === 'True')
  if (has('Complete')) return 'Complete'
  if (has('Failed')) return 'Failed'
  if (isBeingDeleted(object)) return 'Terminating'
  if (has('Suspended')) return 'Suspended'
  return has('FailureTarget') ? 'FailureTarget' : 'Running'
}

function completions(spec: Fields, status: Fields): string {
  const done = count(status, 'succeeded')
  if (numberOf(spec['completions']) !== undefined) return `${done}/${count(spec, 'completions')}`
  const parallelism = count(spec, 'parallelism')
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`
}

function jobDuration(status: Fields, now: number): string {
  const start = Date.parse(textOf(status['startTime']))
  if (Number.isNaN(start)) return ''
  const end = Date.parse(textOf(status['completionTime']))
  return humanDuration((Number.isNaN(end) ? now : end) - start)
}

export const cronJobTable: KindTable = {
  columns: columnsOf('Name', 'Schedule', 'Timezone', 'Suspend?', 'Active#', 'Last Schedule', 'Age', 'Containers+', 'Images+', 'Selector+'),
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    const status = fieldsOrEmpty(object['status'])
    const last = status['lastScheduleTime']
    return [
      nameOf(object),
      textOf(spec['schedule']),
      textOf(spec['timeZone']) || '<none>',
      spec['suspend'] === undefined ? '<unset>' : spec['suspend'] === true ? 'True' : 'False',
      listOf(status['active']).length,
      last === undefined ? '<none>' : timeSince(last, now),
      ageOf(object, now),
      ...wide(fieldsOrEmpty(fieldsOrEmpty(spec['jobTemplate'])['spec'])),
    ]
  },
}

export const autoscalerTable: KindTable = {
  columns: columnsOf('Name', 'Reference', 'Targets', 'MinPods', 'MaxPods', 'Replicas', 'Age'),
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    const status = fieldsOrEmpty(object['status'])
    const target = fieldsOrEmpty(spec['scaleTargetRef'])
    return [
      nameOf(object),
      `${textOf(target['kind'])}/${textOf(target['name'])}`,
      printTargets(spec, status),
      spec['minReplicas'] === undefined ? '<unset>' : String(count(spec, 'minReplicas')),
      count(spec, 'maxReplicas'),
      count(status, 'currentReplicas'),
      ageOf(object, now),
    ]
  },
}

function printTargets(spec: Fields, status: Fields): string {
  const cpu = spec['targetCPUUtilizationPercentage']
  const metrics =
    cpu === undefined
      ? listOf(spec['metrics'])
      : [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu } } }]
  const current = listOf(status['currentMetrics'])
  const shown = metrics.map((metric, at) => printTarget(fieldsOrEmpty(metric), fieldsOrEmpty(current[at])))
  if (shown.length === 0) return '<none>'
  return shown.length > 2 ? `${shown.slice(0, 2).join(', ')} + ${shown.length - 2} more...` : shown.join(', ')
}

function printTarget(metric: Fields, current: Fields): string {
  const type = textOf(metric['type'])
  const source = type === '' ? '' : type.charAt(0).toLowerCase() + type.slice(1)
  const given = fieldsOf(metric[source])
  if (given === undefined) return '<unknown type>'
  const target = fieldsOrEmpty(given['target'])
  const found = fieldsOf(fieldsOrEmpty(current[source])['current'])
  const average = textOf(target['averageValue'])
  const foundAverage = textOf(found?.['averageValue']) || '<unknown>'
  switch (type) {
    case 'Resource':
    case 'ContainerResource': {
      const name = textOf(given['name'])
      if (average !== '') return `${name}: ${foundAverage}/${average}`
      const percent = numberOf(found?.['averageUtilization'])
      const wanted = numberOf(target['averageUtilization'])
      return `${name}: ${percent === undefined ? '<unknown>' : `${percent}%`}/${wanted === undefined ? '<auto>' : `${wanted}%`}`
    }
    case 'Pods':
      return `${foundAverage}/${average}`
    default:
      if (average !== '') return `${foundAverage}/${average} (avg)`
      return `${textOf(found?.['value']) || '<unknown>'}/${textOf(target['value'])}`
  }
}

export const disruptionBudgetTable: KindTable = {
  columns: columnsOf('Name', 'Min Available', 'Max Unavailable', 'Allowed Disruptions#', 'Age'),
  cells(object, now) {
    const spec = fieldsOrEmpty(object['spec'])
    const shown = (value: unknown): string => (value === undefined ? 'N/A' : String(value as string | number))
    return [
      nameOf(object),
      shown(spec['minAvailable']),
      shown(spec['maxUnavailable']),
      count(fieldsOrEmpty(object['status']), 'disruptionsAllowed'),
      ageOf(object, now),
    ]
  },
}

export const controllerRevisionTable: KindTable = {
  columns: columnsOf('Name', 'Controller', 'Revision', 'Age'),
  cells(object, now) {
    const owner = listOf(fieldsOrEmpty(object['metadata'])['ownerReferences'])
      .map(fieldsOrEmpty)
      .find((each) => each['controller'] === true)
    const group = textOf(owner?.['apiVersion']).includes('/') ? `.${textOf(owner?.['apiVersion']).split('/')[0] ?? ''}` : ''
    const controller = owner === undefined ? '<none>' : `${textOf(owner['kind']).toLowerCase()}${group}/${textOf(owner['name'])}`
    return [nameOf(object), controller, count(object, 'revision'), ageOf(object, now)]
  },
}
