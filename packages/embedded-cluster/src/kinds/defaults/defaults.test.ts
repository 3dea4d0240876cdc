import { describe, expect, test } from 'vitest'
import type { AdmissionContext } from '../../api-server/kind-registry.ts'
import { at, changed, created, deployment, emptyCluster, kindOf, parse, pod, problemsOf, service, specOf } from '../kinds-on-trial.ts'

describe('A Deployment that says little', () => {
  const object = created(deployment)

  test('rolls out one replica by quarters, keeps ten revisions and fails after ten minutes', () => {
    expect(object['spec']).toMatchObject({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    })
  })

  test('has a template with the defaults of a pod but none of its admission', () => {
    const template = at(object, 'spec', 'template', 'spec')

    expect(template).toEqual({
      containers: [
        {
          name: 'web',
          image: 'nginx:1.27',
          imagePullPolicy: 'IfNotPresent',
          ports: [{ containerPort: 80, protocol: 'TCP' }],
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
    })
  })

  test('gets no rolling parameters when it recreates', () => {
    const recreated = created(deployment.replace('spec:\n  selector', 'spec:\n  strategy: { type: Recreate }\n  selector'))

    expect(specOf(recreated)['strategy']).toEqual({ type: 'Recreate' })
  })
})

describe('A Pod', () => {
  test.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1.27', 'IfNotPresent'],
    ['registry.local:5000/team/app', 'Always'],
    ['registry.local:5000/team/app:v2', 'IfNotPresent'],
    [`nginx@sha256:${'0'.repeat(64)}`, 'IfNotPresent'],
  ])('with image %s pulls it %s', (image, policy) => {
    const object = created(pod.replace('busybox', `"${image}"`))

    expect(at(object, 'spec', 'containers', 0, 'imagePullPolicy')).toBe(policy)
  })

  test('is admitted with a service account, a priority and tolerations for a lost node', () => {
    const object = created(pod)

    expect(object['spec']).toMatchObject({
      serviceAccountName: 'default',
      serviceAccount: 'default',
      enableServiceLinks: true,
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
        { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
    })
    expect(object['status']).toEqual({ phase: 'Pending', qosClass: 'BestEffort' })
  })

  test('requests what it limits, and a Deployment does not', () => {
    const withLimits = (text: string, image: string): string =>
      text.replace(`image: ${image}`, `image: ${image}, resources: { limits: { cpu: 1000m, memory: 1024Mi } }`)

    const onePod = created(withLimits(pod, 'busybox'))
    const template = created(deployment.replace('image: nginx:1.27', 'image: nginx:1.27\n          resources: { limits: { cpu: 1 } }'))

    expect(at(onePod, 'spec', 'containers', 0, 'resources')).toEqual({
      limits: { cpu: '1', memory: '1Gi' },
      requests: { cpu: '1', memory: '1Gi' },
    })
    expect(at(onePod, 'status', 'qosClass')).toBe('Guaranteed')
    expect(at(template, 'spec', 'template', 'spec', 'containers', 0, 'resources')).toEqual({ limits: { cpu: '1' } })
  })

  test('takes the limits of its namespace where it has none', () => {
    const range = parse(
      '{apiVersion: v1, kind: LimitRange, metadata: {name: r}, spec: {limits: [{type: Container, default: {memory: 1Gi}, defaultRequest: {memory: 64Mi}}]}}',
    )
    const context: AdmissionContext = { ...emptyCluster, list: (_group, plural) => (plural === 'limitranges' ? [range] : []) }

    const object = created(pod, context)

    expect(at(object, 'spec', 'containers', 0, 'resources')).toEqual({ limits: { memory: '1Gi' }, requests: { memory: '64Mi' } })
  })

  test('fills in probes, volumes and references to its own fields', () => {
    const object = created(`
apiVersion: v1
kind: Pod
metadata: { name: one }
spec:
  hostNetwork: true
  containers:
    - name: main
      image: app:1
      ports: [{ containerPort: 8080 }]
      env: [{ name: IP, valueFrom: { fieldRef: { fieldPath: status.podIP } } }]
      livenessProbe: { httpGet: { port: 8080 } }
      volumeMounts: [{ name: tmp, mountPath: /tmp }]
  volumes:
    - { name: tmp }
    - { name: config, configMap: { name: c } }
    - { name: token, projected: { sources: [{ serviceAccountToken: { path: t } }] } }
    - { name: host, hostPath: { path: /var } }
`)

    expect(at(object, 'spec', 'containers', 0)).toMatchObject({
      ports: [{ containerPort: 8080, hostPort: 8080, protocol: 'TCP' }],
      env: [{ name: 'IP', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.podIP' } } }],
      livenessProbe: {
        httpGet: { path: '/', scheme: 'HTTP' },
        timeoutSeconds: 1,
        periodSeconds: 10,
        successThreshold: 1,
        failureThreshold: 3,
      },
    })
    expect(specOf(object)['volumes']).toEqual([
      { name: 'tmp', emptyDir: {} },
      { name: 'config', configMap: { name: 'c', defaultMode: 420 } },
      { name: 'token', projected: { defaultMode: 420, sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3600 } }] } },
      { name: 'host', hostPath: { path: '/var', type: '' } },
    ])
    expect(problemsOf(object)).toEqual([])
  })
})

