import { splitApiVersion, type KubeObject } from '@plimsoll/kube'
import type { HealthCheck } from '../health-status.ts'
import { argo } from './argo.ts'
import { batchSets } from './batch-sets.ts'
import { certManager } from './cert-manager.ts'
import { crossplane, crossplaneCheck } from './crossplane.ts'
import { externalSecrets } from './external-secrets.ts'
import { flagger } from './flagger.ts'
import { flux } from './flux.ts'
import { gatewayApi } from './gateway-api.ts'
import { keda } from './keda.ts'
import { knative } from './knative.ts'
import { kserve } from './kserve.ts'
import { kubeflow } from './kubeflow.ts'
import { kubernetes } from './kubernetes.ts'
import { kueue } from './kueue.ts'
import { operators } from './operators.ts'
import { ray } from './ray.ts'
import { spark } from './spark.ts'
import { strimzi } from './strimzi.ts'

/** By `GROUP/KIND`, whatever the version. */
const checks = new Map<string, HealthCheck>(
  Object.entries({
    ...argo,
    ...batchSets,
    ...certManager,
    ...crossplane,
    ...externalSecrets,
    ...flagger,
    ...flux,
    ...gatewayApi,
    ...keda,
    ...knative,
    ...kserve,
    ...kubeflow,
    ...kubernetes,
    ...kueue,
    ...operators,
    ...ray,
    ...spark,
    ...strimzi,
  }),
)

/** The check of a kind that Kubernetes does not bring itself. */
export function checkOf({ apiVersion, kind }: KubeObject): HealthCheck | undefined {
  const { group } = splitApiVersion(apiVersion)
  return checks.get(`${group}/${kind}`) ?? crossplaneCheck(group)
}
