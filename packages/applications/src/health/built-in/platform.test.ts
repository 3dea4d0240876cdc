import { describe, expect, it } from 'vitest'
import { assess } from './testing/assess.ts'

const ready = (status: string, message = 'told'): string =>
  `{ status: { conditions: [{ type: Ready, status: "${status}", message: ${message} }] } }`

describe('cert-manager', () => {
  it.each([
    ['Progressing: Waiting for certificate', 'Certificate', '{}'],
    ['Healthy: told', 'Certificate', ready('True')],
    ['Degraded: told', 'Certificate', ready('False')],
    [
      'Progressing: renewing',
      'Certificate',
      '{ status: { conditions: [{ type: Ready, status: "False" }, { type: Issuing, status: "True", message: renewing }] } }',
    ],
    ['Progressing: Initializing issuer', 'Issuer', '{}'],
    ['Healthy: told', 'Issuer', ready('True')],
    ['Degraded: told', 'Issuer', ready('False')],
    ['Progressing: Initializing ClusterIssuer', 'ClusterIssuer', ready('Unknown')],
    [
      'Progressing: told',
      'CertificateRequest',
      '{ status: { conditions: [{ type: Ready, status: "False", reason: Pending, message: told }] } }',
    ],
    [
      'Degraded: told',
      'CertificateRequest',
      '{ status: { conditions: [{ type: Ready, status: "False", reason: Failed, message: told }] } }',
    ],
    ['Degraded: told', 'CertificateRequest', '{ status: { conditions: [{ type: Denied, status: "True", message: told }] } }'],
    ['Healthy: told', 'CertificateRequest', ready('True')],
  ])('is %s for %s', (expected, kind, fields) => {
    expect(assess(`cert-manager.io/v1 ${kind}`, fields)).toBe(expected)
  })

  it.each([
    ['Progressing: Waiting for the first answer', 'Order', '{}'],
    ['Progressing: It is pending', 'Order', '{ status: { state: pending } }'],
    ['Healthy: It is valid', 'Challenge', '{ status: { state: valid } }'],
    ['Degraded: no record', 'Challenge', '{ status: { state: invalid, reason: no record } }'],
  ])('is %s for an ACME %s', (expected, kind, fields) => {
    expect(assess(`acme.cert-manager.io/v1 ${kind}`, fields)).toBe(expected)
  })
})

describe('Strimzi', () => {
  it.each([
    ['Progressing: Waiting for Kafka Cluster', 'Kafka', '{}'],
    ['Healthy', 'Kafka', ready('True')],
    ['Degraded: no quorum', 'Kafka', '{ status: { conditions: [{ type: NotReady, status: "True", reason: Error, message: no quorum }] } }'],
    [
      'Progressing: Waiting for Kafka Cluster',
      'Kafka',
      '{ status: { conditions: [{ type: NotReady, status: "True", reason: Creating }] } }',
    ],
    ['Degraded', 'KafkaTopic', '{ status: { conditions: [{ type: NotReady, status: "True", reason: Creating }] } }'],
    ['Healthy', 'KafkaTopic', ready('True')],
    ['Progressing: Waiting for Kafka User', 'KafkaUser', '{}'],
    ['Progressing: Waiting for Kafka Connect', 'KafkaConnect', '{}'],
    ['Healthy', 'KafkaConnector', ready('True')],
    ['Healthy', 'KafkaMirrorMaker2', ready('True')],
    ['Suspended', 'KafkaRebalance', '{ status: { conditions: [{ type: ProposalReady, status: "True" }] } }'],
    ['Degraded: told', 'KafkaRebalance', '{ status: { conditions: [{ type: NotReady, status: "True", message: told }] } }'],
    ['Progressing: Waiting for KafkaRebalance', 'KafkaRebalance', '{ status: { conditions: [{ type: Rebalancing, status: "True" }] } }'],
  ])('is %s for %s', (expected, kind, fields) => {
    expect(assess(`kafka.strimzi.io/v1 ${kind}`, fields)).toBe(expected)
  })

  it('has pod sets that count', () => {
    expect(assess('core.strimzi.io/v1 StrimziPodSet', '{ status: { pods: 3, readyPods: 3, currentPods: 3 } }')).toBe(
      'Healthy: 3 pods are ready',
    )
    expect(assess('core.strimzi.io/v1 StrimziPodSet', '{ status: { pods: 3, readyPods: 3, currentPods: 1 } }')).toBe(
      'Progressing: 1 of 3 pods are ready',
    )
  })
})

