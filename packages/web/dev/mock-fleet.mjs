/** Applications of every state, always the same, for development and for the browser tests of the console. Times are relative to the start. */

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const start = Date.now()
const ago = (ms) => new Date(start - ms).toISOString()

/** A hash that looks like a commit; the same text gives the same one. */
export function commit(text) {
  let a = 0x811c9dc5
  let out = ''
  for (let round = 0; out.length < 40; round += 1) {
    for (const char of `${text}#${round}`) a = Math.imul(a ^ char.charCodeAt(0), 0x01000193) >>> 0
    out += a.toString(16).padStart(8, '0')
  }
  return out.slice(0, 40)
}

export const commits = new Map()
const people = ['Ana Castro', 'Soo-ah Han', 'Jonas Lind', 'Dev Patel', 'Léa Morel', 'Yuki Abe', '김민준']

function revision(text, author, agoMs) {
  const hash = commit(text)
  commits.set(hash, {
    author: `${author} <${author.toLowerCase().replaceAll(' ', '.')}@example.com>`,
    date: ago(agoMs),
    message: `${text}\n\nMade by the mock.`,
    tags: [],
  })
  return hash
}

let version = 1000
export const nextVersion = () => String((version += 1))

/** The parts of one application that the API serves. */
function application(name, o) {
  const namespace = o.namespace ?? name.replace(/-(production|staging)$/, '')
  const changed = o.changed ?? hour
  const message = o.message ?? `Update ${name}`
  const author = o.author ?? people[name.length % people.length]
  const head = revision(message, author, changed + 20_000)
  const before = revision(`Earlier state of ${name}`, people[(name.length + 2) % people.length], changed + 5 * day)
  const oldest = revision(`First version of ${name}`, people[(name.length + 3) % people.length], changed + 16 * day)
  const source = o.source ?? {
    repoURL: o.repo ?? `http://127.0.0.1:7420/git/${o.project ?? 'demo'}.git`,
    path: o.path ?? `deploy/${name}`,
    targetRevision: 'main',
  }
  const automated = o.automated === undefined ? { prune: true, selfHeal: true } : o.automated
  const resources = (o.resources ?? workload(namespace, name)).map((one) => ({ version: 'v1', group: '', namespace, ...one }))
  const current = o.revision ?? head
  // Of several sources: what a source says, then where it stands; `head` is the commit of those that have one.
  const places = o.sources?.map((one) => ({ source: one, at: (hash, version) => (one.chart ? version : hash) }))
  const from = (hash, version) =>
    places
      ? { sources: places.map((one) => one.source), revisions: places.map((one) => one.at(hash, version)) }
      : { source, revision: source.chart ? version : hash }
  const history = o.history ?? [
    {
      id: 0,
      ...from(oldest, '1.3.0'),
      deployedAt: ago(changed + 16 * day),
      deployStartedAt: ago(changed + 16 * day + 3_100),
      initiatedBy: { username: 'admin' },
    },
    {
      id: 1,
      ...from(before, '1.4.0'),
      deployedAt: ago(changed + 5 * day),
      deployStartedAt: ago(changed + 5 * day + 2_900),
      initiatedBy: { automated: true },
    },
    { id: 2, ...from(head, '1.4.2'), deployedAt: ago(changed), deployStartedAt: ago(changed + 1_240), initiatedBy: { automated: true } },
  ]
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name,
      namespace: 'argocd',
      uid: `app-${name}`,
      resourceVersion: nextVersion(),
      generation: 3,
      creationTimestamp: ago(60 * day),
      labels: o.labels ?? { team: o.project ?? 'platform', tier: name.endsWith('staging') ? 'staging' : 'production' },
      annotations: o.annotations ?? {},
      finalizers: ['resources-finalizer.argocd.argoproj.io'],
      ...(o.deletionTimestamp && { deletionTimestamp: o.deletionTimestamp }),
    },
    spec: {
      project: o.project ?? 'default',
      ...(places ? { sources: o.sources } : { source }),
      destination: { ...(o.cluster ? { name: o.cluster } : { server: 'https://kubernetes.default.svc' }), namespace },
      syncPolicy: { ...(automated && { automated }), syncOptions: ['CreateNamespace=true'] },
    },
    status: {
      sync: {
        status: o.sync ?? 'Synced',
        ...(o.sync === 'Unknown' ? { revision: '' } : revisionsOnly(from(current, '1.4.2'))),
        comparedTo: places ? { sources: o.sources } : { source },
      },
      health: { status: o.health ?? 'Healthy', lastTransitionTime: ago(changed), ...(o.healthMessage && { message: o.healthMessage }) },
      ...(o.operation === null
        ? {}
        : {
            operationState: o.operation ?? {
              operation: { sync: { revision: head }, initiatedBy: { automated: true } },
              phase: 'Succeeded',
              message: 'successfully synced (all tasks run)',
              startedAt: ago(changed + 1_240),
              finishedAt: ago(changed),
              syncResult: {
                ...revisionsOnly(from(head, '1.4.2')),
                resources: resources.map((one) => ({
                  group: one.group,
                  version: one.version,
                  kind: one.kind,
                  namespace: one.namespace,
                  name: one.name,
                  status: 'Synced',
                  message: `${one.kind.toLowerCase()}/${one.name} configured`,
                  syncPhase: 'Sync',
                })),
              },
            },
          }),
      history,
      conditions: o.conditions ?? [],
      resources,
      summary: {
        images: o.images ?? [`registry.example/${o.project ?? 'ml'}/${name.replace(/-(production|staging)$/, '')}:1.4.2`],
        externalURLs: o.urls ?? [],
      },
      reconciledAt: ago(20_000),
      ...(places ? { sourceTypes: o.sourceTypes } : { sourceType: o.sourceType ?? 'Directory' }),
      controllerNamespace: 'argocd',
    },
  }
}

