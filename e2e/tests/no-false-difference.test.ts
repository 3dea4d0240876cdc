import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, documentsOf, openCluster } from '../harness/cluster-user.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

/**
 * Cases from the issue trackers of Argo CD and Flux in which an application was OutOfSync although nothing was wrong: what a server writes otherwise
 * than it was sent, and what others set beside Git.
 */
interface WellKnown {
  yaml: string
  /** What others do to it afterwards. */
  others?: (cluster: Cluster, namespace: string) => Promise<unknown>
  /** Of the whole cluster: only one application can have it. */
  isClusterWide?: boolean
}

const pod = (container: string, rest = ''): string => `
    metadata: { labels: { app: x }, creationTimestamp: null }
    spec:
      containers:
      - { name: a, image: example/app:1, ${container} }
${rest}`
const deployment = (name: string, container: string, rest = '', spec = 'replicas: 0'): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  ${spec}
  selector: { matchLabels: { app: x } }
  template:${pod(container, rest)}`

const cases: Record<string, WellKnown> = {
  'quantities in another form': {
    yaml: deployment(
      'quantities',
      'resources: { requests: { cpu: 1000m, memory: 1024Mi }, limits: { cpu: 0.50e1, memory: "2147483648", ephemeral-storage: 0.5Gi } }',
    ),
  },
  'ports without a protocol': {
    yaml: deployment('ports', 'ports: [{ containerPort: 80 }, { containerPort: 53, protocol: UDP }, { containerPort: 53 }]'),
  },
  'replicas that an autoscaler owns': {
    yaml: deployment('scaled', 'command: [sleep, "1000"]', '', 'minReadySeconds: 0'),
    others: (cluster, namespace) =>
      cluster.patch(
        'apps/v1/Deployment',
        namespace,
        'scaled',
        { spec: { replicas: 3 } },
        { manager: 'horizontal-pod-autoscaler', subresource: 'scale' },
      ),
  },
  'empty maps and lists': {
    yaml: deployment(
      'empty',
      'securityContext: {}, resources: {}, env: [], volumeMounts: [{ name: v, mountPath: /v }]',
      '      nodeSelector: {}\n      tolerations: []\n      affinity: {}\n      securityContext: {}\n      volumes: [{ name: v, emptyDir: {} }]',
    ),
  },
  'null fields': {
    yaml: `apiVersion: apps/v1
kind: Deployment
metadata: { name: nulls, creationTimestamp: null, annotations: null, labels: null, namespace: null }
spec:
  replicas: 0
  paused: null
  strategy: null
  selector: { matchLabels: { app: x } }
  template:${pod('env: null, args: null, resources: null, image: example/app:1'.replace(', image: example/app:1', ''))}
