import type { KubeObject } from '@plimsoll/kube'
import { describe, expect, it } from 'vitest'
import type { PodService } from './pod-services.ts'
import { readPodState } from './pod-state.ts'

const services = [{ name: 'db', host: 'db', ports: new Map(), container: { name: 'service-1' } }] as PodService[]
const running = { name: 'job', ready: true, state: { running: {} }, containerID: 'containerd://1' }
const db = { ...running, name: 'service-1' }

function pod(status: object, metadata: object = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'job-1', namespace: 'ci', ...metadata }, status }
}

describe("what a job's pod is at", () => {
  it('is ready when its main container runs and each service is ready', () => {
    expect(readPodState(pod({ phase: 'Running', containerStatuses: [running, db] }), services)).toEqual({ kind: 'ready' })
    expect(readPodState(pod({ phase: 'Running', containerStatuses: [running, { ...db, ready: false }] }), services)).toEqual({
      kind: 'waits',
      why: "Service 'db' is not ready yet",
    })
  })

  it.each([
    ['no node has room', { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available: 3 Insufficient memory.' }] }, '3 Insufficient memory'],
    ['its image is not to be had', { phase: 'Pending', containerStatuses: [{ name: 'job', state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "x"' } } }] }, 'image of the job could not be pulled'],
    ['the image of a service is not to be had', { phase: 'Pending', containerStatuses: [running, { name: 'service-1', state: { waiting: { reason: 'ErrImagePull' } } }] }, "image of service 'db' could not be pulled"],
    ['its container cannot be made', { phase: 'Pending', containerStatuses: [{ name: 'job', state: { waiting: { reason: 'CreateContainerError', message: 'no such file' } } }] }, 'CreateContainerError, no such file'],
  ])('waits while %s, and says so', (_what, status, words) => {
    expect(readPodState(pod(status), services)).toMatchObject({ kind: 'waits', why: expect.stringContaining(words) })
  }) // prettier-ignore

  const ended = (terminated: object): object => ({ phase: 'Failed', containerStatuses: [{ name: 'job', state: { terminated } }] })
  it.each([
    ['memory', ended({ exitCode: 137, reason: 'OOMKilled' }), {}, 'used more memory than its pod ci/job-1 may'],
    ['its deadline', { phase: 'Failed', reason: 'DeadlineExceeded', message: 'Pod was active on the node longer' }, {}, 'ran longer than it may'],
    ['an eviction', { phase: 'Failed', reason: 'Evicted', message: 'Usage of EmptyDir volume "home" exceeds the limit "1Gi".' }, {}, '(Evicted): Usage of EmptyDir'],
    ['a node that is taken away', { phase: 'Running', conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager', message: 'node is not ready' }] }, {}, '(DeletionByTaintManager): node is not ready'],
    ['somebody who deletes it', { phase: 'Running', containerStatuses: [running, db] }, { deletionTimestamp: '2026-11-20T00:00:00Z' }, 'was deleted while its job ran'],
    ['an image without Node.js', ended({ exitCode: 78, reason: 'Error', message: 'This image cannot run Node.js' }), {}, 'exit code 78 (Error), This image cannot run Node.js'],
    ['a copy that fails', { phase: 'Pending', initContainerStatuses: [{ name: 'node', state: { terminated: { exitCode: 1, message: 'cp: not found' } } }] }, {}, 'cp: not found'],
    ['a service that ends', { phase: 'Running', containerStatuses: [running, { name: 'service-1', state: { terminated: { exitCode: 1, message: 'no password' } } }] }, {}, "Service 'db' has ended: exit code 1, no password"],
    ['a service that is only simulated', { phase: 'Running', containerStatuses: [running, { ...db, containerID: 'simulated://1' }] }, {}, "Service 'db' cannot run in this cluster"],
  ])('is over by %s, and says so', (_what, status, metadata, words) => {
    expect(readPodState(pod(status, metadata), services)).toMatchObject({ kind: 'over', why: expect.stringContaining(words) })
  }) // prettier-ignore
})
