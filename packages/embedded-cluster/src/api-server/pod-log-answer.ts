import type { KubeObject, LogOptions } from '@plimsoll/kube'
import type { NodeAgent } from '../contract.ts'
import { asFailure, badRequest, failure } from './api-failure.ts'
import type { ResourceCall } from './http-api.ts'
import { integerParam, isTrue, optionsInvalid } from './request-options.ts'

function logOptions(params: URLSearchParams, signal: AbortSignal): LogOptions {
  const options: LogOptions = { signal }
  const container = params.get('container')
  if (container) options.container = container
  if (isTrue(params.get('follow'))) options.follow = true
  if (isTrue(params.get('previous'))) options.previous = true
  if (isTrue(params.get('timestamps'))) options.timestamps = true
  for (const name of ['tailLines', 'sinceSeconds', 'limitBytes'] as const) {
    const value = integerParam(params, name)
    if (value === undefined) continue
    const lowest = name === 'tailLines' ? 0 : 1
    if (value < lowest)
      throw optionsInvalid('PodLogOptions', name, `Invalid value: ${value}: must be greater than ${lowest === 0 ? 'or equal to 0' : '0'}`)
    options[name] = value
  }
  const sinceTime = params.get('sinceTime')
  if (sinceTime) {
    if (Number.isNaN(Date.parse(sinceTime))) throw badRequest(`parsing time ${JSON.stringify(sinceTime)} as RFC 3339 failed`)
    if (options.sinceSeconds !== undefined)
      throw optionsInvalid('PodLogOptions', 'sinceSeconds', 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified')
    options.sinceTime = sinceTime
  }
  return options
}

/** Streams a container's log. Rejects with what the node says when there is none. */
export async function answerPodLog(call: ResourceCall, pod: KubeObject, node: NodeAgent | undefined): Promise<void> {
  const { request, response, params } = call
  if (node === undefined) throw failure(503, 'ServiceUnavailable', 'the node does not answer')
  const abort = new AbortController()
  response.on('close', () => abort.abort())
  const chunks = await node.logs(pod, logOptions(params, abort.signal))
  response.statusCode = 200
  response.setHeader('Content-Type', 'text/plain')
  response.setHeader('Cache-Control', 'no-cache, private')
  // A follower waits for the headers, which may come long before the first line.
  response.flushHeaders()
  request.socket.setNoDelay(true)
  try {
    for await (const chunk of chunks) {
      if (response.destroyed) break
      if (!response.write(chunk)) {
        await new Promise<void>((resolve) => {
          const go = (): void => {
            response.off('drain', go)
            response.off('close', go)
            resolve()
          }
          response.on('drain', go)
          response.on('close', go)
        })
      }
    }
    response.end()
  } catch (error) {
    if (abort.signal.aborted) return
    // In the middle of a text there is no other way to say it.
    response.end(`\n${asFailure(error).message}\n`)
  }
}
