import * as cluster from './cluster.ts'
import * as network from './network.ts'
import { podTable, podTemplateTable } from './pods.ts'
import { type KindTable, plainTable } from './table.ts'
import * as workloads from './workloads.ts'

/** By `group/Kind`; all versions of a kind share a table. */
const tables: ReadonlyMap<string, KindTable> = new Map<string, KindTable>([
  ['/Pod', podTable],
  ['/PodTemplate', podTemplateTable],
  ['/ReplicationController', workloads.replicationControllerTable],
  ['/Service', network.serviceTable],
  ['/Endpoints', network.endpointsTable],
  ['/Namespace', cluster.namespaceTable],
  ['/Node', cluster.nodeTable],
  ['/Event', cluster.eventTable],
  ['/Secret', cluster.secretTable],
  ['/ConfigMap', cluster.configMapTable],
  ['/ServiceAccount', cluster.serviceAccountTable],
  ['/PersistentVolume', cluster.persistentVolumeTable],
  ['/PersistentVolumeClaim', cluster.persistentVolumeClaimTable],
  ['/ResourceQuota', cluster.resourceQuotaTable],
  ['/ComponentStatus', cluster.componentStatusTable],
  ['events.k8s.io/Event', cluster.eventTable],
  ['apps/Deployment', workloads.deploymentTable],
  ['apps/ReplicaSet', workloads.replicaSetTable],
  ['apps/StatefulSet', workloads.statefulSetTable],
  ['apps/DaemonSet', workloads.daemonSetTable],
  ['apps/ControllerRevision', workloads.controllerRevisionTable],
  ['batch/Job', workloads.jobTable],
  ['batch/CronJob', workloads.cronJobTable],
  ['autoscaling/HorizontalPodAutoscaler', workloads.autoscalerTable],
  ['policy/PodDisruptionBudget', workloads.disruptionBudgetTable],
  ['networking.k8s.io/Ingress', network.ingressTable],
  ['networking.k8s.io/IngressClass', network.ingressClassTable],
  ['networking.k8s.io/NetworkPolicy', network.networkPolicyTable],
  ['networking.k8s.io/ServiceCIDR', cluster.serviceCidrTable],
  ['networking.k8s.io/IPAddress', cluster.ipAddressTable],
  ['discovery.k8s.io/EndpointSlice', network.endpointSliceTable],
  ['rbac.authorization.k8s.io/RoleBinding', cluster.roleBindingTable],
  ['rbac.authorization.k8s.io/ClusterRoleBinding', cluster.roleBindingTable],
  ['storage.k8s.io/StorageClass', cluster.storageClassTable],
  ['storage.k8s.io/VolumeAttachment', cluster.volumeAttachmentTable],
  ['storage.k8s.io/VolumeAttributesClass', cluster.volumeAttributesClassTable],
  ['storage.k8s.io/CSINode', cluster.csiNodeTable],
  ['storage.k8s.io/CSIDriver', cluster.csiDriverTable],
  ['storage.k8s.io/CSIStorageCapacity', cluster.csiStorageCapacityTable],
  ['scheduling.k8s.io/PriorityClass', cluster.priorityClassTable],
  ['node.k8s.io/RuntimeClass', cluster.runtimeClassTable],
  ['coordination.k8s.io/Lease', cluster.leaseTable],
  ['certificates.k8s.io/CertificateSigningRequest', cluster.certificateRequestTable],
  ['apiregistration.k8s.io/APIService', cluster.apiServiceTable],
  ['admissionregistration.k8s.io/MutatingWebhookConfiguration', cluster.webhooksTable],
  ['admissionregistration.k8s.io/ValidatingWebhookConfiguration', cluster.webhooksTable],
  ['admissionregistration.k8s.io/ValidatingAdmissionPolicy', cluster.admissionPolicyTable],
  ['admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding', cluster.admissionPolicyBindingTable],
  ['flowcontrol.apiserver.k8s.io/FlowSchema', cluster.flowSchemaTable],
  ['flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration', cluster.priorityLevelTable],
])

export function tableFor(group: string, kind: string): KindTable {
  return tables.get(`${group}/${kind}`) ?? plainTable
}
