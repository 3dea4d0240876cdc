import { manifestOf } from './mock-objects.mjs'

/** How an application is rendered, as `GET /api/v1/applications/NAME/rendering` says it. All follows from the application itself. */
export function renderingOf(app) {
  const sources = app.spec.sources ?? [app.spec.source]
  const revisions = app.status.sync.revisions ?? [app.status.sync.revision]
  const types = app.status.sourceTypes ?? [app.status.sourceType]
  let typed = 0
  return {
    items: sources.map((source, index) => {
      const revision = revisions[index] || 'f'.repeat(40)
      if (source.ref && !source.path && !source.chart) return { source, revision }
      const sourceType = types[typed++] ?? 'Directory'
      return {
        source,
        revision,
        sourceType,
        durationMs: 2,
        renderMs: 14 + index * 31,
        fromCache: true,
        ...engines[sourceType],
        ...(sourceType === 'Helm' && helm(app, source, revision)),
      }
    }),
  }
}

export function renderedManifestsOf(app) {
  return { manifests: app.status.resources.filter((one) => !one.requiresPruning).map((one) => JSON.stringify(manifestOf(app, one))) }
}

const engines = { Helm: { engine: 'helm/3.18' }, Kustomize: { engine: 'kustomize/5.7' } }

function helm(app, source, revision) {
  const isFirst = app.metadata.name === 'vector-store-production'
  return {
    chart: { name: source.chart ?? 'embeddings', version: source.chart ? revision : '0.9.2', appVersion: '2.14.0' },
    randomFunctions: ['genCA', 'genSignedCert', 'randAlphaNum'],
    ...(isFirst && {
      warnings: ['values.yaml: "persistence.storageClass" is null in the chart and a table in the parent chart: the table is dropped'],
      comparedWithBinary: { tool: 'helm v3.18.0', isEqual: true, differences: [], durationMs: 184 },
    }),
    ...(app.metadata.name === 'feature-gateway' && {
      comparedWithBinary: {
        tool: 'helm v3.18.0',
        isEqual: false,
        differences: [
          'ConfigMap gateway/feature-gateway-config: data.routes: "8080" here, 8080 there',
          'Deployment gateway/feature-gateway: spec.template.metadata.annotations.checksum/config differs',
        ],
        durationMs: 212,
      },
    }),
    details: { parameters: parametersOf(source), notes: notes.replaceAll('NAME', app.metadata.name) },
  }
}

const notes = `NAME is deployed.

1. Its address inside of the cluster:

     http://NAME.vectors.svc:6333

2. The key of the API:

     kubectl get secret NAME-key -n vectors -o jsonpath='{.data.api-key}' | base64 -d
`

function parametersOf(source) {
  const files = source.helm?.valueFiles ?? []
  const last = files.at(-1)?.replace(/^\$\w+\//, '')
  const first = files[0]?.replace(/^\$\w+\//, '')
  const list = [
    ['affinity', {}],
    ['autoscaling.enabled', true, last && 'file', last],
    ['autoscaling.maxReplicas', 12, last && 'file', last],
    ['autoscaling.minReplicas', 3, last && 'file', last],
    ['config.log_level', 'info', first && 'file', first],
    ['config.service.api_key', '++++++++', 'values'],
    ['config.startup', 'set -eu\nqdrant --config /etc/config.yaml &\nwait-for 127.0.0.1:6333\nload-snapshots\nwait', 'values'],
    [
      'config.storage.hnsw_index',
      { m: 16, ef_construct: 100, full_scan_threshold: 10000, max_indexing_threads: 0, on_disk: false, payload_m: null },
    ],
    ['extraVolumes', []],
    ['fullnameOverride', ''],
    ['image.pullPolicy', 'IfNotPresent'],
    ['image.repository', 'registry.example/search/vector-store'],
    ['image.tag', '1.15.4', 'parameter'],
    ['ingress.annotations.nginx\\.ingress\\.kubernetes\\.io/proxy-body-size', '32m', last && 'file', last],
    ['ingress.enabled', true, last && 'file', last],
    ['ingress.hosts', ['vectors.example.com', 'vectors.internal.example.com'], last && 'file', last],
    ['ingress.tls.caBundle', '-----BEGIN CERTIFICATE-----\nMIIB…\n-----END CERTIFICATE-----', 'file-parameter'],
    ['metrics.serviceMonitor.enabled', false],
    ['metrics.serviceMonitor.interval', '30s'],
    ['nodeSelector', {}],
    ['persistence.accessModes', ['ReadWriteOnce']],
    ['persistence.size', '200Gi', 'values'],
    ['persistence.storageClass', null],
    ['podSecurityContext.fsGroup', 3000],
    ['replicaCount', 3, 'parameter'],
    ['resources.limits.cpu', '4', last && 'file', last],
    ['resources.limits.memory', '16Gi', last && 'file', last],
    ['resources.requests.cpu', '2', last && 'file', last],
    ['resources.requests.memory', '16Gi', last && 'file', last],
    ['service.port', 6333],
    ['service.type', 'ClusterIP'],
    ['snapshots.schedule', '0 3 * * *', first && 'file', first],
    ['tolerations', []],
    ...Array.from({ length: 90 }, (_, index) => [`snapshots.retention.rule${String(index).padStart(2, '0')}.keep`, index * 3]),
  ]
  return list.map(([name, value, origin, file]) => ({
    name,
    value: JSON.stringify(value),
    origin: origin || 'chart',
    ...(origin === 'file' && file && { file }),
  }))
}
