import type { KubeClient, KubeObject } from '@plimsoll/kube'

const fieldManager = 'kube-apiserver'
const ref = { namespace: 'default', name: 'kubernetes' }

/**
 * The Service by which a cluster's API is known inside of it (kubernetes `pkg/controlplane/controller/kubernetesservice`), at the first address
 * of the range. It has no endpoints: the API listens on the loopback interface, which an EndpointSlice may not name.
 */
export async function publishApiService(client: KubeClient, apiPort: number): Promise<void> {
  const type = await client.typeOf('v1', 'Service')
  if (type === undefined) throw new Error('the cluster does not serve Services')
  const ports = [{ name: 'https', protocol: 'TCP', port: 443, targetPort: apiPort }]
  const found = await client.get(type, ref)
  const portNow = (found?.['spec'] as { ports?: { targetPort?: unknown }[] } | undefined)?.ports?.[0]?.targetPort
  if (found === undefined) await client.create(type, apiService(ports), { fieldManager })
  else if (portNow !== apiPort) await client.patch(type, ref, { type: 'merge', patch: { spec: { ports } } }, { fieldManager })
}

function apiService(ports: object[]): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...ref, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: { type: 'ClusterIP', clusterIP: '10.96.0.1', ports, sessionAffinity: 'None' },
  }
}
