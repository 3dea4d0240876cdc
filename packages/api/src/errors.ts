/**
 * The one table of error codes. API, CLI and console read it: what HTTP status an error has, whether trying again can help,
 * whose turn it is (the user's, or ours who run Plimsoll), and what to do. `grpc` is the code that Argo CD's clients read in the body.
 */
export const errorCodes = {
  unauthenticated: { status: 401, grpc: 16, retryable: false, turn: 'user', remedy: 'Sign in again, or pass a token that is still valid.' },
  'sign-in-refused': {
    status: 401,
    grpc: 16,
    retryable: true,
    turn: 'user',
    remedy: 'Check user name and password. A new password is set on the machine with `npx plimsoll admin password`.',
  },
  'too-many-attempts': {
    status: 429,
    grpc: 8,
    retryable: true,
    turn: 'user',
    remedy: 'Wait until the time that the answer names, then try again.',
  },
  'permission-denied': {
    status: 403,
    grpc: 7,
    retryable: false,
    turn: 'user',
    remedy: 'Ask somebody who may, or ask for the permission that the message names.',
  },
  'origin-refused': {
    status: 403,
    grpc: 7,
    retryable: false,
    turn: 'user',
    remedy: 'Open the console at the address that the server prints, and act from there.',
  },
  'not-found': { status: 404, grpc: 5, retryable: false, turn: 'user', remedy: 'Check the name and the namespace.' },
  'already-exists': {
    status: 409,
    grpc: 6,
    retryable: false,
    turn: 'user',
    remedy: 'Choose another name, or change what is there (`--upsert`).',
  },
  conflict: {
    status: 409,
    grpc: 10,
    retryable: true,
    turn: 'user',
    remedy: 'Somebody changed it at the same time: read it again and repeat the change.',
  },
  'operation-in-progress': {
    status: 400,
    grpc: 9,
    retryable: true,
    turn: 'user',
    remedy: 'Wait for the running operation, or terminate it.',
  },
  'invalid-request': { status: 400, grpc: 3, retryable: false, turn: 'user', remedy: 'Correct the field that the message names.' },
  'invalid-application': { status: 400, grpc: 3, retryable: false, turn: 'user', remedy: 'Correct the field that the message names.' },
  'invalid-application-set': {
    status: 400,
    grpc: 3,
    retryable: false,
    turn: 'user',
    remedy: 'Correct the field that the message names.',
  },
  'generator-failed': {
    status: 400,
    grpc: 9,
    retryable: true,
    turn: 'user',
    remedy: 'See that what the generator asks answers; until then nothing is changed.',
  },
  'automation-enabled': {
    status: 400,
    grpc: 9,
    retryable: false,
    turn: 'user',
    remedy: 'Sync without a revision, roll back to it, or turn automated sync off first.',
  },
  'automation-held': { status: 400, grpc: 9, retryable: false, turn: 'user', remedy: 'Resume automated sync, or revert in Git.' },
  'sync-window-closed': {
    status: 403,
    grpc: 7,
    retryable: true,
    turn: 'user',
    remedy:
      'Wait until the time that the message names, or let the window allow manual syncs (`plimsoll proj windows enable-manual-sync`).',
  },
  'project-forbids': {
    status: 403,
    grpc: 7,
    retryable: false,
    turn: 'user',
    remedy: 'See what the project permits (`plimsoll proj get NAME`), and have it changed, or use another project.',
  },
  'rollback-impossible': {
    status: 400,
    grpc: 9,
    retryable: false,
    turn: 'user',
    remedy: 'Choose an entry of the history that has a revision.',
  },
  'repository-unreachable': {
    status: 502,
    grpc: 14,
    retryable: true,
    turn: 'user',
    remedy: 'Check the address and that the repository answers from this machine.',
  },
  'revision-not-found': {
    status: 400,
    grpc: 3,
    retryable: false,
    turn: 'user',
    remedy: 'Set targetRevision to a branch, tag or commit that the repository has.',
  },
  'revision-not-signed': {
    status: 400,
    grpc: 3,
    retryable: false,
    turn: 'user',
    remedy: 'Sign the commit or tag with a key that the project allows (spec.signatureKeys), and that is known here.',
  },
  'path-not-found': { status: 400, grpc: 3, retryable: false, turn: 'user', remedy: 'Set the path to a folder of the repository.' },
  'path-outside-repository': {
    status: 400,
    grpc: 3,
    retryable: false,
    turn: 'user',
    remedy: 'Use a path inside the repository; links that leave it are not followed.',
  },
  'manifest-invalid': {
    status: 400,
    grpc: 3,
    retryable: false,
    turn: 'user',
    remedy: 'Correct the file at the line that the message names, and push.',
  },
  'manifest-too-large': {
    status: 400,
    grpc: 3,
    retryable: false,
    turn: 'user',
    remedy: 'Keep manifests small: move data out of Git, or exclude the file.',
  },
  'duplicate-object': { status: 400, grpc: 3, retryable: false, turn: 'user', remedy: 'Keep one of the two definitions.' },
  'render-timeout': {
    status: 400,
    grpc: 4,
    retryable: true,
    turn: 'user',
    remedy: 'Make the source smaller, or exclude what is not a manifest.',
  },
  'render-failed': { status: 400, grpc: 3, retryable: false, turn: 'user', remedy: 'Correct the source where the message says.' },
  'source-not-supported': { status: 400, grpc: 12, retryable: false, turn: 'user', remedy: 'Use a source type that this version renders.' },
  'cluster-unreachable': {
    status: 503,
    grpc: 14,
    retryable: true,
    turn: 'ours',
    remedy: 'Check that the cluster runs and that its credentials are still valid.',
  },
  'cluster-not-found': {
    status: 400,
    grpc: 3,
    retryable: false,
    turn: 'user',
    remedy: 'Use the address or name of a cluster that Plimsoll knows.',
  },
  'cluster-refused': { status: 400, grpc: 9, retryable: false, turn: 'user', remedy: 'Correct what the cluster names, and sync again.' },
  'merge-blocked': {
    status: 409,
    grpc: 9,
    retryable: false,
    turn: 'user',
    remedy: 'Meet what the message names, then merge again.',
  },
  'not-supported-by-provider': {
    status: 400,
    grpc: 12,
    retryable: false,
    turn: 'user',
    remedy: 'Do it where the repository lives, or in the way that the message names.',
  },
  'payload-too-large': { status: 413, grpc: 8, retryable: false, turn: 'user', remedy: 'Send less in one request.' },
  timeout: { status: 504, grpc: 4, retryable: true, turn: 'ours', remedy: 'Try again; if it stays, look at the server log.' },
  internal: {
    status: 500,
    grpc: 13,
    retryable: true,
    turn: 'ours',
    remedy: 'Try again. If it stays, the server log has the details under the id in this answer.',
  },
} as const satisfies Record<string, ErrorFacts>

