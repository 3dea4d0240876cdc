import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzip } from 'node:zlib'
import type { KubeApiError } from '@plimsoll/kube'
import { encodeObject, encodingOf } from './answer-encoding.ts'
import { statusOf } from './api-failure.ts'

/** Compressing less than this costs more than it saves (apiserver `defaultGzipThresholdBytes`). */
const gzipThreshold = 128 * 1024

/** Warnings as RFC 7234 wants them, 299 and quoted; nothing that ends a header gets in. */
export function warningHeaders(warnings: readonly string[]): string[] {
  return warnings.slice(0, 100).map((text) => {
    const clean = text.replace(/[^\u0020-\u007e]/g, ' ').slice(0, 2_000)
    return `299 - "${clean.replace(/["\\]/g, '\\$&')}"`
  })
}

export function answerText(
  request: IncomingMessage,
  response: ServerResponse,
  code: number,
  text: string,
  options: { warnings?: readonly string[]; contentType?: string; headers?: Record<string, string> } = {},
): void {
  if (response.headersSent || response.destroyed) return
  response.statusCode = code
  const encoded = options.contentType === undefined ? encodeObject(text, encodingOf(request.headers.accept)) : undefined
  response.setHeader('Content-Type', encoded?.contentType ?? options.contentType ?? 'application/json')
  response.setHeader('Cache-Control', 'no-cache, private')
  for (const [name, value] of Object.entries(options.headers ?? {})) response.setHeader(name, value)
  for (const header of warningHeaders(options.warnings ?? [])) response.appendHeader('Warning', header)
  const body = encoded?.body ?? Buffer.from(text)
  if (body.length > gzipThreshold && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
    response.setHeader('Vary', 'Accept-Encoding')
    gzip(body, { level: 1 }, (error, compressed) => {
      if (response.destroyed) return
      if (error === null) {
        response.setHeader('Content-Encoding', 'gzip')
        response.setHeader('Content-Length', compressed.length)
        response.end(compressed)
      } else {
        response.end(body)
      }
    })
    return
  }
  response.setHeader('Content-Length', body.length)
  response.end(body)
}

export function answerValue(
  request: IncomingMessage,
  response: ServerResponse,
  code: number,
  value: unknown,
  options: Parameters<typeof answerText>[4] = {},
): void {
  answerText(request, response, code, JSON.stringify(value), options)
}

export function answerFailure(
  request: IncomingMessage,
  response: ServerResponse,
  error: KubeApiError,
  warnings: readonly string[] = [],
): void {
  const status = statusOf(error)
  const retryAfter = status.details?.retryAfterSeconds
  answerValue(request, response, error.code, status, {
    warnings,
    headers: {
      ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
      // What is left of a body that was too large is not read: the connection ends with the answer.
      ...(error.code === 413 ? { Connection: 'close' } : {}),
    },
  })
}
