/**
 * The node of the embedded cluster.
 *
 * Terminology
 * - worker: what looks after one pod. - record: what the node must remember of a pod over a restart. - run: one start of a container.
 * - real port: where a container port listens on this machine. - simulated: goes through its life, but nothing runs.
 * - place: environment and directory in which a command runs beside a container.
 */
export { createKubelet, type Kubelet, type KubeletOptions } from './kubelet.ts'
export { simulatedAnnotation } from './simulation.ts'
export { simulatedCondition } from './pod-status.ts'