export interface ErrorFacts {
  status: number
  grpc: number
  retryable: boolean
  turn: 'user' | 'ours'
  remedy: string
}

export type ErrorCode = keyof typeof errorCodes

/** A failure that crosses the API. The message says what happened to which object; the remedy what to do next. */
export class PlimsollError extends Error {
  override readonly name = 'PlimsollError'
  readonly code: ErrorCode
  /** Replaces the table's remedy where a better one is known. */
  readonly remedy: string
  /** Where in a file, when it is about one. */
  readonly at: SourcePosition | undefined

  constructor(code: ErrorCode, message: string, options: { remedy?: string; at?: SourcePosition; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.remedy = options.remedy ?? errorCodes[code].remedy
    this.at = options.at
  }

  get facts(): ErrorFacts {
    return errorCodes[this.code]
  }
}

/** Lines and columns count from 1. */
export interface SourcePosition {
  file: string
  line?: number
  column?: number
}

/** The body of every error answer. `error` and `code` are where Argo CD's clients look; the rest is ours. */
export interface ErrorBody {
  error: string
  message: string
  code: number
  reason: ErrorCode
  remedy: string
  retryable: boolean
  at?: SourcePosition
  requestId?: string
}

export function errorBody(error: PlimsollError, requestId?: string): ErrorBody {
  return {
    error: error.message,
    message: error.message,
    code: error.facts.grpc,
    reason: error.code,
    remedy: error.remedy,
    retryable: error.facts.retryable,
    ...(error.at && { at: error.at }),
    ...(requestId && { requestId }),
  }
}
