/**
 * Git, as the rest of the house uses it.
 *
 * Terminology
 * - hosted: a repository that lives in our own data directory and is served under `/git/NAME.git`. - mirror: a bare copy of one that lives elsewhere.
 * - revision: what somebody writes in `targetRevision`. - commit: the 40 digits that it stands for now.
 * - signed object: the commit or annotated tag whose signature stands for a commit; see `signatures/verify-signature.ts`.
 * - normal form: the one spelling of a repository's address that all its spellings are compared by; it never carries credentials.
 */
export * from './contract.ts'
export { createRepositories, type GitRepositories, type RepositoriesOptions } from './repositories.ts'
export { type Dialling, type DiallingContext, prepareDialling } from './dialling.ts'
export { isRepositoryName } from './hosted-repositories.ts'
export { maskCredentials } from './repository-url.ts'
export { type AllowedSigner, readAllowedSigners } from './signatures/allowed-signers.ts'
export { normalizedKeyID } from './signatures/pgp-key-id.ts'
export { type PgpKey, readPgpKeys } from './signatures/pgp-keys.ts'
export type { GitObject } from './signatures/signed-object.ts'
export { type SignatureVerdict, type SigningKeys, verifySignature } from './signatures/verify-signature.ts'
export type { NetworkPolicy } from '@plimsoll/network'
