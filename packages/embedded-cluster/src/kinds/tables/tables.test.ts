import { describe, expect, test } from 'vitest'
import { builtInTypes } from '../built-in-types.ts'
import { created, deployment, emptyCluster, kindOf, parse, pod, registry, service } from '../kinds-on-trial.ts'
import { humanDuration } from './human-duration.ts'
import { summarizePod } from './pods.ts'

const now = emptyCluster.now

function row(text: string, status?: unknown): Record<string, unknown> {
  const object = created(text)
  object.metadata.creationTimestamp = new Date(now - 5 * 60_000).toISOString()
  if (status !== undefined) object['status'] = status
  const kind = kindOf(object)
  const cells = kind.cells(object, now)
  expect(cells).toHaveLength(kind.columns.length)
  return Object.fromEntries(kind.columns.map((column, at) => [column.name, cells[at]]))
}

test.each([
  [0, '0s'],
  [119_000, '119s'],
  [120_000, '2m'],
  [125_000, '2m5s'],
  [9 * 60_000 + 59_000, '9m59s'],
  [10 * 60_000 + 5_000, '10m'],
  [179 * 60_000, '179m'],
  [3 * 3_600_000, '3h'],
  [7 * 3_600_000 + 30 * 60_000, '7h30m'],
  [47 * 3_600_000, '47h'],
  [48 * 3_600_000, '2d'],
  [7 * 86_400_000 + 3_600_000, '7d1h'],
  [400 * 86_400_000, '400d'],
  [800 * 86_400_000, '2y70d'],
  [-5_000, '<invalid>'],
])('%i milliseconds are %s', (milliseconds, expected) => {
  expect(humanDuration(milliseconds)).toBe(expected)
})

describe('The status of a pod', () => {
  const running = { ready: true, restartCount: 0, state: { running: {} } }

  function status(value: Record<string, unknown>, extra: Record<string, unknown> = {}): string {
    const object = parse(pod.replace('containers:', 'initContainers: [{ name: i, image: a }, { name: j, image: a }]\n  containers:'))
    Object.assign(object.metadata, extra)
    object['status'] = value
    return summarizePod(object).status
  }

  test.each<[string, Record<string, unknown>]>([
    ['Pending', { phase: 'Pending' }],
    ['Running', { phase: 'Running', containerStatuses: [running] }],
    ['ContainerCreating', { phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'ContainerCreating' } } }] }],
    [
      'CrashLoopBackOff',
      { phase: 'Running', containerStatuses: [{ restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } } }] },
    ],
    [
      'CreateContainerConfigError',
      { phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'CreateContainerConfigError' } } }] },
    ],
    ['Completed', { phase: 'Succeeded', containerStatuses: [{ state: { terminated: { exitCode: 0, reason: 'Completed' } } }] }],
    ['Error', { phase: 'Failed', containerStatuses: [{ state: { terminated: { exitCode: 1, reason: 'Error' } } }] }],
    ['ExitCode:7', { phase: 'Failed', containerStatuses: [{ state: { terminated: { exitCode: 7 } } }] }],
    ['Init:0/2', { phase: 'Pending', initContainerStatuses: [{ name: 'i', state: { running: {} } }] }],
    [
      'Init:1/2',
      {
        phase: 'Pending',
        initContainerStatuses: [
          { name: 'i', state: { terminated: { exitCode: 0 } } },
          { name: 'j', state: { waiting: { reason: 'PodInitializing' } } },
        ],
      },
    ],
    ['Init:Error', { phase: 'Pending', initContainerStatuses: [{ name: 'i', state: { terminated: { exitCode: 1, reason: 'Error' } } }] }],
    [
      'Init:CrashLoopBackOff',
      { phase: 'Pending', initContainerStatuses: [{ name: 'i', state: { waiting: { reason: 'CrashLoopBackOff' } } }] },
    ],
    ['SchedulingGated', { phase: 'Pending', conditions: [{ type: 'PodScheduled', reason: 'SchedulingGated' }] }],
    ['Evicted', { phase: 'Failed', reason: 'Evicted' }],
  ])('is %s', (expected, value) => {
    expect(status(value)).toBe(expected)
  })

  test('is Terminating from its deletion on, unless it has ended', () => {
    const deleted = { deletionTimestamp: '2026-01-01T00:00:00Z' }

    expect(status({ phase: 'Running', containerStatuses: [running] }, deleted)).toBe('Terminating')
    expect(
      status({ phase: 'Succeeded', containerStatuses: [{ state: { terminated: { exitCode: 0, reason: 'Completed' } } }] }, deleted),
    ).toBe('Completed')
  })
})

