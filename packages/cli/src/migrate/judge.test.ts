import { ApplicationSpec, AppProjectSpec, fieldPaths } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { describe, expect, it } from 'vitest'
import { type ArgoObject, partOf } from './argo-object.ts'
import { judge, surroundingsOf, unread } from './judge.ts'
import { reportOn, reportText } from './report.ts'

const argo = (object: Omit<KubeObject, 'metadata'> & { metadata: object }): ArgoObject => {
  const { metadata } = object
  const whole = { ...object, metadata: { namespace: 'argocd', ...metadata } } as KubeObject
  return { object: whole, part: partOf(whole) }
}
const application = (spec: object, metadata: object = {}, rest: object = {}): ArgoObject =>
  argo({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name: 'shop', ...metadata }, spec, ...rest })
const source = { repoURL: 'https://git.example/shop.git', path: 'k8s' }
const destination = { server: 'https://kubernetes.default.svc', namespace: 'shop' }

const said = (one: ArgoObject, others: ArgoObject[] = []): string[] =>
  judge(one, surroundingsOf([one, ...others], 'argocd')).map(({ verdict, field }) => `${verdict} ${field}`)

describe('an Application', () => {
  it('that uses what is here is taken as it is', () => {
    expect(
      said(
        application({
          project: 'default',
          source: { ...source, helm: { valueFiles: ['a.yaml'], version: 'v3' } },
          destination,
          syncPolicy: { automated: { prune: true }, syncOptions: ['CreateNamespace=true', 'ServerSideApply=true'] },
        }),
      ),
    ).toEqual([])
  })

  it('is told by field what is otherwise or not here', () => {
    const one = application(
      {
        project: 'gone',
        sources: [
          { ...source, tagPrefix: 'v', helm: { version: 'v2' } },
          { ...source, kustomize: { version: 'v3.5' } },
          { ...source, plugin: { name: 'p' } },
        ],
        destination: { name: 'production', namespace: 'shop' },
        syncPolicy: { syncOptions: ['Sideways=true'] },
        sourceHydrator: { drySource: {} },
      },
      { annotations: { 'argocd.argoproj.io/skip-reconcile': 'true', 'argocd.argoproj.io/manifest-generate-paths': '.' } },
      { operation: { sync: {} } },
    )

    expect(said(one)).toEqual([
      'unsupported spec.sources[0].tagPrefix',
      'unsupported spec.sourceHydrator',
      'different spec.sources[1].kustomize.version',
      'different spec.sources[2].plugin',
      'unsupported spec.sources[0].helm.version',
      'unsupported spec.syncPolicy.syncOptions Sideways=true',
      'different annotation argocd.argoproj.io/skip-reconcile',
      'needless annotation argocd.argoproj.io/manifest-generate-paths',
      'unsupported spec.project',
      'unsupported spec.destination',
      'different operation',
    ])
  })

  it('that goes to a cluster which a Secret describes is at home there', () => {
    const secret = argo({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'c', labels: { 'argocd.argoproj.io/secret-type': 'cluster' } },
      data: { name: Buffer.from('production').toString('base64') },
    })
    const one = application({ source, destination: { name: 'production', namespace: 'a' } })

    expect(said(one)).toEqual(['unsupported spec.destination'])
    expect(said(one, [secret])).toEqual([])
  })

  it('of a shape that nobody expects costs a finding and nothing else', () => {
    for (const spec of [undefined, null, [], 'text', { source: 'x' }, { destination: null }, { syncPolicy: { syncOptions: { a: 1 } } }])
      expect(said(application(spec as object)).length).toBeGreaterThan(0)
    expect(said(application(JSON.parse('{"__proto__": {"a": 1}, "constructor": 1, "destination": {"server": "x"}}') as object))).toContain(
      'unsupported spec.constructor',
    )
  })
})

describe('a field that is said to be read by nobody', () => {
  it('is in no schema', () => {
    const read = [ApplicationSpec, AppProjectSpec].flatMap((schema) => fieldPaths(schema)).map((path) => `spec.${path}`)

    expect(
      Object.keys(unread).filter((field) =>
        read.some((path) => path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`)),
      ),
    ).toEqual([])
  })
})

describe('a Secret', () => {
  it('is told by type and keys, never by a value', () => {
    const values = {
      'server.secretkey': 'c2VjcmV0',
      'webhook.github.secret': 'c2VjcmV0',
      'webhook.gogs.secret': 'c2VjcmV0',
      'plugin.token': 'c2VjcmV0',
    }
    const one = argo({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'argocd-secret' }, data: values })

    const text = reportText(reportOn({ objects: [one], problems: [] }, 'argocd'))

    expect(text).not.toMatch(/c2VjcmV0/)
    expect(said(one)).toEqual([
      'needless server.secretkey',
      'different webhook.github.secret',
      'unsupported webhook.gogs.secret',
      'different plugin.token',
    ])
  })
})

describe('a Secret of a cluster', () => {
  it('is told by the ways of signing in that are otherwise, never by what they hold', () => {
    const secret = (config: string): ArgoObject =>
      argo({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'c', labels: { 'argocd.argoproj.io/secret-type': 'cluster' } },
        data: { config: Buffer.from(config).toString('base64') },
      })

    expect(said(secret('{"bearerToken": "x"}'))).toEqual([])
    expect(said(secret('{"awsAuthConfig": {"clusterName": "x"}, "execProviderConfig": {"command": "s3cr3t"}}'))).toEqual([
      'unsupported config.awsAuthConfig',
      'different config.execProviderConfig',
    ])
    expect(reportText(reportOn({ objects: [secret('s3cr3t {')], problems: [] }, 'argocd'))).not.toContain('s3cr3t')
  })
})

describe('a Secret of a repository', () => {
  it('is taken as it is, but for keys that nobody reads', () => {
    const secret = (keys: Record<string, string>): ArgoObject =>
      argo({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'repo', labels: { 'argocd.argoproj.io/secret-type': 'repository' } },
        data: keys,
      })

    expect(said(secret({ url: 'eA==', password: 'eA==' }))).toEqual([])
    expect(said(secret({ url: 'eA==', gcpServiceAccountKey: 'eA==', constructor: 'eA==' }))).toEqual(['unsupported gcpServiceAccountKey'])
  })
})

describe('a setting', () => {
  it('that nobody knows is said to count for nothing', () => {
    const one = argo({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'argocd-cm' },
      data: JSON.parse('{"resource.customizations.health.a_B": "x", "constructor": "x", "__proto__": "x", "ui.cssurl": "x"}') as object,
    })

    expect(said(one)).toEqual(['unsupported constructor', 'unsupported __proto__', 'needless ui.cssurl'])
  })
})
