import type { ErrorBody, ErrorCode, SourcePosition } from '@plimsoll/api'

/** `no-answer`: no answer came at all; `unreadable`: what came was not an answer of the API. */
export type FailureReason = ErrorCode | 'no-answer' | 'unreadable'

/** A request that did not succeed, in the words of the server where it had any. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly reason: FailureReason
  readonly remedy: string
  readonly retryable: boolean
  readonly at: SourcePosition | undefined
  readonly requestId: string | undefined

  constructor(status: number, reason: FailureReason, message: string, body: Partial<ErrorBody> = {}) {
    super(message)
    this.status = status
    this.reason = reason
    this.remedy = body.remedy ?? ''
    this.retryable = body.retryable ?? status === 0
    this.at = body.at
    this.requestId = body.requestId
  }
}

/** A list is a name that comes several times. */
export type Query = Record<string, string | number | boolean | readonly string[] | undefined>

export function toUrl(path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of typeof value === 'object' ? value : [value]) if (one !== undefined && one !== '') search.append(name, String(one))
  }
  const text = search.toString()
  return text ? `${path}?${text}` : path
}

/** Joins path segments, each encoded: a name may hold anything. */
export function join(...segments: string[]): string {
  return `/api/v1/${segments.map(encodeURIComponent).join('/')}`
}

let onSignedOut = () => {}

/** Called once a request is refused because nobody is signed in. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener
}

let onStreamEnded = () => {}

/** Called when the server has ended a stream that goes on: whoever is signed in may have other rights now. */
export function whenStreamEnded(listener: () => void): void {
  onStreamEnded = listener
}

export function noticeStreamEnded(): void {
  onStreamEnded()
}

export interface Request {
  query?: Query
  body?: unknown
  /** Sent as it is, instead of JSON. */
  text?: { content: string; type: string }
  signal?: AbortSignal
  /** What is wanted; JSON unless said otherwise. */
  accept?: string
}

/** A stream says it in the middle, when a session ends while it is open. */
export function noticeSignedOut(): void {
  onSignedOut()
}

export async function call<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, request: Request = {}): Promise<T> {
  const response = await send(method, path, request)
  const text = await response.text().catch((cause: unknown) => {
    if (isAbort(cause)) throw cause
    throw new ApiError(0, 'no-answer', String(cause))
  })
  if (text === '') return undefined as T
  try {
    return JSON.parse(text) as T
  } catch {
    throw new ApiError(response.status, 'unreadable', `${method} ${path}`)
  }
}

/** The answer itself, for streams. Throws an `ApiError` for anything but success. */
export async function send(
  method: string,
  path: string,
  { query, body, text, signal, accept = 'application/json' }: Request = {},
): Promise<Response> {
  const headers: Record<string, string> = { accept }
  if (text) headers['content-type'] = text.type
  else if (body !== undefined) headers['content-type'] = 'application/json'
  let response: Response
  try {
    response = await fetch(toUrl(path, query), {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      ...(text ? { body: text.content } : body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    })
  } catch (cause) {
    if (isAbort(cause)) throw cause
    throw new ApiError(0, 'no-answer', String(cause))
  }
  if (response.ok) return response
  throw await readFailure(response, path)
}

async function readFailure(response: Response, path: string): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => undefined)
  if (response.status === 401 && !path.endsWith('/session')) onSignedOut()
  if (typeof body !== 'object' || body === null) {
    return new ApiError(response.status, response.status === 404 ? 'not-found' : 'unreadable', `${response.status} ${response.statusText}`)
  }
  const known = body as Partial<ErrorBody>
  return new ApiError(
    response.status,
    known.reason ?? (response.status === 401 ? 'unauthenticated' : 'internal'),
    known.message ?? known.error ?? response.statusText,
    known,
  )
}

export function isAbort(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'AbortError'
}
