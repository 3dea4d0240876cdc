import { createPrivateKey, X509Certificate } from 'node:crypto'
import { type CredentialMethod, PlimsollError, type RepositoryType } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import type { Access, Authorization } from '@plimsoll/network'

/** What is kept of a repository, or of all whose addresses begin alike (argo-cd `util/db/repository_secrets.go`): the data of a Secret. */
export interface RepositoryFields {
  url: string
  type: RepositoryType
  name: string
  project: string
  username: string
  password: string
  bearerToken: string
  sshPrivateKey: string
  tlsClientCertData: string
  tlsClientCertKey: string
  githubAppID: number
  githubAppInstallationID: number
  githubAppEnterpriseBaseUrl: string
  githubAppPrivateKey: string
  proxy: string
  noProxy: string
  insecure: boolean
  insecureIgnoreHostKey: boolean
  insecureOCIForceHttp: boolean
  enableOCI: boolean
  enableLfs: boolean
  forceHttpBasicAuth: boolean
}

/** A Secret that says itself to be of one of these kinds. */
export interface RepositorySecret {
  /** Of the Secret. */
  secretName: string
  /** Changes whenever the Secret does. */
  version: string
  fields: RepositoryFields
  /** Why it cannot be used, without anything of what it holds. */
  problem: string | undefined
}

export const secretTypeLabel = 'argocd.argoproj.io/secret-type'
const texts = [
  'url',
  'name',
  'project',
  'username',
  'password',
  'bearerToken',
  'sshPrivateKey',
  'tlsClientCertData',
  'tlsClientCertKey',
  'githubAppEnterpriseBaseUrl',
  'githubAppPrivateKey',
  'proxy',
  'noProxy',
] as const
const numbers = ['githubAppID', 'githubAppInstallationID'] as const
const switches = ['insecure', 'insecureIgnoreHostKey', 'insecureOCIForceHttp', 'enableOCI', 'enableLfs', 'forceHttpBasicAuth'] as const
/** Other clouds' own ways in, which nobody here can go. */
const notSupported = ['gcpServiceAccountKey', 'azureServicePrincipalClientSecret'] as const

export const noFields: RepositoryFields = {
  ...(Object.fromEntries(texts.map((name) => [name, ''])) as Record<(typeof texts)[number], string>),
  ...(Object.fromEntries(numbers.map((name) => [name, 0])) as Record<(typeof numbers)[number], number>),
  ...(Object.fromEntries(switches.map((name) => [name, false])) as Record<(typeof switches)[number], boolean>),
  type: 'git',
}

export function readRepositorySecret(secret: KubeObject): RepositorySecret {
  const problems: string[] = []
  const data = dataOf(secret, problems)
  const fields: RepositoryFields = { ...noFields }
  for (const name of texts) fields[name] = data.get(name) ?? ''
  fields.url = fields.url.trim()
  if (fields.url === '') problems.push('it has no url')
  const type = data.get('type') || 'git'
  if (type === 'git' || type === 'helm' || type === 'oci') fields.type = type
  else problems.push(`its type is none of git, helm and oci`)
  for (const name of numbers) {
    const text = data.get(name) ?? ''
    if (/^\d{0,15}$/.test(text)) fields[name] = Number(text)
    else problems.push(`${name} is not a number`)
  }
  for (const name of switches) {
    const text = data.get(name) ?? ''
    // As Go's strconv.ParseBool.
    if (/^(1|t|T|TRUE|true|True)$/.test(text)) fields[name] = true
    else if (!/^(0|f|F|FALSE|false|False)?$/.test(text)) problems.push(`${name} is neither true nor false`)
  }
  for (const name of notSupported) if (data.get(name)) problems.push(`${name} is not supported by this version`)
  if (/^(1|t|T|TRUE|true|True)$/.test(data.get('useAzureWorkloadIdentity') ?? '')) {
    problems.push('useAzureWorkloadIdentity is not supported by this version')
  }
  problems.push(...problemsOf(fields))
  return {
    secretName: secret.metadata.name,
    version: `${secret.metadata.uid ?? ''}/${secret.metadata.resourceVersion ?? ''}`,
    fields,
    problem: problems[0],
  }
}

/** What is wrong with what is written there, by field and never by value. */
export function problemsOf(fields: RepositoryFields): string[] {
  const problems: string[] = []
  const isSsh = isSshAddress(fields.url)
  if (fields.sshPrivateKey !== '' && !isSshKey(fields.sshPrivateKey)) {
    problems.push('sshPrivateKey is no private key in PEM or OpenSSH form without a passphrase')
  }
  if ((fields.tlsClientCertData === '') !== (fields.tlsClientCertKey === '')) {
    problems.push('tlsClientCertData and tlsClientCertKey are there only together')
  } else if (fields.tlsClientCertData !== '') {
    if (!isCertificate(fields.tlsClientCertData)) problems.push('tlsClientCertData is no certificate in PEM form')
    if (!isPrivateKey(fields.tlsClientCertKey)) problems.push('tlsClientCertKey is no private key in PEM form without a passphrase')
  }
  if (fields.githubAppPrivateKey !== '') {
    if (!isPrivateKey(fields.githubAppPrivateKey)) problems.push('githubAppPrivateKey is no private key in PEM form')
    if (fields.githubAppID === 0) problems.push('githubAppID is missing')
  }
  if (fields.githubAppEnterpriseBaseUrl !== '' && !/^https?:\/\/[^/\s@]+/.test(fields.githubAppEnterpriseBaseUrl)) {
    problems.push('githubAppEnterpriseBaseUrl is no http or https address')
  }
  if (isSsh && fields.proxy !== '') problems.push('proxy is for HTTP: over SSH this version uses none')
  if (isSsh && (fields.password !== '' || fields.bearerToken !== '')) {
    problems.push('password and bearerToken are for HTTP: over SSH there is sshPrivateKey')
  }
  if (/[\r\n\0]/.test(`${fields.username}${fields.password}${fields.bearerToken}${fields.proxy}`)) {
    problems.push('username, password, bearerToken or proxy has a line break in it')
  }
  return problems
}

