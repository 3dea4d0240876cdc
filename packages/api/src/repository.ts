import type { ConnectionState } from './cluster.ts'

export type RepositoryType = 'git' | 'helm' | 'oci'

/** What an answer of `/api/v1/repocreds` shows of a credential template: nothing that is secret. */
export interface CredentialTemplate extends ShownCredentials {
  url: string
  /** Why it cannot be used. */
  problem?: string
}

/** An item of `/api/v1/repositories` that is kept in a Secret, as Argo CD shows it. */
export interface ConfiguredRepository extends ShownCredentials {
  repo: string
  name?: string
  project?: string
  insecure?: boolean
  enableLfs?: boolean
  /** It has no credentials of its own: a template has them. */
  inheritedCreds?: boolean
  connectionState: ConnectionState
}

interface ShownCredentials {
  type: RepositoryType
  username?: string
  enableOCI?: boolean
  insecureOCIForceHttp?: boolean
  forceHttpBasicAuth?: boolean
  githubAppID?: number
  githubAppInstallationID?: number
  githubAppEnterpriseBaseUrl?: string
  /** Without user name and password. */
  proxy?: string
  noProxy?: string
  /** The Secret that it is kept in. */
  secretName: string
  /** How one signs in there. */
  method: CredentialMethod
}

export type CredentialMethod = 'none' | 'password' | 'token' | 'ssh' | 'github-app' | 'certificate'

/** An item of `/api/v1/certificates`. */
export interface RepositoryCertificate {
  serverName: string
  certType: 'ssh' | 'https'
  /** Kind of the key: `ssh-ed25519`, `rsa`. */
  certSubType: string
  /** Base64. */
  certData?: string
  /** A fingerprint, or whom it is about. */
  certInfo: string
}