describe('A Job', () => {
  const job = `
apiVersion: batch/v1
kind: Job
metadata: { name: once }
spec: { template: { spec: { restartPolicy: Never, containers: [{ name: c, image: app:1 }] } } }
`

  test('is found by its UID and runs once', () => {
    const object = created(job)
    const { uid } = object.metadata

    expect(object['spec']).toMatchObject({
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: 'TerminatingOrFailed',
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
      template: {
        metadata: {
          labels: {
            'batch.kubernetes.io/controller-uid': uid,
            'batch.kubernetes.io/job-name': 'once',
            'controller-uid': uid,
            'job-name': 'once',
          },
        },
      },
    })
    expect(problemsOf(object)).toEqual([])
  })

  test('keeps the defaults of its Jobs out of a CronJob', () => {
    const cron = created(`
apiVersion: batch/v1
kind: CronJob
metadata: { name: often }
spec:
  schedule: '*/5 * * * *'
  jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: c, image: app:1 }] } } } }
`)

    expect(cron['spec']).toMatchObject({
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    })
    expect(Object.keys(at(cron, 'spec', 'jobTemplate', 'spec') as object)).toEqual(['template'])
    expect(problemsOf(cron)).toEqual([])
  })
})

describe('A Service', () => {
  test('gets an address, a target port and its traffic policies', () => {
    const object = created(service)

    expect(object['spec']).toMatchObject({
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    })
    expect(at(object, 'spec', 'clusterIP')).toMatch(/^10\.96\.\d+\.\d+$/)
    expect(at(object, 'spec', 'clusterIPs')).toEqual([at(object, 'spec', 'clusterIP')])
    expect(object['status']).toEqual({ loadBalancer: {} })
  })

  test('stays without an address when it is headless or a name', () => {
    const headless = created(service.replace('selector', 'clusterIP: None\n  selector'))
    const named = created('{apiVersion: v1, kind: Service, metadata: {name: n}, spec: {type: ExternalName, externalName: example.com}}')

    expect(at(headless, 'spec', 'clusterIPs')).toEqual(['None'])
    expect(specOf(named)).toEqual({ type: 'ExternalName', externalName: 'example.com', sessionAffinity: 'None' })
    expect(problemsOf(named)).toEqual([])
  })

  test('gets a node port of its own, never one that is taken', () => {
    const first = created(service.replace('selector', 'type: NodePort\n  selector'))
    const taken = at(first, 'spec', 'ports', 0, 'nodePort')
    const context: AdmissionContext = { ...emptyCluster, list: (_group, plural) => (plural === 'services' ? [first] : []) }

    const clash = created(
      service
        .replace('name: web', 'name: other')
        .replace('selector', 'type: NodePort\n  selector')
        .replace('port: 80', `port: 80, nodePort: ${String(taken)}`),
      context,
    )

    expect(taken).toBeGreaterThanOrEqual(30000)
    expect(problemsOf(clash)).toContain(`spec.ports[0].nodePort: Invalid value: ${String(taken)}: provided port is already allocated`)
  })

  test('keeps address and node port through an update that does not name them', () => {
    const old = created(service.replace('selector', 'type: NodePort\n  selector'))
    const update = parse(service.replace('selector', 'type: NodePort\n  selector'))
    update.metadata.namespace = 'default'
    const kind = kindOf(update)

    kind.applyDefaults(update)
    kind.prepareForUpdate?.(update, old, emptyCluster)

    expect(specOf(update)['clusterIP']).toBe(specOf(old)['clusterIP'])
    expect(specOf(update)['ports']).toEqual(specOf(old)['ports'])
    expect(problemsOf(update, old)).toEqual([])
  })
})

