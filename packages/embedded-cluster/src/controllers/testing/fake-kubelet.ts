import type { ClusterCache, KubeClient, KubeObject } from '@plimsoll/kube'
import { timestamp, type Condition } from '../machinery/condition.ts'
import type { Pod } from '../pods/pod.ts'

export interface FakeKubelet {
  /** What becomes of a pod that is started; changed by tests. */
  lifeOf: (pod: Pod) => PodLife
  /** Looks at all pods again, after `lifeOf` was changed. */
  refresh(): void
  stop(): void
}

/** `ready`, `unready`: runs on. `succeeds`, `fails`: ends. `pending`: never starts. */
export type PodLife = 'ready' | 'unready' | 'succeeds' | 'fails' | 'pending'

/** A node on which pods become what the test says, at once, and go as soon as they are deleted. */
export async function startFakeKubelet(client: KubeClient, cache: ClusterCache, nodeName: string): Promise<FakeKubelet> {
  const podType = cache.typeOf('v1', 'Pod')
  const nodeType = cache.typeOf('v1', 'Node')
  if (podType === undefined || nodeType === undefined) throw new Error('the cluster serves no pods')
  if ((await client.get(nodeType, { name: nodeName })) === undefined) {
    await client.create(nodeType, { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName, labels: { 'kubernetes.io/os': 'linux' } } })
    const status = { allocatable: { cpu: '2', memory: '4Gi', pods: '5000' }, conditions: [{ type: 'Ready', status: 'True' }] }
    await client.patch(nodeType, { name: nodeName }, { type: 'merge', patch: { status } }, { subresource: 'status' })
  }
  let addresses = 0
  const kubelet: FakeKubelet = {
    lifeOf: () => 'ready',
    refresh: () => cache.ofKind({ group: '', kind: 'Pod' }).forEach((pod) => void look(pod as Pod)),
    stop: cache.subscribe((change) => {
      if (change.key.kind === 'Pod' && change.current !== undefined) void look(change.current as Pod)
    }),
  }

  async function look(pod: Pod): Promise<void> {
    if (podType === undefined || pod.spec.nodeName !== nodeName) return
    const ref = { namespace: pod.metadata.namespace ?? '', name: pod.metadata.name }
    const preconditions = { uid: pod.metadata.uid ?? '' }
    try {
      if (pod.metadata.deletionTimestamp !== undefined) await client.delete(podType, ref, { gracePeriodSeconds: 0, preconditions })
      else await report(pod)
    } catch {
      // The pod changed meanwhile: the next change is looked at again.
    }
  }

  async function report(pod: Pod): Promise<void> {
    const life = kubelet.lifeOf(pod)
    if (life === 'pending' || podType === undefined) return
    const phase = life === 'succeeds' ? 'Succeeded' : life === 'fails' ? 'Failed' : 'Running'
    const ready = life === 'ready' ? 'True' : 'False'
    const known = pod.status?.conditions?.find((one) => one.type === 'Ready')
    if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return
    if (pod.status?.phase === phase && known?.status === ready) return
    const now = Date.now()
    const conditions: Condition[] = [
      { type: 'PodScheduled', status: 'True', lastTransitionTime: timestamp(now) },
      { type: 'Ready', status: ready, lastTransitionTime: timestamp(now) },
    ]
    const exitCode = life === 'fails' ? 1 : 0
    const hasEnded = phase !== 'Running'
    const containerStatuses = (pod.spec.containers ?? []).map(({ name }) => ({
      name,
      ready: life === 'ready',
      restartCount: 0,
      state: hasEnded ? { terminated: { exitCode, finishedAt: timestamp(now) } } : { running: { startedAt: timestamp(now) } },
    }))
    const podIP = pod.status?.podIP ?? `10.244.${++addresses >> 8}.${addresses & 255}`
    const status = { ...pod.status, phase, podIP, podIPs: [{ ip: podIP }], conditions, containerStatuses }
    await client.update(podType, { ...pod, status } as KubeObject, { subresource: 'status' })
  }

  kubelet.refresh()
  return kubelet
}
