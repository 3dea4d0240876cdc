import { PlimsollError, type PullRequest } from '@plimsoll/api'
import { createGithubPullRequests, type People, type PullRequests, type ReleaseFact, type ReleaseFacts } from '@plimsoll/delivery'
import type { Forge, ForgeActor, Forges } from '@plimsoll/forge'
import type { GitHost, Repositories } from '@plimsoll/git'
import type { Models } from '@plimsoll/models'
import type { Records } from '@plimsoll/records'
import type { Accounts } from './auth/accounts.ts'
import { gitIdentityOf } from './auth/git-identity.ts'
import { isAllowed } from './auth/principal.ts'

export interface DeliveryPortsContext {
  forge: Forge & Partial<Pick<Forges, 'connected'>>
  models: Pick<Models, 'reports'>
  repositories: Repositories & Pick<GitHost, 'hosted'>
  records: Pick<Records, 'listAudit'>
  accounts: Pick<Accounts, 'list' | 'get'>
  now: () => number
}

/** How far back a merge is looked for: releases are made of what has just been merged. */
const newestPulls = 30
/** A merge is written down a moment after Git has moved. */
const settleMs = 15_000

/** What deliveries ask of pull requests, gates and people: rooms of the same floor, which do not know each other. */
export function createDeliveryPorts(context: DeliveryPortsContext): { facts: ReleaseFacts; pullRequests: PullRequests; people: People } {
  const { forge, models, repositories, records, accounts, now } = context

  async function hostedName(repoURL: string): Promise<string | undefined> {
    const wanted = repositories.normalize(repoURL)
    return (await repositories.hosted.list()).find(({ url }) => repositories.normalize(url) === wanted)?.name
  }

  /** Of one that lives here its name, of one that is connected its address. */
  async function nameOf(repoURL: string): Promise<string | undefined> {
    return (await hostedName(repoURL)) ?? forge.connected?.(repoURL)
  }

  /**
   * Who proposed what was merged elsewhere, as an account from here where the commit's address is one's: nobody approves their own work, whatever
   * they are called there. Undefined where the provider does not tell.
   */
  async function mergedElsewhere(repoURL: string, commit: string, gate: string | undefined): Promise<ReleaseFact | undefined> {
    const repository = forge.connected?.(repoURL)
    if (repository === undefined) return undefined
    try {
      const merged = await forge.list(repository, { state: 'merged', limit: newestPulls })
      const pull = merged.find((one) => one.merged?.commit === commit)
      if (!pull) return undefined
      const facts = await factsOfPull(repository, pull, gate)
      const proposed = await repositories
        .commitMetadata(repoURL, pull.head.commit)
        .catch(() => repositories.commitMetadata(repoURL, commit))
      const account = accountOf(proposed)
      return accounts.get(account) ? { ...facts, author: account } : facts
    } catch (error) {
      if (error instanceof PlimsollError) return undefined
      throw error
    }
  }

  async function factsOfPull(repository: string, pull: PullRequest, gate: string | undefined): Promise<ReleaseFact> {
    const { number, author, title, url } = pull
    const reviews = await forge.reviews(repository, number)
    const reports = await models.reports({
      repository,
      pullRequest: number,
      commit: pull.head.commit,
      limit: 20,
      ...(gate !== undefined && { gate }),
    })
    const [report] = reports
    const reviewers = reviews.filter((review) => review.state === 'approved' && review.void === undefined).map((review) => review.author)
    return {
      author,
      title,
      pullRequest: { repository, number, ...(url !== undefined && { url }) },
      reviewers: [...new Set(reviewers)],
      ...(report && {
        verdict: report.override?.verdict ?? report.verdict,
        model: { digest: report.candidate.digest, ...(report.candidate.name !== undefined && { name: report.candidate.name }) },
      }),
    }
  }

  /** Whose push it was goes before what the commit says: anybody can write any author. */
  async function pusherOf(repoURL: string, commit: string): Promise<string | undefined> {
    const object = `repositories/${repositories.normalize(repoURL)}`.slice(0, 600)
    const pushes = await records.listAudit({ application: object, limit: 200 })
    return pushes.find(({ detail }) => ((detail?.['refs'] ?? []) as { to?: string }[]).some(({ to }) => to === commit))?.actor
  }

  function accountOf({ author, email }: { author: string; email: string }): string {
    return accounts.list().find((one) => gitIdentityOf(one).email.toLowerCase() === email.toLowerCase())?.name ?? author
  }

  const github = createGithubPullRequests()
  const actor: ForgeActor = {
    name: 'plimsoll',
    displayName: 'Plimsoll',
    email: 'plimsoll@plimsoll.localhost',
    groups: [],
    canRead: () => true,
    canWrite: () => true,
    canAdminister: () => false,
  }

  return {
    facts: {
      async of(repoURL, commit, gate) {
        const repository = await hostedName(repoURL)
        const metadata = await repositories.commitMetadata(repoURL, commit)
        const title = metadata.message.split('\n')[0] ?? ''
        const isFresh = now() - Date.parse(metadata.date) < settleMs
        if (repository !== undefined) {
          const merged = await forge.list(repository, { state: 'merged', limit: newestPulls })
          const pull = merged.find((one) => one.merged?.commit === commit)
          if (pull) return factsOfPull(repository, pull, gate)
          const open = await forge.list(repository, { state: 'open', limit: newestPulls })
          const isBeingMerged = open.some(({ head, number }) => head.commit === commit || title.includes(`#${number}`))
          if (isBeingMerged && isFresh) return { pending: 'a merge is being written down' }
        }
        const elsewhere = repository === undefined ? await mergedElsewhere(repoURL, commit, gate) : undefined
        if (elsewhere) return elsewhere
        const pusher = await pusherOf(repoURL, commit)
        if (repository !== undefined && pusher === undefined && isFresh) return { pending: 'a push is being written down' }
        const pullRequest = repository === undefined ? pullRequestElsewhere(repositories.normalize(repoURL), title) : undefined
        return { author: pusher ?? accountOf(metadata), title, reviewers: [], ...(pullRequest && { pullRequest }) }
      },
    },

    people: {
      async of(name) {
        const account = accounts.get(name)
        if (!account?.enabled) return undefined
        return { groups: account.groups, canApprove: isAllowed(account.role, 'deliveries:approve') }
      },
    },

    pullRequests: {
      async open(request) {
        const { repoURL, head, base, title, body } = request
        if (isOnGithub(repoURL)) return github.open(request)
        const repository = await require(repoURL)
        const all = await forge.list(repository, { state: 'all', limit: 100 })
        const known = all.find((one) => one.head.branch === head && one.base.branch === base)
        return shown(known ?? (await forge.open(repository, { title, body, head, base }, actor)))
      },
      async get(repoURL, number) {
        return isOnGithub(repoURL) ? github.get(repoURL, number) : shown(await forge.get(await require(repoURL), number))
      },
      async close(repoURL, number) {
        if (isOnGithub(repoURL)) await github.close(repoURL, number)
        else await forge.update(await require(repoURL), number, { state: 'closed' }, actor)
      },
    },
  }

  /** With the credentials of the server's environment; one that is connected has a token of its own. */
  function isOnGithub(repoURL: string): boolean {
    return forge.connected?.(repoURL) === undefined && github.isFor(repoURL)
  }

  async function require(repoURL: string): Promise<string> {
    const name = await nameOf(repoURL)
    if (name !== undefined) return name
    throw new PlimsollError(
      'invalid-request',
      `No pull request can be opened for ${repositories.normalize(repoURL)}: it lives neither here nor on github.com, and is not connected.`,
      {
        remedy:
          'Promote by commit, connect it (`plimsoll repo connect URL`), or keep the environments in a repository hosted here or on GitHub.',
      },
    )
  }
}

function shown({ repository, number, state, url }: PullRequest) {
  return { repository, number, state, ...(url !== undefined && { url }) }
}

/** By the titles that GitHub gives merges and squashes. It is shown and searched for; nothing is allowed because of it. */
function pullRequestElsewhere(repoURL: string, title: string): ReleaseFact['pullRequest'] {
  const number = Number(/^Merge pull request #(\d{1,9}) /.exec(title)?.[1] ?? / \(#(\d{1,9})\)$/.exec(title)?.[1])
  const repository = /^https:\/\/github\.com\/([^/]+\/[^/]+)$/.exec(repoURL)?.[1]
  if (repository === undefined || !Number.isInteger(number)) return undefined
  return { repository, number, url: `https://github.com/${repository}/pull/${number}` }
}