function revisionsOnly({ revision, revisions }) {
  return revisions ? { revisions } : { revision }
}

const synced = { status: 'Synced' }
const healthy = { health: { status: 'Healthy' } }

function workload(namespace, name, deployment = {}) {
  const short = name.replace(/-(production|staging)$/, '')
  return [
    { group: 'apps', kind: 'Deployment', name: short, ...synced, ...healthy, ...deployment },
    { kind: 'Service', name: short, ...synced, ...healthy },
    { kind: 'ConfigMap', name: `${short}-config`, ...synced },
    { group: 'networking.k8s.io', kind: 'Ingress', name: short, ...synced, ...healthy },
  ]
}

export function curated() {
  const list = []
  const add = (name, o = {}) => list.push(application(name, o))

  add('demo-model', {
    message: 'Serve the fraud model, 1.4.2',
    changed: 4 * minute,
    project: 'demo',
    urls: ['http://demo-model.demo.localhost:7421/'],
    namespace: 'demo',
  })

  add('vector-store-production', {
    project: 'search',
    cluster: 'prod-eu-1',
    namespace: 'vectors',
    changed: 11 * minute,
    message: 'Twelve replicas at most (#87)',
    sources: [
      {
        repoURL: 'https://charts.example/stable',
        chart: 'vector-store',
        targetRevision: '^1.4',
        helm: {
          valueFiles: ['$values/vectors/base.yaml', '$values/vectors/production.yaml'],
          values: 'persistence:\n  size: 200Gi\n',
          parameters: [
            { name: 'image.tag', value: '1.15.4' },
            { name: 'replicaCount', value: '3' },
          ],
        },
      },
      { repoURL: 'https://github.com/example/values.git', ref: 'values', targetRevision: 'main' },
      {
        repoURL: 'http://127.0.0.1:7420/git/search.git',
        path: 'deploy/vector-store/extras',
        targetRevision: 'main',
        kustomize: {
          namePrefix: 'eu-',
          images: ['backup=registry.example/search/backup:2.3'],
          replicas: [{ name: 'backup', count: 2 }],
          commonAnnotations: { owner: 'search' },
        },
      },
    ],
    sourceTypes: ['Helm', 'Kustomize'],
    resources: [...workload('vectors', 'vector-store'), { kind: 'Secret', name: 'vector-store-key', ...synced }],
  })
  add('feature-gateway', {
    project: 'platform',
    namespace: 'gateway',
    changed: 2 * hour,
    source: {
      repoURL: 'oci://registry.example/charts',
      chart: 'feature-gateway',
      targetRevision: '1.4.2',
      helm: { releaseName: 'gateway' },
    },
    sourceType: 'Helm',
    annotations: { 'plimsoll.dev/random-rotation': JSON.stringify({ id: 'x', at: ago(3 * hour) }) },
    conditions: [
      {
        type: 'RenderedDifferentlyWarning',
        message: 'helm v3.18.0 renders 2 objects differently: ConfigMap gateway/feature-gateway-config and 1 more.',
        lastTransitionTime: ago(2 * hour),
      },
    ],
  })
  add('kyc-face-match-production', {
    project: 'identity',
    cluster: 'prod-eu-1',
    health: 'Degraded',
    changed: 23 * minute,
    message: 'Switch to the 512-dim encoder (#188)',
    resources: workload('identity', 'kyc-face-match', {
      health: {
        status: 'Degraded',
        message: '2 of 4 pods restart again and again: container server was killed for memory (OOMKilled, limit 2Gi) 6 times',
      },
    }),
  })
  add('voice-transcribe-production', {
    project: 'support',
    cluster: 'prod-us-1',
    health: 'Degraded',
    changed: hour,
    message: 'Two replicas for the evening peak (#77)',
    resources: workload('support', 'voice-transcribe', {
      health: { status: 'Degraded', message: 'Deployment "voice-transcribe" exceeded its progress deadline' },
    }),
  })
  add('ml-inference-api', {
    project: 'payments',
    namespace: 'production',
    health: 'Progressing',
    changed: 14 * minute,
    message: 'Add Service and Ingress',
    resources: [
      {
        group: 'apps',
        kind: 'Deployment',
        name: 'ml-inference-api',
        ...synced,
        health: { status: 'Progressing', message: 'Waiting for rollout to finish: 0 of 3 updated replicas are available' },
      },
      { kind: 'Service', name: 'ml-inference-api', ...synced, ...healthy },
      { group: 'networking.k8s.io', kind: 'Ingress', name: 'ml-inference-api', ...synced, ...healthy },
      {
        group: 'autoscaling',
        version: 'v2',
        kind: 'HorizontalPodAutoscaler',
        name: 'ml-inference-api',
        ...synced,
        health: { status: 'Healthy', message: "the HPA controller was able to get the target's current scale" },
      },
    ],
  })
  add('fraud-features-production', {
    project: 'risk',
    cluster: 'prod-eu-1',
    namespace: 'fraud',
    health: 'Progressing',
    sync: 'OutOfSync',
    changed: 9 * minute,
    message: 'Raise feature cache to 5 minutes (#231)',
    author: 'Soo-ah Han',
    sourceType: 'Kustomize',
    automated: { prune: true },
    resources: [
      {
        group: 'apps',
        kind: 'Deployment',
        name: 'fraud-features',
        status: 'OutOfSync',
        health: { status: 'Progressing', message: 'Waiting for rollout to finish: 1 of 2 updated replicas are available' },
      },
      { kind: 'Service', name: 'fraud-features', ...synced, ...healthy },
      { group: 'networking.k8s.io', kind: 'Ingress', name: 'fraud-features', ...synced, ...healthy },
      { kind: 'ConfigMap', name: 'features-config', ...synced },
      { kind: 'Secret', name: 'feature-db', ...synced },
      { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler', name: 'fraud-features', ...synced, ...healthy },
    ],
  })
  add('search-ranker-production', {
    project: 'search',
    cluster: 'prod-us-1',
    sync: 'OutOfSync',
    changed: 40 * minute,
    message: 'Ranker 7.3.1',
    automated: { prune: true },
    resources: workload('search', 'search-ranker', { status: 'OutOfSync' }),
  })
  add('drift-monitor', {
    project: 'platform',
    cluster: 'ml-batch-1',
    namespace: 'monitoring',
    health: 'Missing',
    sync: 'OutOfSync',
    changed: 2 * hour,
    message: 'Check drift every hour',
    automated: null,
    operation: null,
    history: [],
    resources: [
      { group: 'batch', kind: 'CronJob', name: 'drift-monitor', status: 'OutOfSync', health: { status: 'Missing' } },
      { kind: 'ServiceAccount', name: 'drift-monitor', status: 'OutOfSync', health: { status: 'Missing' } },
    ],
  })
  add('embeddings-staging', {
    project: 'search',
    cluster: 'staging-eu-1',
    namespace: 'embeddings',
    sync: 'Unknown',
    changed: 6 * minute,
    message: 'Rename the port',
    conditions: [
      {
        type: 'ComparisonError',
        message:
          'deploy/embeddings-staging/deployment.yaml, line 18, column 14: a mapping cannot start here, after "app:". Do this: quote the value, app: "ml: api", and push.',
        lastTransitionTime: ago(6 * minute),
      },
    ],
  })
  add('dispute-triage-staging', {
    project: 'payments',
    cluster: 'staging-eu-1',
    namespace: 'disputes',
    sync: 'OutOfSync',
    changed: 18 * minute,
    message: 'Thresholds per card scheme (#96)',
    resources: [
      { group: 'batch', kind: 'CronJob', name: 'dispute-triage', status: 'OutOfSync', ...healthy },
      ...workload('disputes', 'dispute-triage'),
    ],
    operation: {
      operation: { sync: { revision: commit('Thresholds per card scheme (#96)') }, initiatedBy: { username: 'ana' } },
      phase: 'Failed',
      message: 'one or more objects failed to apply',
      startedAt: ago(18 * minute + 2_000),
      finishedAt: ago(18 * minute),
      syncResult: {
        revision: commit('Thresholds per card scheme (#96)'),
        resources: [
          {
            group: 'batch',
            version: 'v1',
            kind: 'CronJob',
            namespace: 'disputes',
            name: 'dispute-triage',
            status: 'SyncFailed',
            message: 'spec.schedule: Invalid value: "@hourly*": is not a cron expression',
            syncPhase: 'Sync',
          },
          {
            group: '',
            version: 'v1',
            kind: 'Service',
            namespace: 'disputes',
            name: 'dispute-triage',
            status: 'Synced',
            message: 'service/dispute-triage unchanged',
            syncPhase: 'Sync',
          },
        ],
      },
    },
    conditions: [
      { type: 'SyncError', message: 'Failed last sync attempt: one or more objects failed to apply', lastTransitionTime: ago(18 * minute) },
    ],
  })
  add('recommendations-staging', {
    project: 'search',
    cluster: 'staging-eu-1',
    namespace: 'recs',
    health: 'Progressing',
    changed: minute,
    message: 'Two-tower model 4.0.0-rc.2 (#311)',
    resources: workload('recs', 'recommendations', {
      health: { status: 'Progressing', message: 'Waiting for rollout to finish: 1 of 3 updated replicas are available' },
    }),
  })
  add('reply-suggest-production', {
    project: 'support',
    cluster: 'prod-us-1',
    namespace: 'support',
    sync: 'OutOfSync',
    changed: 3 * hour,
    message: 'Prompt v12 (#141)',
    revision: commit('Prompt v12 (#141)'),
    annotations: {
      'plimsoll.dev/automation-hold': JSON.stringify({
        since: ago(3 * hour),
        by: 'ana',
        revision: commit('Earlier state of reply-suggest-production'),
        reason: 'Answers in the wrong language since #141',
      }),
    },
    conditions: [
      { type: 'AutomationHeldWarning', message: 'Automated sync is on hold after a rollback.', lastTransitionTime: ago(3 * hour) },
    ],
    resources: workload('support', 'reply-suggest', { status: 'OutOfSync' }),
  })
  add('merchant-embeddings-batch', {
    project: 'search',
    cluster: 'ml-batch-1',
    namespace: 'embeddings',
    sync: 'OutOfSync',
    changed: 5 * hour,
    message: 'Nightly instead of weekly (#43)',
    automated: { selfHeal: true },
    resources: [
      { group: 'batch', kind: 'CronJob', name: 'merchant-embeddings', ...synced, ...healthy },
      { kind: 'ConfigMap', name: 'merchant-embeddings-weekly', status: 'OutOfSync', requiresPruning: true },
    ],
  })
  add('credit-limit-batch', {
    project: 'risk',
    cluster: 'ml-batch-1',
    namespace: 'credit',
    health: 'Suspended',
    changed: 26 * hour,
    message: 'Pause scoring for the audit',
    resources: [
      {
        group: 'batch',
        kind: 'CronJob',
        name: 'credit-limit',
        ...synced,
        health: { status: 'Suspended', message: 'CronJob is suspended' },
      },
    ],
  })
  add('old-gateway', {
    project: 'platform',
    namespace: 'gateway',
    changed: 40_000,
    message: 'Envoy Gateway 1.5.0',
    deletionTimestamp: ago(40_000),
    resources: [
      { kind: 'Namespace', name: 'gateway', namespace: '', ...synced, ...healthy },
      { kind: 'Service', name: 'gateway', ...synced, ...healthy },
    ],
  })
  add('nothing-yet', { project: 'demo', namespace: 'nothing', changed: 10 * minute, message: 'Add a README', resources: [], images: [] })
  add('hostile-names', {
    project: 'demo',
    namespace: 'demo',
    changed: 3 * day,
    message: '<img src=x onerror=alert(1)> & "quotes" `ticks` **stars**',
    author: '<b>Mallory</b>',
    labels: { team: 'demo', constructor: 'toString', __proto__x: '<script>alert(1)</script>' },
    urls: ['javascript:alert(1)', 'https://example.com/a'],
    health: 'Degraded',
    resources: workload('demo', 'hostile-names', {
      health: { status: 'Degraded', message: '<img src=x onerror=alert(1)> container "x" `failed`' },
    }),
  })
  add('scoring-fleet', {
    project: 'risk',
    cluster: 'prod-us-1',
    namespace: 'scoring',
    changed: 8 * day,
    message: 'Sixty workers (#519)',
    images: ['registry.example/risk/scoring:5.19.0', 'registry.example/base/proxy:2.1'],
    resources: Array.from({ length: 30 }, (_, index) => [
      { group: 'apps', kind: 'Deployment', name: `scoring-${String(index).padStart(2, '0')}`, ...synced, ...healthy },
      { kind: 'Service', name: `scoring-${String(index).padStart(2, '0')}`, ...synced, ...healthy },
    ]).flat(),
  })
  return list
}

const subjects = [
  'aml-screening',
  'cert-manager',
  'chargeback-forecast',
  'credit-risk',
  'feature-store',
  'fraud-detector',
  'gateway-edge',
  'intent',
  'kserve',
  'liveness-check',
  'mlflow',
  'payment-routing',
  'pricing',
  'prometheus-stack',
  'query-understanding',
  'ranker',
  'sanctions',
  'ticket-router',
  'translation',
  'vector-index',
]
const projects = ['risk', 'search', 'payments', 'support', 'platform', 'identity']
const clusters = ['prod-eu-1', 'prod-us-1', 'staging-eu-1', 'ml-batch-1', undefined]

export function generated(count) {
  return Array.from({ length: count }, (_, index) => {
    const subject = subjects[index % subjects.length]
    const round = Math.floor(index / subjects.length)
    const name = `${subject}${round === 0 ? '' : `-${round}`}-${index % 3 === 0 ? 'staging' : 'production'}`
    const o = {
      project: projects[index % projects.length],
      cluster: clusters[index % clusters.length],
      namespace: subject,
      changed: ((index * 7919) % 900) * hour + hour,
      message: `Version 1.${index % 30}.${index % 7} of ${subject} (#${100 + index})`,
    }
    if (index % 53 === 52) Object.assign(o, { health: 'Progressing', changed: 3 * minute })
    return application(name, o)
  })
}

export { ago, start }
