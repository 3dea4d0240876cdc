import type { Account, GateReport, PullRequest } from '@plimsoll/api'
import { describe, expect, it } from 'vitest'
import { createDeliveryPorts, type DeliveryPortsContext } from './delivery-ports.ts'

const url = 'http://127.0.0.1:7420/git/fraud.git'
const commit = 'c'.repeat(40)
const head = 'd'.repeat(40)

interface Known {
  pulls?: Partial<PullRequest>[]
  reports?: Partial<GateReport>[]
  pushes?: { actor: string; to: string }[]
  author?: { author: string; email: string }
  message?: string
  ageMs?: number
  connected?: string
}

const accounts: Partial<Account>[] = [
  { name: 'mira', email: 'mira@example.org', enabled: true, role: 'maintainer', groups: ['risk'] },
  { name: 'tom', enabled: true, role: 'contributor', groups: [] },
  { name: 'gone', enabled: false, role: 'maintainer', groups: ['risk'] },
]

function portsOver({ pulls = [], reports = [], pushes = [], author, message = 'Change', ageMs = 60_000, connected }: Known) {
  const now = Date.parse('2026-11-20T12:00:00Z')
  const asked: unknown[] = []
  const opened: unknown[] = []
  const ports = createDeliveryPorts({
    now: () => now,
    accounts: {
      list: () => accounts as Account[],
      get: (name: string) => accounts.find((one) => one.name === name) as Account | undefined,
    },
    records: {
      listAudit: async () =>
        pushes.map(({ actor, to }, id) => ({
          id,
          actor,
          origin: 'git',
          action: 'git.push',
          object: '',
          outcome: 'allowed' as const,
          at: 0,
          detail: { refs: [{ to }] },
        })),
    },
    models: {
      reports: async (filter: object) => {
        asked.push(filter)
        return reports as GateReport[]
      },
    },
    repositories: {
      normalize: (text: string) => text.replace(/\.git$/, ''),
      commitMetadata: async () => ({
        author: 'Mira O.',
        email: 'MIRA@example.org',
        ...author,
        date: new Date(now - ageMs).toISOString(),
        message,
        tags: [],
      }),
      hosted: { list: async () => [{ name: 'fraud', url }] },
    } as unknown as DeliveryPortsContext['repositories'],
    forge: {
      connected: (repoURL: string) => (repoURL === connected ? connected : undefined),
      list: async (_name: string, filter: { state?: string }) =>
        pulls.filter(({ state }) => filter.state === 'all' || state === filter.state),
      get: async (_name: string, number: number) => pulls.find((one) => one.number === number),
      reviews: async () => [
        { author: 'jonas', state: 'approved' },
        { author: 'ana', state: 'approved', void: 'the head moved' },
        { author: 'eve', state: 'commented' },
      ],
      open: async (repository: string, request: object) => {
        opened.push(request)
        return { repository, number: 9, state: 'open' }
      },
    } as unknown as DeliveryPortsContext['forge'],
  })
  return { ...ports, asked, opened }
}

const pull: Partial<PullRequest> = {
  number: 12,
  title: 'Velocity features',
  author: 'mira',
  state: 'merged',
  head: { commit: head },
  merged: { at: '', by: 'ana', commit, method: 'merge' },
}

