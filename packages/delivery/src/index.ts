/**
 * Releases, stages, promotion: what goes where next, who must agree, what was verified.
 *
 * Terminology
 * - delivery: the way of one model or service through its stages. - stage: one Application, and what a release must show there.
 * - release: what takes that way, immutable. - placement: a release in a stage, from the write that brought it until something else comes.
 * - environment: the place in Git that a stage's Application follows. - version field: a place in a file there that says which version runs.
 * - pin: the commit that writes a release into the first stage. - requirement: what must be met before a release goes into a stage.
 */
export * from './contract.ts'
export { createDeliveries } from './create-deliveries.ts'
export { HostedGitWriter } from './git/hosted-git-writer.ts'
export { RemoteGitWriter, type RemoteGitWriterOptions } from './git/remote-git-writer.ts'
export { createGithubPullRequests } from './promotion/github-pull-requests.ts'
export { isPinOnlyMessage } from './promotion/commit-text.ts'
export { fieldKey, readField, writeField } from './fields/version-field.ts'
export { parseImage, readImageValue, imageValue } from './fields/image-reference.ts'
export { chooseTag } from './images/choose-tag.ts'
export { createHttpProbe } from './verification/http-probe.ts'
