import type { IncomingHttpHeaders } from 'node:http'
import { badRequest, failure } from './api-failure.ts'
import { isRecord } from './tree.ts'
import type { DeleteRequest, WriteRequest } from './write-request.ts'

/** apimachinery `FieldManagerMaxLength`. */
const maxManagerLength = 128

export function isTrue(text: string | null): boolean {
  return text !== null && /^(1|t|true)$/i.test(text)
}

/** A whole number from a query, or undefined. Throws 400. */
export function integerParam(params: URLSearchParams, name: string): number | undefined {
  const text = params.get(name)
  if (text === null || text === '') return undefined
  if (!/^-?\d{1,15}$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax (parameter ${name})`)
  return Number(text)
}

/** What every write takes from query and headers. Throws 400, 422. */
export function writeOptions(
  params: URLSearchParams,
  headers: IncomingHttpHeaders,
  kind: string,
): Pick<WriteRequest, 'manager' | 'dryRun' | 'fieldValidation'> {
  const dryRuns = params.getAll('dryRun').filter((value) => value !== '')
  if (dryRuns.some((value) => value !== 'All')) {
    throw optionsInvalid(kind, 'dryRun', `Unsupported value: ${JSON.stringify(dryRuns[0])}: supported values: "All"`)
  }
  const fieldValidation = params.get('fieldValidation') ?? ''
  if (fieldValidation !== '' && fieldValidation !== 'Ignore' && fieldValidation !== 'Warn' && fieldValidation !== 'Strict') {
    throw optionsInvalid(
      kind,
      'fieldValidation',
      `Unsupported value: ${JSON.stringify(fieldValidation)}: supported values: "", "Ignore", "Warn", "Strict"`,
    )
  }
  const manager = params.get('fieldManager') ?? ''
  if (manager.length > maxManagerLength)
    throw optionsInvalid(kind, 'fieldManager', `Too long: may not be more than ${maxManagerLength} bytes`)
  if (/[^\u0020-\u007e\u00a0-\uffff]/.test(manager))
    throw optionsInvalid(kind, 'fieldManager', `Invalid value: ${JSON.stringify(manager)}: should only contain printable characters`)
  return {
    manager: manager === '' ? managerOf(headers['user-agent']) : manager,
    dryRun: dryRuns.length > 0,
    fieldValidation: fieldValidation === '' ? 'Warn' : fieldValidation,
  }
}

/** The program's name, what stands before the first slash of its User-Agent. */
function managerOf(userAgent: string | undefined): string {
  return (userAgent ?? 'unknown').split('/')[0]?.slice(0, maxManagerLength) || 'unknown'
}

export function optionsInvalid(kind: string, field: string, message: string): ReturnType<typeof failure> {
  return failure(422, 'Invalid', `${kind}.meta.k8s.io "" is invalid: ${field}: ${message}`, {
    group: 'meta.k8s.io',
    kind,
    causes: [{ reason: 'FieldValueInvalid', message, field }],
  })
}

/** DeleteOptions from the query and from a body, which may be empty and wins. Throws 400, 422. */
export function deleteOptions(params: URLSearchParams, body: unknown): DeleteRequest & { dryRun: boolean } {
  const source = isRecord(body) ? body : {}
  const kind = source['kind']
  if (kind !== undefined && kind !== 'DeleteOptions' && kind !== '')
    throw badRequest(`a DELETE carries DeleteOptions, not ${JSON.stringify(kind)}`)
  const options: DeleteRequest & { dryRun: boolean } = { dryRun: false }
  const dryRun = Array.isArray(source['dryRun']) ? source['dryRun'] : params.getAll('dryRun').filter((value) => value !== '')
  if (dryRun.some((value) => value !== 'All'))
    throw optionsInvalid('DeleteOptions', 'dryRun', `Unsupported value: ${JSON.stringify(dryRun[0])}: supported values: "All"`)
  options.dryRun = dryRun.length > 0
  const grace = source['gracePeriodSeconds'] ?? integerParam(params, 'gracePeriodSeconds')
  if (grace !== undefined && grace !== null) {
    if (!Number.isInteger(grace)) throw badRequest('gracePeriodSeconds must be an integer')
    options.gracePeriodSeconds = grace as number
  }
  const orphan =
    source['orphanDependents'] ?? (params.get('orphanDependents') === null ? undefined : isTrue(params.get('orphanDependents')))
  const policy = source['propagationPolicy'] ?? params.get('propagationPolicy') ?? undefined
  if (policy !== undefined && policy !== null && policy !== '') {
    if (orphan !== undefined && orphan !== null) {
      throw optionsInvalid(
        'DeleteOptions',
        'propagationPolicy',
        'Invalid value: orphanDependents and deletionPropagation cannot be both set',
      )
    }
    if (policy !== 'Background' && policy !== 'Foreground' && policy !== 'Orphan') {
      throw optionsInvalid(
        'DeleteOptions',
        'propagationPolicy',
        `Unsupported value: ${JSON.stringify(policy)}: supported values: "Foreground", "Background", "Orphan", "nil"`,
      )
    }
    options.propagationPolicy = policy
  } else if (typeof orphan === 'boolean') {
    options.propagationPolicy = orphan ? 'Orphan' : 'Background'
  }
  const preconditions = source['preconditions']
  if (isRecord(preconditions)) {
    const { uid, resourceVersion } = preconditions
    options.preconditions = {
      ...(typeof uid === 'string' ? { uid } : {}),
      ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
    }
  }
  return options
}
