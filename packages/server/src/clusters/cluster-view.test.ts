import type { ClusterState } from '@plimsoll/applications'
import { expect, it } from 'vitest'
import { shownCluster } from './cluster-view.ts'

const state = {
  entry: {
    id: 'u',
    server: 'https://far.example',
    name: 'far',
    namespaces: ['a'],
    clusterResources: false,
    project: 'p',
    shard: undefined,
    labels: { env: 'far' },
    annotations: { 'argocd.argoproj.io/refresh': '2026-01-01T00:00:00Z', note: 'n' },
    config: {
      username: 'canary',
      password: 'canary',
      bearerToken: 'canary',
      tlsClientConfig: { insecure: false, serverName: 'api', caData: 'canary', certData: 'canary', keyData: 'canary' },
      execProviderConfig: { command: 'get', args: ['--key=canary'], env: { SECRET: 'canary' }, installHint: 'canary' },
      awsAuthConfig: { clusterName: 'c', secret: 'canary' },
      proxyUrl: 'http://user:canary@proxy:3128',
      unknown: 'canary',
    },
  },
  cluster: { name: 'far', cache: { size: 3, types: () => [], problems: () => [] } },
  connectionState: { status: 'Successful', message: '', attemptedAt: '2026-01-01T00:00:00Z' },
  serverVersion: '1.34',
  lastSyncAt: new Date('2026-01-01T00:00:00Z'),
} as unknown as ClusterState

it('a cluster is shown without anything that lets somebody in, or that may', () => {
  const shown = shownCluster(state, { applicationsCount: 2, serverVersion: '1.34', withApis: true })

  expect(JSON.stringify(shown)).not.toContain('canary')
  expect(shown).toMatchObject({
    server: 'https://far.example',
    namespaces: ['a'],
    labels: { env: 'far' },
    annotations: { note: 'n' },
    refreshRequestedAt: '2026-01-01T00:00:00Z',
    config: { tlsClientConfig: { insecure: false, serverName: 'api' }, proxyUrl: 'http://proxy:3128' },
    info: { applicationsCount: 2, cacheInfo: { resourcesCount: 3 }, serverVersion: '1.34' },
  })
})
