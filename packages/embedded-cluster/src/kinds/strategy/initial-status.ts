/**
 * `status` of a new object, before any controller has seen it: what Go's encoder writes for the zero value of each
 * status type (fields without omitempty). Kinds that are not here start with an empty one.
 */
export const initialStatuses: ReadonlyMap<string, Readonly<Record<string, unknown>>> = new Map<string, Record<string, unknown>>([
  ['v1/Namespace', { phase: 'Active' }],
  ['v1/PersistentVolume', { phase: 'Pending' }],
  ['v1/PersistentVolumeClaim', { phase: 'Pending' }],
  ['v1/ReplicationController', { replicas: 0 }],
  ['v1/Service', { loadBalancer: {} }],
  ['apps/v1/DaemonSet', { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 }],
  ['apps/v1/ReplicaSet', { replicas: 0 }],
  ['apps/v1/StatefulSet', { availableReplicas: 0, replicas: 0 }],
  ['autoscaling/v1/HorizontalPodAutoscaler', { currentReplicas: 0, desiredReplicas: 0 }],
  ['autoscaling/v2/HorizontalPodAutoscaler', { currentMetrics: null, desiredReplicas: 0 }],
  ['networking.k8s.io/v1/Ingress', { loadBalancer: {} }],
  ['policy/v1/PodDisruptionBudget', { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 }],
])
