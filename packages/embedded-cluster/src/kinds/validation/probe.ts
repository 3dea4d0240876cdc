import type { Problems } from '../field-problem.ts'
import { checkHeaderName, checkPortName, checkPortNumber } from '../names.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, listOf, numberOf, textOf } from '../reading.ts'

/** Probes and lifecycle hooks: Kubernetes `pkg/apis/core/validation/validation.go`, 1.34. */
export function validateProbes(container: Fields, field: string, gracePeriod: number | undefined, problems: Problems): void {
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = fieldsOf(container[name])
    if (probe === undefined) continue
    const at = `${field}.${name}`
    validateHandler(probe, ['exec', 'httpGet', 'tcpSocket', 'grpc'], gracePeriod, at, problems)
    for (const part of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold']) {
      problems.nonNegative(`${at}.${part}`, probe[part])
    }
    const grace = numberOf(probe['terminationGracePeriodSeconds'])
    if (grace !== undefined && grace <= 0) problems.invalid(`${at}.terminationGracePeriodSeconds`, grace, 'must be greater than 0')
    if (name === 'readinessProbe') {
      if (grace !== undefined) problems.invalid(`${at}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes')
    } else if (numberOf(probe['successThreshold']) !== undefined && probe['successThreshold'] !== 1) {
      problems.invalid(`${at}.successThreshold`, probe['successThreshold'], 'must be 1')
    }
  }
}

export function validateLifecycle(container: Fields, field: string, gracePeriod: number | undefined, problems: Problems): void {
  const lifecycle = fieldsOf(container['lifecycle'])
  for (const name of ['postStart', 'preStop']) {
    const hook = fieldsOf(lifecycle?.[name])
    if (hook !== undefined) {
      validateHandler(hook, ['exec', 'httpGet', 'tcpSocket', 'sleep'], gracePeriod, `${field}.lifecycle.${name}`, problems)
    }
  }
}

function validateHandler(
  handler: Fields,
  kinds: readonly string[],
  gracePeriod: number | undefined,
  field: string,
  problems: Problems,
): void {
  const present = kinds.filter((kind) => fieldsOf(handler[kind]) !== undefined)
  for (const extra of present.slice(1)) problems.forbidden(`${field}.${extra}`, 'may not specify more than 1 handler type')
  const kind = present[0]
  if (kind === undefined) {
    problems.required(field, 'must specify a handler type')
    return
  }
  const action = fieldsOrEmpty(handler[kind])
  const at = `${field}.${kind}`
  switch (kind) {
    case 'exec':
      if (listOf(action['command']).length === 0) problems.required(`${at}.command`)
      break
    case 'httpGet':
      if (textOf(action['path']) === '') problems.required(`${at}.path`)
      validatePort(action['port'], `${at}.port`, problems)
      if (!['HTTP', 'HTTPS'].includes(textOf(action['scheme']))) {
        problems.notSupported(`${at}.scheme`, textOf(action['scheme']), ['HTTP', 'HTTPS'])
      }
      for (const item of listOf(action['httpHeaders'])) {
        const name = textOf(fieldsOrEmpty(item)['name'])
        problems.invalidEach(`${at}.httpHeaders`, name, checkHeaderName(name))
      }
      break
    case 'sleep': {
      const seconds = numberOf(action['seconds']) ?? 0
      if (gracePeriod !== undefined && (seconds < 0 || seconds > gracePeriod)) {
        problems.invalid(at, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`)
      }
      break
    }
    default:
      validatePort(action['port'], `${at}.port`, problems)
  }
}

/** A number from 1 to 65535, or the name of one. */
export function validatePort(port: unknown, field: string, problems: Problems): void {
  if (typeof port === 'string') problems.invalidEach(field, port, checkPortName(port))
  else problems.invalidEach(field, numberOf(port) ?? 0, checkPortNumber(numberOf(port) ?? 0))
}
