import { createHash } from 'node:crypto'
import type { LookupFunction } from 'node:net'
import type { AccessOrigin } from './cluster-error.ts'
import { KubeConnectionError } from './kube-client.ts'
import type { ClusterAccess, Credentials } from './kubeconfig.ts'
import { maskCredentials } from './secret-mask.ts'

/** How a cluster is reached and who we are there, where no kubeconfig says so. */
export interface ClusterSettings {
  username?: string
  password?: string
  bearerToken?: string
  tls?: {
    /** Its certificate is not looked at. */
    insecure?: boolean
    serverName?: string
    /** PEM. */
    ca?: string
    cert?: string
    key?: string
  }
  proxyUrl?: string
  /** Runs a credential command; instead of what stands above. */
  shortLived?: () => Promise<ShortLivedCredential>
  /** Instead of the system's. */
  lookup?: LookupFunction
}

/** What a credential command has printed (client.authentication.k8s.io, ExecCredential). */
export interface ShortLivedCredential {
  token?: string
  cert?: string
  key?: string
  /** In milliseconds since 1970; absent: until it is refused. */
  expiresAt?: number
}

/** A way to a cluster whose settings may be changed while it is used: connections that are open go on, new ones use what is new. */
export interface ChangeableAccess extends ClusterAccess {
  change(settings: ClusterSettings): void
}

/** A credential is renewed before it ends: a request that is under way shall not meet its end. */
const renewAheadMs = 60_000

/** `server`: its address. `origin`: where the settings are written down. */
export function createSettingsAccess(server: string, origin: AccessOrigin, first: ClusterSettings): ChangeableAccess {
  let settings = first
  let known: { value: Credentials; until: number } | undefined
  let pending: Promise<Credentials> | undefined

  async function obtain(): Promise<Credentials> {
    const used = settings
    let short: ShortLivedCredential | undefined
    try {
      short = await used.shortLived?.()
    } catch (error) {
      throw new KubeConnectionError(
        `No credentials for the cluster at ${server}: ${maskCredentials(error instanceof Error ? error.message : String(error))}`,
      )
    }
    const value = server.startsWith('http:') ? plainCredentials(used) : credentialsFrom(used, short)
    if (used === settings) known = { value, until: (short?.expiresAt ?? Infinity) - renewAheadMs }
    return value
  }

  function renewed(): Promise<Credentials> {
    pending ??= obtain().finally(() => {
      pending = undefined
    })
    return pending
  }

  return {
    server: server.replace(/\/+$/, ''),
    origin,
    async credentials() {
      return known && known.until > Date.now() ? known.value : renewed()
    },
    async renew(refused) {
      return known && known.value !== refused && known.until > Date.now() ? known.value : renewed()
    },
    change(next) {
      settings = next
      known = undefined
      pending = undefined
    },
  }
}

/** As kubectl: credentials are for TLS only. */
function plainCredentials({ proxyUrl }: ClusterSettings): Credentials {
  return { headers: {}, tls: {}, poolKey: `plain ${proxyUrl ?? ''}`, secrets: [], ...(proxyUrl && { proxyUrl }) }
}

function credentialsFrom(settings: ClusterSettings, short: ShortLivedCredential | undefined): Credentials {
  const { username, password, tls: { insecure, serverName, ca } = {}, proxyUrl, lookup } = settings
  const token = short?.token ?? settings.bearerToken
  const cert = short?.cert ?? settings.tls?.cert
  const key = short?.key ?? settings.tls?.key
  const basic = username ? `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` : undefined
  const authorization = token ? `Bearer ${token}` : basic
  const digest = createHash('sha256')
  for (const part of [ca, cert, key, serverName, String(insecure), proxyUrl]) digest.update(part ?? '').update('\0')
  return {
    headers: authorization ? { authorization } : {},
    tls: {
      ...(ca && !insecure && { ca }),
      ...(cert && { cert }),
      ...(key && { key }),
      ...(serverName && { servername: serverName }),
      ...(insecure && { rejectUnauthorized: false }),
      ...(lookup && { lookup }),
    },
    poolKey: digest.digest('hex'),
    secrets: [authorization, token, password, key].filter((one): one is string => one !== undefined && one !== ''),
    ...(proxyUrl && { proxyUrl }),
  }
}
