import { createSign } from 'node:crypto'
import { PlimsollError, type SecretRef } from '@plimsoll/api'
import { textAt } from '../../json.ts'
import type { SecretEntry } from '../generate/generator.ts'
import type { AskForge } from './rest.ts'

const typeLabel = 'argocd.argoproj.io/secret-type'

export interface CredentialsContext {
  secret(name: string): Promise<SecretEntry | undefined>
  configMap(name: string): Promise<ReadonlyMap<string, string> | undefined>
  ask: AskForge
  /** Addresses of providers that a set may name. Empty: any. */
  allowedProviders: readonly string[]
  /** Milliseconds since 1970. */
  now(): number
}

/**
 * The token that a set names. It goes to the provider's own public address; to another one (`api`) that the operator has listed; to any other only where
 * the Secret says by its label that it is for forges: or whoever may write a set could have each Secret sent to themselves.
 */
export async function tokenFor(
  ref: SecretRef | null | undefined,
  { api, where, context }: { api: string | null | undefined; where: string; context: CredentialsContext },
): Promise<string> {
  if (!ref) return ''
  const secret = await context.secret(ref.secretName)
  if (secret === undefined) throw failed(`${where}: there is no Secret '${ref.secretName}' in the namespace of the ApplicationSet.`)
  const isTrusted = !api || context.allowedProviders.includes(api) || secret.labels.get(typeLabel) === 'scm-creds'
  if (!isTrusted) {
    throw failed(
      `${where}: Secret '${ref.secretName}' may not be sent to ${api.slice(0, 200)}.`,
      `Label it ${typeLabel}: scm-creds, or have the operator list the address (--allowed-scm-providers).`,
    )
  }
  const token = secret.data.get(ref.key)
  if (token === undefined) throw failed(`${where}: Secret '${ref.secretName}' has no key '${ref.key.slice(0, 100)}'.`)
  return token.trim()
}

export function requireAllowed(api: string | null | undefined, where: string, { allowedProviders }: CredentialsContext): void {
  if (!api || allowedProviders.length === 0 || allowedProviders.includes(api)) return
  throw failed(
    `${where}: the provider ${api.slice(0, 200)} is not allowed (allowed: ${allowedProviders.join(', ')}).`,
    'Use one of these, or have the operator list it (--allowed-scm-providers).',
  )
}

/** The authority that signs a provider's certificate. Certificates are checked always: `insecure` is refused. */
export async function authorityFor(
  spec: { insecure?: boolean | null | undefined; caRef?: { configMapName: string; key: string } | null | undefined },
  where: string,
  context: CredentialsContext,
): Promise<{ ca?: string }> {
  if (spec.insecure === true)
    throw failed(`${where}.insecure: certificates are always checked here.`, 'Name the authority that signs it by caRef.')
  if (!spec.caRef) return {}
  const { configMapName, key } = spec.caRef
  const ca = (await context.configMap(configMapName))?.get(key)
  if (ca === undefined) throw failed(`${where}.caRef: there is no key '${key}' in a ConfigMap '${configMapName}'.`)
  return { ca }
}

/**
 * A token of a GitHub App, out of a Secret as Argo CD keeps repository credentials; it is good for an hour, and asked for at each look. What proves the
 * App goes to GitHub, to where the Secret says that the App lives, or to what the operator has listed.
 */
export async function githubAppToken(
  secretName: string,
  { api, base, where, context }: { api: string | null | undefined; base: string; where: string; context: CredentialsContext },
): Promise<string> {
  const secret = await context.secret(secretName)
  const type = secret?.labels.get(typeLabel)
  if (secret === undefined || (type !== 'repo-creds' && type !== 'repository')) {
    throw failed(`${where}.appSecretName: '${secretName}' is no Secret with label ${typeLabel}: repo-creds.`)
  }
  const textIn = (name: string): string => secret.data.get(name)?.trim() ?? ''
  const [id, installation, key] = [textIn('githubAppID'), textIn('githubAppInstallationID'), textIn('githubAppPrivateKey')]
  if (id === '' || !/^\d+$/.test(installation) || key === '') {
    throw failed(`${where}.appSecretName: '${secretName}' must have githubAppID, githubAppInstallationID and githubAppPrivateKey.`)
  }
  const own = textIn('githubAppEnterpriseBaseUrl')
  if (api && !context.allowedProviders.includes(api) && plain(own) !== plain(api)) {
    throw failed(
      `${where}: Secret '${secretName}' may not be used at ${api.slice(0, 200)}.`,
      'Say so in it by githubAppEnterpriseBaseUrl, or have the operator list the address (--allowed-scm-providers).',
    )
  }
  const url = new URL(`${base}/app/installations/${installation}/access_tokens`)
  const headers = { accept: 'application/vnd.github+json', authorization: `Bearer ${appJwt(id, key, where, context.now())}` }
  const answer = await context.ask(url, { method: 'POST', headers })
  const token = answer.status === 201 ? tokenIn(answer.body) : undefined
  if (token === undefined) throw failed(`${where}: GitHub gives the App of Secret '${secretName}' no token (${answer.status}).`)
  return token
}

function tokenIn(body: string): string | undefined {
  try {
    return textAt(JSON.parse(body), 'token')
  } catch {
    return undefined
  }
}

function plain(address: string): string {
  return address.replace(/\/+$/, '').replace(/\/api\/v3$/, '')
}

/** GitHub, "Generating a JSON Web Token for a GitHub App": RS256, ten minutes at most, a minute back for clocks that differ. */
function appJwt(id: string, key: string, where: string, now: number): string {
  const seconds = Math.floor(now / 1000)
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ iat: seconds - 60, exp: seconds + 540, iss: id })}`
  try {
    return `${text}.${createSign('RSA-SHA256').update(text).sign(key).toString('base64url')}`
  } catch {
    throw failed(`${where}.appSecretName: githubAppPrivateKey is no private key in PEM.`)
  }
}

function failed(message: string, remedy?: string): PlimsollError {
  return new PlimsollError('generator-failed', message, remedy === undefined ? {} : { remedy })
}
