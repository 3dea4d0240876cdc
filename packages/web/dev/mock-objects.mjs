import { ago, commit } from './mock-fleet.mjs'

/** Objects below an application: tree, manifests, differences, events, log lines. All follow from the application itself. */

const suffix = (text, length = 5) =>
  Array.from(commit(text))
    .map((one) => 'bcdfghjklmnpqrstvwxz2456789'[Number.parseInt(one, 16) + (one.charCodeAt(0) % 9)])
    .join('')
    .slice(0, length)

export function treeOf(app) {
  const nodes = []
  const namespace = app.spec.destination.namespace
  const isBroken = app.status.health.status === 'Degraded'
  for (const one of app.status.resources) {
    if (one.health?.status === 'Missing') continue
    const node = {
      group: one.group,
      version: one.version,
      kind: one.kind,
      namespace: one.namespace,
      name: one.name,
      uid: `uid-${one.kind}-${one.name}`,
      resourceVersion: app.metadata.resourceVersion,
      createdAt: ago(16 * 86_400_000),
      parentRefs: [],
      health: one.health,
      info: [],
    }
    nodes.push(node)
    if (one.kind === 'Deployment') nodes.push(...below(app, node, isBroken))
    if (one.kind === 'Service') nodes.push(child(node, 'discovery.k8s.io', 'EndpointSlice', `${one.name}-${suffix(one.name)}`))
    if (one.kind === 'Ingress') node.networkingInfo = { externalURLs: app.status.summary.externalURLs }
  }
  void namespace
  return { nodes, orphanedNodes: [] }
}

function child(parent, group, kind, name, extra = {}) {
  return {
    group,
    version: 'v1',
    kind,
    namespace: parent.namespace,
    name,
    uid: `uid-${kind}-${name}`,
    resourceVersion: '1',
    createdAt: ago(9 * 60_000),
    info: [],
    parentRefs: [{ group: parent.group, kind: parent.kind, namespace: parent.namespace, name: parent.name, uid: parent.uid }],
    ...extra,
  }
}

function below(app, deployment, isBroken) {
  const nodes = []
  const wanted = app.metadata.name === 'scoring-fleet' ? 12 : app.metadata.name.includes('features') ? 2 : 3
  const isProgressing = deployment.health?.status === 'Progressing'
  const isWaiting = app.metadata.name === 'ml-inference-api'
  const hash = suffix(deployment.name + app.status.sync.revision, 9)
  const set = child(deployment, 'apps', 'ReplicaSet', `${deployment.name}-${hash}`, {
    info: [{ name: 'Revision', value: 'Rev:13' }],
    health: { status: isProgressing ? 'Progressing' : 'Healthy' },
  })
  nodes.push(set)
  for (let index = 0; index < wanted; index += 1) {
    const name = `${set.name}-${suffix(`${set.name}${index}`)}`
    const isBad = (isBroken && index > 0) || isWaiting
    const isStarting = isProgressing && index === wanted - 1
    nodes.push(
      child(set, '', 'Pod', name, {
        health: isWaiting
          ? { status: 'Progressing', message: 'configmap "ml-config" not found' }
          : isBad
            ? { status: 'Degraded', message: 'container server was killed for memory (OOMKilled)' }
            : { status: isStarting ? 'Progressing' : 'Healthy' },
        info: [
          { name: 'Status Reason', value: isWaiting ? 'CreateContainerConfigError' : isBad ? 'CrashLoopBackOff' : 'Running' },
          { name: 'Containers', value: isBad || isStarting ? '0/1' : '1/1' },
          ...(isBad && !isWaiting ? [{ name: 'Restart Count', value: '6' }] : []),
          ...(app.metadata.name === 'search-ranker-production'
            ? [{ name: 'Simulated', value: 'image registry.example/search/ranker:7.3.1 cannot run here' }]
            : []),
        ],
        images: app.status.summary.images,
      }),
    )
  }
  const older = app.metadata.name.includes('features') ? 1 : 4
  for (let index = 0; index < older; index += 1) {
    const oldSet = child(deployment, 'apps', 'ReplicaSet', `${deployment.name}-${suffix(`${deployment.name}old${index}`, 9)}`, {
      info: [{ name: 'Revision', value: `Rev:${12 - index}` }],
      health: { status: 'Healthy' },
      createdAt: ago((5 + index) * 86_400_000),
    })
    nodes.push(oldSet)
    if (app.metadata.name.includes('features')) {
      for (let pod = 0; pod < 2; pod += 1)
        nodes.push(
          child(oldSet, '', 'Pod', `${oldSet.name}-${suffix(`${oldSet.name}${pod}`)}`, {
            health: { status: 'Healthy' },
            info: [
              { name: 'Status Reason', value: 'Running' },
              { name: 'Containers', value: '1/1' },
            ],
          }),
        )
    }
  }
  return nodes
}