status: null`,
  },
  'false and zero': {
    yaml: deployment(
      'zeros',
      'tty: false, stdin: false',
      '      hostNetwork: false\n      hostPID: false\n      automountServiceAccountToken: false\n      terminationGracePeriodSeconds: 0',
      'replicas: 0\n  paused: false\n  minReadySeconds: 0',
    ),
  },
  'fields that have a default': {
    yaml: deployment(
      'defaults',
      'env: [{ name: IP, valueFrom: { fieldRef: { fieldPath: status.podIP } } }], livenessProbe: { httpGet: { path: /, port: 80 } }, readinessProbe: { tcpSocket: { port: 80 }, initialDelaySeconds: 0 }',
      '      volumes:\n      - { name: c, configMap: { name: c, items: [{ key: a, path: b }] } }\n      - { name: s, secret: { secretName: s } }\n      - { name: h, hostPath: { path: /tmp } }\n      - { name: p, projected: { sources: [{ serviceAccountToken: { path: t } }] } }\n      - { name: d, downwardAPI: { items: [{ path: l, fieldRef: { fieldPath: metadata.labels } }] } }',
    ),
  },
  'percentages and rolling updates': {
    yaml: deployment(
      'surge',
      'args: []',
      '',
      'replicas: 0\n  strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 25% } }\n  revisionHistoryLimit: 10',
    ),
  },
  'an alias of a field that is deprecated': { yaml: deployment('alias', 'args: [x]', '      serviceAccount: default') },
  'a restart by kubectl rollout restart': {
    yaml: deployment('restarted', 'args: [x]'),
    others: (cluster, namespace) =>
      cluster.patch(
        'apps/v1/Deployment',
        namespace,
        'restarted',
        { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } } } },
        { manager: 'kubectl-rollout' },
      ),
  },
  'annotations and labels of others': {
    yaml: deployment('annotated', 'args: [x]'),
    others: (cluster, namespace) =>
      cluster.patch('apps/v1/Deployment', namespace, 'annotated', {
        metadata: { annotations: { 'example.com/by': 'others' }, labels: { extra: 'yes' } },
      }),
  },
  'a sidecar that a webhook injects': {
    yaml: deployment('injected', 'args: [x]'),
    others: (cluster, namespace) =>
      cluster.patch(
        'apps/v1/Deployment',
        namespace,
        'injected',
        [
          { op: 'add', path: '/spec/template/spec/containers/-', value: { name: 'proxy', image: 'example/proxy:1' } },
          { op: 'add', path: '/spec/template/spec/volumes', value: [{ name: 'certs', emptyDir: {} }] },
          { op: 'add', path: '/spec/template/spec/containers/0/env', value: [{ name: 'MESH', value: 'on' }] },
          { op: 'add', path: '/spec/template/spec/initContainers', value: [{ name: 'init', image: 'example/init:1' }] },
        ],
        { manager: 'sidecar-injector' },
      ),
  },
  'the order of the environment': {
    yaml: deployment('ordered', 'env: [{ name: Z, value: "1" }, { name: A, value: "$(Z)" }, { name: M, value: "" }]'),
  },
  'a variable that is there twice': {
    yaml: deployment('twice', 'env: [{ name: A, value: "1" }, { name: B, value: "2" }, { name: A, value: "3" }]'),
  },
  'a status in Git': {
    yaml: 'apiVersion: v1\nkind: Service\nmetadata: { name: with-status }\nspec: { ports: [{ port: 80 }], selector: { app: x } }\nstatus: { loadBalancer: { ingress: [{ ip: 1.2.3.4 }] } }',
  },
  'what a Service is given': {
    yaml: 'apiVersion: v1\nkind: Service\nmetadata: { name: plain }\nspec: { ports: [{ port: 80 }], selector: { app: x }, sessionAffinity: None }',
  },
  'ports of nodes': {
    yaml: 'apiVersion: v1\nkind: Service\nmetadata: { name: nodes }\nspec: { type: NodePort, ports: [{ name: a, port: 80 }, { name: b, port: 81, targetPort: web }] }',
  },
  'a load balancer': {
    yaml: 'apiVersion: v1\nkind: Service\nmetadata: { name: balanced }\nspec: { type: LoadBalancer, ports: [{ port: 80 }, { port: 80, protocol: UDP, name: u }].slice }'
      .replace('.slice', '')
      .replace('{ port: 80 }, {', '{ port: 80, name: t }, {'),
    others: (cluster, namespace) =>
      cluster.patch(
        'v1/Service',
        namespace,
        'balanced',
        { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } },
        { subresource: 'status' },
      ),
  },
  'a Service without an address': {
    yaml: 'apiVersion: v1\nkind: Service\nmetadata: { name: headless }\nspec: { clusterIP: None, ports: [{ port: 80, targetPort: 80 }] }',
  },
  'a name outside of the cluster': {
    yaml: 'apiVersion: v1\nkind: Service\nmetadata: { name: external }\nspec: { type: ExternalName, externalName: example.com }',
  },
  'text and Base64 in a Secret': {
    yaml: 'apiVersion: v1\nkind: Secret\nmetadata: { name: mixed }\nstringData: { a: text, b: "" }\ndata:\n  a: b3RoZXI=\n  c: |\n    bG9uZ2VyIHRleHQg\n    aW4gbGluZXM=\n',
  },
  'a type of a Secret': {
    yaml: 'apiVersion: v1\nkind: Secret\nmetadata: { name: typed }\ntype: kubernetes.io/tls\ndata: { tls.crt: YQ==, tls.key: Yg== }',
  },
  'lines, Windows lines and bytes in a ConfigMap': {
    yaml: 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: lines }\ndata: { a: "x\\r\\ny\\n", b: "  ", c: "", d: "é\\u0001" }\nbinaryData: { e: AAEC }',
  },
  'a ConfigMap that cannot change': { yaml: 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: fixed }\nimmutable: true\ndata: { a: b }' },
  'a policy of the network': {
    yaml: 'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: policy }\nspec: { podSelector: {}, ingress: [{ ports: [{ port: 80 }], from: [{ podSelector: {} }] }, {}] }',
  },
  'templates of claims': {
    yaml: `apiVersion: apps/v1
