import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import type { ClusterConfig } from '@plimsoll/api'
import type { ClusterSettings, ShortLivedCredential } from '@plimsoll/kube'
import { isLinkLocal } from '@plimsoll/network'

export type ExecProviderConfig = NonNullable<ClusterConfig['execProviderConfig']>

/** Runs a credential command for the cluster at `server`, if the operator allows it. */
export type CredentialCommand = (exec: ExecProviderConfig, server: string) => Promise<ShortLivedCredential>

/** How a cluster's `config` is used. */
export function settingsFrom(server: string, config: ClusterConfig, credentialCommand: CredentialCommand | undefined): ClusterSettings {
  const { username, password, bearerToken, tlsClientConfig, execProviderConfig, proxyUrl } = config
  const { insecure, serverName, caData, certData, keyData } = tlsClientConfig ?? {}
  return {
    ...(username && { username }),
    ...(password && { password }),
    ...(bearerToken && { bearerToken }),
    ...(proxyUrl && { proxyUrl }),
    ...(execProviderConfig && { shortLived: () => askCommand(execProviderConfig, server, credentialCommand) }),
    lookup: lookupOutsideOfMetadata,
    tls: {
      ...(insecure && { insecure }),
      ...(serverName && { serverName }),
      ...(caData && { ca: decoded(caData) }),
      ...(certData && { cert: decoded(certData) }),
      ...(keyData && { key: decoded(keyData) }),
    },
  }
}

async function askCommand(exec: ExecProviderConfig, server: string, run: CredentialCommand | undefined): Promise<ShortLivedCredential> {
  if (run) return run(exec, server)
  throw new Error(
    `command '${exec.command ?? ''}' of execProviderConfig may not be run here. The operator allows commands with \`--cluster-command NAME=PATH\``,
  )
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8')
}

/** API servers live on private addresses, but none lives where a machine's own cloud hands out its credentials. */
export function addressProblem(server: string, { proxyUrl }: ClusterConfig = {}): string | undefined {
  for (const [field, url] of Object.entries({ server, ...(proxyUrl && { 'config.proxyUrl': proxyUrl }) })) {
    const host = URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : ''
    if (isIP(host) !== 0 && isLinkLocal(host)) return `${field}: ${host} is a link-local address, which no cluster has`
  }
  return undefined
}

const lookupOutsideOfMetadata: LookupFunction = (host, options, callback) => {
  systemLookup(host, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, [])
    const refused = addresses.find(({ address }) => isLinkLocal(address))
    if (refused) return callback(new Error(`host '${host}' leads to ${refused.address}, a link-local address, which no cluster has`), [])
    if (options.all) return callback(null, addresses)
    const [first] = addresses
    callback(first ? null : new Error(`host '${host}' has no address`), first?.address ?? '', first?.family)
  })
}