/** The object as the cluster holds it; `git`: as Git does. */
export function manifestOf(app, one, git = false) {
  const base = {
    apiVersion: one.group ? `${one.group}/${one.version ?? 'v1'}` : (one.version ?? 'v1'),
    kind: one.kind,
    metadata: {
      name: one.name,
      ...(one.namespace && { namespace: one.namespace }),
      labels: { app: one.name, 'app.kubernetes.io/part-of': app.metadata.name },
      annotations: { 'argocd.argoproj.io/tracking-id': `${app.metadata.name}:${one.group}/${one.kind}:${one.namespace}/${one.name}` },
      ...(!git && {
        uid: `uid-${one.kind}-${one.name}`,
        resourceVersion: '88412907',
        generation: 13,
        creationTimestamp: ago(16 * 86_400_000),
        managedFields: [
          {
            manager: 'argocd-controller',
            operation: 'Apply',
            apiVersion: 'apps/v1',
            time: ago(3_600_000),
            fieldsType: 'FieldsV1',
            fieldsV1: { 'f:spec': { 'f:replicas': {} } },
          },
        ],
      }),
    },
  }
  const changed = !git && one.status === 'OutOfSync'
  switch (one.kind) {
    case 'Deployment':
      return {
        ...base,
        spec: {
          replicas: changed && app.metadata.name === 'search-ranker-production' ? 9 : 3,
          selector: { matchLabels: { app: one.name } },
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
          template: {
            metadata: { labels: { app: one.name } },
            spec: {
              containers: [
                {
                  name: 'server',
                  image: app.status.summary.images[0] ?? 'registry.example/none:1',
                  ports: [{ containerPort: 8080, name: 'http' }],
                  env: [
                    { name: 'CACHE_TTL_SECONDS', value: changed ? '30' : '300' },
                    { name: 'REDIS_PASSWORD', valueFrom: { secretKeyRef: { name: 'feature-db', key: 'password' } } },
                  ],
                  resources: { limits: { cpu: '2', memory: changed ? '4Gi' : '2Gi' }, requests: { cpu: '500m', memory: '1Gi' } },
                  readinessProbe: { httpGet: { path: '/v2/health/ready', port: 'http' }, periodSeconds: 5 },
                },
              ],
            },
          },
        },
        ...(!git && {
          status: {
            replicas: 3,
            readyReplicas: one.health?.status === 'Healthy' ? 3 : 1,
            updatedReplicas: one.health?.status === 'Progressing' ? 2 : 3,
            availableReplicas: 1,
            conditions: [
              {
                type: 'Available',
                status: one.health?.status === 'Healthy' ? 'True' : 'False',
                reason: 'MinimumReplicasUnavailable',
                message: 'Deployment does not have minimum availability.',
                lastTransitionTime: ago(11 * 60_000),
              },
              { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', lastTransitionTime: ago(9 * 60_000) },
            ],
          },
        }),
      }
    case 'Pod':
      return {
        ...base,
        spec: {
          nodeName: 'embedded',
          containers: [
            { name: 'server', image: app.status.summary.images[0] },
            { name: 'proxy', image: 'registry.example/base/proxy:2.1' },
          ],
          initContainers: [{ name: 'fetch-model', image: 'registry.example/base/fetch:1' }],
        },
        status: {
          phase: 'Running',
          podIP: '127.0.0.1',
          containerStatuses: [
            {
              name: 'server',
              ready: true,
              restartCount: one.health?.status === 'Degraded' ? 6 : 0,
              image: app.status.summary.images[0],
              state:
                one.health?.status === 'Degraded'
                  ? { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 2m40s restarting failed container' } }
                  : { running: { startedAt: ago(9 * 60_000) } },
              lastState: one.health?.status === 'Degraded' ? { terminated: { reason: 'OOMKilled', exitCode: 137 } } : {},
            },
            {
              name: 'proxy',
              ready: true,
              restartCount: 0,
              image: 'registry.example/base/proxy:2.1',
              state: { running: { startedAt: ago(9 * 60_000) } },
            },
          ],
        },
      }
    case 'Service':
      return {
        ...base,
        spec: {
          type: 'ClusterIP',
          clusterIP: '10.96.12.7',
          ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
          selector: { app: one.name },
        },
      }
    case 'ConfigMap':
      return { ...base, data: { 'model.version': '1.4.2', 'features.yaml': 'window: 48h\ncolumns:\n  - amount\n  - country\n' } }
    case 'Secret':
      return { ...base, type: 'Opaque', data: { host: '++++++++', password: '++++++++', username: '++++++++' } }
    case 'Ingress':
      return {
        ...base,
        spec: {
          rules: [
            {
              host: `${one.name}.localhost`,
              http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: one.name, port: { number: 80 } } } }] },
            },
          ],
        },
        ...(!git && { status: { loadBalancer: { ingress: [{ ip: '127.0.0.1' }] } } }),
      }
    case 'CronJob':
      return {
        ...base,
        spec: {
          schedule: '0 * * * *',
          suspend: one.health?.status === 'Suspended',
          jobTemplate: {
            spec: {
              template: { spec: { containers: [{ name: 'job', image: app.status.summary.images[0] }], restartPolicy: 'OnFailure' } },
            },
          },
        },
      }
    case 'HorizontalPodAutoscaler':
      return {
        ...base,
        spec: {
          minReplicas: 3,
          maxReplicas: 12,
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: one.name },
          metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
        },
        ...(!git && { status: { currentReplicas: 3, desiredReplicas: 3 } }),
      }
    default:
      return base
  }
}

