import type { KubeObject } from '@plimsoll/kube'
import { describe, expect, it } from 'vitest'
import { clusterSecret, readClusterSecret, secretNameFor } from './cluster-secret.ts'
import { addressProblem, settingsFrom } from './connection-settings.ts'

const pem = Buffer.from('-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n').toString('base64')

function secretWith(data: Record<string, string>, metadata: Partial<KubeObject['metadata']> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'c', namespace: 'argocd', uid: 'u', ...metadata },
    stringData: data,
  } as KubeObject
}

describe('a Secret of a cluster', () => {
  it('says all there is about it; what is about the Secret alone is left out', () => {
    const secret = secretWith(
      {
        name: 'far',
        server: 'https://10.0.0.1:6443/',
        namespaces: 'a, b,,',
        clusterResources: 'true',
        project: 'p',
        shard: '3',
        config: '{"bearerToken":"t"}',
      },
      {
        labels: { 'argocd.argoproj.io/secret-type': 'cluster', env: 'far' },
        annotations: { 'managed-by': 'argocd.argoproj.io', 'kubectl.kubernetes.io/last-applied-configuration': 'secret', note: 'n' },
      },
    )

    expect(readClusterSecret(secret)).toEqual({
      problem: undefined,
      entry: {
        id: 'u',
        server: 'https://10.0.0.1:6443',
        name: 'far',
        namespaces: ['a', 'b'],
        clusterResources: true,
        project: 'p',
        shard: 3,
        labels: { env: 'far' },
        annotations: { note: 'n' },
        config: { bearerToken: 't' },
      },
    })
  })

  it.each([
    [{ server: 'nowhere' }, 'server: is no address'],
    [{ server: 'ftp://x' }, "server: 'ftp:' is neither https nor http"],
    [{ server: 'https://u:canary@x' }, 'server: an address has no user and no password'],
    [{ config: '{canary' }, 'config: is no JSON'],
    [{ config: '{"bearerToken":["canary"]}' }, 'config.bearerToken: is not what it should be'],
    [{ config: '{"awsAuthConfig":{"clusterName":"canary"}}' }, 'config.awsAuthConfig: is not supported. Use execProviderConfig'],
    [{ config: `{"tlsClientConfig":{"insecure":true,"caData":"${pem}"}}` }, 'insecure and caData exclude each other'],
    [{ config: '{"tlsClientConfig":{"caData":"Y2FuYXJ5"}}' }, 'config.tlsClientConfig.caData: is not base64 of PEM'],
    [{ config: `{"tlsClientConfig":{"certData":"${pem}"}}` }, 'certData and keyData belong together'],
    [{ config: '{"proxyUrl":"socks5://canary"}' }, 'config.proxyUrl: only http and https proxies'],
  ])('with %j is told what is wrong, and shows none of it', (data, message) => {
    const { entry, problem } = readClusterSecret(secretWith({ name: 'far', server: 'https://x', ...data }))

    expect(problem).toContain(message)
    expect(problem).not.toContain('canary')
    expect(entry.name).toBe('far')
  })

  it('that is written and read again says the same', () => {
    const { entry } = readClusterSecret(
      secretWith({ name: 'far', server: 'https://x', namespaces: 'a', shard: '0', config: '{"username":"u","password":"p"}' }),
    )

    const written = clusterSecret(entry, 'argocd')

    expect(readClusterSecret({ ...written, metadata: { ...written.metadata, uid: 'u' } }).entry).toEqual({
      ...entry,
      config: { ...entry.config, tlsClientConfig: { insecure: false } },
    })
  })

  // The pairs are Argo CD's own (`util/db/cluster_test.go`).
  it.each([
    ['http://foo', 'cluster-foo-752281925'],
    ['https://kubernetes.default.svc', 'cluster-kubernetes.default.svc-3396314289'],
    ['http://[fe80::1ff:fe23:4567:890a]', 'cluster-fe80--1ff-fe23-4567-890a-3877258831'],
    ['http://[fe80::1ff:fe23:4567:890a]:8000', 'cluster-fe80--1ff-fe23-4567-890a-664858999'],
    ['http://[FE80::1FF:FE23:4567:890A]:8000', 'cluster-fe80--1ff-fe23-4567-890a-682802007'],
  ])('for %s has the name that Argo CD gives it', (server, name) => {
    expect(secretNameFor(server)).toBe(name)
  })
})

describe('an address of a cluster', () => {
  it.each(['https://169.254.169.254', 'https://[fe80::1]:6443'])('%s is none: there clouds hand out credentials', (server) => {
    expect(addressProblem(server)).toContain('link-local')
  })

  it('behind a proxy that has such an address is none either', () => {
    expect(addressProblem('https://10.0.0.1', { proxyUrl: 'http://169.254.169.254:80' })).toContain('config.proxyUrl: 169.254.169.254')
  })

  it.each(['https://10.0.0.1', 'https://127.0.0.1:6443', 'https://[fd00::1]'])('%s is one', (server) => {
    expect(addressProblem(server)).toBeUndefined()
  })
})

describe('a credential command', () => {
  it('is not run where the operator has allowed none', async () => {
    const { shortLived } = settingsFrom('https://x', { execProviderConfig: { command: 'sh', args: ['-c', 'touch x'] } }, undefined)

    await expect(shortLived?.()).rejects.toThrow("command 'sh' of execProviderConfig may not be run here")
  })
})
