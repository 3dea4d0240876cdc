import { isNotFound, type KubeClient, type KubeObject, KubeApiError, type ResourceType } from '@plimsoll/kube'
import { CommandFailure } from '../../exit-code.ts'
import { note } from '../../output/print.ts'

/** As Argo CD calls them (`util/clusterauth`), so that a cluster has them once. */
const managerAccount = 'argocd-manager'
const managerRole = 'argocd-manager-role'
const managerBinding = 'argocd-manager-role-binding'
const tokenSuffix = '-long-lived-token'
const rbac = 'rbac.authorization.k8s.io'
const everything = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }
const pollMs = 300
const longestWaitMs = 30_000

export interface AccountOptions {
  systemNamespace: string
  /** Empty: everything. */
  namespaces: readonly string[]
}

/** Makes the service account that the server acts as, with the rights it needs, and answers with its token. */
export async function installManager(client: KubeClient, { systemNamespace, namespaces }: AccountOptions): Promise<string> {
  await upsert(
    client,
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: managerAccount, namespace: systemNamespace } },
    { keeps: true },
  )
  const subjects = [{ kind: 'ServiceAccount', name: managerAccount, namespace: systemNamespace }]
  if (namespaces.length === 0) {
    const rules = [everything, { nonResourceURLs: ['*'], verbs: ['*'] }]
    await upsert(client, { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name: managerRole }, rules })
    const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name: managerRole }
    await upsert(client, { apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata: { name: managerBinding }, roleRef, subjects })
  }
  for (const namespace of namespaces) {
    await upsert(client, { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { name: managerRole, namespace }, rules: [everything] })
    const roleRef = { apiGroup: rbac, kind: 'Role', name: managerRole }
    await upsert(client, {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: managerBinding, namespace },
      roleRef,
      subjects,
    })
  }
  return accountToken(client, managerAccount, systemNamespace)
}

/** The token of a service account by a Secret that the cluster fills; the Secret is made where it is missing. */
export async function accountToken(client: KubeClient, account: string, namespace: string): Promise<string> {
  const name = `${account}${tokenSuffix}`
  await upsert(
    client,
    {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/service-account-token',
      metadata: { name, namespace, annotations: { 'kubernetes.io/service-account.name': account } },
    },
    { keeps: true },
  )
  const type = await typeOf(client, 'v1', 'Secret')
  for (const until = Date.now() + longestWaitMs; Date.now() < until;) {
    const data = (await client.get(type, { name, namespace }))?.['data'] as { token?: string } | undefined
    if (data?.token) return Buffer.from(data.token, 'base64').toString('utf8')
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  throw new CommandFailure(`The cluster has not put a token into Secret ${namespace}/${name} within ${longestWaitMs / 1000} s.`, {
    remedy: `See that ServiceAccount ${account} exists in namespace ${namespace}.`,
  })
}

/** `keeps`: what is there stays as it is. Roles are brought to what is needed. */
async function upsert(client: KubeClient, object: KubeObject, { keeps = false } = {}): Promise<void> {
  const { kind } = object
  const { name, namespace } = object.metadata
  const what = `${kind} "${name}"${namespace ? ` in namespace "${namespace}"` : ''}`
  const type = await typeOf(client, object.apiVersion, kind)
  try {
    await client.create(type, object)
    note(`${what} created`)
  } catch (error) {
    if (!(error instanceof KubeApiError && error.code === 409)) throw withWhat(error, what)
    if (keeps) return note(`${what} already exists`)
    const live = await client.get(type, { name, ...(namespace && { namespace }) })
    await client.update(type, { ...live, ...object, metadata: { ...live?.metadata, ...object.metadata } })
    note(`${what} updated`)
  }
}

function withWhat(error: unknown, what: string): unknown {
  if (!(error instanceof KubeApiError)) return error
  const remedy = isNotFound(error) ? 'Make the namespace first.' : 'Use a context whose user may make service accounts and roles.'
  return new CommandFailure(`${what} could not be made: ${error.message}`, { remedy })
}

async function typeOf(client: KubeClient, apiVersion: string, kind: string): Promise<ResourceType> {
  const type = await client.typeOf(apiVersion, kind)
  if (!type) throw new CommandFailure(`The cluster does not serve ${kind} of ${apiVersion}.`)
  return type
}