describe('what is known about a commit', () => {
  it('is its pull request, who approved that head, and what the gate said of that very head', async () => {
    const report: Partial<GateReport> = { verdict: 'pass', candidate: { digest: 'sha256:1', name: 'fraud' } }
    const { facts, asked } = portsOver({ pulls: [pull], reports: [report] })

    expect(await facts.of(url, commit, 'quality')).toEqual({
      author: 'mira',
      title: 'Velocity features',
      pullRequest: { repository: 'fraud', number: 12 },
      reviewers: ['jonas'],
      verdict: 'pass',
      model: { digest: 'sha256:1', name: 'fraud' },
    })
    expect(asked).toEqual([{ repository: 'fraud', pullRequest: 12, commit: head, limit: 20, gate: 'quality' }])
  })

  it('says of an overridden gate what was decided', async () => {
    const report = {
      verdict: 'inconclusive',
      override: { verdict: 'fail', by: 'ana', at: '', why: '' },
      candidate: { digest: 'sha256:1' },
    } as Partial<GateReport>

    expect(await portsOver({ pulls: [pull], reports: [report] }).facts.of(url, commit, undefined)).toMatchObject({ verdict: 'fail' })
  })

  it('is told by the provider of a connected repository, with its author as the account that they have here', async () => {
    const shop = 'https://git.example.org/acme/shop'
    const elsewhere = { pulls: [{ ...pull, author: 'mira-on-gitlab' }], connected: shop }

    expect(await portsOver(elsewhere).facts.of(shop, commit, undefined)).toMatchObject({
      author: 'mira',
      pullRequest: { repository: shop, number: 12 },
      reviewers: ['jonas'],
    })
    expect(await portsOver({ ...elsewhere, author: { author: 'Bo', email: 'bo@x.org' } }).facts.of(shop, commit, undefined)).toMatchObject({
      author: 'mira-on-gitlab',
    })
    expect(await portsOver({ ...elsewhere, pulls: [] }).facts.of(shop, commit, undefined)).toEqual({
      author: 'mira',
      title: 'Change',
      reviewers: [],
    })
  })

  it('has as author whoever pushed, whatever the commit says', async () => {
    const { facts } = portsOver({ pushes: [{ actor: 'tom', to: commit }] })

    expect(await facts.of(url, commit, undefined)).toMatchObject({ author: 'tom' })
  })

  it('has the account of its address as author where no push is known, and its name where there is none', async () => {
    expect(await portsOver({}).facts.of(url, commit, undefined)).toMatchObject({ author: 'mira' })
    expect(await portsOver({ author: { author: 'Bo', email: 'bo@x.org' } }).facts.of(url, commit, undefined)).toMatchObject({
      author: 'Bo',
    })
  })

  it('that was merged on GitHub has its pull request by the title that GitHub gave it', async () => {
    const github = 'https://github.com/risk/fraud.git'
    const of = (message: string, where = github) => portsOver({ message }).facts.of(where, commit, undefined)

    const pullRequest = { repository: 'risk/fraud', number: 12, url: 'https://github.com/risk/fraud/pull/12' }
    expect(await of('Merge pull request #12 from mira/velocity')).toMatchObject({ pullRequest })
    expect(await of('Velocity features (#12)')).toMatchObject({ pullRequest })
    expect(await of('Fixes #12')).not.toHaveProperty('pullRequest')
    expect(await of('Velocity features (#12)', 'https://git.example.org/a/b')).not.toHaveProperty('pullRequest')
  })

  it('is pending while a merge or a push is being written down, and not for ever', async () => {
    const open: Partial<PullRequest> = { ...pull, state: 'open', merged: undefined as never }
    const merging = { pulls: [open], message: 'Merge pull request #12', pushes: [{ actor: 'ana', to: commit }] }

    expect(await portsOver({ ...merging, ageMs: 100 }).facts.of(url, commit, undefined)).toHaveProperty('pending')
    expect(await portsOver({ ageMs: 100 }).facts.of(url, commit, undefined)).toHaveProperty('pending')
    expect(await portsOver(merging).facts.of(url, commit, undefined)).toMatchObject({ author: 'ana' })
  })
})

describe('people', () => {
  it('approve by the role and the groups that they have now, and not at all when they are disabled', async () => {
    const { people } = portsOver({})

    expect(await people.of('mira')).toEqual({ groups: ['risk'], canApprove: true })
    expect(await people.of('tom')).toEqual({ groups: [], canApprove: false })
    expect([await people.of('gone'), await people.of('constructor')]).toEqual([undefined, undefined])
  })
})

describe('a pull request that promotes', () => {
  it('is opened once for its branch', async () => {
    const known: Partial<PullRequest> = {
      number: 3,
      state: 'closed',
      repository: 'fraud',
      head: { branch: 'plimsoll/x', commit },
      base: { branch: 'main', commit },
    }
    const { pullRequests, opened } = portsOver({ pulls: [known] })

    expect(await pullRequests.open({ repoURL: url, head: 'plimsoll/x', base: 'main', title: 't', body: 'b' })).toMatchObject({
      number: 3,
      state: 'closed',
    })
    expect(await pullRequests.open({ repoURL: url, head: 'plimsoll/y', base: 'main', title: 't', body: 'b' })).toMatchObject({ number: 9 })
    expect(opened).toHaveLength(1)
    await expect(
      pullRequests.open({ repoURL: 'https://gitlab.example.org/a/b', head: 'x', base: 'main', title: 't', body: 'b' }),
    ).rejects.toThrow(/neither here nor on github.com/)
  })
})

describe('pull requests that promote', () => {
  it('are opened with the token of the repository where one is connected', async () => {
    const shop = 'https://github.com/acme/shop'
    const { pullRequests, opened } = portsOver({ connected: shop })

    const made = await pullRequests.open({ repoURL: shop, head: 'promote', base: 'main', title: 'Promote', body: '' })

    expect(made).toEqual({ repository: shop, number: 9, state: 'open' })
    expect(opened).toHaveLength(1)
  })
})
