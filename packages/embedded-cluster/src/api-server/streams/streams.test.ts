import { spawn } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { KubeObject } from '@plimsoll/kube'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { ExecSession, NodeAgent } from '../../contract.ts'
import { TestApi } from '../api-for-tests.ts'
import { spdyDictionary } from './spdy-dictionary.ts'

/** A node that runs commands as they are and knows one port. */
function nodeWith(port: number): NodeAgent {
  return {
    logs: () => Promise.reject(new Error('no log')),
    exec: (_pod, { command: [command = '', ...args] }): Promise<ExecSession> => {
      const child = spawn(command, args)
      const exited = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)))
      return Promise.resolve({ stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exited, kill: () => child.kill('SIGKILL') })
    },
    connect: (_pod, containerPort) =>
      containerPort === 8080 ? Promise.resolve(connect(port, '127.0.0.1')) : Promise.reject(new Error('nothing listens on that port')),
  }
}

let api: TestApi
let web: Server

beforeAll(async () => {
  api = await TestApi.start()
  web = createServer((request, response) => response.end(`hello ${request.url}`))
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
  api.api.setNode(nodeWith((web.address() as AddressInfo).port))
  const pod: KubeObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  await api.call('POST', '/api/v1/namespaces/default/pods', pod)
})

afterAll(async () => {
  web.close()
  await api.stop()
})

function open(path: string, protocol: string, token = api.listening.token): WebSocket {
  return new WebSocket(`${api.listening.url}/api/v1/namespaces/default/pods/${path}`, protocol, {
    ca: api.listening.ca,
    headers: { Authorization: `Bearer ${token}` },
  })
}

/** What came on each channel, until the server closed. */
function channelsOf(socket: WebSocket): Promise<Map<number, string>> {
  const channels = new Map<number, string>()
  return new Promise((resolve, reject) => {
    socket.on('message', (data: Buffer) => channels.set(data[0] ?? -1, (channels.get(data[0] ?? -1) ?? '') + data.toString('utf8', 1)))
    socket.on('close', () => resolve(channels))
    socket.on('error', reject)
  })
}

test('a command runs over a WebSocket: input, both outputs and the exit code', async () => {
  const script = encodeURIComponent('cat; echo problem >&2; exit 3')
  const socket = open(`p/exec?command=sh&command=-c&command=${script}&stdin=true&stdout=true&stderr=true`, 'v5.channel.k8s.io')
  socket.on('open', () => {
    socket.send(Buffer.concat([Buffer.of(0), Buffer.from('typed in')]))
    // v5: close of channel 0, the input.
    socket.send(Buffer.of(255, 0))
  })

  const channels = await channelsOf(socket)

  expect(channels.get(1)).toBe('typed in')
  expect(channels.get(2)).toBe('problem\n')
  expect(JSON.parse(channels.get(3) ?? '{}')).toMatchObject({
    status: 'Failure',
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: '3' }] },
  })
})

test('a megabyte of output arrives whole', async () => {
  const socket = open('p/exec?command=head&command=-c&command=1000000&command=%2Fdev%2Fzero&stdout=true', 'v4.channel.k8s.io')

  const channels = await channelsOf(socket)

  expect(channels.get(1)).toHaveLength(1_000_000)
})

test('a client that goes away ends its command', async () => {
  const socket = open('p/exec?command=sh&command=-c&command=echo%20%24%24%3B%20exec%20sleep%201000&stdout=true', 'v5.channel.k8s.io')
  const pid = await new Promise<number>((resolve) => {
    socket.on('message', (data: Buffer) => data.length > 1 && resolve(Number(data.toString('utf8', 1))))
  })

  socket.terminate()

  await expect
    .poll(() => {
      try {
        return process.kill(pid, 0)
      } catch {
        return false
      }
    })
    .toBe(false)
})

test('a port is forwarded over plain WebSockets until its last connection ends, and one where nothing listens is told', async () => {
  const socket = open('p/portforward?ports=8080&ports=9', 'v4.channel.k8s.io')
  const received = channelsOf(socket)
  socket.on('open', () =>
    socket.send(Buffer.concat([Buffer.of(0), Buffer.from('GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')])),
  )

  const channels = await received

  expect(channels.get(0)).toContain('hello /x')
  expect(channels.get(3)).toContain('nothing listens on that port')
})

test('what is wrong with a request to upgrade is an HTTP answer', async () => {
  const codeOf = (socket: WebSocket): Promise<number | undefined> =>
    new Promise((resolve) => {
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode))
      socket.on('error', () => undefined)
    })

  expect(await codeOf(open('nope/exec?command=ls&stdout=true', 'v5.channel.k8s.io'))).toBe(404)
  expect(await codeOf(open('p/exec?stdout=true', 'v5.channel.k8s.io'))).toBe(400)
  expect(await codeOf(open('p/exec?command=ls', 'v5.channel.k8s.io'))).toBe(400)
  expect(await codeOf(open('p/exec?command=ls&stdout=true', 'v5.channel.k8s.io', 'wrong'))).toBe(401)
})

test("the dictionary of SPDY's headers is the standard's", () => {
  let a = 1
  let b = 0
  for (const byte of spdyDictionary) {
    a = (a + byte) % 65_521
    b = (b + a) % 65_521
  }

  expect(((b * 65_536 + a) >>> 0).toString(16)).toBe('e3c6a7c2')
})