kind: StatefulSet
metadata: { name: claims }
spec:
  replicas: 0
  serviceName: claims
  selector: { matchLabels: { app: x } }
  volumeClaimTemplates:
  - metadata: { name: data, creationTimestamp: null }
    spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1024Mi } } }
    status: {}
  template:${pod('volumeMounts: [{ name: data, mountPath: /data }]')}`,
  },
  'a claim that is bound': {
    yaml: 'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: claim }\nspec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }',
    others: async (cluster, namespace) => {
      // The embedded cluster binds by itself; where it has not yet, somebody does what the binder would.
      const claim = await cluster.get('v1/PersistentVolumeClaim', namespace, 'claim')
      const isBound = (claim?.spec as { volumeName?: string } | undefined)?.volumeName !== undefined
      await cluster.patch('v1/PersistentVolumeClaim', namespace, 'claim', {
        metadata: { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } },
        ...(!isBound && { spec: { volumeName: 'pv-1' } }),
      })
    },
  },
  'bindings of roles': {
    yaml: 'apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: { name: binding }\nroleRef: { kind: Role, name: r }\nsubjects: [{ kind: User, name: u }, { kind: ServiceAccount, name: s, namespace: default }]',
  },
  'a role that is put together of others': {
    isClusterWide: true,
    yaml: 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: e2e-aggregated }\naggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: b } }] }\nrules: []',
    others: (cluster) =>
      cluster.patch(
        'rbac.authorization.k8s.io/v1/ClusterRole',
        '',
        'e2e-aggregated',
        { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
        { manager: 'clusterrole-aggregation-controller' },
      ),
  },
  'secrets of a service account': {
    yaml: 'apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: robot }\nimagePullSecrets: [{ name: mine }]',
    others: (cluster, namespace) =>
      cluster.patch(
        'v1/ServiceAccount',
        namespace,
        'robot',
        { secrets: [{ name: 'robot-token-1' }] },
        { manager: 'kube-controller-manager' },
      ),
  },
  'an autoscaler of the old version': {
    yaml: 'apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: { name: old }\nspec: { maxReplicas: 3, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: none }, targetCPUUtilizationPercentage: 80 }',
  },
  'an autoscaler of the new version': {
    yaml: 'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: new }\nspec: { maxReplicas: 3, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: none }, metrics: [{ type: Resource, resource: { name: memory, target: { type: AverageValue, averageValue: 1024Mi } } }, { type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 80 } } }], behavior: { scaleDown: { policies: [{ type: Percent, value: 10, periodSeconds: 60 }] } } }',
  },
  'labels and selectors of a Job': {
    yaml: `apiVersion: batch/v1\nkind: Job\nmetadata: { name: job }\nspec:\n  suspend: true\n  template:${pod('args: [x]', '      restartPolicy: Never')}`,
  },
  'defaults of a CronJob': {
    yaml: `apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: cron }\nspec:\n  schedule: "0 0 1 1 *"\n  jobTemplate:\n    spec:\n      template:${pod('args: [x]', '      restartPolicy: Never').replaceAll('\n', '\n    ')}`,
  },
  'paths of an Ingress': {
    yaml: 'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: { name: ingress }\nspec: { rules: [{ http: { paths: [{ pathType: ImplementationSpecific, backend: { service: { name: s, port: { number: 80 } } } }] } }], tls: [{ hosts: [a.example] }] }',
  },
  'a budget in percent': {
    yaml: 'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: budget }\nspec: { minAvailable: 50%, selector: { matchLabels: { app: x } } }',
  },
  'a quota': {
    yaml: 'apiVersion: v1\nkind: ResourceQuota\nmetadata: { name: quota }\nspec: { hard: { cpu: 100000m, memory: 1048576Mi, pods: "1000" } }',
  },
  'a range of limits': {
    yaml: 'apiVersion: v1\nkind: LimitRange\nmetadata: { name: range }\nspec: { limits: [{ type: PersistentVolumeClaim, max: { storage: 1024Gi } }] }',
  },
  'a DaemonSet': {
    yaml: `apiVersion: apps/v1\nkind: DaemonSet\nmetadata: { name: daemon }\nspec:\n  selector: { matchLabels: { app: x } }\n  template:${pod('args: [x]', '      nodeSelector: { no: such-node }')}`,
  },
  'a bundle that is injected into a webhook': {
    isClusterWide: true,
    yaml: 'apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: { name: e2e-webhook }\nwebhooks: [{ name: a.example.com, admissionReviewVersions: [v1], sideEffects: None, clientConfig: { service: { name: s, namespace: default } }, rules: [{ apiGroups: [e2e.none], apiVersions: [v1], operations: [CREATE], resources: [none] }], failurePolicy: Ignore }]',
    others: (cluster) =>
      cluster.patch(
        'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration',
        '',
        'e2e-webhook',
        [{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: 'YQ==' }],
        { manager: 'cert-manager-cainjector' },
      ),
  },
  'classes of priority and storage': {
    isClusterWide: true,
    yaml: 'apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: { name: e2e-priority }\nvalue: 10\nglobalDefault: false\n---\napiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: { name: e2e-storage }\nprovisioner: example.com/none',
  },
  'what kubectl has exported': {
    yaml: 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: exported, resourceVersion: "1", uid: 00000000-0000-0000-0000-000000000000, generation: 3, creationTimestamp: "2024-01-01T00:00:00Z", selfLink: /x, managedFields: [{ manager: kubectl, operation: Update, apiVersion: v1, fieldsType: FieldsV1, fieldsV1: {} }] }\ndata: { a: b }',
  },
  'finalizers and owners that others have added': {
    yaml: 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: finalized }\ndata: { a: b }',
    others: async (cluster, namespace) => {
      const { metadata } = (await cluster.get('v1/ConfigMap', namespace, 'exported')) ?? {}
      await cluster.patch('v1/ConfigMap', namespace, 'finalized', {
        metadata: {
          finalizers: ['example.com/guard'],
          ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'exported', uid: metadata?.uid }],
        },
      })
    },
  },
  'the token that is mounted into every pod': {
    yaml: deployment('mounted', 'volumeMounts: [{ name: v, mountPath: /v }]', '      volumes: [{ name: v, emptyDir: {} }]'),
    others: (cluster, namespace) =>
      cluster.patch(
        'apps/v1/Deployment',
        namespace,
        'mounted',
        [
          {
            op: 'add',
            path: '/spec/template/spec/volumes/-',
            value: { name: 'kube-api-access', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
          },
          {
            op: 'add',
            path: '/spec/template/spec/containers/0/volumeMounts/-',
            value: { name: 'kube-api-access', mountPath: '/var/run/secrets' },
          },
        ],
        { manager: 'admission' },
      ),
  },
  'families of addresses': {
    yaml: 'apiVersion: v1\nkind: Service\nmetadata: { name: families }\nspec: { ipFamilyPolicy: SingleStack, internalTrafficPolicy: Cluster, publishNotReadyAddresses: false, ports: [{ name: a, port: 80, targetPort: 80, protocol: TCP }] }',
  },
  'defaults of a custom kind': {
    isClusterWide: true,
    yaml: `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.e2e.example.com, creationTimestamp: null }
