import type { CredentialMethod, RepositoryType } from '@plimsoll/api'
import type { CredentialFields } from '../client/credentials.ts'

/** What somebody has typed. Empty is not said. */
export interface CredentialDraft {
  isTemplate: boolean
  type: RepositoryType
  url: string
  name: string
  project: string
  method: Exclude<CredentialMethod, 'certificate'>
  username: string
  password: string
  bearerToken: string
  sshPrivateKey: string
  githubAppID: string
  githubAppInstallationID: string
  githubAppEnterpriseBaseUrl: string
  githubAppPrivateKey: string
  tlsClientCertData: string
  tlsClientCertKey: string
  proxy: string
  noProxy: string
  insecure: boolean
}

export const methods = ['none', 'password', 'token', 'ssh', 'github-app'] as const

export function emptyDraft(isTemplate: boolean): CredentialDraft {
  return {
    isTemplate,
    type: 'git',
    url: '',
    name: '',
    project: '',
    method: isTemplate ? 'password' : 'none',
    username: '',
    password: '',
    bearerToken: '',
    sshPrivateKey: '',
    githubAppID: '',
    githubAppInstallationID: '',
    githubAppEnterpriseBaseUrl: '',
    githubAppPrivateKey: '',
    tlsClientCertData: '',
    tlsClientCertKey: '',
    proxy: '',
    noProxy: '',
    insecure: false,
  }
}

/** Of each field that is missing or wrong: why. The server looks closer. */
export function draftProblems(draft: CredentialDraft): Partial<Record<keyof CredentialDraft, 'missing' | 'secret' | 'number'>> {
  const { url, type, name, method } = draft
  const isMissing = (field: keyof CredentialDraft): { [name: string]: 'missing' } => (draft[field] === '' ? { [field]: 'missing' } : {})
  return {
    ...(url.trim() === '' && { url: 'missing' }),
    ...(/^https?:\/\/[^/]*@/i.test(url.trim()) && { url: 'secret' }),
    ...(type === 'helm' && !draft.isTemplate && name.trim() === '' && { name: 'missing' }),
    ...(method === 'password' && isMissing('password')),
    ...(method === 'token' && isMissing('bearerToken')),
    ...(method === 'ssh' && isMissing('sshPrivateKey')),
    ...(method === 'github-app' && { ...isMissing('githubAppID'), ...isMissing('githubAppPrivateKey') }),
    ...(method === 'github-app' && !/^\d*$/.test(draft.githubAppID) && { githubAppID: 'number' }),
    ...(method === 'github-app' && !/^\d*$/.test(draft.githubAppInstallationID) && { githubAppInstallationID: 'number' }),
  }
}

/** As the server takes it: of the way to sign in that is chosen, and of no other. */
export function fieldsOf(draft: CredentialDraft): CredentialFields {
  const { url, method, type } = draft
  const text = (value: string) => (value.trim() === '' ? undefined : value.trim())
  const number = (value: string) => (value.trim() === '' ? undefined : Number(value))
  return {
    ...(draft.isTemplate ? { url: url.trim() } : { repo: url.trim(), name: text(draft.name), project: text(draft.project) }),
    type,
    ...(method === 'password' && { username: text(draft.username), password: draft.password }),
    ...(method === 'token' && { bearerToken: text(draft.bearerToken) }),
    ...(method === 'ssh' && { sshPrivateKey: draft.sshPrivateKey }),
    ...(method === 'github-app' && {
      githubAppID: number(draft.githubAppID),
      githubAppInstallationID: number(draft.githubAppInstallationID),
      githubAppEnterpriseBaseUrl: text(draft.githubAppEnterpriseBaseUrl),
      githubAppPrivateKey: draft.githubAppPrivateKey,
    }),
    // A chart repository without a scheme is a registry, as Argo CD writes it.
    ...(type === 'helm' && !/^https?:\/\//i.test(url.trim()) && { enableOCI: true }),
    tlsClientCertData: text(draft.tlsClientCertData),
    tlsClientCertKey: text(draft.tlsClientCertKey),
    proxy: text(draft.proxy),
    noProxy: text(draft.noProxy),
    ...(draft.insecure && !draft.isTemplate && { insecure: true }),
  }
}
