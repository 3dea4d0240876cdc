import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '@plimsoll/applications'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { setAdminPassword, setWebhookSecret } from './administration.ts'
import { type RunningServer, startServer } from './start-server.ts'

let dataDir: string
let server: RunningServer | undefined
const log: Log = { child: () => log, debug() {}, info() {}, warn() {}, error() {} }

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'plimsoll-start-'))
})

afterEach(async () => {
  await server?.close()
  server = undefined
})

/** A cluster that does not answer: the server has to come up beside it. */
function kubeconfig(): string {
  const file = join(dataDir, 'kubeconfig')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'x',
    clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:9' } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  }
  writeFileSync(file, JSON.stringify(config))
  return file
}

async function start(options: Partial<Parameters<typeof startServer>[0]> = {}): Promise<RunningServer> {
  server = await startServer({ dataDir, port: 0, demo: false, kubeconfig: kubeconfig(), log, readyTimeoutMs: 50, ...options })
  return server
}

async function signIn(password: string): Promise<number> {
  const response = await fetch(`${server?.url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password }),
  })
  await response.text()
  return response.status
}

describe('a first start', () => {
  it('makes a password that is told once, and a token in a file for its owner alone', async () => {
    const first = await start()
    const token = readFileSync(first.tokenFile, 'utf8').trim()
    const password = first.initialPassword ?? ''

    expect(await signIn(password)).toBe(200)
    expect(statSync(first.tokenFile).mode & 0o777).toBe(0o600)
    expect(token).toBe(first.localToken)

    await first.close()
    const second = await start()
    expect(second.initialPassword).toBeUndefined()
    expect(second.localToken).toBe(token)
    expect(await signIn(password)).toBe(200)
  })

  it('chooses a port that later starts take again', async () => {
    const first = await start()
    const { port } = first
    await first.close()

    expect((await start()).port).toBe(port)
  })
})

describe('a cluster that does not answer', () => {
  it('keeps nobody from signing in, and is named instead of an empty list', async () => {
    const { url, localToken, createSignInLink } = await start()
    const authorization = `Bearer ${localToken}`
    const list = await fetch(`${url}/api/v1/applications`, { headers: { authorization } })
    const clusters = (await (await fetch(`${url}/api/v1/clusters`, { headers: { authorization } })).json()) as {
      items: { connectionState: { status: string } }[]
    }

    expect(list.status).toBe(503)
    expect(await list.json()).toMatchObject({ reason: 'cluster-unreachable', retryable: true })
    expect(clusters.items[0]?.connectionState.status).toBe('Failed')
    expect((await fetch(createSignInLink(), { redirect: 'manual' })).status).toBe(303)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect((await fetch(`${url}/healthz?full=true`)).status).toBe(503)
  })
})

describe('a start that cannot succeed', () => {
  it('says which port is taken', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }

    await expect(start({ port })).rejects.toThrow(`Port ${port} of 127.0.0.1 is in use. Stop what uses it, or start with another --port.`)
    other.close()
  })

  it('says that there is no such kubeconfig', async () => {
    await expect(start({ kubeconfig: join(dataDir, 'none') })).rejects.toThrow(`Kubeconfig ${join(dataDir, 'none')} cannot be read`)
  })
})

describe('on the machine', () => {
  it('a password that was lost is set anew beside the running server, and sessions end', async () => {
    const { url, initialPassword = '' } = await start()
    const session = await fetch(`${url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password: initialPassword }),
    })
    const { token } = (await session.json()) as { token: string }
    const isSignedIn = async () => {
      const response = await fetch(`${url}/api/v1/session/userinfo`, { headers: { authorization: `Bearer ${token}` } })
      return ((await response.json()) as { loggedIn: boolean }).loggedIn
    }
    expect(await isSignedIn()).toBe(true)

    const password = await setAdminPassword(dataDir)
    while (await isSignedIn()) await new Promise((resolve) => setTimeout(resolve, 50))

    expect(await signIn(initialPassword)).toBe(401)
    expect(await signIn(password)).toBe(200)
  })

  it('a password that is too short, and a provider that nobody knows, are refused', async () => {
    await expect(setAdminPassword(dataDir, 'short')).rejects.toThrow('A password has 8 to 1024 characters; this one has 5.')
    await expect(setWebhookSecret(dataDir, 'other' as never, 'x')).rejects.toThrow('can be github, gitlab, gitea')
  })
})
