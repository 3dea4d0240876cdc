import type { KubeObject } from '@plimsoll/kube'

/** The parts of `k8s.io/api` core/v1 Pod that a node reads and writes. The API server has validated them. */
export interface Pod extends KubeObject {
  spec: PodSpec
  status?: PodStatus
}

export interface PodSpec {
  nodeName?: string
  containers: Container[]
  initContainers?: Container[]
  volumes?: Volume[]
  restartPolicy?: 'Always' | 'OnFailure' | 'Never'
  terminationGracePeriodSeconds?: number
  activeDeadlineSeconds?: number
  serviceAccountName?: string
  enableServiceLinks?: boolean
  hostNetwork?: boolean
  hostname?: string
  subdomain?: string
  readinessGates?: { conditionType: string }[]
}

export interface Container {
  name: string
  image?: string
  command?: string[]
  args?: string[]
  workingDir?: string
  ports?: ContainerPort[]
  env?: EnvVar[]
  envFrom?: EnvFromSource[]
  resources?: ResourceRequirements
  volumeMounts?: VolumeMount[]
  livenessProbe?: Probe
  readinessProbe?: Probe
  startupProbe?: Probe
  lifecycle?: { postStart?: LifecycleHandler; preStop?: LifecycleHandler }
  /** Of an init container: `Always` makes it a sidecar. */
  restartPolicy?: string
  terminationMessagePath?: string
  terminationMessagePolicy?: string
  stdin?: boolean
  /** Input ends with the first client that was attached to it. */
  stdinOnce?: boolean
  tty?: boolean
}

export interface ContainerPort {
  name?: string
  containerPort: number
  hostPort?: number
  protocol?: string
}

export interface EnvVar {
  name: string
  value?: string
  valueFrom?: {
    configMapKeyRef?: KeySelector
    secretKeyRef?: KeySelector
    fieldRef?: { fieldPath: string }
    resourceFieldRef?: ResourceFieldSelector
  }
}

export interface EnvFromSource {
  prefix?: string
  configMapRef?: { name: string; optional?: boolean }
  secretRef?: { name: string; optional?: boolean }
}

export interface KeySelector {
  name: string
  key: string
  optional?: boolean
}

export interface ResourceFieldSelector {
  containerName?: string
  resource: string
  divisor?: string | number
}

export type ResourceList = Record<string, string | number>

export interface ResourceRequirements {
  requests?: ResourceList
  limits?: ResourceList
}

export interface VolumeMount {
  name: string
  mountPath: string
  subPath?: string
  subPathExpr?: string
  readOnly?: boolean
}

export interface KeyToPath {
  key: string
  path: string
  mode?: number
}

export interface DownwardItem {
  path: string
  mode?: number
  fieldRef?: { fieldPath: string }
  resourceFieldRef?: ResourceFieldSelector
}

export interface Volume {
  name: string
  configMap?: { name: string; items?: KeyToPath[]; defaultMode?: number; optional?: boolean }
  secret?: { secretName: string; items?: KeyToPath[]; defaultMode?: number; optional?: boolean }
  emptyDir?: Record<string, unknown>
  downwardAPI?: { items?: DownwardItem[]; defaultMode?: number }
  projected?: { sources?: ProjectedSource[]; defaultMode?: number }
  hostPath?: { path: string; type?: string }
  persistentVolumeClaim?: { claimName: string; readOnly?: boolean }
  [source: string]: unknown
}

export interface ProjectedSource {
  configMap?: { name: string; items?: KeyToPath[]; optional?: boolean }
  secret?: { name: string; items?: KeyToPath[]; optional?: boolean }
  downwardAPI?: { items?: DownwardItem[] }
  serviceAccountToken?: { path: string; audience?: string; expirationSeconds?: number }
}

export interface ProbeHandler {
  exec?: { command?: string[] }
  httpGet?: HttpGetAction
  tcpSocket?: { port: number | string; host?: string }
  grpc?: { port: number; service?: string }
}

export interface HttpGetAction {
  path?: string
  port: number | string
  host?: string
  scheme?: string
  httpHeaders?: { name: string; value: string }[]
}

export interface Probe extends ProbeHandler {
  initialDelaySeconds?: number
  timeoutSeconds?: number
  periodSeconds?: number
  successThreshold?: number
  failureThreshold?: number
  terminationGracePeriodSeconds?: number
}

export interface LifecycleHandler extends ProbeHandler {
  sleep?: { seconds: number }
}

export interface PodStatus {
  phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
  conditions?: PodCondition[]
  message?: string
  reason?: string
  hostIP?: string
  hostIPs?: { ip: string }[]
  podIP?: string
  podIPs?: { ip: string }[]
  startTime?: string
  initContainerStatuses?: ContainerStatus[]
  containerStatuses?: ContainerStatus[]
  qosClass?: string
}

export interface PodCondition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  lastProbeTime?: string | null
  lastTransitionTime?: string
  reason?: string
  message?: string
}

export interface ContainerStatus {
  name: string
  state: ContainerState
  lastState: ContainerState
  ready: boolean
  restartCount: number
  image: string
  imageID: string
  containerID?: string
  started: boolean
}

export interface ContainerState {
  waiting?: { reason: string; message?: string }
  running?: { startedAt: string }
  terminated?: Terminated
}

export interface Terminated {
  exitCode: number
  signal?: number
  reason: string
  message?: string
  startedAt: string
  finishedAt: string
  containerID?: string
}

/** What a container is in its pod. A sidecar is an init container that is started in its turn and goes on running. */
export type ContainerRole = 'init' | 'sidecar' | 'main'

export function roleOf(pod: Pod, container: Container): ContainerRole {
  if (!pod.spec.initContainers?.includes(container)) return 'main'
  return container.restartPolicy === 'Always' ? 'sidecar' : 'init'
}

export function allContainers(pod: Pod): Container[] {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers]
}

/** `name_namespace(uid)`, as a kubelet writes a pod in messages. */
export function describePod(pod: Pod): string {
  return `${pod.metadata.name}_${pod.metadata.namespace ?? ''}(${pod.metadata.uid ?? ''})`
}

/** metav1.Time: seconds. */
export function kubeTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
