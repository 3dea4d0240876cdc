/**
 * What lets us into repositories and registries.
 *
 * Terminology
 * - repository: a Secret about one address. - template: one about all addresses that begin alike. - connection: a token by which pull requests are followed.
 * - given: what of these holds for an address. - trusted: whom we believe that they are who they say.
 */
export { createCredentials, type Credentials } from './create-credentials.ts'
export type { Connections } from './given-access.ts'
export type { RepositoryStore } from './repository-store.ts'
export type { TrustedHosts } from './trusted-hosts.ts'
export { noFields, type RepositoryFields, type RepositorySecret } from './repository-secret.ts'
