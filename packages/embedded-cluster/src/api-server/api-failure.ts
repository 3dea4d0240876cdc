import { KubeApiError, type KubeStatus } from '@plimsoll/kube'
import type { FieldProblem, KindDefinition } from './kind-registry.ts'

/** Answers of 400 and above, in the words of a real API server (k8s.io/apimachinery pkg/api/errors), because scripts and people look for them. */

type Details = NonNullable<KubeStatus['details']>

export function failure(code: number, reason: string, message: string, details?: Details): KubeApiError {
  const status: KubeStatus = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code }
  if (details !== undefined) status.details = details
  return new KubeApiError(code, reason, message, status)
}

/** `deployments.apps`, `pods`. */
export function qualifiedResource(definition: KindDefinition): string {
  const { plural, group } = definition.type
  return group === '' ? plural : `${plural}.${group}`
}

function qualifiedKind(definition: KindDefinition): string {
  const { kind, group } = definition.type
  return group === '' ? kind : `${kind}.${group}`
}

/** As a Status names a resource: the plural stands in `kind`. */
function detailsOf(definition: KindDefinition, name: string): Details {
  const { group, plural } = definition.type
  return { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: plural }
}

export function notFound(definition: KindDefinition, name: string): KubeApiError {
  return failure(404, 'NotFound', `${qualifiedResource(definition)} "${name}" not found`, detailsOf(definition, name))
}

export function alreadyExists(definition: KindDefinition, name: string): KubeApiError {
  return failure(409, 'AlreadyExists', `${qualifiedResource(definition)} "${name}" already exists`, detailsOf(definition, name))
}

export function conflict(definition: KindDefinition, name: string, why: string): KubeApiError {
  return failure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedResource(definition)} "${name}": ${why}`,
    detailsOf(definition, name),
  )
}

export const modifiedMeanwhile = 'the object has been modified; please apply your changes to the latest version and try again'

export function badRequest(message: string): KubeApiError {
  return failure(400, 'BadRequest', message)
}

export function forbidden(definition: KindDefinition, name: string, why: string, causes?: Details['causes']): KubeApiError {
  const details = detailsOf(definition, name)
  if (causes !== undefined) details.causes = causes
  return failure(403, 'Forbidden', `${qualifiedResource(definition)} "${name}" is forbidden: ${why}`, details)
}

export function invalid(definition: KindDefinition, name: string, problems: readonly FieldProblem[]): KubeApiError {
  const { group, kind } = definition.type
  const texts = problems.map((problem) => `${problem.field}: ${problem.message}`)
  const list = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
  return failure(422, 'Invalid', `${qualifiedKind(definition)} "${name}" is invalid: ${list}`, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind,
    causes: problems.map((problem) => ({ reason: problem.reason, message: problem.message, field: problem.field })),
  })
}

/** One problem of a body that is not an object of a stored kind. */
export function optionsProblem(kind: string, name: string, path: string, message: string): KubeApiError {
  return failure(422, 'Invalid', `${kind} ${JSON.stringify(name)} is invalid: ${path}: ${message}`, {
    name,
    kind,
    causes: [{ reason: 'FieldValueInvalid', message, field: path }],
  })
}

export function expired(message: string): KubeApiError {
  return failure(410, 'Expired', message)
}

export function tooOld(revision: number, oldest: number): KubeApiError {
  return expired(`too old resource version: ${revision} (${oldest})`)
}

/** Clients know it by its cause, and read again without a version (apiserver `storage.NewTooLargeResourceVersionError`). */
export function tooLargeRevision(wanted: number, current: number): KubeApiError {
  const message = `Too large resource version: ${wanted}, current: ${current}`
  return failure(504, 'Timeout', message, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })
}

export function methodNotAllowed(): KubeApiError {
  return failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource')
}

export function unknownPath(): KubeApiError {
  return failure(404, 'NotFound', 'the server could not find the requested resource')
}

export function unsupportedMediaType(message: string): KubeApiError {
  return failure(415, 'UnsupportedMediaType', message)
}

export function tooLarge(message: string): KubeApiError {
  return failure(413, 'RequestEntityTooLarge', message)
}

export function unauthorized(): KubeApiError {
  return failure(401, 'Unauthorized', 'Unauthorized')
}

export function internalError(message: string): KubeApiError {
  return failure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] })
}

/** Any thrown thing as a failure: what is not ours is a 500 that tells the message and nothing more. */
export function asFailure(error: unknown): KubeApiError {
  if (error instanceof KubeApiError) return error
  return internalError(error instanceof Error ? error.message : String(error))
}

export function statusOf(error: KubeApiError): KubeStatus {
  return (
    error.status ?? {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: error.message,
      reason: error.reason,
      code: error.code,
    }
  )
}
