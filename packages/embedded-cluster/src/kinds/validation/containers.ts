import type { Problems } from '../field-problem.ts'
import { checkLabelName, checkPortName, checkPortNumber, isBetween } from '../names.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, listOf, numberOf, textOf } from '../reading.ts'
import { validateEnv, validateEnvFrom } from './environment.ts'
import { validateLifecycle, validateProbes } from './probe.ts'
import { validateResources } from './resources.ts'
import { validateDescendingPath } from './volumes.ts'

/** What containers of one pod share with each other. */
export interface PodScope {
  volumes: ReadonlyMap<string, Fields>
  claims: ReadonlySet<string>
  gracePeriod: number | undefined
  restartPolicy: string
}

/** Containers of a pod: Kubernetes `pkg/apis/core/validation/validation.go`, 1.34. */
export function validateContainers(containers: unknown, field: string, scope: PodScope, problems: Problems): void {
  const list = listOf(containers)
  if (list.length === 0) {
    problems.required(field)
    return
  }
  const names = new Set<string>()
  list.forEach((item, at) => {
    const container = fieldsOf(item)
    if (container === undefined) return
    const here = `${field}[${at}]`
    validateContainer(container, here, scope, problems)
    const name = textOf(container['name'])
    if (names.has(name)) problems.duplicate(`${here}.name`, name)
    names.add(name)
    validateLifecycle(container, here, scope.gracePeriod, problems)
    validateProbes(container, here, scope.gracePeriod, problems)
  })
  validateHostPorts(list, field, problems)
}

export function validateInitContainers(containers: unknown, regular: unknown, field: string, scope: PodScope, problems: Problems): void {
  const names = new Set(listOf(regular).map((item) => textOf(fieldsOrEmpty(item)['name'])))
  listOf(containers).forEach((item, at) => {
    const container = fieldsOf(item)
    if (container === undefined) return
    const here = `${field}[${at}]`
    validateContainer(container, here, scope, problems)
    const restartPolicy = container['restartPolicy']
    const isSidecar = restartPolicy === 'Always'
    if (typeof restartPolicy === 'string' && !['Always', 'OnFailure', 'Never'].includes(restartPolicy)) {
      problems.notSupported(`${here}.restartPolicy`, restartPolicy, ['Always', 'Never', 'OnFailure'])
    }
    const name = textOf(container['name'])
    if (names.has(name)) problems.duplicate(`${here}.name`, name)
    else if (name !== '') names.add(name)
    validateHostPorts([item], field, problems)
    if (isSidecar) {
      validateLifecycle(container, here, scope.gracePeriod, problems)
      validateProbes(container, here, scope.gracePeriod, problems)
      return
    }
    for (const part of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe']) {
      if (container[part] !== undefined)
        problems.forbidden(`${here}.${part}`, 'may not be set for init containers without restartPolicy=Always')
    }
  })
}

function validateContainer(container: Fields, field: string, scope: PodScope, problems: Problems): void {
  const name = textOf(container['name'])
  if (name === '') problems.required(`${field}.name`)
  else problems.invalidEach(`${field}.name`, name, checkLabelName(name))
  if (textOf(container['image']) === '') problems.required(`${field}.image`)
  oneOf(container['terminationMessagePolicy'], ['File', 'FallbackToLogsOnError'], `${field}.terminationMessagePolicy`, problems)
  validatePorts(container['ports'], `${field}.ports`, problems)
  validateEnv(container['env'], `${field}.env`, problems)
  validateEnvFrom(container['envFrom'], `${field}.envFrom`, problems)
  validateMounts(container, field, scope, problems)
  oneOf(container['imagePullPolicy'], ['Always', 'IfNotPresent', 'Never'], `${field}.imagePullPolicy`, problems)
  validateResources(container['resources'], scope.claims, `${field}.resources`, problems)
  validateSecurityContext(fieldsOrEmpty(container['securityContext']), `${field}.securityContext`, problems)
}

/** '' is told as missing, anything else as unsupported. */
export function oneOf(value: unknown, allowed: readonly string[], field: string, problems: Problems): void {
  if (value === undefined || value === '') problems.required(field)
  else if (typeof value === 'string' && !allowed.includes(value)) problems.notSupported(field, value, allowed)
}

