/**
 * Git, as the rest of the house uses it.
 *
 * Terminology
 * - hosted: a repository that lives in our own data directory and is served under `/git/NAME.git`. - mirror: a bare copy of one that lives elsewhere.
 * - revision: what somebody writes in `targetRevision`. - commit: the 40 digits that it stands for now.
 * - normal form: the one spelling of a repository's address that all its spellings are compared by; it never carries credentials.
 */
export * from './contract.ts'
export { createRepositories, type GitRepositories, type RepositoriesOptions } from './repositories.ts'
export { isRepositoryName } from './hosted-repositories.ts'
export { maskCredentials } from './repository-url.ts'
export type { NetworkPolicy } from './network-policy.ts'
