import type { ForgeProvider, PullRequest } from '@plimsoll/api'
import type { Forge, ForgeActor, ForgeEvent } from '../contract.ts'
import { createGiteaForge } from '../gitea/create-gitea-forge.ts'
import { createGithubForge } from '../github/create-github-forge.ts'
import { createGitlabForge } from '../gitlab/create-gitlab-forge.ts'
import type { RemoteForge, RemoteForgeContext } from '../remote/remote-context.ts'
import { emulatedGitea } from './emulated-gitea.ts'
import { emulatedGithub } from './emulated-github.ts'
import { emulatedGitlab } from './emulated-gitlab.ts'
import { type EmulatedServer, startEmulatedServer } from './emulated-server.ts'
import { startForgeBench } from './forge-bench.ts'

/** One provider, whichever, as the shared suite drives it. */
export interface ConformanceBench {
  forge: Forge
  repository: string
  events: ForgeEvent[]
  ada: ForgeActor
  grace: ForgeActor
  /** May read and comment. */
  bob: ForgeActor
  /** A commit on a branch, from outside of the forge. Returns its hash. */
  push: (branch: string, message: string) => Promise<string>
  /** A pull request that somebody else than our account has opened there. */
  openByOther: (head: string, title: string) => Promise<PullRequest>
  /** The provider's webhook for a pull request arrives. */
  hook: (number: number) => Promise<void>
  /** A poll comes due. */
  poll: () => Promise<void>
  close: () => Promise<void>
}

const emulated = { github: emulatedGithub, gitlab: emulatedGitlab, gitea: emulatedGitea }
const creators = { github: createGithubForge, gitlab: createGitlabForge, gitea: createGiteaForge }

export type RemoteProvider = keyof typeof emulated
export const remoteProviders = Object.keys(emulated) as RemoteProvider[]
export const allProviders: ForgeProvider[] = ['builtin', ...remoteProviders]

export function startBench(provider: ForgeProvider): Promise<ConformanceBench> {
  return provider === 'builtin' ? builtinBench() : remoteBench(provider)
}

export interface EmulatedForge {
  server: EmulatedServer
  forge: RemoteForge
  events: ForgeEvent[]
  logged: string[]
  slept: number[]
  close: () => Promise<void>
}

/** A forge on an emulated server, at a time that stands still unless it sleeps. */
export async function startEmulatedForge(
  provider: RemoteProvider,
  change: Partial<RemoteForgeContext> & { isApp?: boolean } = {},
): Promise<EmulatedForge> {
  const server = await startEmulatedServer(emulated[provider], { isApp: change.isApp ?? false })
  const slept: number[] = []
  const logged: string[] = []
  let time = Date.UTC(2026, 5, 1)
  const log = (fields: object, message: string): void => void logged.push(`${message} ${JSON.stringify(fields)}`)
  const forge = creators[provider]({
    baseUrl: server.url,
    token: server.token,
    repositories: [server.address],
    policy: { allowPrivateHosts: true },
    clock: { now: () => time },
    sleep: async (ms) => {
      slept.push(ms)
      time += ms
    },
    log: { info: log, warn: log },
    ...change,
  })
  const events: ForgeEvent[] = []
  forge.subscribe((event) => events.push(event))
  return {
    server,
    forge,
    events,
    logged,
    slept,
    async close() {
      await forge.close()
      await server.close()
    },
  }
}

export function actorForTests(name: string, canWrite: boolean): ForgeActor {
  return { name, displayName: name, groups: [], canRead: () => true, canWrite: () => canWrite, canAdminister: () => false }
}

async function remoteBench(provider: RemoteProvider): Promise<ConformanceBench> {
  const { server, forge, events, close } = await startEmulatedForge(provider)
  const { repository, address } = server
  return {
    forge,
    repository: address,
    events,
    ada: actorForTests('ada', true),
    grace: actorForTests('grace', true),
    bob: actorForTests('bob', false),
    push: async (branch, message) => repository.commit(branch, message),
    async openByOther(head, title) {
      const made = repository.open({ title, body: '', head, base: 'main', author: 'ada' })
      if (typeof made === 'string') throw new Error(made)
      return forge.get(address, made.number)
    },
    async hook(number) {
      await forge.look({ repository: address, number })
      await forge.idle()
    },
    async poll() {
      await forge.look({ repository: address })
      await forge.idle()
    },
    close,
  }
}

async function builtinBench(): Promise<ConformanceBench> {
  const bench = await startForgeBench()
  const tree = await bench.clone('ada')
  const settled = async (): Promise<void> => bench.forge.idle()
  return {
    forge: bench.forge,
    repository: 'demo',
    events: bench.events,
    ada: bench.actor('ada'),
    grace: bench.actor('grace'),
    bob: bench.actor('bob'),
    async push(branch, message) {
      if (!(await tree.tryGit('checkout', '-q', branch)).ok) await tree.git('checkout', '-q', '-b', branch)
      const commit = await tree.commit({ [`${message.toLowerCase().replaceAll(' ', '-')}.txt`]: 'new\n' }, message)
      await tree.git('push', '-q', 'origin', branch)
      await bench.forge.idle()
      return commit
    },
    openByOther: (head, title) => bench.forge.open('demo', { title, body: '', head, base: 'main' }, bench.actor('ada')),
    hook: settled,
    poll: settled,
    close: () => bench.close(),
  }
}