function validatePorts(ports: unknown, field: string, problems: Problems): void {
  const names = new Set<string>()
  listOf(ports).forEach((item, at) => {
    const port = fieldsOf(item)
    if (port === undefined) return
    const here = `${field}[${at}]`
    const name = textOf(port['name'])
    if (name !== '') {
      const messages = checkPortName(name)
      problems.invalidEach(`${here}.name`, name, messages)
      if (messages.length === 0 && names.has(name)) problems.duplicate(`${here}.name`, name)
      names.add(name)
    }
    const number = numberOf(port['containerPort']) ?? 0
    if (number === 0) problems.required(`${here}.containerPort`)
    else problems.invalidEach(`${here}.containerPort`, number, checkPortNumber(number))
    const hostPort = numberOf(port['hostPort']) ?? 0
    if (hostPort !== 0) problems.invalidEach(`${here}.hostPort`, hostPort, checkPortNumber(hostPort))
    oneOf(port['protocol'], ['SCTP', 'TCP', 'UDP'], `${here}.protocol`, problems)
  })
}

function validateHostPorts(containers: readonly unknown[], field: string, problems: Problems): void {
  const taken = new Set<string>()
  containers.forEach((item, at) => {
    listOf(fieldsOrEmpty(item)['ports']).forEach((entry, portAt) => {
      const port = fieldsOrEmpty(entry)
      const number = numberOf(port['hostPort']) ?? 0
      if (number === 0) return
      const key = `${textOf(port['protocol'])}/${textOf(port['hostIP'])}/${number}`
      if (taken.has(key)) problems.duplicate(`${field}[${at}].ports[${portAt}].hostPort`, key)
      taken.add(key)
    })
  })
}

function validateMounts(container: Fields, field: string, scope: PodScope, problems: Problems): void {
  const paths = new Set<string>()
  listOf(container['volumeMounts']).forEach((item, at) => {
    const mount = fieldsOf(item)
    if (mount === undefined) return
    const here = `${field}.volumeMounts[${at}]`
    const name = textOf(mount['name'])
    const path = textOf(mount['mountPath'])
    if (name === '') problems.required(`${here}.name`)
    if (!scope.volumes.has(name)) problems.notFound(`${here}.name`, name)
    if (path === '') problems.required(`${here}.mountPath`)
    if (paths.has(path)) problems.invalid(`${here}.mountPath`, path, 'must be unique')
    paths.add(path)
    const subPath = textOf(mount['subPath'])
    const expression = textOf(mount['subPathExpr'])
    if (subPath !== '') validateDescendingPath(subPath, `${field}.volumeMounts.subPath`, problems)
    if (expression !== '') {
      if (subPath !== '') problems.invalid(`${here}.subPathExpr`, expression, 'subPathExpr and subPath are mutually exclusive')
      validateDescendingPath(expression, `${field}.volumeMounts.subPathExpr`, problems)
    }
    const propagation = mount['mountPropagation']
    const modes = ['Bidirectional', 'HostToContainer', 'None']
    if (typeof propagation === 'string' && !modes.includes(propagation)) {
      problems.notSupported(`${field}.volumeMounts.mountPropagation`, propagation, modes)
    }
    if (propagation === 'Bidirectional' && fieldsOrEmpty(container['securityContext'])['privileged'] !== true) {
      problems.forbidden(
        `${field}.volumeMounts.mountPropagation`,
        'Bidirectional mount propagation is available only to privileged containers',
      )
    }
  })
  const devices = new Set<string>()
  listOf(container['volumeDevices']).forEach((item, at) => {
    const device = fieldsOrEmpty(item)
    const here = `${field}.volumeDevices[${at}]`
    const name = textOf(device['name'])
    const path = textOf(device['devicePath'])
    if (name === '') problems.required(`${here}.name`)
    if (!scope.volumes.has(name)) problems.notFound(`${here}.name`, name)
    if (path === '') problems.required(`${here}.devicePath`)
    if (devices.has(path)) problems.invalid(`${here}.devicePath`, path, 'must be unique')
    devices.add(path)
  })
}

const largestId = 2147483647

export function validateId(value: unknown, field: string, problems: Problems): void {
  const id = numberOf(value)
  if (id !== undefined && (id < 0 || id > largestId)) problems.invalid(field, id, isBetween(0, largestId))
}

function validateSecurityContext(context: Fields, field: string, problems: Problems): void {
  validateId(context['runAsUser'], `${field}.runAsUser`, problems)
  validateId(context['runAsGroup'], `${field}.runAsGroup`, problems)
  const mount = context['procMount']
  if (typeof mount === 'string' && !['Default', 'Unmasked'].includes(mount)) {
    problems.notSupported(`${field}.procMount`, mount, ['Default', 'Unmasked'])
  }
  if (context['allowPrivilegeEscalation'] !== false) return
  if (context['privileged'] === true) {
    problems.invalid(field, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true')
  }
  if (listOf(fieldsOrEmpty(context['capabilities'])['add']).includes('CAP_SYS_ADMIN')) {
    problems.invalid(field, context, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN')
  }
}
