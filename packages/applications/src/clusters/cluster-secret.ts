import { createHash } from 'node:crypto'
import { ClusterConfig, PlimsollError } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { stringsAt } from '../json.ts'
import type { ClusterEntry } from './contract.ts'

export const secretTypeLabel = 'argocd.argoproj.io/secret-type'
const managedByAnnotation = 'managed-by'
/** Asks for its cache to be read anew (argo-cd `AnnotationKeyRefresh`). */
export const refreshAnnotation = 'argocd.argoproj.io/refresh'
/** What `kubectl apply` leaves on a Secret is the Secret once more, values and all. */
export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'

export function isClusterSecret(object: KubeObject): boolean {
  return object.metadata.labels?.[secretTypeLabel] === 'cluster'
}

/** What a Secret says of a cluster, and what is wrong with that; a cluster with a problem is known, and cannot be used. */
export function readClusterSecret(secret: KubeObject): { entry: ClusterEntry; problem: string | undefined } {
  const data = dataOf(secret)
  const { config, problem } = readConfig(data.get('config'))
  const { [secretTypeLabel]: _type, ...labels } = secret.metadata.labels ?? {}
  const { [lastAppliedAnnotation]: _applied, [managedByAnnotation]: _by, ...annotations } = secret.metadata.annotations ?? {}
  const shard = Number(data.get('shard') || Number.NaN)
  const server = (data.get('server') ?? '').replace(/\/+$/, '')
  return {
    entry: {
      ...(secret.metadata.uid !== undefined && { id: secret.metadata.uid }),
      server,
      name: data.get('name') ?? '',
      namespaces: (data.get('namespaces') ?? '')
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
      clusterResources: data.get('clusterResources') === 'true',
      project: data.get('project') ?? '',
      shard: Number.isInteger(shard) ? shard : undefined,
      labels,
      annotations,
      config,
    },
    problem: serverProblem(server) ?? problem,
  }
}

/** The values of a Secret, whichever way they are written. */
export function dataOf(secret: KubeObject): Map<string, string> {
  const encoded = Object.entries(stringsAt(secret, 'data')).map(
    ([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')] as const,
  )
  return new Map([...encoded, ...Object.entries(stringsAt(secret, 'stringData'))])
}

export function serverProblem(server: string): string | undefined {
  let url: URL
  try {
    url = new URL(server)
  } catch {
    return 'server: is no address, for example https://10.0.0.1:6443'
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return `server: '${url.protocol}' is neither https nor http`
  if (url.username !== '' || url.password !== '') return 'server: an address has no user and no password. Put them into config'
  return undefined
}

/** What is wrong is said without what is written there: it may be a secret. */
function readConfig(text: string | undefined): { config: ClusterConfig; problem: string | undefined } {
  if (text === undefined || text.trim() === '') return { config: {}, problem: undefined }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return { config: {}, problem: 'config: is no JSON' }
  }
  const result = ClusterConfig.safeParse(parsed)
  if (result.success) return { config: result.data, problem: configProblem(result.data) }
  const [issue] = result.error.issues
  return { config: {}, problem: `config.${issue?.path.map(String).join('.') ?? ''}: is not what it should be` }
}

/** What client-go refuses as well (`rest.TLSConfigFor`), and what is not there. */
export function configProblem({ tlsClientConfig, awsAuthConfig, proxyUrl }: ClusterConfig): string | undefined {
  if (awsAuthConfig)
    return 'config.awsAuthConfig: is not supported. Use execProviderConfig with a command that the operator has allowed, such as argocd-k8s-auth'
  if (tlsClientConfig?.insecure && tlsClientConfig.caData) return 'config.tlsClientConfig: insecure and caData exclude each other'
  for (const field of ['caData', 'certData', 'keyData'] as const) {
    const value = tlsClientConfig?.[field]
    if (value && !/-----BEGIN [A-Z ]+-----/.test(Buffer.from(value, 'base64').toString('latin1')))
      return `config.tlsClientConfig.${field}: is not base64 of PEM`
  }
  if (Boolean(tlsClientConfig?.certData) !== Boolean(tlsClientConfig?.keyData))
    return 'config.tlsClientConfig: certData and keyData belong together'
  if (proxyUrl && !/^https?:\/\//.test(proxyUrl)) return 'config.proxyUrl: only http and https proxies are supported'
  return undefined
}

/** The Secret of a cluster, over the one that is there. What neither of them knows stays. */
export function clusterSecret(entry: ClusterEntry, namespace: string, before?: KubeObject): KubeObject {
  const { server, name, namespaces, clusterResources, project, shard, labels, annotations, config } = entry
  if (annotations[lastAppliedAnnotation] !== undefined)
    throw new PlimsollError('invalid-request', `annotation ${lastAppliedAnnotation} cannot be set`)
  const values: Record<string, string> = {
    server,
    name: name || server,
    config: JSON.stringify({ ...config, tlsClientConfig: { insecure: false, ...config.tlsClientConfig } }),
    ...(namespaces.length > 0 && { namespaces: namespaces.join(',') }),
    ...(clusterResources && { clusterResources: 'true' }),
    ...(project !== '' && { project }),
    ...(shard !== undefined && { shard: String(shard) }),
  }
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]))
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    ...before,
    metadata: {
      name: secretNameFor(server),
      namespace,
      ...before?.metadata,
      labels: { ...labels, [secretTypeLabel]: 'cluster' },
      annotations: { ...annotations, [managedByAnnotation]: 'argocd.argoproj.io' },
    },
    data,
  } as KubeObject
}

/** As Argo CD names them (`util/db/secrets.go`, URIToSecretName), so that both find the same Secret. */
export function secretNameFor(server: string): string {
  const { hostname } = new URL(server)
  // FNV-1a, 32 bits.
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(server)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return `cluster-${hostname.replaceAll(/[[\]]/g, '').replaceAll(':', '-')}-${hash}`
}

/** Equal for two that say the same of how a cluster is reached. */
export function settingsDigest(config: ClusterConfig): string {
  return createHash('sha256').update(JSON.stringify(config)).digest('hex')
}