/** As Argo CD says it (Repository.HasCredentials): without any, a template's count. */
export function hasCredentials(fields: RepositoryFields): boolean {
  return methodOf(fields) !== 'none'
}

export function methodOf(fields: RepositoryFields): CredentialMethod {
  if (fields.bearerToken !== '') return 'token'
  if (fields.username !== '' || fields.password !== '') return 'password'
  if (fields.sshPrivateKey !== '') return 'ssh'
  if (fields.githubAppPrivateKey !== '') return 'github-app'
  return fields.tlsClientCertData === '' ? 'none' : 'certificate'
}

/** With what a template has, where the repository has none of it. */
export function withTemplate(fields: RepositoryFields, template: RepositoryFields): RepositoryFields {
  return {
    ...fields,
    username: template.username,
    password: template.password,
    bearerToken: template.bearerToken,
    sshPrivateKey: template.sshPrivateKey,
    tlsClientCertData: template.tlsClientCertData,
    tlsClientCertKey: template.tlsClientCertKey,
    githubAppID: template.githubAppID,
    githubAppInstallationID: template.githubAppInstallationID,
    githubAppEnterpriseBaseUrl: template.githubAppEnterpriseBaseUrl,
    githubAppPrivateKey: template.githubAppPrivateKey,
    forceHttpBasicAuth: template.forceHttpBasicAuth,
    insecureOCIForceHttp: fields.insecureOCIForceHttp || template.insecureOCIForceHttp,
    ...(fields.proxy === '' && { proxy: template.proxy, noProxy: template.noProxy }),
  }
}

/** What is given, but for GitHub's tokens, which are asked for. */
export function accessBy(fields: RepositoryFields): Access {
  const authorization = authorizationBy(fields)
  return {
    ...(authorization && { authorization }),
    ...(fields.sshPrivateKey !== '' && { sshPrivateKey: fields.sshPrivateKey }),
    ...(fields.tlsClientCertData !== '' && {
      clientCertificate: { certificate: fields.tlsClientCertData, key: fields.tlsClientCertKey },
    }),
    ...((fields.insecure || fields.insecureIgnoreHostKey) && { isInsecure: true }),
    ...(fields.insecureOCIForceHttp && { isPlainHttp: true }),
    ...(fields.proxy !== '' && { proxy: { url: fields.proxy, noProxy: fields.noProxy } }),
  }
}

function authorizationBy({ username, password, bearerToken }: RepositoryFields): Authorization | undefined {
  if (bearerToken !== '') return { kind: 'bearer', token: bearerToken }
  if (username === '' && password === '') return undefined
  // As Argo CD does: forges that take a token for a password take any name, and GitHub this one.
  return { kind: 'basic', username: username || 'x-access-token', password }
}

export function brokenSecret({ secretName, problem }: RepositorySecret, namespace: string): PlimsollError {
  return new PlimsollError('repository-unreachable', `Secret '${secretName}' in namespace ${namespace} cannot be used: ${problem ?? ''}.`, {
    remedy:
      'Correct that field of the Secret, or connect the repository again with `plimsoll repo add URL --upsert`. It counts from the next fetch.',
  })
}

export function isSshAddress(url: string): boolean {
  return url.startsWith('ssh://') || /^[^/@:\s]+@[^/:\s]+(?::|$)/.test(url)
}

function dataOf(secret: KubeObject, problems: string[]): Map<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of entriesOf(secret['data'])) {
    if (/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value.replace(/\s/g, ''))) {
      found.set(name, Buffer.from(value, 'base64').toString('utf8'))
    } else problems.push(`data.${name} is not base64`)
  }
  for (const [name, value] of entriesOf(secret['stringData'])) found.set(name, value)
  return found
}

function entriesOf(value: unknown): [string, string][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
}

function isSshKey(text: string): boolean {
  const openssh = /^\s*-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----\s*$/.exec(text)
  if (!openssh) return isPrivateKey(text)
  // PROTOCOL.key of OpenSSH: the magic, then the name of the cipher, which is `none` without a passphrase.
  const magic = 'openssh-key-v1\0'
  const bytes = Buffer.from(openssh[1] ?? '', 'base64')
  return (
    bytes.subarray(0, magic.length).toString('latin1') === magic && bytes.subarray(magic.length + 4, magic.length + 8).toString() === 'none'
  )
}

function isPrivateKey(text: string): boolean {
  try {
    return createPrivateKey(text).type === 'private'
  } catch {
    return false
  }
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).subject !== undefined
  } catch {
    return false
  }
}
