/**
 * A Kubernetes API for one machine, as a process of its own.
 *
 * Terminology
 * - cluster process: API server, controllers, kubelet and gateway together; it outlives whoever started it.
 * - data directory: everything the cluster keeps: objects, keys, kubeconfig, ports, pods. One process at a time works in it.
 * - gateway: the listener on which Services and Ingresses are reached. - adopt: to use a cluster process that already runs.
 */
export { ClusterLaunchError, launchCluster, type LaunchedCluster, type LaunchOptions } from './process/launch.ts'