export function managedOf(app) {
  return app.status.resources.map((one) => {
    const live = one.health?.status === 'Missing' ? undefined : JSON.stringify(manifestOf(app, one))
    const target = one.requiresPruning ? undefined : JSON.stringify(manifestOf(app, one, true))
    const { metadata, status: _, ...rest } = manifestOf(app, one)
    const { managedFields: __, uid: ___, resourceVersion: ____, generation: _____, creationTimestamp: ______, ...plainMetadata } = metadata
    const normalized =
      live &&
      JSON.stringify({
        apiVersion: rest.apiVersion,
        kind: rest.kind,
        metadata: plainMetadata,
        ...Object.fromEntries(Object.entries(rest).filter(([key]) => key !== 'apiVersion' && key !== 'kind')),
      })
    const differs = one.status === 'OutOfSync' && live && target
    return {
      group: one.group,
      kind: one.kind,
      namespace: one.namespace,
      name: one.name,
      modified: one.status === 'OutOfSync',
      resourceVersion: '88412907',
      ...(target && { targetState: target, predictedLiveState: target }),
      ...(live && { liveState: live, normalizedLiveState: normalized }),
      differences:
        differs && one.kind === 'Deployment'
          ? [
              {
                path: 'spec.template.spec.containers[server].env[CACHE_TTL_SECONDS].value',
                live: '"30"',
                target: '"300"',
                manager: 'kubectl-edit',
                time: ago(9 * 60_000),
              },
              {
                path: 'spec.template.spec.containers[server].resources.limits.memory',
                live: '"4Gi"',
                target: '"2Gi"',
                manager: 'kubectl-edit',
                time: ago(9 * 60_000),
              },
            ]
          : [],
    }
  })
}

export function eventsOf(app, name) {
  const pods = treeOf(app).nodes.filter((one) => one.kind === 'Pod')
  const items = [
    ...pods.slice(0, 3).map((pod, index) => ({
      metadata: { uid: `e-${pod.name}`, name: `e-${pod.name}`, creationTimestamp: ago(40_000) },
      type: pod.health.status === 'Healthy' ? 'Normal' : 'Warning',
      reason: pod.health.status === 'Healthy' ? 'Pulled' : 'Unhealthy',
      message:
        pod.health.status === 'Healthy'
          ? 'Container image is already present on this machine'
          : (pod.health.message ?? 'Readiness probe failed: 503 from /v2/health/ready'),
      count: 1 + index * 3,
      lastTimestamp: ago(3_000 + index * 60_000),
      involvedObject: { kind: 'Pod', name: pod.name, namespace: pod.namespace },
    })),
    {
      metadata: { uid: 'e-scale', name: 'e-scale', creationTimestamp: ago(9 * 60_000) },
      type: 'Normal',
      reason: 'ScalingReplicaSet',
      message: 'Scaled up replica set from 0 to 3',
      count: 1,
      lastTimestamp: ago(9 * 60_000),
      involvedObject: { kind: 'Deployment', name: app.metadata.name.replace(/-(production|staging)$/, '') },
    },
    {
      metadata: { uid: 'e-sync', name: 'e-sync', creationTimestamp: ago(9 * 60_000) },
      type: 'Normal',
      reason: 'OperationCompleted',
      message: `Sync operation to ${app.status.sync.revision} succeeded`,
      count: 1,
      lastTimestamp: ago(9 * 60_000),
      involvedObject: { kind: 'Application', name: app.metadata.name },
    },
  ]
  return name ? items.filter((one) => one.involvedObject.name.startsWith(name)) : items
}

const ansi = (color, text) => `\u001B[${color}m${text}\u001B[0m`

export function logLine(index) {
  const lines = [
    `${ansi(32, 'INFO')}  POST /v2/models/fraud/infer 200 ${(index % 40) / 10 + 1.2}ms`,
    `${ansi(32, 'INFO')}  POST /v2/models/fraud/infer 200 ${(index % 30) / 10 + 1}ms request=${commit(String(index)).slice(0, 12)}`,
    `${ansi(33, 'WARN')}  cache warm-up at ${index % 100}%, not ready`,
    `${ansi('1;31', 'ERROR')} column ${ansi(36, 'mcc_country')} has ${index} new values <script>alert(1)</script>`,
    `${ansi(90, 'DEBUG')} batch of ${(index % 8) + 1} in ${ansi('38;5;208', `${index % 17}ms`)}, queue ${index % 3}`,
  ]
  return lines[(index * 7) % 11 === 0 ? 3 : (index * 5) % 13 === 0 ? 2 : index % 5 === 4 ? 4 : index % 2]
}
