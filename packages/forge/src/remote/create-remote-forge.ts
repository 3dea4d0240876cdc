import { PlimsollError, type Comment, type ForgeProvider, type PullRequest } from '@plimsoll/api'
import { requireRead, requireWrite } from '../builtin/rights.ts'
import type { ForgeActor, ForgeEvent } from '../contract.ts'
import { markAuthor, markReport, readMarked } from './hidden-marker.ts'
import type { ProviderRepository, RemoteComment } from './provider-repository.ts'
import { providerWords } from './provider-words.ts'
import type { ForgeHint, RemoteForge, RemoteForgeContext } from './remote-context.ts'
import { watchRepository, type RepositoryWatch } from './watch-repository.ts'

const defaultPollMs = 2 * 60_000
const mostTitle = 255
const mostListed = 200
const mostRepositories = 1000

/** What all providers have in common: who may, what is ours, what is told. `repositoryOf` rejects what is of another host. */
export function createRemoteForge(
  provider: ForgeProvider,
  context: RemoteForgeContext,
  repositoryOf: (repository: string) => ProviderRepository,
): RemoteForge {
  const listeners = new Set<(event: ForgeEvent) => void>()
  const repositories = new Map<string, ProviderRepository>()
  const watches = new Map<string, RepositoryWatch>()
  for (const repository of context.repositories ?? []) {
    const one = there(repository)
    watches.set(
      one.address,
      watchRepository(one, { clock: context.clock, log: context.log, emit, ...(context.memory && { memory: context.memory }) }),
    )
  }
  const hinted = new Set<Promise<void>>()
  const reporting = new Map<string, Promise<unknown>>()
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  function there(repository: string): ProviderRepository {
    const known = repositories.get(repository)
    if (known) return known
    const one = repositoryOf(repository)
    if (repositories.size < mostRepositories) repositories.set(repository, one)
    return one
  }

  function emit(event: Omit<ForgeEvent, 'at'>): void {
    if (isClosed) return
    for (const listener of listeners) {
      try {
        listener({ ...event, at: context.clock.now() })
      } catch (error) {
        context.log.warn({ err: error, kind: event.kind }, 'a listener for pull requests failed')
      }
    }
  }

  async function look(hint: ForgeHint): Promise<void> {
    const watch = watches.get(there(hint.repository).address)
    if (!watch || isClosed) return
    if (hint.number !== undefined) await watch.look(hint.number)
    else if (hint.commit === undefined) await watch.look(undefined)
    else for (const number of watch.withHead(hint.commit)) await watch.look(number)
  }

  /** What we have done ourselves is told as everything else is: by looking. Nobody waits for it. */
  function lookSoon(hint: ForgeHint): void {
    const looking = look(hint).catch((error: unknown) => context.log.warn({ error: String(error) }, 'a look at a pull request failed'))
    hinted.add(looking)
    void looking.finally(() => hinted.delete(looking))
  }

  async function ownComments(one: ProviderRepository, number: number): Promise<{ comment: RemoteComment; isOurs: boolean }[]> {
    const account = await one.account()
    return (await one.comments(number)).map((comment) => ({
      comment,
      isOurs: account === undefined ? comment.isBot === true : comment.author.toLowerCase() === account.toLowerCase(),
    }))
  }

  async function readComments(one: ProviderRepository, number: number): Promise<Comment[]> {
    return (await ownComments(one, number)).map(({ comment, isOurs }) => shown(comment, isOurs))
  }

  async function writeReport(one: ProviderRepository, repository: string, number: number, marker: string, body: string): Promise<Comment> {
    const written = markReport(body, marker, one.maxBody)
    const known = (await ownComments(one, number)).filter(
      ({ comment, isOurs }) => comment.kind !== 'line' && readMarked(comment.body, isOurs).marker === marker,
    )
    for (const { comment } of known) {
      try {
        if (comment.body !== written) {
          await one.editComment(number, comment.id, written)
          lookSoon({ repository, number })
        }
        return await requireComment(one, number, comment.id)
      } catch (error) {
        // Another App's bot has copied the note: its comment is not ours to change.
        if (!(error instanceof PlimsollError && error.code === 'permission-denied')) throw error
      }
    }
    const id = await one.comment(await one.get(number), { body: written })
    lookSoon({ repository, number })
    return requireComment(one, number, id)
  }

  async function requireComment(one: ProviderRepository, number: number, id: string): Promise<Comment> {
    const found = (await readComments(one, number)).find((comment) => comment.id === id)
    if (found) return found
    throw new PlimsollError('not-found', `${about(one, number)} has no comment '${id.slice(0, 80)}'.`)
  }

  async function headSeen(one: ProviderRepository, number: number, head: string, base?: string): Promise<PullRequest> {
    if (!/^[0-9a-f]{40}$/.test(head)) throw invalid('A head is a commit of 40 hex digits.')
    const pull = await one.get(number)
    if (pull.head.commit !== head) {
      throw new PlimsollError(
        'conflict',
        `The head of ${about(one, number)} is ${pull.head.commit.slice(0, 7)}, not ${head.slice(0, 7)}.`,
        { remedy: 'Look at what was pushed, then do it again.' },
      )
    }
    if (base !== undefined && pull.base.branch !== base) {
      throw new PlimsollError('conflict', `The target of ${about(one, number)} is '${pull.base.branch}', not '${base}'.`)
    }
    return pull
  }

  return {
    provider,

    async list(repository, filter = {}) {
      const { author, before, reviewer } = filter
      const one = there(repository)
      const limit = Math.max(1, Math.min(filter.limit ?? 50, mostListed))
      const pulls = await one.list({
        state: filter.state ?? 'open',
        // Providers tell of reviews one pull request at a time: who has given one is known from looking.
        limit: reviewer === undefined ? limit : mostListed,
        ...(before !== undefined && { before }),
        ...(author !== undefined && { author }),
      })
      const reviewed = reviewer === undefined ? undefined : await watches.get(one.address)?.reviewedBy(reviewer)
      const wanted = reviewer === undefined ? pulls : pulls.filter(({ number }) => reviewed?.has(number))
      return wanted.slice(0, limit).map(shownPull)
    },

    async get(repository, number) {
      return shownPull(await there(repository).get(requireNumber(number)))
    },

    async open(repository, request, by) {
      requireWrite(by, repository, 'open a pull request', 'Ask somebody who may.')
      requireTitle(request.title)
      const one = there(repository)
      const number = await one.open({ ...request, body: markAuthor(requireLength(one, request.body), by, one.maxBody) })
      lookSoon({ repository, number })
      return shownPull(await one.get(number))
    },

    async update(repository, number, change, by) {
      requireWrite(by, repository, `change pull request ${number}`, 'Ask somebody who may.')
      if (change.title !== undefined) requireTitle(change.title)
      const one = there(repository)
      const pull = await one.get(requireNumber(number))
      if (pull.state === 'merged' && (change.state !== undefined || change.base !== undefined)) {
        throw new PlimsollError('merge-blocked', `${about(one, number)} is merged: that stays.`)
      }
      const { by: author } = readMarked(pull.body, true)
      const body = change.body === undefined ? undefined : requireLength(one, change.body)
      await one.update(pull, {
        ...change,
        // Who proposed it stays said.
        ...(body !== undefined && {
          body: author === undefined ? body : markAuthor(body, { ...by, name: author, displayName: author }, one.maxBody),
        }),
      })
      lookSoon({ repository, number })
      return shownPull(await one.get(number))
    },

    async merge(repository, number, options, by) {
      requireWrite(by, repository, 'merge', 'Ask somebody who may.')
      if (options.title !== undefined) requireTitle(options.title)
      const one = there(repository)
      const pull = await headSeen(one, number, options.head)
      if (options.base !== undefined && pull.base.commit !== options.base) {
        throw new PlimsollError(
          'conflict',
          `The target of ${about(one, number)} is at ${pull.base.commit.slice(0, 7)}, not ${options.base.slice(0, 7)}.`,
          { remedy: 'Look at what has been merged meanwhile, then merge again.' },
        )
      }
      if (pull.state === 'merged') return shownPull(pull)
      if (pull.state === 'closed')
        throw new PlimsollError('merge-blocked', `${about(one, number)} is closed.`, { remedy: 'Reopen it first.' })
      await one.merge(pull, options)
      lookSoon({ repository, number })
      return shownPull(await one.get(number))
    },

    async files(repository, number) {
      const one = there(repository)
      return one.files(await one.get(requireNumber(number)))
    },

    async commits(repository, number) {
      return there(repository).commits(requireNumber(number))
    },

    async comments(repository, number) {
      return readComments(there(repository), requireNumber(number))
    },

    async comment(repository, number, comment, by) {
      requireRead(by, repository)
      const one = there(repository)
      if (comment.body.trim() === '') throw invalid('A comment has a text.')
      const body = markAuthor(requireLength(one, comment.body), by, one.maxBody)
      const id = await one.comment(await one.get(requireNumber(number)), { ...comment, body })
      lookSoon({ repository, number })
      return requireComment(one, number, id)
    },

    async editComment(repository, number, id, change, by) {
      requireRead(by, repository)
      const one = there(repository)
      const found = (await ownComments(one, requireNumber(number))).find(({ comment }) => comment.id === id)
      if (!found) throw new PlimsollError('not-found', `${about(one, number)} has no comment '${id.slice(0, 80)}'.`)
      if (change.body !== undefined) {
        const { by: author } = readMarked(found.comment.body, found.isOurs)
        if (author !== by.name) {
          throw new PlimsollError('permission-denied', `This comment is not by ${by.name}, or was not written here.`, {
            remedy: `Change it on ${one.providerName}, or write another.`,
          })
        }
        if (change.body.trim() === '') throw invalid('A comment has a text.')
        await one.editComment(number, id, markAuthor(requireLength(one, change.body), by, one.maxBody))
      }
      if (change.isResolved !== undefined) {
        requireWrite(by, repository, 'resolve a thread', 'Ask somebody who may.')
        await one.resolve(number, id, change.isResolved)
      }
      lookSoon({ repository, number })
      return requireComment(one, number, id)
    },

    async report(repository, number, marker, body) {
      const one = there(repository)
      requireNumber(number)
      // One after the other: two that look at the same time would both find none, and write two.
      const key = `${one.address} ${number} ${marker}`
      const before = reporting.get(key)
      const writing = (async () => {
        await before?.catch(() => undefined)
        return writeReport(one, repository, number, marker, body)
      })()
      reporting.set(key, writing)
      try {
        return await writing
      } finally {
        if (reporting.get(key) === writing) reporting.delete(key)
      }
    },

    async reviews(repository, number) {
      const one = there(repository)
      return one.reviews(await one.get(requireNumber(number)))
    },

    async review(repository, number, review, by) {
      requireWrite(by, repository, 'review', 'Comment instead.')
      const { state, body, comments = [] } = review
      if (state === 'dismissed') throw invalid('A review is not given as dismissed: dismiss one that is there.')
      const one = there(repository)
      const pull = await headSeen(one, number, review.head, review.base)
      if (state === 'approved') await refuseSelfApproval(one, pull, by)
      const marked = state === 'approved' && body === '' ? 'Approved.' : body
      const id = await one.review(pull, {
        state,
        body: markAuthor(requireLength(one, marked), by, one.maxBody),
        comments: comments.map((comment) => ({ ...comment, body: markAuthor(requireLength(one, comment.body), by, one.maxBody) })),
      })
      lookSoon({ repository, number })
      if (state === 'commented') {
        // GitLab keeps no reviews without a verdict: what was said stands among the comments.
        const given = (await one.reviews(pull)).find((known) => known.id === id)
        const author = (await one.account()) ?? by.name
        const submittedAt = new Date(context.clock.now()).toISOString()
        return given ?? { id, author, state, body, commit: pull.head.commit, baseBranch: pull.base.branch, submittedAt }
      }
      return requireReview(one, pull, id)
    },

    async dismissReview(repository, number, id, why, by) {
      requireWrite(by, repository, 'dismiss a review', 'Ask somebody who may.')
      if (why.trim() === '') throw invalid('Say why a review is dismissed.')
      const one = there(repository)
      const pull = await one.get(requireNumber(number))
      const before = await requireReview(one, pull, id)
      await one.dismissReview(pull, id, `${by.displayName ?? by.name}: ${why}`)
      lookSoon({ repository, number })
      const after = (await one.reviews(pull)).find((review) => review.id === id)
      return after ?? { ...before, state: 'dismissed', void: why }
    },

    async checks(repository, commit) {
      return there(repository).checks(requireCommit(commit))
    },

    async setCheck(repository, check) {
      requireCommit(check.commit)
      if (check.name.trim() === '' || check.name.length > 255) throw invalid('A check has a name of at most 255 characters.')
      if (check.status === 'completed' && check.conclusion === undefined)
        throw invalid(`Check '${check.name}' is completed, and has no conclusion.`)
      await there(repository).setCheck(check)
      lookSoon({ repository, commit: check.commit })
    },

    async protections(repository) {
      return there(repository).protections()
    },

    async setProtections(repository) {
      const one = there(repository)
      throw new PlimsollError('not-supported-by-provider', `The branches of ${one.address} are protected by ${one.providerName}.`, {
        remedy: `Change their protection on ${one.providerName}; it is shown here.`,
      })
    },

    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    look,

    state: (repository) => watches.get(there(repository).address)?.state() ?? {},

    start() {
      const every = context.pollEveryMs ?? defaultPollMs
      function poll(): void {
        for (const repository of watches.keys()) lookSoon({ repository })
        // Not all at once: a tenth more or less, so that many repositories do not poll together for ever.
        timer = setTimeout(poll, every * (0.9 + Math.random() * 0.2)).unref()
      }
      if (timer === undefined && !isClosed) poll()
    },

    async idle() {
      while (hinted.size > 0) await Promise.all(hinted)
      await Promise.all([...watches.values()].map((watch) => watch.idle()))
    },

    async close() {
      isClosed = true
      clearTimeout(timer)
      await Promise.all([...watches.values()].map((watch) => watch.idle()))
    },
  }

  /** All of us share one account there, so that the provider cannot tell an author from a reviewer. We can. */
  async function refuseSelfApproval(one: ProviderRepository, pull: PullRequest, by: ForgeActor): Promise<void> {
    const account = await one.account()
    const isOurs = account !== undefined && pull.author.toLowerCase() === account.toLowerCase()
    const author = readMarked(pull.body, isOurs).by ?? pull.author
    if (author.toLowerCase() !== by.name.toLowerCase()) return
    throw new PlimsollError('permission-denied', `${by.name} has proposed ${about(one, pull.number)}: nobody approves their own work.`, {
      remedy: 'Ask somebody else to look at it.',
    })
  }

  async function requireReview(one: ProviderRepository, pull: PullRequest, id: string) {
    const found = (await one.reviews(pull)).find((review) => review.id === id)
    if (found) return { ...found, body: readMarked(found.body, true).body }
    throw new PlimsollError('not-found', `${about(one, pull.number)} has no review '${id.slice(0, 80)}'.`)
  }

  function shown({ isBot: _isBot, ...comment }: RemoteComment, isOurs: boolean): Comment {
    const { body, marker } = readMarked(comment.body, isOurs)
    if (marker === undefined) return { ...comment, body }
    return { ...comment, body, kind: 'report', marker }
  }

  function shownPull(pull: PullRequest): PullRequest {
    return { ...pull, body: readMarked(pull.body, true).body }
  }

  function about(one: ProviderRepository, number: number): string {
    return `${providerWords[provider].pullRequest} ${number} of ${one.address}`
  }
}

function requireTitle(title: string): void {
  if (title.trim() === '' || title.length > mostTitle || /[\r\n]/.test(title)) {
    throw invalid(`A title is one line of 1 to ${mostTitle} characters.`)
  }
}

function requireLength(one: ProviderRepository, body: string): string {
  // The note at the end needs its place as well.
  const most = one.maxBody - 1000
  if (body.length <= most) return body
  throw new PlimsollError('payload-too-large', `A text for ${one.address} has at most ${most} characters; this one has ${body.length}.`)
}

function requireNumber(number: number): number {
  if (Number.isSafeInteger(number) && number > 0) return number
  throw new PlimsollError('not-found', `Pull requests are counted from 1; there is none '${number}'.`)
}

function requireCommit(commit: string): string {
  if (/^[0-9a-f]{40}$/.test(commit)) return commit
  throw invalid('A check is about a commit of 40 hex digits.')
}

function invalid(message: string): PlimsollError {
  return new PlimsollError('invalid-request', message)
}
