import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { createKubeClient, type HttpKubeClient } from './http-kube-client.ts'

/** What a container does, as its API server says it: of channel numbers and bytes. */
let container: (socket: WebSocket, url: URL) => void
let refusal: { code: number; body: object } | undefined
let server: Server
let folder: string
let client: HttpKubeClient

async function openClient(proxy?: string): Promise<HttpKubeClient> {
  const file = join(folder, `config-${proxy === undefined ? 'plain' : 'proxy'}`)
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/base`
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'c', cluster: { server: address, ...(proxy !== undefined && { 'proxy-url': proxy }) } }],
    users: [{ name: 'u', user: { token: 'secret' } }],
    contexts: [{ name: 'test', context: { cluster: 'c', user: 'u' } }],
  }
  writeFileSync(file, JSON.stringify(config))
  return createKubeClient({ kubeconfigPath: file })
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-exec-'))
  refusal = undefined
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'v5.channel.k8s.io' })
  server = createServer()
  server.on('upgrade', (request, socket, head) => {
    if (refusal) {
      const body = JSON.stringify(refusal.body)
      socket.end(`HTTP/1.1 ${refusal.code} No\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
      return
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => container(webSocket, new URL(request.url ?? '', 'http://x')))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  client = await openClient()
})

afterEach(async () => {
  await client.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

const pod = { namespace: 'ci', name: 'job-1' }
const say = (socket: WebSocket, channel: number, text: string | object): void =>
  socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(typeof text === 'string' ? text : JSON.stringify(text))]))

describe('a command in a container', () => {
  it('gets its words and its input, and gives its output and its exit code', async () => {
    let asked: URL | undefined
    container = (socket, url) => {
      asked = url
      say(socket, 1, '')
      say(socket, 1, 'ready ')
      let heard = ''
      socket.on('message', (data: Buffer) => {
        if (data[0] === 0) heard += data.toString('utf8', 1)
        if (data[0] !== 255) return
        say(socket, 1, heard.toUpperCase())
        say(socket, 2, 'warned')
        say(socket, 3, { status: 'Failure', reason: 'NonZeroExitCode', details: { causes: [{ reason: 'ExitCode', message: '7' }] } })
        socket.close()
      })
    }

    const { streams, ended } = await client.exec(pod, { container: 'job', command: ['tr', 'a-z', 'A-Z'] })
    streams.end('x'.repeat(600_000))
    const output = Buffer.concat((await streams.toArray()) as Buffer[]).toString()

    expect(await ended).toEqual({ code: 7, stderr: 'warned' })
    expect(output).toBe(`ready ${'X'.repeat(600_000)}`)
    expect(asked?.pathname).toBe('/base/api/v1/namespaces/ci/pods/job-1/exec')
    expect(asked?.searchParams.getAll('command')).toEqual(['tr', 'a-z', 'A-Z'])
  })

  it('whose connection breaks has no exit code, and says so', async () => {
    container = (socket) => {
      say(socket, 1, 'half')
      setTimeout(() => socket.terminate(), 20)
    }

    const { streams, ended } = await client.exec(pod, { container: 'job', command: ['sleep', '9'] })

    await expect(streams.toArray()).rejects.toThrow('pod ci/job-1: the connection broke')
    await expect(ended).rejects.toMatchObject({ name: 'KubeConnectionError' })
  })

  it('that the kubelet could not start fails with its words', async () => {
    container = (socket) => {
      say(socket, 3, { status: 'Failure', code: 500, reason: 'InternalError', message: 'no such file: /bin/tr' })
      socket.close()
    }

    const { ended } = await client.exec(pod, { container: 'job', command: ['tr'] })

    await expect(ended).rejects.toMatchObject({ name: 'KubeApiError', message: expect.stringContaining('no such file: /bin/tr') })
  })

  it('that is refused fails with the reason', async () => {
    refusal = { code: 403, body: { kind: 'Status', code: 403, reason: 'Forbidden', message: 'may not create pods/exec' } }

    const refused = client.exec(pod, { container: 'job', command: ['tr'] })

    await expect(refused).rejects.toMatchObject({ code: 403, message: expect.stringContaining('may not create pods/exec') })
  })

  it('goes through the proxy of the kubeconfig', async () => {
    const asked: string[] = []
    const proxy = createServer().on('connect', (request, socket: Socket) => {
      asked.push(request.url ?? '')
      const [host, port] = (request.url ?? '').split(':')
      const target = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
      socket.pipe(target).pipe(socket)
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const through = await openClient(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`)
    container = (socket) => {
      say(socket, 1, 'hello')
      say(socket, 3, { status: 'Success' })
      socket.close()
    }

    const { streams, ended } = await through.exec(pod, { container: 'job', command: ['true'] })

    expect(String(await streams.toArray())).toBe('hello')
    expect(await ended).toMatchObject({ code: 0 })
    expect(asked).toEqual([`127.0.0.1:${(server.address() as AddressInfo).port}`])
    await through.close()
    proxy.closeAllConnections()
    proxy.close()
  })
})
