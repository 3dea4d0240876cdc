import { PlimsollError } from '@plimsoll/api'
import { isNotFound, type KubeClient, type ResourceType } from '@plimsoll/kube'

interface AccountOfToken {
  namespace: string
  secretName: string
}

const pollMs = 300
const longestWaitMs = 30_000

/**
 * Another token of the service account that a token is of, by a Secret that the cluster fills (argo-cd `util/clusterauth`). `finish` ends the old one, once
 * the new one is kept.
 */
export async function newServiceAccountToken(client: KubeClient, token: string): Promise<{ token: string; finish: () => Promise<void> }> {
  const { namespace, secretName } = accountOf(token)
  const type = await secretType(client)
  const old = await client.get(type, { name: secretName, namespace })
  const account = old?.metadata.annotations?.['kubernetes.io/service-account.name']
  if (!account) throw new PlimsollError('invalid-request', `Secret ${namespace}/${secretName} of the token is not there any more.`)
  const prefix = secretName.includes('-') ? secretName.slice(0, secretName.lastIndexOf('-')) : secretName
  const made = await client.create(type, {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/service-account-token',
    metadata: { name: '', generateName: `${prefix}-`, namespace, annotations: { 'kubernetes.io/service-account.name': account } },
  })
  const { name } = made.metadata
  for (const until = Date.now() + longestWaitMs; ;) {
    const data = (await client.get(type, { name, namespace }))?.['data'] as { token?: string } | undefined
    if (data?.token) {
      return {
        token: Buffer.from(data.token, 'base64').toString('utf8'),
        finish: () => remove(client, type, namespace, secretName),
      }
    }
    if (Date.now() > until) {
      await remove(client, type, namespace, name)
      throw new PlimsollError(
        'timeout',
        `The cluster has not put a token into Secret ${namespace}/${name} within ${longestWaitMs / 1000} s.`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

async function remove(client: KubeClient, type: ResourceType, namespace: string, name: string): Promise<void> {
  try {
    await client.delete(type, { name, namespace })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

async function secretType(client: KubeClient): Promise<ResourceType> {
  const type = await client.typeOf('v1', 'Secret')
  if (!type) throw new PlimsollError('cluster-refused', 'The cluster does not serve Secrets.')
  return type
}

/** What a token says of itself: it is the cluster's, and nothing is decided by it but where to ask. */
function accountOf(token: string): AccountOfToken {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>
    const bound = claims['kubernetes.io'] as { namespace?: unknown; secret?: { name?: unknown } } | undefined
    const namespace = claims['kubernetes.io/serviceaccount/namespace'] ?? bound?.namespace
    const secretName = claims['kubernetes.io/serviceaccount/secret.name'] ?? bound?.secret?.name
    if (typeof namespace === 'string' && typeof secretName === 'string') return { namespace, secretName }
  } catch {
    // It is no token of a service account then.
  }
  throw new PlimsollError(
    'invalid-request',
    'The token of this cluster is none of a service account that a Secret keeps: give another one with `plimsoll cluster add --upsert`.',
  )
}