spec:
  group: e2e.example.com
  names: { kind: Widget, plural: widgets }
  scope: Namespaced
  preserveUnknownFields: false
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns: [{ name: Size, type: integer, jsonPath: .spec.size }]
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              size: { type: integer, default: 3 }
              ratio: { type: number }
              list: { type: array, items: { type: object, properties: { name: { type: string }, on: { type: boolean, default: true } } } }
              more: { type: object, default: {}, properties: { mode: { type: string, default: fast } } }
status: { acceptedNames: { kind: "", plural: "" }, conditions: null, storedVersions: null }
---
apiVersion: e2e.example.com/v1
kind: Widget
metadata: { name: widget }
spec: { ratio: 1.0, list: [{ name: a }, { name: b, on: false }] }`,
  },
}

let plimsoll: Plimsoll
let cluster: Cluster
/** By itself, and only when asked: the second has nothing that would put a false difference right. The third asks the API server what differs. */
const applications = ['automated', 'by-hand', 'by-server']

beforeAll(async () => {
  plimsoll = await startPlimsoll()
  cluster = await openCluster(plimsoll)
}, 60_000)
afterAll(async () => {
  await cluster?.close()
  await plimsoll?.stop()
})

interface Seen {
  status: { resources: { kind: string; name: string; status: string }[]; operationState?: { message?: string } }
}

describe('nothing is OutOfSync', { timeout: 120_000 }, () => {
  it('after the first sync, and after what others do beside it', async () => {
    const files = (all: boolean): Record<string, string> =>
      Object.fromEntries(
        Object.entries(cases)
          .filter(([, { isClusterWide }]) => all || !isClusterWide)
          .map(([title, { yaml }]) => [`${title.replaceAll(/[^a-zA-Z]+/g, '-')}.yaml`, yaml]),
      )
    await plimsoll.push('automated', files(true))
    await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'automated'))
    for (const name of ['by-hand', 'by-server']) {
      await plimsoll.push(name, files(false))
      const manifest = applicationManifest(plimsoll, name, { automated: false })
      const annotations = { ...(name === 'by-server' && { 'argocd.argoproj.io/compare-options': 'ServerSideDiff=true' }) }
      await plimsoll.api('POST', '/api/v1/applications', { ...manifest, metadata: { name, namespace: 'argocd', annotations } })
      await plimsoll.api('POST', `/api/v1/applications/${name}/sync`, {})
    }
    for (const name of applications) {
      const status = await eventually(
        `${name} has been synced`,
        async () => {
          const seen = await plimsoll.api<Seen>('GET', `/api/v1/applications/${name}`)
          return seen.status?.operationState?.message !== undefined && seen.status
        },
        60_000,
      )
      expect(status.operationState?.message).toBe('successfully synced (all tasks run)')
    }

    for (const namespace of applications) {
      for (const { others, isClusterWide } of Object.values(cases)) {
        if (others && (namespace === 'automated' || !isClusterWide)) await others(cluster, namespace)
      }
    }

    for (const name of applications) {
      await plimsoll.api('GET', `/api/v1/applications/${name}?refresh=hard`)
      await untilSynced(plimsoll, name).catch(() => undefined)
    }
  })

  for (const [title, { yaml, isClusterWide }] of Object.entries(cases)) {
    for (const name of applications) {
      if (isClusterWide && name !== 'automated') continue
      it(`because of ${title} (${name})`, async () => {
        const { status } = await plimsoll.api<Seen>('GET', `/api/v1/applications/${name}`)
        for (const object of documentsOf(yaml)) {
          const found = status.resources.find((resource) => resource.kind === object.kind && resource.name === object.metadata.name)
          const diff = await plimsoll.api<{ items: { differences?: unknown }[] }>(
            'GET',
            `/api/v1/applications/${name}/managed-resources?kind=${object.kind}&name=${object.metadata.name}`,
          )
          expect({ ...found, differences: diff.items[0]?.differences }).toMatchObject({ status: 'Synced', differences: [] })
        }
      })
    }
  }

  it('so that nothing is synced again', async () => {
    for (const name of applications) {
      const { items } = await plimsoll.api<{ items: { message: string; revision: string }[] }>(
        'GET',
        `/api/v1/applications/${name}/deployments`,
      )
      expect(items, JSON.stringify((await plimsoll.api<Seen>('GET', `/api/v1/applications/${name}`)).status.operationState)).toHaveLength(1)
    }
  })

  it('so that a hard refresh writes no object', async () => {
    const versions = async (): Promise<string[]> =>
      (
        await Promise.all(
          ['apps/v1/Deployment', 'v1/Service', 'v1/Secret', 'apps/v1/StatefulSet'].map((kind) => cluster.list(kind, 'automated')),
        )
      )
        .flat()
        .map(
          (object) =>
            `${object.kind}/${object.metadata.name} ${JSON.stringify(object.metadata.managedFields?.filter((entry) => entry.manager === 'argocd-controller'))}`,
        )
    const first = await versions()

    await plimsoll.api('GET', '/api/v1/applications/automated?refresh=hard')

    expect(await versions()).toEqual(first)
  })
})
