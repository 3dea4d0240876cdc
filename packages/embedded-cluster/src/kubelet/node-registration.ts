import { arch, hostname, platform, release, type as systemName } from 'node:os'
import { isConflict, isNotFound, type Clock, type KubeClient, type KubeObject } from '@plimsoll/kube'
import type { Logger } from 'pino'
import type { MachineCapacity } from './field-reference.ts'
import { kubeTime } from './pod.ts'

const fieldManager = 'kubelet'
/** Kubelet's nodeLeaseDurationSeconds is 40, and it renews four times within it. */
const leaseSeconds = 40
const renewEveryMs = 10_000
/** Kubelet's maxPods is 110 because of the network of a cloud's machine; here it is the machine's memory that sets the limit. */
const mostPods = 1000

export interface NodeRegistration {
  start(): Promise<void>
  stop(): void
}

export interface NodeOptions {
  client: KubeClient
  clock: Clock
  log: Logger
  nodeName: string
  hostIP: string
  machine: MachineCapacity
}

/** Makes this machine known as a Node. That it lives is said by its Lease only, so that an idle cluster writes one small object every ten seconds. */
export function createNodeRegistration(options: NodeOptions): NodeRegistration {
  const { client, clock, log, nodeName } = options
  let timer: { cancel(): void } | undefined
  let isStopped = false

  async function register(): Promise<void> {
    const type = await client.typeOf('v1', 'Node')
    if (type === undefined) throw new Error('the cluster does not serve nodes')
    const { gitVersion } = await client.version()
    const node = nodeObject(options, gitVersion)
    const existing = await client.get(type, { name: nodeName })
    if (existing === undefined) await client.create(type, node, { fieldManager })
    else {
      const { labels } = node.metadata
      await client.patch(type, { name: nodeName }, { type: 'merge', patch: { metadata: { labels } } }, { fieldManager })
    }
    await client.patch(
      type,
      { name: nodeName },
      { type: 'merge', patch: { status: node['status'] } },
      { fieldManager, subresource: 'status' },
    )
  }

  async function renew(): Promise<void> {
    const type = await client.typeOf('coordination.k8s.io/v1', 'Lease')
    if (type === undefined) return
    const renewTime = `${new Date(clock.now()).toISOString().slice(0, -1)}000Z`
    const ref = { namespace: 'kube-node-lease', name: nodeName }
    try {
      await client.patch(type, ref, { type: 'merge', patch: { spec: { renewTime } } }, { fieldManager })
    } catch (error) {
      if (!isNotFound(error)) throw error
      await client.create(
        type,
        {
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata: ref,
          spec: { holderIdentity: nodeName, leaseDurationSeconds: leaseSeconds, renewTime },
        },
        { fieldManager },
      )
    }
  }

  function beat(): void {
    renew()
      .catch((error: unknown) => isConflict(error) || log.warn({ err: error }, 'node lease could not be renewed'))
      .finally(() => {
        if (!isStopped) timer = clock.setTimeout(beat, renewEveryMs)
      })
  }

  return {
    async start() {
      await register()
      beat()
    },
    stop() {
      isStopped = true
      timer?.cancel()
    },
  }
}

function nodeObject({ nodeName, hostIP, machine, clock }: NodeOptions, version: string): KubeObject {
  const system = { linux: 'linux', darwin: 'darwin', win32: 'windows' }[platform() as string] ?? 'linux'
  const architecture = { x64: 'amd64', arm64: 'arm64' }[arch() as string] ?? arch()
  const now = kubeTime(clock.now())
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  })
  const capacity = { cpu: String(machine.cpus), memory: `${Math.floor(machine.memoryBytes / 1024)}Ki`, pods: String(mostPods) }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: nodeName,
      labels: {
        'kubernetes.io/hostname': nodeName,
        'kubernetes.io/os': system,
        'kubernetes.io/arch': architecture,
        'beta.kubernetes.io/os': system,
        'beta.kubernetes.io/arch': architecture,
        'node-role.kubernetes.io/control-plane': '',
      },
      annotations: { 'plimsoll.dev/runtime': 'containers with a command run as processes of this machine; others are simulated' },
    },
    spec: { podCIDR: '10.244.0.0/16', podCIDRs: ['10.244.0.0/16'], providerID: `plimsoll://${nodeName}` },
    status: {
      capacity,
      allocatable: capacity,
      conditions: [
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
        condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
      ],
      addresses: [
        { type: 'InternalIP', address: hostIP },
        { type: 'Hostname', address: hostname() },
      ],
      nodeInfo: {
        machineID: '',
        systemUUID: '',
        bootID: '',
        kernelVersion: release(),
        osImage: `${systemName()} (processes)`,
        containerRuntimeVersion: `process://${process.versions.node}`,
        kubeletVersion: version,
        kubeProxyVersion: version,
        operatingSystem: system,
        architecture,
      },
    },
  }
}
