/**
 * The composition root: all parts in one process, behind HTTP.
 *
 * Terminology
 * - home cluster: the one that holds the Applications; also the first target. - policy: who may use a route; each route has one.
 * - session: a token in a browser's cookie. - API token: one for scripts and git, in a file that only its owner reads.
 * - stream: an answer that goes on; it ends when its token does.
 */
export { startServer, type RunningServer } from './start-server.ts'
export type { ServerOptions } from './options.ts'
export { setAdminPassword, setWebhookSecret } from './administration.ts'
export type { WebhookProvider } from './routes/webhook.ts'
export { applicationDefinition } from './home-definitions.ts'
export type { Accounts, NewAccount } from './auth/accounts.ts'
export { demoApprover, demoAuthor, ensureDemoPeople } from './auth/demo-people.ts'
export { gitIdentityOf } from './auth/git-identity.ts'
export { issueRunToken, type RunToken } from './auth/run-token.ts'
export { runName } from './auth/tokens.ts'
export { tryRbac } from './auth/rbac/try-rbac.ts'
