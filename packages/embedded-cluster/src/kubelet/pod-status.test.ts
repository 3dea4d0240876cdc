import { describe, expect, it } from 'vitest'
import type { ContainerRole, ContainerState, Pod } from './pod.ts'
import { buildPodStatus, phaseOf, type ContainerView } from './pod-status.ts'
import { qosClassOf } from './qos-class.ts'

const time = '2026-01-01T00:00:00Z'
const running: ContainerState = { running: { startedAt: time } }
const waiting = (reason = 'ContainerCreating'): ContainerState => ({ waiting: { reason } })
const ended = (exitCode: number): ContainerState => ({
  terminated: { exitCode, reason: exitCode ? 'Error' : 'Completed', startedAt: time, finishedAt: time },
})

function view(name: string, role: ContainerRole, state: ContainerState, more: Partial<ContainerView> = {}): ContainerView {
  const isUp = state.running !== undefined
  return {
    container: { name },
    role,
    state,
    lastState: {},
    ready: isUp || (role === 'init' && state.terminated?.exitCode === 0),
    started: isUp,
    restartCount: 0,
    ...more,
  }
}

function podWith(restartPolicy: 'Always' | 'OnFailure' | 'Never', more: object = {}): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'n' }, spec: { restartPolicy, containers: [] }, ...more }
}

// pkg/kubelet/kubelet_pods.go, getPhase.
describe('the phase', () => {
  it.each<[string, 'Always' | 'OnFailure' | 'Never', ContainerView[], string]>([
    ['nothing started', 'Always', [view('a', 'main', waiting())], 'Pending'],
    ['all run', 'Always', [view('a', 'main', running), view('b', 'main', running)], 'Running'],
    ['one has not started', 'Always', [view('a', 'main', running), view('b', 'main', waiting())], 'Pending'],
    ['it backs off', 'Always', [view('a', 'main', waiting('CrashLoopBackOff'), { lastState: ended(1) })], 'Running'],
    ['all succeeded, to be restarted', 'Always', [view('a', 'main', ended(0))], 'Running'],
    ['all succeeded', 'Never', [view('a', 'main', ended(0))], 'Succeeded'],
    ['one failed', 'Never', [view('a', 'main', ended(0)), view('b', 'main', ended(1))], 'Failed'],
    ['one failed, to be restarted', 'OnFailure', [view('a', 'main', ended(1))], 'Running'],
    ['one ended, one runs', 'Never', [view('a', 'main', ended(1)), view('b', 'main', running)], 'Running'],
    ['init runs', 'Always', [view('i', 'init', running), view('a', 'main', waiting('PodInitializing'))], 'Pending'],
    ['init failed for good', 'Never', [view('i', 'init', ended(1)), view('a', 'main', waiting('PodInitializing'))], 'Failed'],
    ['init failed, to be restarted', 'Always', [view('i', 'init', ended(1)), view('a', 'main', waiting('PodInitializing'))], 'Pending'],
    ['the work is done, a sidecar still runs', 'Never', [view('s', 'sidecar', running), view('a', 'main', ended(0))], 'Succeeded'],
  ])('when %s (%s)', (_name, policy, views, phase) => {
    expect(phaseOf(podWith(policy), views)).toBe(phase)
  })
})

describe('the conditions', () => {
  const build = (pod: Pod, containers: ContainerView[], now = 5000) =>
    buildPodStatus(pod, { containers, hostIP: '127.0.0.1', podIP: '10.244.0.2', isPrepared: true }, now)

  it('name the containers that are not ready', () => {
    const status = build(podWith('Always'), [view('a', 'main', running), view('b', 'main', running, { ready: false })])

    expect(status.conditions).toContainEqual(
      expect.objectContaining({
        type: 'Ready',
        status: 'False',
        reason: 'ContainersNotReady',
        message: 'containers with unready status: [b]',
      }),
    )
  })

  it('keep the time of their last change, and what others have set', () => {
    const own = { type: 'example.com/gate', status: 'True' as const, lastTransitionTime: time }
    const before = { type: 'Ready', status: 'True' as const, lastTransitionTime: time }
    const pod = podWith('Always', {
      status: { conditions: [own, before, { type: 'ContainersReady', status: 'False', lastTransitionTime: time }] },
    })

    const { conditions } = build(pod, [view('a', 'main', running)])

    expect(conditions).toContainEqual(own)
    expect(conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime).toBe(time)
    expect(conditions?.find(({ type }) => type === 'ContainersReady')?.lastTransitionTime).toBe('1970-01-01T00:00:05Z')
  })

  it('wait for readiness gates', () => {
    const pod = podWith('Always', { spec: { containers: [], readinessGates: [{ conditionType: 'example.com/gate' }] } })

    expect(build(pod, [view('a', 'main', running)]).conditions).toContainEqual(
      expect.objectContaining({
        type: 'Ready',
        status: 'False',
        reason: 'ReadinessGatesNotReady',
        message: 'corresponding condition of pod readiness gate "example.com/gate" does not exist.',
      }),
    )
  })
})

it.each([
  ['BestEffort', {}],
  ['Burstable', { requests: { cpu: '500m' }, limits: { cpu: '2' } }],
  ['Burstable', { limits: { cpu: '1' } }],
  ['Guaranteed', { limits: { cpu: '1', memory: '1Gi' } }],
  ['Guaranteed', { requests: { cpu: '1000m', memory: '1024Mi' }, limits: { cpu: '1', memory: '1Gi' } }],
])('the quality of service is %s for %j', (expected, resources) => {
  expect(qosClassOf(podWith('Always', { spec: { containers: [{ name: 'a', resources }] } }))).toBe(expected)
})
