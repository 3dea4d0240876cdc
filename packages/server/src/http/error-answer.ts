import { errorBody, PlimsollError } from '@plimsoll/api'
import { KubeApiError, KubeConnectionError, maskCredentials } from '@plimsoll/kube'
import { ZodError } from 'zod'

/** Any failure as one of the table. What nobody expected becomes `internal`: the details are for the log alone. */
export function toPlimsollError(error: unknown): PlimsollError {
  if (error instanceof PlimsollError) return error
  if (error instanceof KubeApiError) return fromCluster(error)
  if (error instanceof KubeConnectionError) return new PlimsollError('cluster-unreachable', error.message, { cause: error })
  if (error instanceof ZodError)
    return new PlimsollError('invalid-request', error.issues.map((issue) => describeIssue(issue.path, issue.message)).join('; '))
  const { code, statusCode, validation } = error as {
    code?: unknown
    statusCode?: unknown
    validation?: { instancePath: string; message?: string }[]
  }
  if (Array.isArray(validation)) {
    const issues = validation
      .slice(0, 10)
      .map((issue) => describeIssue(issue.instancePath.split('/').filter(Boolean), issue.message ?? 'is invalid'))
    return new PlimsollError('invalid-request', issues.join('; '))
  }
  if (statusCode === 413 || code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new PlimsollError('payload-too-large', 'The body of this request is too large.')
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new PlimsollError('invalid-request', 'The body has a content type that is not understood here.', {
      remedy: 'Send JSON, with content-type: application/json.',
    })
  }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 && error instanceof Error) {
    return new PlimsollError('invalid-request', maskCredentials(error.message), { remedy: 'Correct the request.' })
  }
  return new PlimsollError('internal', 'Something went wrong that was not foreseen.', { cause: error })
}

/** Status and body of the answer for a failure. */
export function answerFor(error: PlimsollError, requestId: string): { status: number; body: ReturnType<typeof errorBody> } {
  const body = errorBody(error, requestId)
  const message = maskCredentials(body.message)
  return { status: error.facts.status, body: { ...body, message, error: message } }
}

function fromCluster(error: KubeApiError): PlimsollError {
  const options = { cause: error }
  if (error.code === 404) return new PlimsollError('not-found', error.message, options)
  if (error.code === 409) return new PlimsollError(error.reason === 'AlreadyExists' ? 'already-exists' : 'conflict', error.message, options)
  if (error.code === 401 || error.code >= 500) return new PlimsollError('cluster-unreachable', error.message, options)
  return new PlimsollError('cluster-refused', error.message, options)
}

function describeIssue(path: readonly PropertyKey[], message: string): string {
  const where = path.map(String).join('.')
  return where === '' ? message : `${where}: ${message}`
}
