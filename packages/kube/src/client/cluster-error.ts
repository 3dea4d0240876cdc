import type { KubeStatus } from '../object.ts'
import { KubeApiError, KubeConnectionError } from './kube-client.ts'
import { maskCredentials } from './secret-mask.ts'

/** Where the way to a cluster is written down, in words. */
export interface AccessOrigin {
  /** `context 'dev'`, `Secret argocd/cluster-dev`. */
  name: string
  /** Where it is corrected: `the kubeconfig`, `that Secret`. */
  place: string
}

/** Who was asked what: the words that every failure of a request is told in. */
export interface RequestFacts {
  server: string
  origin: AccessOrigin
  method: string
  path: string
  secrets: readonly string[]
}

/**
 * The error for an answer of 400 and above. What the cluster says about an object is passed on as it is, since it names the field;
 * an answer about the connection or the caller says in addition where it came from and what to do.
 */
export function apiError(code: number, body: string, facts: RequestFacts): KubeApiError {
  const status = parseStatus(body)
  const said = maskCredentials(status?.message ?? (body.trim().slice(0, 300) || `HTTP ${code}`), facts.secrets)
  const reason = status?.reason ?? reasonOf(code)
  return new KubeApiError(code, reason, `${said}${adviceOf(code, facts)}`, status)
}

function adviceOf(code: number, facts: RequestFacts): string {
  const where = `the cluster at ${facts.server}`
  if (code === 401) return ` (${where} refused the credentials of ${facts.origin.name}: renew them in ${facts.origin.place})`
  if (code === 403) return ` (${where}, ${facts.origin.name}: ask its administrator for this permission)`
  if (code === 429) return ` (${where} is overloaded: try again later)`
  if (code >= 500) return ` (${where} answered ${code} to ${facts.method} ${facts.path}: look at its API server)`
  return ` (${where})`
}

function parseStatus(body: string): KubeStatus | undefined {
  if (!body.startsWith('{')) return undefined
  try {
    const value = JSON.parse(body) as Partial<KubeStatus> | null
    return value?.kind === 'Status' ? (value as KubeStatus) : undefined
  } catch {
    return undefined
  }
}

/** Reasons as meta/v1 names them, for servers (and proxies before them) that send no Status. */
function reasonOf(code: number): string {
  const reasons: Record<number, string> = {
    400: 'BadRequest',
    401: 'Unauthorized',
    403: 'Forbidden',
    404: 'NotFound',
    405: 'MethodNotAllowed',
    409: 'Conflict',
    410: 'Expired',
    413: 'RequestEntityTooLarge',
    415: 'UnsupportedMediaType',
    422: 'Invalid',
    429: 'TooManyRequests',
    500: 'InternalError',
    503: 'ServiceUnavailable',
    504: 'Timeout',
  }
  return reasons[code] ?? 'Unknown'
}

/** The error for a request that got no answer. */
export function connectionError(error: unknown, facts: RequestFacts): KubeConnectionError {
  if (error instanceof KubeConnectionError) return error
  const code = codeOf(error)
  const detail = maskCredentials(error instanceof Error ? error.message : String(error), facts.secrets)
  const where = `The cluster at ${facts.server} (${facts.origin.name})`
  const made = new KubeConnectionError(`${where} ${explain(code, detail, facts.origin.place)}`)
  Object.defineProperty(made, 'code', { value: code, enumerable: false })
  return made
}

function explain(code: string, detail: string, place: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return `refuses connections: check that it runs and that the address in ${place} is right.`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `cannot be found by name: check the address in ${place} and the DNS of this machine.`
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'cannot be reached: check the network between this machine and the cluster.'
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
    case 'REQUEST_TIMEOUT':
      return `did not answer in time (${detail}): it may be overloaded.`
    case 'CERT_HAS_EXPIRED':
      return 'shows a certificate that has expired: renew it, and check the clock of this machine.'
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `shows a certificate for another name (${detail}): use an address that it is for, or set the TLS server name in ${place}.`
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `shows a certificate that ${place} does not trust: set its certificate-authority.`
    default:
      return `broke the connection: ${detail}.`
  }
}

/** `code` of the error or of what caused it. */
export function codeOf(error: unknown): string {
  for (let one: unknown = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth++) {
    const code = (one as { code?: unknown }).code
    if (typeof code === 'string') return code
    if (one instanceof AggregateError && one.errors.length > 0) return codeOf(one.errors[0])
  }
  return ''
}
