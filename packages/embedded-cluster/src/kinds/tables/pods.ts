import { type Fields, fieldsOf, fieldsOrEmpty, listOf, numberOf, textOf } from '../reading.ts'
import { humanDuration } from './human-duration.ts'
import { ageOf, columnsOf, containerCells, isBeingDeleted, type KindTable, nameOf, printLabels } from './table.ts'

export const podTable: KindTable = {
  columns: columnsOf('Name', 'Ready', 'Status', 'Restarts', 'Age', 'IP+', 'Node+', 'Nominated Node+', 'Readiness Gates+'),
  cells(pod, now) {
    const spec = fieldsOrEmpty(pod['spec'])
    const status = fieldsOrEmpty(pod['status'])
    const summary = summarizePod(pod)
    const restarts =
      summary.restarts > 0 && summary.lastRestart > 0
        ? `${summary.restarts} (${humanDuration(now - summary.lastRestart)} ago)`
        : String(summary.restarts)
    return [
      nameOf(pod),
      `${summary.ready}/${summary.total}`,
      summary.status,
      restarts,
      ageOf(pod, now),
      textOf(fieldsOrEmpty(listOf(status['podIPs'])[0])['ip']) || '<none>',
      textOf(spec['nodeName']) || '<none>',
      textOf(status['nominatedNodeName']) || '<none>',
      readinessGates(spec, status),
    ]
  },
}

export const podTemplateTable: KindTable = {
  columns: columnsOf('Name', 'Containers', 'Images', 'Pod Labels'),
  cells(object) {
    const template = fieldsOrEmpty(object['template'])
    return [nameOf(object), ...containerCells(template['spec']), printLabels(fieldsOrEmpty(template['metadata'])['labels'])]
  },
}

export interface PodSummary {
  /** The word in column STATUS. */
  status: string
  ready: number
  total: number
  restarts: number
  /** Milliseconds since 1970; 0 when no container was restarted. */
  lastRestart: number
}

/** One word for a pod: the phase, unless a container, a gate or a deletion has more to say. */
export function summarizePod(pod: Fields): PodSummary {
  const spec = fieldsOrEmpty(pod['spec'])
  const status = fieldsOrEmpty(pod['status'])
  const summary: PodSummary = {
    status: textOf(status['reason']) || textOf(status['phase']),
    ready: 0,
    total: listOf(spec['containers']).length,
    restarts: 0,
    lastRestart: 0,
  }
  if (
    listOf(status['conditions']).some((item) => isCondition(item, 'PodScheduled') && fieldsOrEmpty(item)['reason'] === 'SchedulingGated')
  ) {
    summary.status = 'SchedulingGated'
  }
  const sidecars = sidecarNames(spec)
  summary.total += sidecars.size
  const sidecarRestarts = { restarts: 0, lastRestart: 0 }
  const isInitializing = readInitContainers(spec, status, sidecars, summary, sidecarRestarts)
  if (!isInitializing || isTrue(status, 'Initialized')) {
    summary.restarts = sidecarRestarts.restarts
    summary.lastRestart = sidecarRestarts.lastRestart
    readContainers(status, summary)
  }
  if (isBeingDeleted(pod)) {
    if (status['reason'] === 'NodeLost') summary.status = 'Unknown'
    else if (status['phase'] !== 'Failed' && status['phase'] !== 'Succeeded') summary.status = 'Terminating'
  }
  return summary
}

function sidecarNames(spec: Fields): Set<string> {
  return new Set(
    listOf(spec['initContainers'])
      .map(fieldsOrEmpty)
      .filter((container) => container['restartPolicy'] === 'Always')
      .map((container) => textOf(container['name'])),
  )
}

/** True while an init container is not through; the status then says which. */
function readInitContainers(
  spec: Fields,
  status: Fields,
  sidecars: ReadonlySet<string>,
  summary: PodSummary,
  sidecarRestarts: { restarts: number; lastRestart: number },
): boolean {
  const total = listOf(spec['initContainers']).length
  for (const [at, item] of listOf(status['initContainerStatuses']).entries()) {
    const container = fieldsOrEmpty(item)
    const state = fieldsOrEmpty(container['state'])
    const terminated = fieldsOf(state['terminated'])
    const isSidecar = sidecars.has(textOf(container['name']))
    countRestarts(container, summary)
    if (isSidecar) countRestarts(container, sidecarRestarts)
    if (terminated !== undefined && (numberOf(terminated['exitCode']) ?? 0) === 0) continue
    if (isSidecar && container['started'] === true) {
      if (container['ready'] === true) summary.ready++
      continue
    }
    const waiting = textOf(fieldsOrEmpty(state['waiting'])['reason'])
    if (terminated !== undefined) summary.status = `Init:${textOf(terminated['reason']) || exitText(terminated)}`
    else if (waiting !== '' && waiting !== 'PodInitializing') summary.status = `Init:${waiting}`
    else summary.status = `Init:${at}/${total}`
    return true
  }
  return false
}

function readContainers(status: Fields, summary: PodSummary): void {
  let isRunning = false
  for (const item of [...listOf(status['containerStatuses'])].reverse()) {
    const container = fieldsOrEmpty(item)
    const state = fieldsOrEmpty(container['state'])
    const terminated = fieldsOf(state['terminated'])
    const waiting = textOf(fieldsOrEmpty(state['waiting'])['reason'])
    countRestarts(container, summary)
    if (waiting !== '') summary.status = waiting
    else if (terminated !== undefined) summary.status = textOf(terminated['reason']) || exitText(terminated)
    else if (container['ready'] === true && fieldsOf(state['running']) !== undefined) {
      isRunning = true
      summary.ready++
    }
  }
  if (summary.status === 'Completed' && isRunning) summary.status = isTrue(status, 'Ready') ? 'Running' : 'NotReady'
}

function countRestarts(container: Fields, into: { restarts: number; lastRestart: number }): void {
  into.restarts += numberOf(container['restartCount']) ?? 0
  const finished = Date.parse(textOf(fieldsOrEmpty(fieldsOrEmpty(container['lastState'])['terminated'])['finishedAt']))
  if (finished > into.lastRestart) into.lastRestart = finished
}

function exitText(terminated: Fields): string {
  const signal = numberOf(terminated['signal']) ?? 0
  return signal === 0 ? `ExitCode:${numberOf(terminated['exitCode']) ?? 0}` : `Signal:${signal}`
}

function isCondition(item: unknown, type: string): boolean {
  return fieldsOrEmpty(item)['type'] === type
}

function isTrue(status: Fields, type: string): boolean {
  const condition = listOf(status['conditions']).find((item) => isCondition(item, type))
  return fieldsOrEmpty(condition)['status'] === 'True'
}

function readinessGates(spec: Fields, status: Fields): string {
  const gates = listOf(spec['readinessGates'])
  if (gates.length === 0) return '<none>'
  const open = gates.filter((gate) => isTrue(status, textOf(fieldsOrEmpty(gate)['conditionType'])))
  return `${open.length}/${gates.length}`
}
