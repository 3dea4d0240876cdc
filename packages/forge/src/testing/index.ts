/** Servers that behave as GitHub, GitLab and Gitea document theirs, for the tests of those who talk to them. */
export { emulatedGitea } from './emulated-gitea.ts'
export { emulatedGithub } from './emulated-github.ts'
export { emulatedGitlab } from './emulated-gitlab.ts'
export { startEmulatedServer } from './emulated-server.ts'
export { recordedWebhooks, sign } from './recorded-webhooks.ts'
