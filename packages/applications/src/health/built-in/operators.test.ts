import { describe, expect, it } from 'vitest'
import { assess } from './testing/assess.ts'

const conditions = (...all: [type: string, status: string, reason?: string, message?: string][]): string =>
  `{ spec: {}, status: { conditions: ${JSON.stringify(all.map(([type, status, reason = '', message = '']) => ({ type, status, reason, message })))} } }`

describe('Flux', () => {
  const ready = conditions(['Ready', 'True', 'Succeeded'])

  it.each([
    ['Progressing: Status unknown', 'source.toolkit.fluxcd.io/v1 GitRepository', '{ spec: {} }'],
    ['Suspended: GitRepository is suspended', 'source.toolkit.fluxcd.io/v1 GitRepository', '{ spec: { suspend: true } }'],
    [
      'Healthy: Succeeded',
      'source.toolkit.fluxcd.io/v1 GitRepository',
      conditions(['Ready', 'True', 'Succeeded'], ['ArtifactInStorage', 'True']),
    ],
    ['Degraded: Succeeded', 'source.toolkit.fluxcd.io/v1 OCIRepository', ready],
    [
      'Degraded: GitOperationFailed NewRevision',
      'source.toolkit.fluxcd.io/v1 Bucket',
      conditions(['Ready', 'False', 'GitOperationFailed'], ['ArtifactOutdated', 'True', 'NewRevision']),
    ],
    [
      'Progressing: Progressing',
      'kustomize.toolkit.fluxcd.io/v1 Kustomization',
      conditions(['Reconciling', 'True', 'Progressing'], ['Ready', 'Unknown', 'Progressing']),
    ],
    ['Healthy: Succeeded', 'kustomize.toolkit.fluxcd.io/v1 Kustomization', ready],
    ['Degraded: Succeeded', 'helm.toolkit.fluxcd.io/v2 HelmRelease', ready],
    ['Healthy: Succeeded', 'helm.toolkit.fluxcd.io/v2 HelmRelease', conditions(['Ready', 'True', 'Succeeded'], ['Released', 'True'])],
    [
      "Healthy: Helm repositories of type 'oci' do not contain any information in the status.",
      'source.toolkit.fluxcd.io/v1 HelmRepository',
      '{ spec: { type: oci } }',
    ],
    [
      'Progressing: Scanning',
      'image.toolkit.fluxcd.io/v1 ImageRepository',
      conditions(['Ready', 'False', 'Scanning'], ['Reconciling', 'True', 'Scanning']),
    ],
    [
      'Degraded: Broken',
      'image.toolkit.fluxcd.io/v1 ImagePolicy',
      conditions(['Ready', 'False', 'Broken'], ['Reconciling', 'True', 'Other']),
    ],
    [
      'Degraded: Broken',
      'notification.toolkit.fluxcd.io/v1 Receiver',
      conditions(['Ready', 'Unknown', 'Broken'], ['Reconciling', 'True', 'NewGeneration']),
    ],
  ])('is %s for %s', (expected, kind, fields) => {
    expect(assess(kind, fields)).toBe(expected)
  })
})

describe('what many clusters have besides', () => {
  it.each([
    ['Progressing: Waiting for Sealed Secret to be decrypted', 'bitnami.com/v1alpha1 SealedSecret', '{}'],
    ['Degraded: no key', 'bitnami.com/v1alpha1 SealedSecret', conditions(['Synced', 'False', '', 'no key'])],
    ['Progressing: Waiting for initialization', 'monitoring.coreos.com/v1 Prometheus', '{}'],
    ['Progressing: 1 of 2', 'monitoring.coreos.com/v1 Prometheus', conditions(['Available', 'False', 'SomePodsNotReady', '1 of 2'])],
    ['Degraded: NoPodReady', 'monitoring.coreos.com/v1 Prometheus', conditions(['Available', 'False', 'NoPodReady'])],
    ['Healthy: All instances are available', 'monitoring.coreos.com/v1 Prometheus', conditions(['Available', 'True'])],
    ['Progressing: Waiting for status', 'snapshot.storage.k8s.io/v1 VolumeSnapshot', '{}'],
    ['Degraded: full', 'snapshot.storage.k8s.io/v1 VolumeSnapshotContent', '{ status: { error: { message: full } } }'],
    ['Healthy: Ready to use', 'snapshot.storage.k8s.io/v1 VolumeSnapshot', '{ status: { readyToUse: true } }'],
    ['Progressing: first', 'postgresql.cnpg.io/v1 Cluster', '{ status: { phaseReason: first } }'],
    ['Degraded: to two', 'postgresql.cnpg.io/v1 Cluster', '{ status: { conditions: [], phase: Failing over, phaseReason: to two } }'],
    ['Unknown', 'postgresql.cnpg.io/v1 Cluster', '{ status: { conditions: [], phase: Dreaming } }'],
    ['Suspended: asleep', 'postgresql.cnpg.io/v1 Cluster', conditions(['cnpg.io/hibernation', 'True', '', 'asleep'])],
    [
      'Suspended: Cluster reconciliation is suspended',
      'postgresql.cnpg.io/v1 Cluster',
      '{ metadata: { annotations: { cnpg.io/reconciliationLoop: disabled } } }',
    ],
    ['Progressing: Waiting for NodePool to be ready', 'karpenter.sh/v1 NodePool', '{}'],
  ])('is %s for %s', (expected, kind, fields) => {
    expect(assess(kind, fields)).toBe(expected)
  })
})
