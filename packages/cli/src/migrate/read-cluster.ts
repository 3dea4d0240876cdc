import { type KubeClient, KubeApiError, type KubeObject } from '@plimsoll/kube'
import { type ArgoObject, type Installation, partOf, textsOf } from './argo-object.ts'

const page = 500
const group = 'argoproj.io/v1alpha1'

/** Argo CD's objects in a cluster. A kind that may not be listed is a problem, and the others are read. */
export async function readCluster(client: KubeClient, namespace: string): Promise<Installation> {
  const installation: Installation = { objects: [], problems: [] }
  const settings = await listed('v1', 'ConfigMap', namespace)
  const parameters = textsOf(settings.find(({ metadata }) => metadata.name === 'argocd-cmd-params-cm')?.['data'])
  const applications = await inNamespaces('Application', parameters['application.namespaces'])
  const sets = await inNamespaces('ApplicationSet', parameters['applicationsetcontroller.namespaces'])
  const objects = [
    ...settings,
    ...(await listed('v1', 'Secret', namespace)),
    ...(await listed(group, 'AppProject', namespace)),
    ...applications,
    ...sets,
  ]
  installation.objects = objects.map((object): ArgoObject => ({ object, part: partOf(object) })).filter(({ part }) => part !== 'other')
  return installation

  /** Patterns, with commas between them, as Argo CD has them; the control plane's own namespace always counts. */
  async function inNamespaces(kind: string, patterns: string | undefined): Promise<KubeObject[]> {
    if (!patterns) return listed(group, kind, namespace)
    const { matchesNamespace } = await import('@plimsoll/applications')
    const all = await listed(group, kind, undefined)
    const wanted = patterns.split(',').map((pattern) => pattern.trim())
    return all.filter(
      ({ metadata }) => metadata.namespace === namespace || matchesNamespace(wanted, metadata.namespace ?? '', { canLookAround: true }),
    )
  }

  async function listed(apiVersion: string, kind: string, within: string | undefined): Promise<KubeObject[]> {
    const type = await client.typeOf(apiVersion, kind)
    if (!type) {
      installation.problems.push({ at: `${kind}s`, message: 'the cluster does not serve this kind: is Argo CD installed there?' })
      return []
    }
    const items: KubeObject[] = []
    let next: string | undefined
    try {
      do {
        const answer = await client.list(type, { limit: page, ...(within && { namespace: within }), ...(next && { continue: next }) })
        // Items of a list carry neither.
        items.push(...answer.items.map((item) => ({ ...item, apiVersion, kind })))
        next = answer.metadata.continue
      } while (next)
    } catch (error) {
      if (!(error instanceof KubeApiError) || error.code !== 403) throw error
      installation.problems.push({ at: `${kind}s`, message: `they may not be listed, and are left out: ${error.message}` })
    }
    return items
  }
}

/** Two kubeconfigs may call one cluster by two addresses: the identity of a namespace tells. */
export async function identityOf(client: KubeClient): Promise<string | undefined> {
  const type = await client.typeOf('v1', 'Namespace')
  if (!type) return undefined
  return ((await client.get(type, { name: 'kube-system' })) ?? (await client.get(type, { name: 'default' })))?.metadata.uid
}