describe('Kinds that only hold something', () => {
  test('a Secret takes what was written as text and forgets the text', () => {
    const object = created('{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: YQ==}, stringData: {b: hello, __proto__: x}}')

    expect(object['type']).toBe('Opaque')
    expect(object['stringData']).toBeUndefined()
    expect(Object.keys(object['data'] as object).sort()).toEqual(['__proto__', 'a', 'b'])
    expect(at(object, 'data', 'b')).toBe('aGVsbG8=')
  })

  test('a Namespace is named in its labels and guarded by a finalizer', () => {
    const object = created('{apiVersion: v1, kind: Namespace, metadata: {name: prod}}')

    expect(object.metadata.labels).toEqual({ 'kubernetes.io/metadata.name': 'prod' })
    expect(object['spec']).toEqual({ finalizers: ['kubernetes'] })
    expect(object['status']).toEqual({ phase: 'Active' })
  })

  test('a claim without a class gets the default one', () => {
    const standard = parse(
      '{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}, provisioner: x}',
    )
    const context: AdmissionContext = { ...emptyCluster, list: (_group, plural) => (plural === 'storageclasses' ? [standard] : []) }

    const claim = created(
      '{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1024Mi}}}}',
      context,
    )

    expect(claim['spec']).toMatchObject({ storageClassName: 'fast', volumeMode: 'Filesystem', resources: { requests: { storage: '1Gi' } } })
  })

  test('bindings know the group of their role and of people, not of service accounts', () => {
    const object = created(
      '{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: b}, roleRef: {kind: Role, name: r}, subjects: [{kind: User, name: u}, {kind: ServiceAccount, name: s}]}',
    )

    expect(at(object, 'roleRef', 'apiGroup')).toBe('rbac.authorization.k8s.io')
    expect(object['subjects']).toEqual([
      { kind: 'User', name: 'u', apiGroup: 'rbac.authorization.k8s.io' },
      { kind: 'ServiceAccount', name: 's' },
    ])
  })
})

describe('An autoscaler', () => {
  const v1 = `
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: { name: h }
spec: { maxReplicas: 5, scaleTargetRef: { kind: Deployment, name: web, apiVersion: apps/v1 } }
`

  test('that names no metric looks at CPU, in both versions', () => {
    const old = created(v1)
    const current = created(v1.replace('autoscaling/v1', 'autoscaling/v2'))

    expect(specOf(old)['targetCPUUtilizationPercentage']).toBe(80)
    expect(specOf(current)['metrics']).toEqual([
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
    ])
  })

  test('comes back from v1 as it was in v2', () => {
    const original = created(`
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: h, annotations: { team: a } }
spec:
  maxReplicas: 5
  scaleTargetRef: { kind: Deployment, name: web }
  metrics:
    - { type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 50 } } }
    - { type: Pods, pods: { metric: { name: rps }, target: { type: AverageValue, averageValue: '100' } } }
  behavior: { scaleDown: { stabilizationWindowSeconds: 300 } }
`)
    const kind = kindOf(original)
    const travelled = changed(original, (copy) => kind.convert?.(copy, 'v1'))

    expect(specOf(travelled)['targetCPUUtilizationPercentage']).toBe(50)
    kind.convert?.(travelled, 'v2')
    expect(travelled).toEqual(original)
  })
})

test('Defaulting twice is defaulting once, for every kind', () => {
  for (const text of [deployment, pod, service]) {
    const object = created(text)
    const again = changed(object, (copy) => kindOf(copy).applyDefaults(copy))

    expect(again).toEqual(object)
  }
})

test('An amount that a merge brought in gets the form that is stored', () => {
  const object = changed(created(pod), (copy) => {
    Object.assign(at(copy, 'spec', 'containers', 0) as object, { resources: { requests: { cpu: '2000m' } } })
  })

  kindOf(object).applyDefaults(object)

  expect(at(object, 'spec', 'containers', 0, 'resources', 'requests', 'cpu')).toBe('2')
})
