import { type ClientRequest, request as requestHttp } from 'node:http'
import { PlimsollError } from '@plimsoll/api'
import { fetchOutside, type NetworkPolicy } from '@plimsoll/network'
import type { HttpProbe } from '../contract.ts'

const maxBodyBytes = 1024 * 1024

/**
 * Asks what a stage serves. A Service of the embedded cluster is reached through its gateway (`NAME.NAMESPACE.localhost`), which is ours and not
 * the user's to choose; in another cluster by the name that it has inside. An address goes the way of everything that users name.
 */
export function createHttpProbe(options: { gatewayUrl: (() => string | undefined) | undefined; policy: NetworkPolicy }): HttpProbe {
  return {
    async ask({ service, port, path = '/', url, method = 'GET', body, namespace }, { timeoutMs }) {
      if (service !== undefined) {
        const gateway = options.gatewayUrl?.()
        // Put together, not resolved: a path that begins with two slashes leads nowhere else.
        if (gateway === undefined)
          return ask(new URL(`http://${service}.${namespace}.svc:${port ?? 80}${path}`), { method, body, timeoutMs })
        const host = `${port === undefined ? '' : `${port}.`}${service}.${namespace}.localhost`
        return ask(new URL(new URL(gateway).origin + path), { method, body, timeoutMs, host })
      }
      if (url === undefined) throw new PlimsollError('invalid-request', "An http step names a 'service' or a 'url'.")
      if (method !== 'GET')
        throw new PlimsollError('invalid-request', "An http step with a 'url' asks with GET; name a 'service' to send something.")
      const answer = await fetchOutside(new URL(url), { policy: options.policy, maxBytes: maxBodyBytes, timeoutMs })
      return { status: answer.status, body: answer.body.toString('utf8') }
    },
  }
}

function ask(
  url: URL,
  { method, body, timeoutMs, host }: { method: string; body: string | undefined; timeoutMs: number; host?: string },
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...(host !== undefined && { host }),
      'user-agent': 'plimsoll',
      ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    }
    const request: ClientRequest = requestHttp(
      url,
      { method, headers, signal: AbortSignal.timeout(timeoutMs), agent: false },
      (response) => {
        const chunks: Buffer[] = []
        let bytes = 0
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (bytes > maxBodyBytes) request.destroy(new Error('it answers with more than 1 MiB'))
          else chunks.push(chunk)
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }))
        response.on('error', reject)
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}
