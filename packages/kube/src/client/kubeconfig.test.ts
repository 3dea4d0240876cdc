import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createKubeClient } from './http-kube-client.ts'

// A pair made for this test alone, valid for 127.0.0.1 until 2120.
const certificate = `-----BEGIN CERTIFICATE-----
MIIBSDCB7qADAgECAgEBMAoGCCqGSM49BAMCMBgxFjAUBgNVBAMTDXBsaW1zb2xs
IHRlc3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBgxFjAUBgNV
BAMTDXBsaW1zb2xsIHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ+pnIT
wYXEbQmB5BoFCQ5j5ZWDIKYov3v0FaHFSohn0FFoQdgpSZBzj/0LXIAg4e8Mblfc
gKyhHVG84Mah09KeoycwJTASBgNVHRMBAf8ECDAGAQH/AgEBMA8GA1UdEQQIMAaH
BH8AAAEwCgYIKoZIzj0EAwIDSQAwRgIhANra110BEu5+izraqkZiO6iNaBG/+T/g
SK2RktyjfyweAiEA5Q5vrqK2Ds6MhVm7NEnZNnXjEk5CDGVhicBOdWhgJrQ=
-----END CERTIFICATE-----`
const privateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgynxPQkmlkPPJAuMv
J3IxqJObOufaZxAQHREUgfDS/g6hRANCAAQ+pnITwYXEbQmB5BoFCQ5j5ZWDIKYo
v3v0FaHFSohn0FFoQdgpSZBzj/0LXIAg4e8MblfcgKyhHVG84Mah09Ke
-----END PRIVATE KEY-----`

let server: Server
let directory: string
let accepted: string
let authorizations: (string | undefined)[]

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-kubeconfig-'))
  accepted = ''
  authorizations = []
  server = createServer({ cert: certificate, key: privateKey }, (request, response) => {
    authorizations.push(request.headers.authorization)
    const isLetIn = request.headers.authorization === `Bearer ${accepted}`
    response.writeHead(isLetIn ? 200 : 401, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(isLetIn ? { major: '1', minor: '34', gitVersion: 'v1.34.0' } : { kind: 'Status', message: 'Unauthorized', code: 401 }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

function kubeconfig(user: Record<string, unknown>, cluster: Record<string, unknown> = {}): string {
  const file = join(directory, 'config')
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const trusted = { 'certificate-authority-data': Buffer.from(certificate).toString('base64') }
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'x',
    clusters: [{ name: 'c', cluster: { server: address, ...trusted, ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  }
  writeFileSync(file, JSON.stringify(config))
  return file
}

/** A plugin that gives `token-1`, `token-2`, … and notes each run and which cluster it was told of. */
function plugin(): { user: Record<string, unknown>; runs: () => string[] } {
  const script = join(directory, 'plugin.mjs')
  const log = join(directory, 'runs')
  writeFileSync(log, '')
  writeFileSync(
    script,
    `#!${process.execPath}
import { appendFileSync, readFileSync } from 'node:fs'
const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO)
appendFileSync(${JSON.stringify(log)}, info.spec.cluster.server + ' ')
const run = readFileSync(${JSON.stringify(log)}, 'utf8').trim().split(' ').length
console.log(JSON.stringify({ apiVersion: info.apiVersion, kind: 'ExecCredential', status: { token: 'token-' + run } }))
`,
  )
  chmodSync(script, 0o755)
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: script, args: [], interactiveMode: 'Never' }
  return { user: { exec }, runs: () => readFileSync(log, 'utf8').trim().split(' ') }
}

describe('credentials from a plugin', () => {
  it('are asked for once, told which cluster, and asked for anew when the cluster refuses them', async () => {
    const { user, runs } = plugin()
    accepted = 'token-1'
    const client = await createKubeClient({ kubeconfigPath: kubeconfig(user) })

    await Promise.all([client.version(), client.version(), client.version()])
    expect(runs()).toEqual([client.server])

    accepted = 'token-2'
    await Promise.all([client.version(), client.version(), client.version()])
    expect(runs().length).toBe(2)
    await client.close()
  })
})

describe('a token in the kubeconfig', () => {
  it('is read again after a 401, because somebody may have renewed it', async () => {
    const client = await createKubeClient({ kubeconfigPath: kubeconfig({ token: 'old-token' }) })
    accepted = 'new-token'
    await client.version().catch(() => undefined)
    kubeconfig({ token: 'new-token' })

    expect((await client.version()).minor).toBe('34')
    await client.close()
  })

  it('that is refused for good is told without showing it', async () => {
    accepted = 'another'
    const client = await createKubeClient({ kubeconfigPath: kubeconfig({ token: 's3cr3t-token' }) })

    const error: unknown = await client.version().catch((one: unknown) => one)

    expect(String(error)).toContain("refused the credentials of context 'x'")
    expect(JSON.stringify(error) + String(error)).not.toContain('s3cr3t')
    expect(authorizations).toEqual(['Bearer s3cr3t-token', 'Bearer s3cr3t-token'])
    await client.close()
  })
})

describe('a certificate that nobody vouches for', () => {
  it('is refused with what to do about it', async () => {
    const client = await createKubeClient({ kubeconfigPath: kubeconfig({ token: 't' }, { 'certificate-authority-data': undefined }) })

    await expect(client.version()).rejects.toThrow('shows a certificate that the kubeconfig does not trust: set its certificate-authority.')
    expect(authorizations).toEqual([])
    await client.close()
  })
})