describe('A row of', () => {
  test('a pod counts its containers and says when one was last restarted', () => {
    const cells = row(pod, {
      phase: 'Running',
      podIPs: [{ ip: '10.244.0.7' }],
      containerStatuses: [
        {
          ready: true,
          restartCount: 2,
          state: { running: {} },
          lastState: { terminated: { finishedAt: new Date(now - 90_000).toISOString() } },
        },
      ],
    })

    expect(cells).toMatchObject({
      Name: 'one',
      Ready: '1/1',
      Status: 'Running',
      Restarts: '2 (90s ago)',
      Age: '5m',
      IP: '10.244.0.7',
      Node: '<none>',
    })
  })

  test('a Deployment, a Service and an autoscaler', () => {
    expect(row(deployment, { readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1 })).toMatchObject({
      Ready: '1/1',
      'Up-to-date': 1,
      Available: 1,
      Containers: 'web',
      Images: 'nginx:1.27',
      Selector: 'app=web',
    })
    expect(row(service)).toMatchObject({ Type: 'ClusterIP', 'External-IP': '<none>', 'Port(s)': '80/TCP', Selector: 'app=web' })
    expect(
      row(
        '{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: h}, spec: {maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: web}, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]}}',
        { currentReplicas: 2, currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 12 } } }] },
      ),
    ).toMatchObject({ Reference: 'Deployment/web', Targets: 'cpu: 12%/70%', MinPods: '1', MaxPods: 3, Replicas: 2 })
  })

  test('an Ingress with many hosts', () => {
    const rules = ['a', 'b', 'c', 'd', 'e'].map((host) => `{host: ${host}.io}`).join(',')

    expect(
      row(
        `{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i}, spec: {ingressClassName: x, tls: [{}], rules: [${rules}]}}`,
        {
          loadBalancer: { ingress: [{ ip: '127.0.0.1' }] },
        },
      ),
    ).toMatchObject({ Class: 'x', Hosts: 'a.io,b.io,c.io + 2 more...', Address: '127.0.0.1', Ports: '80, 443' })
  })

  test('an Event, with what it is about', () => {
    const object = parse(
      '{apiVersion: v1, kind: Event, metadata: {name: e, namespace: default}, type: Warning, reason: BackOff, message: "no ", count: 4, involvedObject: {kind: Pod, name: p}, source: {component: kubelet, host: n}}',
    )
    object['lastTimestamp'] = new Date(now - 30_000).toISOString()
    object['firstTimestamp'] = new Date(now - 300_000).toISOString()

    expect(kindOf(object).cells(object, now)).toEqual(['30s', 'Warning', 'BackOff', 'pod/p', '', 'kubelet, n', 'no', '5m', 4, 'e'])
  })

  test('any kind has a cell for each column, however little the object says', () => {
    for (const type of builtInTypes) {
      const kind = registry.builtIns().find((each) => each.type.kind === type.kind && each.type.group === type.group)
      const object = { apiVersion: 'x', kind: type.kind, metadata: { name: 'n' } }

      expect(kind?.cells(object, now), type.kind).toHaveLength(kind?.columns.length ?? -1)
    }
  })
})
