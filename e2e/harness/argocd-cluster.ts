import { createKubeClient, type HttpKubeClient, type KubeObject } from '@plimsoll/kube'
import { load, loadAll } from 'js-yaml'
import { startCluster, type TestCluster } from './cluster-process.ts'
import { eventually } from './run.ts'

/** A cluster with an Argo CD in it, as far as others see one: its kinds, its controllers, and objects with statuses as it writes them. */
export interface ArgocdCluster {
  cluster: TestCluster
  client: HttpKubeClient
  create(yaml: string): Promise<void>
  get(kind: string, name: string, namespace?: string): Promise<KubeObject | undefined>
  patch(kind: string, name: string, patch: Record<string, unknown>, namespace?: string): Promise<void>
  stop(): Promise<void>
}

const definition = (kind: string, plural: string): string => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: ${plural}.argoproj.io }
spec:
  group: argoproj.io
  names: { kind: ${kind}, listKind: ${kind}List, plural: ${plural}, singular: ${kind.toLowerCase()} }
  scope: Namespaced
  versions:
  - name: v1alpha1
    served: true
    storage: true
    subresources: {}
    schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`

const controller = (kind: string, part: string): string => `
apiVersion: apps/v1
kind: ${kind}
metadata: { name: argocd-${part}, namespace: argocd, labels: { app.kubernetes.io/name: argocd-${part}, app.kubernetes.io/part-of: argocd } }
spec:
  replicas: 1
  selector: { matchLabels: { app.kubernetes.io/name: argocd-${part} } }
  template:
    metadata: { labels: { app.kubernetes.io/name: argocd-${part} } }
    spec: { containers: [{ name: controller, image: example/argocd:v3 }] }
`

export async function startArgocd(): Promise<ArgocdCluster> {
  const cluster = await startCluster()
  const client = await createKubeClient({ kubeconfigPath: cluster.kubeconfig })
  const apiVersionOf = (kind: string): string =>
    kind.startsWith('Application') || kind === 'AppProject'
      ? 'argoproj.io/v1alpha1'
      : /^(Deployment|StatefulSet)$/.test(kind)
        ? 'apps/v1'
        : 'v1'
  const typeOf = (apiVersion: string, kind: string): ReturnType<typeof client.typeOf> =>
    eventually(`the cluster serves ${kind}`, async () => {
      const type = await client.typeOf(apiVersion, kind)
      if (!type) await client.types({ refresh: true })
      return type
    })

  async function create(yaml: string): Promise<void> {
    for (const object of loadAll(yaml).filter(Boolean) as KubeObject[]) {
      const type = await typeOf(object.apiVersion, object.kind)
      if (type) await client.create(type, object, { fieldManager: 'argocd-application-controller' })
    }
  }
  await create('{ apiVersion: v1, kind: Namespace, metadata: { name: argocd } }')
  for (const [kind, plural] of [
    ['Application', 'applications'],
    ['AppProject', 'appprojects'],
    ['ApplicationSet', 'applicationsets'],
  ] as const)
    await create(definition(kind, plural))
  await create(controller('StatefulSet', 'application-controller'))
  await create(controller('Deployment', 'applicationset-controller'))

  return {
    cluster,
    client,
    create,
    async get(kind, name, namespace = 'argocd') {
      const type = await typeOf(apiVersionOf(kind), kind)
      return type && client.get(type, { name, namespace })
    },
    async patch(kind, name, patch, namespace = 'argocd') {
      const type = await typeOf(apiVersionOf(kind), kind)
      if (type) await client.patch(type, { name, namespace }, { type: 'merge', patch }, { fieldManager: 'somebody' })
    },
    async stop() {
      await client.close()
      await cluster.stop()
    },
  }
}

/** An object as Argo CD has applied it: on the server, and tracked. */
export async function applied(argocd: ArgocdCluster, yaml: string, application: string): Promise<void> {
  const object = load(yaml) as KubeObject
  const { name, namespace = '' } = object.metadata
  const type = await argocd.client.typeOf(object.apiVersion, object.kind)
  const id = `${application}:${object.apiVersion.includes('/') ? object.apiVersion.split('/')[0] : ''}/${object.kind}:${namespace}/${name}`
  const tracked = { ...object, metadata: { ...object.metadata, annotations: { 'argocd.argoproj.io/tracking-id': id } } }
  if (type) await argocd.client.apply(type, tracked, { fieldManager: 'argocd-controller', force: true })
}
