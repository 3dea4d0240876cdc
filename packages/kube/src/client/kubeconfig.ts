import { createHash } from 'node:crypto'
import type { LookupFunction } from 'node:net'
import type { KubeConfig } from '@kubernetes/client-node'
import type { AccessOrigin } from './cluster-error.ts'
import { KubeConnectionError } from './kube-client.ts'
import { maskCredentials } from './secret-mask.ts'

/** One cluster of a kubeconfig, and how to be let in. */
export interface ClusterAccess {
  /** Address without a slash at the end, as the kubeconfig has it. */
  readonly server: string
  readonly origin: AccessOrigin
  credentials(): Promise<Credentials>
  /** After a 401: reads the kubeconfig again and runs its credential plugin anew, unless somebody has just done so. */
  renew(refused: Credentials): Promise<Credentials>
}

export interface Credentials {
  headers: Record<string, string>
  tls: {
    ca?: string | Buffer
    cert?: string | Buffer
    key?: string | Buffer
    passphrase?: string
    servername?: string
    rejectUnauthorized?: boolean
    /** Instead of the system's: who may not dial everywhere checks here. */
    lookup?: LookupFunction
  }
  proxyUrl?: string
  /** Equal for credentials that one connection pool can serve. */
  poolKey: string
  /** What must never be printed. */
  secrets: string[]
}

export interface KubeconfigOptions {
  /** Absent: `KUBECONFIG`, then `~/.kube/config`, then the service account of the pod this runs in. */
  kubeconfigPath?: string
  /** Absent: the kubeconfig's current context. */
  context?: string
}

/** How long credentials are used before the kubeconfig's way to them is asked again; a plugin's own expiry is kept behind that. */
const credentialsMaxAgeMs = 60_000
const credentialsTimeoutMs = 60_000

/** Rejects with `KubeConnectionError` when there is no such file or context. Read lazily: the library behind it takes 0.3 s to load. */
export async function readKubeconfig(options: KubeconfigOptions): Promise<ClusterAccess> {
  let config = await load(options)
  const cluster = config.getCurrentCluster()
  if (!cluster)
    throw new KubeConnectionError(`${nameOf(options)}: context '${config.getCurrentContext()}' names a cluster that is not there.`)
  const server = cluster.server.replace(/\/+$/, '')
  const context = config.getCurrentContext()

  let cached: { value: Credentials; until: number } | undefined
  let pending: Promise<Credentials> | undefined

  function obtain(reload: boolean): Promise<Credentials> {
    pending ??= (async () => {
      if (reload) config = await load(options)
      const value = await withTimeout(credentialsOf(config, server), credentialsTimeoutMs, server)
      cached = { value, until: Date.now() + credentialsMaxAgeMs }
      return value
    })().finally(() => {
      pending = undefined
    })
    return pending
  }

  return {
    server,
    origin: { name: `context '${context}'`, place: 'the kubeconfig' },
    async credentials() {
      return cached && cached.until > Date.now() ? cached.value : obtain(false)
    },
    async renew(refused) {
      return cached && cached.value !== refused && cached.until > Date.now() ? cached.value : obtain(true)
    },
  }
}

async function load(options: KubeconfigOptions): Promise<KubeConfig> {
  const { KubeConfig: Config } = await import('@kubernetes/client-node')
  const config = new Config()
  try {
    if (options.kubeconfigPath === undefined) config.loadFromDefault()
    else config.loadFromFile(options.kubeconfigPath)
  } catch (error) {
    throw new KubeConnectionError(`${nameOf(options)} cannot be read: ${maskCredentials(messageOf(error)).split('\n')[0]}`, {
      cause: undefined,
    })
  }
  if (options.context !== undefined) {
    const known = config.getContexts().map((context) => context.name)
    if (!known.includes(options.context)) {
      throw new KubeConnectionError(
        `${nameOf(options)} has no context '${options.context}'. ${known.length > 0 ? `It has ${known.join(', ')}.` : 'It has none.'}`,
      )
    }
    config.setCurrentContext(options.context)
  }
  if (!config.getCurrentContext()) {
    throw new KubeConnectionError(
      `${nameOf(options)} has no current context. Name one of its contexts, or run \`kubectl config use-context\`.`,
    )
  }
  passClusterInfo(config)
  return config
}

/**
 * client-go tells credential plugins which API version to answer in (`KUBERNETES_EXEC_INFO`, client-go
 * plugin/pkg/client/auth/exec); client-node 1.4 does not, and several plugins refuse to run without it.
 */
function passClusterInfo(config: KubeConfig): void {
  const cluster = config.getCurrentCluster()
  const exec = config.getCurrentUser()?.exec as { apiVersion?: string; env?: { name: string; value: string }[] } | undefined
  if (!exec || !cluster) return
  const info = {
    apiVersion: exec.apiVersion ?? 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: { interactive: false, cluster: { server: cluster.server, 'certificate-authority-data': cluster.caData } },
  }
  exec.env = [
    ...(exec.env ?? []).filter((one) => one.name !== 'KUBERNETES_EXEC_INFO'),
    { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) },
  ]
}

async function credentialsOf(config: KubeConfig, server: string): Promise<Credentials> {
  const cluster = config.getCurrentCluster()
  const proxyUrl = cluster?.proxyUrl
  // As kubectl: credentials are for TLS only, and client-node refuses plain HTTP.
  if (server.startsWith('http:'))
    return { headers: {}, tls: {}, poolKey: `plain ${proxyUrl ?? ''}`, secrets: [], ...(proxyUrl && { proxyUrl }) }
  const options: {
    headers?: Record<string, string>
    ca?: Buffer
    cert?: Buffer | string
    key?: Buffer | string
    passphrase?: string
    servername?: string
    rejectUnauthorized?: boolean
    auth?: string
  } = {}
  try {
    await config.applyToHTTPSOptions(options)
  } catch (error) {
    const known = [config.getCurrentUser()?.token, config.getCurrentUser()?.password].filter((one) => one !== undefined)
    throw new KubeConnectionError(
      `No credentials for the cluster at ${server}: ${maskCredentials(messageOf(error), known).trim().slice(0, 500)}. Check the user of context '${config.getCurrentContext()}' in the kubeconfig.`,
    )
  }
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value).trim()
  if (options.auth && !headers['authorization']) headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`
  const { ca, cert, key, passphrase, servername, rejectUnauthorized } = options
  const tls = {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(passphrase && { passphrase }),
    ...(servername && { servername }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
  }
  const digest = createHash('sha256')
  for (const part of [ca, cert, key, passphrase, servername, String(rejectUnauthorized), proxyUrl]) digest.update(part ?? '').update('\0')
  const authorization = headers['authorization']
  return {
    headers,
    tls,
    poolKey: digest.digest('hex'),
    secrets: authorization ? [authorization, authorization.replace(/^\S+\s+/, '')] : [],
    ...(proxyUrl && { proxyUrl }),
  }
}

async function withTimeout<T>(promise: Promise<T>, ms: number, server: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new KubeConnectionError(`The credential plugin for the cluster at ${server} did not end within ${ms / 1000} s.`)),
      ms,
    )
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

function nameOf(options: KubeconfigOptions): string {
  return options.kubeconfigPath === undefined ? 'The default kubeconfig' : `Kubeconfig ${options.kubeconfigPath}`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
