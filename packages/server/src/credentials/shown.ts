import type { ConfiguredRepository, ConnectionState, CredentialTemplate } from '@plimsoll/api'
import { maskCredentials } from '@plimsoll/git'
import { methodOf, type RepositoryFields, type RepositorySecret } from './repository-secret.ts'

/** What answers show, field by field: what is not named here is never shown (argo-cd `Repository.Sanitized`). */
function shownFields(fields: RepositoryFields) {
  return {
    type: fields.type,
    ...(fields.username !== '' && { username: fields.username }),
    ...(fields.enableOCI && { enableOCI: true }),
    ...(fields.insecureOCIForceHttp && { insecureOCIForceHttp: true }),
    ...(fields.forceHttpBasicAuth && { forceHttpBasicAuth: true }),
    ...(fields.githubAppID !== 0 && { githubAppID: fields.githubAppID }),
    ...(fields.githubAppInstallationID !== 0 && { githubAppInstallationID: fields.githubAppInstallationID }),
    ...(fields.githubAppEnterpriseBaseUrl !== '' && { githubAppEnterpriseBaseUrl: maskCredentials(fields.githubAppEnterpriseBaseUrl) }),
    ...(fields.proxy !== '' && { proxy: maskCredentials(fields.proxy) }),
    ...(fields.noProxy !== '' && { noProxy: fields.noProxy }),
  }
}

export function shownRepository(
  { secretName, fields }: RepositorySecret,
  connectionState: ConnectionState,
  isInherited: boolean,
): ConfiguredRepository {
  return {
    repo: maskCredentials(fields.url),
    ...(fields.name !== '' && { name: fields.name }),
    ...(fields.project !== '' && { project: fields.project }),
    ...shownFields(fields),
    ...((fields.insecure || fields.insecureIgnoreHostKey) && { insecure: true }),
    ...(fields.enableLfs && { enableLfs: true }),
    ...(isInherited && { inheritedCreds: true }),
    method: methodOf(fields),
    secretName,
    connectionState,
  }
}

export function shownTemplate({ secretName, fields, problem }: RepositorySecret): CredentialTemplate {
  return {
    url: maskCredentials(fields.url),
    ...shownFields(fields),
    method: methodOf(fields),
    secretName,
    ...(problem !== undefined && { problem }),
  }
}
