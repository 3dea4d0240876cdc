import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ApiForTests, failure, json, typeForTests, until } from './api-for-tests.ts'
import { HttpKubeClient } from './http-kube-client.ts'
import { createSettingsAccess } from './settings-access.ts'

const origin = { name: 'Secret argocd/cluster-far', place: 'that Secret' }
const server = 'https://far.example'

describe('credentials of a cluster that no kubeconfig names', () => {
  it('are a token, a user with a password, or a certificate', async () => {
    const token = await createSettingsAccess(server, origin, { bearerToken: 'tok', username: 'u', password: 'p' }).credentials()
    const user = await createSettingsAccess(server, origin, { username: 'u', password: 'p' }).credentials()
    const certificate = await createSettingsAccess(server, origin, {
      tls: { ca: 'CA', cert: 'C', key: 'K', serverName: 'n' },
    }).credentials()

    expect(token.headers).toEqual({ authorization: 'Bearer tok' })
    expect(token.secrets).toContain('tok')
    expect(user.headers).toEqual({ authorization: `Basic ${Buffer.from('u:p').toString('base64')}` })
    expect(certificate.tls).toEqual({ ca: 'CA', cert: 'C', key: 'K', servername: 'n' })
    expect(certificate.secrets).toEqual(['K'])
  })

  it('are never sent in clear', async () => {
    const plain = await createSettingsAccess('http://far.example', origin, { bearerToken: 'tok' }).credentials()

    expect(plain.headers).toEqual({})
  })

  it('that are short-lived are asked for once, and anew when they are refused or about to end', async () => {
    let asked = 0
    const shortLived = async () => ({ token: `t${++asked}`, expiresAt: asked === 2 ? Date.now() + 1000 : Date.now() + 3_600_000 })
    const access = createSettingsAccess(server, origin, { shortLived })

    const [first, same] = await Promise.all([access.credentials(), access.credentials()])
    const renewed = await access.renew(first)
    const next = await access.credentials()

    expect(same).toBe(first)
    expect(renewed.headers).toEqual({ authorization: 'Bearer t2' })
    expect(next.headers).toEqual({ authorization: 'Bearer t3' })
  })

  it('that change count from the next request on', async () => {
    const access = createSettingsAccess(server, origin, { bearerToken: 'old' })
    await access.credentials()

    access.change({ bearerToken: 'new' })

    expect((await access.credentials()).headers).toEqual({ authorization: 'Bearer new' })
  })

  it('that cannot be had are told without what is secret', async () => {
    const shortLived = () => Promise.reject(new Error('the command failed: Bearer abcdefghijklmnop'))

    const asked = createSettingsAccess(server, origin, { shortLived }).credentials()

    await expect(asked).rejects.toThrow(/No credentials for the cluster at https:\/\/far\.example: the command failed/)
    await expect(asked).rejects.not.toThrow(/abcdefghijklmnop/)
  })
})

describe('a cluster that refuses for a while', () => {
  let api: ApiForTests
  let client: HttpKubeClient
  beforeEach(async () => {
    api = new ApiForTests()
    api.types = [typeForTests('ConfigMap')]
    await api.start()
    client = new HttpKubeClient(createSettingsAccess(`http://127.0.0.1:${api.port}`, origin, {}))
  })
  afterEach(async () => {
    await client.close()
    await api.stop()
  })

  it('answers every request all the same, more of them at once than it has room for', async () => {
    let running = 0
    let refused = 0
    api.intercept = (request, response) => {
      if (!request.url?.includes('/version')) return false
      if (running >= 3) {
        refused++
        json(response, 429, failure(429, 'TooManyRequests', 'too many requests'), { 'retry-after': '0' })
        return true
      }
      running++
      setTimeout(() => {
        running--
        json(response, 200, { major: '1', minor: '36', gitVersion: 'v1.36.0' })
      }, 5)
      return true
    }

    const answers = await Promise.all(Array.from({ length: 150 }, () => client.version()))

    expect(answers).toHaveLength(150)
    expect(refused).toBeGreaterThan(0)
  })

  it('is left alone as long as it asks for, by requests that begin meanwhile too', async () => {
    const times: number[] = []
    api.intercept = (request, response) => {
      if (!request.url?.includes('/version')) return false
      times.push(Date.now())
      if (times.length > 1) json(response, 200, { major: '1', minor: '36', gitVersion: 'v1.36.0' })
      else json(response, 429, failure(429, 'TooManyRequests', 'too many requests'), { 'retry-after': '1' })
      return true
    }

    const first = client.version()
    await until(() => times.length === 1)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await Promise.all([first, client.version(), client.version()])

    expect(Math.min(...times.slice(1)) - (times[0] ?? 0)).toBeGreaterThanOrEqual(1000)
  })
})
