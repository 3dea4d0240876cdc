import * as http from 'node:http'
import * as https from 'node:https'
import { connect } from 'node:net'
import type { HttpGetAction, ProbeHandler } from './pod.ts'

export type ProbeResult = { ok: true } | { ok: false; message: string }

/** What a probe or a hook may reach of its container. */
export interface ProbeTarget {
  podIP: string
  /** Where a container port really listens. */
  addressOf(port: number | string): { host: string; port: number; containerPort: number } | undefined
  /** Runs a command beside the container; its output is cut to a few kilobytes. */
  run(command: string[], signal: AbortSignal): Promise<{ code: number; output: string }>
}

/** pkg/probe/http: no more of an answer than this is read. */
const mostAnswerBytes = 10 * 1024

/**
 * One look at a container. It always goes to the container itself: a `host` in the action becomes the Host header, because a manifest must
 * not make this machine call others. gRPC is checked as far as that the port accepts connections.
 */
export async function checkProbe(handler: ProbeHandler, target: ProbeTarget, timeoutMs: number): Promise<ProbeResult> {
  if (handler.exec) return checkExec(handler.exec.command ?? [], target, timeoutMs)
  if (handler.httpGet) return checkHttp(handler.httpGet, target, timeoutMs)
  const port = handler.tcpSocket?.port ?? handler.grpc?.port
  if (port !== undefined) return checkTcp(port, target, timeoutMs)
  return { ok: false, message: 'missing probe handler' }
}

async function checkExec(command: string[], target: ProbeTarget, timeoutMs: number): Promise<ProbeResult> {
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const { code, output } = await target.run(command, signal)
    if (signal.aborted) return { ok: false, message: `command ${JSON.stringify(command.join(' '))} timed out` }
    return code === 0 ? { ok: true } : { ok: false, message: output.trim() }
  } catch (error) {
    return { ok: false, message: (error as Error).message }
  }
}

function checkHttp(action: HttpGetAction, target: ProbeTarget, timeoutMs: number): Promise<ProbeResult> {
  const address = target.addressOf(action.port)
  const isTls = action.scheme?.toUpperCase() === 'HTTPS'
  const path = action.path === undefined || action.path === '' ? '/' : action.path.startsWith('/') ? action.path : `/${action.path}`
  const shownHost = action.host ?? target.podIP
  const shown = `${isTls ? 'https' : 'http'}://${shownHost}:${address?.containerPort ?? String(action.port)}${path}`
  if (address === undefined)
    return Promise.resolve({ ok: false, message: `Get "${shown}": the container does not have port ${action.port}` })
  const headers: http.OutgoingHttpHeaders = {
    'User-Agent': 'kube-probe/1.33',
    Accept: '*/*',
    Connection: 'close',
    Host: `${shownHost}:${address.containerPort}`,
  }
  for (const { name, value } of action.httpHeaders ?? []) headers[name] = value

  return new Promise((resolve) => {
    const fail = (message: string) => resolve({ ok: false, message })
    let request: http.ClientRequest
    try {
      const options = { host: address.host, port: address.port, path, headers, agent: false, signal: AbortSignal.timeout(timeoutMs) }
      request = isTls ? https.request({ ...options, rejectUnauthorized: false }) : http.request(options)
    } catch (error) {
      // A path or header that cannot be sent.
      return fail((error as Error).message)
    }
    request.on('response', (response) => {
      const status = response.statusCode ?? 0
      let seen = 0
      const settle = () => {
        if (status >= 200 && status < 400) resolve({ ok: true })
        else fail(`HTTP probe failed with statuscode: ${status}`)
        request.destroy()
      }
      response.on('data', (chunk: Buffer) => (seen += chunk.length) > mostAnswerBytes && settle())
      response.on('end', settle)
      response.on('error', () => fail(`Get "${shown}": the connection broke`))
    })
    request.on('error', (error: NodeJS.ErrnoException) => fail(`Get "${shown}": ${wordsOf(error, shownHost, address.containerPort)}`))
    request.end()
  })
}

function checkTcp(port: number | string, target: ProbeTarget, timeoutMs: number): Promise<ProbeResult> {
  const address = target.addressOf(port)
  if (address === undefined) return Promise.resolve({ ok: false, message: `the container does not have port ${port}` })
  return new Promise((resolve) => {
    const socket = connect(address.port, address.host)
    socket.setTimeout(timeoutMs)
    const finish = (result: ProbeResult) => {
      socket.destroy()
      resolve(result)
    }
    socket.on('connect', () => finish({ ok: true }))
    socket.on('timeout', () => finish({ ok: false, message: `dial tcp ${target.podIP}:${address.containerPort}: i/o timeout` }))
    socket.on('error', (error) => finish({ ok: false, message: wordsOf(error, target.podIP, address.containerPort) }))
  })
}

function wordsOf(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'ECONNREFUSED') return `dial tcp ${host}:${port}: connect: connection refused`
  if (error.code === 'ECONNRESET') return `read tcp ${host}:${port}: read: connection reset by peer`
  if (error.name === 'AbortError' || error.code === 'ABORT_ERR' || error.name === 'TimeoutError')
    return 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
  return error.message
}
