/**
 * Pull requests, reviews, checks, branch protection.
 *
 * Terminology
 * - head: what is proposed; base: the target branch. - requirement: what the target demands before a merge, in words.
 * - proposal: a pull request from outside, made by a push to `refs/for/BRANCH`. - intent: what is about to happen to a pull request, written down
 *   before Git is told, so that a kill in the middle can be finished or undone. - void: an approval that was for another head or target.
 * - remote: pull requests of repositories that live elsewhere. - connected: elsewhere, with a token that is kept here. - hint: what a webhook says,
 *   which is where to look. - note: what we hide at the end of our own comments elsewhere, to find them again.
 */
export * from './contract.ts'
export { createBuiltinForge, type BuiltinForge, type BuiltinForgeContext } from './builtin/create-builtin-forge.ts'
export { rulesFor } from './builtin/branch-rules.ts'
export { isOwner, ownersOf, parseCodeOwners, type OwnerRule } from './builtin/code-owners.ts'
export type { ForgeHint, RemoteForge, RemoteForgeContext, RemoteMemory, RemoteState } from './remote/remote-context.ts'
export { createForges, type Forges } from './remote/create-forges.ts'
export { createGiteaForge } from './gitea/create-gitea-forge.ts'
export { createGithubForge } from './github/create-github-forge.ts'
export { createGitlabForge } from './gitlab/create-gitlab-forge.ts'
export { openSeenDeliveries, type SeenDeliveries } from './webhooks/seen-deliveries.ts'
export { readWebhook, type WebhookHint } from './webhooks/read-webhook.ts'
export { deliveryName, isSigned, webhookProvider, webhookProviders, type WebhookProvider } from './webhooks/webhook-signature.ts'
