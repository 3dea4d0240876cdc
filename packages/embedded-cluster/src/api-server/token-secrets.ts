import { isConflict, isNotFound, type KubeClient, type KubeObject } from '@plimsoll/kube'
import type { Store } from '../storage/index.ts'
import type { Authentication } from './authentication.ts'

export interface TokenSecretsOptions {
  store: Store
  client: KubeClient
  authentication: Authentication
  /** PEM. */
  ca: string
  now: () => number
  onProblem: (error: unknown) => void
}

const secretsResource = '/secrets'
const accountAnnotation = 'kubernetes.io/service-account.name'
const uidAnnotation = 'kubernetes.io/service-account.uid'
/** Theirs have no end; ours need one (kube-controller-manager `serviceaccount/tokens_controller.go`). */
const tokenSeconds = 10 * 365 * 24 * 3600

/** Puts a token into each Secret that asks for one of a service account. It ends with the Secret. Returns the way to stop. */
export function fillTokenSecrets(options: TokenSecretsOptions): () => void {
  const { store, onProblem } = options

  function look(secret: KubeObject): void {
    if (!isEmptyTokenSecret(secret)) return
    fill(options, secret).catch((error: unknown) => {
      // Somebody has changed it, or taken it away: there is another look for the one, and nothing to do for the other.
      if (!isConflict(error) && !isNotFound(error)) onProblem(error)
    })
  }

  for (const stored of store.list(secretsResource)) look(stored.object)
  const stopSecrets = store.subscribe(secretsResource, (event) => {
    if (event.type !== 'DELETED') look(event.current.object)
  })
  // A Secret may come before its account.
  const stopAccounts = store.subscribe('/serviceaccounts', (event) => {
    if (event.type === 'DELETED') return
    for (const stored of store.list(secretsResource, event.current.object.metadata.namespace)) look(stored.object)
  })
  return () => {
    stopSecrets()
    stopAccounts()
  }
}

function isEmptyTokenSecret(secret: KubeObject): boolean {
  const data = secret['data'] as Record<string, string> | undefined
  return secret['type'] === 'kubernetes.io/service-account-token' && secret.metadata.deletionTimestamp === undefined && !data?.['token']
}

async function fill({ store, client, authentication, ca, now }: TokenSecretsOptions, secret: KubeObject): Promise<void> {
  const { name, namespace = '', resourceVersion } = secret.metadata
  const account = store.get('/serviceaccounts', namespace, secret.metadata.annotations?.[accountAnnotation] ?? '')?.object
  if (account === undefined) return
  const { token } = authentication.issue(account, { audiences: [], seconds: tokenSeconds, boundTo: secret, now: now() })
  const type = await client.typeOf('v1', 'Secret')
  if (type === undefined) return
  const data = { token, namespace, 'ca.crt': ca }
  await client.patch(
    type,
    { name, namespace },
    {
      type: 'merge',
      patch: {
        metadata: { resourceVersion, annotations: { [uidAnnotation]: account.metadata.uid ?? '' } },
        data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
      },
    },
  )
}