describe('Crossplane', () => {
  const condition = (type: string, status: string): string =>
    `{ status: { conditions: [{ type: ${type}, status: "${status}", message: told }] } }`
  it.each([
    ['Healthy: Resource is up-to-date.', 'pkg.crossplane.io/v1 Configuration', condition('Healthy', 'True')],
    ['Healthy: Resource is up-to-date.', 'apiextensions.crossplane.io/v1 Composition', '{}'],
    ['Healthy: Resource is up-to-date.', 'apiextensions.crossplane.io/v1 CompositeResourceDefinition', condition('Established', 'True')],
    ['Healthy: Resource is in use.', 'aws.crossplane.io/v1 ProviderConfig', '{ status: { users: 2 } }'],
    ['Healthy: Resource is up-to-date.', 's3.aws.upbound.io/v1 Bucket', condition('Ready', 'True')],
    ['Progressing: Provisioning ...', 's3.aws.upbound.io/v1 Bucket', condition('Healthy', 'True')],
    ['Progressing: Provisioning ...', 'ec2.aws.crossplane.io/v1 VPC', condition('Ready', 'False')],
    ['Degraded: told', 'ec2.aws.crossplane.io/v1 VPC', condition('Synced', 'False')],
    ['Degraded: told', 'ec2.aws.upbound.io/v1 VPC', condition('LastAsyncOperation', 'False')],
    ['Progressing: Waiting for provider to be installed', 'pkg.crossplane.io/v1 Provider', '{}'],
    [
      'Healthy: ActivePackageRevision HealthyPackageRevision',
      'pkg.crossplane.io/v1 Provider',
      '{ status: { conditions: [{ type: Installed, status: "True", reason: ActivePackageRevision }, { type: Healthy, status: "True", reason: HealthyPackageRevision }] } }',
    ],
    [
      'Degraded: ActivePackageRevision UnhealthyPackageRevision',
      'pkg.crossplane.io/v1 Provider',
      '{ status: { conditions: [{ type: Installed, status: "True", reason: ActivePackageRevision }, { type: Healthy, status: "False", reason: UnhealthyPackageRevision }] } }',
    ],
    [
      'Suspended: ReconcilePaused',
      'iam.aws.crossplane.io/v1 Role',
      '{ status: { conditions: [{ type: Synced, status: "False", reason: ReconcilePaused }] } }',
    ],
    [
      'Degraded: denied',
      'iam.aws.crossplane.io/v1 Role',
      '{ status: { conditions: [{ type: Synced, status: "False", reason: ReconcileError, message: denied }] } }',
    ],
    ['none', 'crossplane.io.example.org/v1 VPC', '{}'],
  ])('is %s for %s', (expected, kind, fields) => {
    expect(assess(kind, fields)).toBe(expected)
  })
})

describe('External Secrets', () => {
  for (const kind of ['ExternalSecret', 'SecretStore', 'ClusterSecretStore', 'PushSecret']) {
    it.each([
      [`Progressing: Waiting for ${kind}`, '{}'],
      ['Healthy: told', ready('True')],
      ['Degraded: told', ready('False')],
    ])(`has a ${kind} that is %s`, (expected, fields) => {
      expect(assess(`external-secrets.io/v1 ${kind}`, fields)).toBe(expected)
    })
  }

  it('takes the last condition of a ClusterExternalSecret', () => {
    const health = (...types: string[]): string =>
      assess(
        'external-secrets.io/v1 ClusterExternalSecret',
        `{ status: { conditions: [${types.map((type) => `{ type: ${type}, status: "True" }`).join(', ')}] } }`,
      )

    expect(health()).toBe('Progressing: Waiting for ClusterExternalSecret')
    expect(health('NotReady', 'Ready')).toBe('Healthy')
    expect(health('Ready', 'PartiallyReady')).toBe('Degraded')
  })
})

describe('Kubernetes itself', () => {
  it.each([
    ['Progressing: Waiting for CronJob', 'batch/v1 CronJob', '{ spec: {} }'],
    ['Healthy: CronJob is Suspended', 'batch/v1 CronJob', '{ spec: { suspend: true } }'],
    ['Healthy: CronJob has not been scheduled yet', 'batch/v1 CronJob', '{ spec: {}, status: {} }'],
    [
      'Healthy: The CronJob never completed successfully. It may not be healthy',
      'batch/v1 CronJob',
      '{ status: { lastScheduleTime: "2026-01-02" } }',
    ],
    [
      'Degraded: CronJob has not completed its last execution successfully',
      'batch/v1 CronJob',
      '{ status: { lastScheduleTime: "2026-01-02", lastSuccessfulTime: "2026-01-01" } }',
    ],
    [
      'Healthy: The job is running. Its last execution may not have been successful',
      'batch/v1 CronJob',
      '{ status: { active: [{}], lastScheduleTime: "2026-01-02", lastSuccessfulTime: "2026-01-01" } }',
    ],
    [
      'Healthy: PodDisruptionBudget has SufficientPods',
      'policy/v1 PodDisruptionBudget',
      '{ status: { conditions: [{ type: DisruptionAllowed, status: "True", reason: SufficientPods }] } }',
    ],
    [
      'Degraded: PodDisruptionBudget has SyncFailed',
      'policy/v1 PodDisruptionBudget',
      '{ status: { conditions: [{ type: DisruptionAllowed, status: "False", reason: SyncFailed }] } }',
    ],
    [
      'Healthy: CRD is healthy',
      'apiextensions.k8s.io/v1 CustomResourceDefinition',
      '{ status: { conditions: [{ type: NamesAccepted, status: "True" }, { type: Established, status: "True" }] } }',
    ],
    [
      'Progressing: CRD is being installed',
      'apiextensions.k8s.io/v1 CustomResourceDefinition',
      '{ status: { conditions: [{ type: Established, status: "False", reason: Installing }] } }',
    ],
    [
      'Degraded: CRD names have not been accepted: taken',
      'apiextensions.k8s.io/v1 CustomResourceDefinition',
      '{ status: { conditions: [{ type: NamesAccepted, status: "False", message: taken }] } }',
    ],
    ['Progressing: Status conditions not found', 'apiextensions.k8s.io/v1 CustomResourceDefinition', '{}'],
  ])('is %s for %s', (expected, kind, fields) => {
    expect(assess(kind, fields)).toBe(expected)
  })
})
