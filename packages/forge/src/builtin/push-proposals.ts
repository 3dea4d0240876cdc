import { PlimsollError } from '@plimsoll/api'
import type { Push, PushCommand, PushDecision, PushResult, PushRules } from '@plimsoll/git'
import type { SqlStatement } from '@plimsoll/records'
import type { ForgeEvent } from '../contract.ts'
import { mayPush, rulesFor } from './branch-rules.ts'
import { eventComment, pullRef, type ForgeCore } from './forge-core.ts'
import type { Intent } from './forge-store.ts'
import { oneLine } from './one-line.ts'
import { newRow } from './new-pull-request.ts'

interface Proposal {
  branch: string
  topic: string
  title: string | undefined
  body: string
  isDraft: boolean
}

interface OpenDetail extends Record<string, unknown> {
  author: string
  base: string
  baseCommit: string
  topic: string
  title?: string
  body: string
  isDraft: boolean
  isOutside: boolean
  head: string
}

const prefix = 'refs/for/'
const mostOpenOfOne = 200

/**
 * What a push may do: a protected branch moves by pull requests, and `git push origin HEAD:refs/for/BRANCH` makes or updates one, as Gerrit
 * and AGit have it. The objects go to `refs/pull/NUMBER/head`.
 */
export function createPushRules(core: ForgeCore): PushRules & { told(repository: string): void } {
  /** Of pushes that are under way, between the two calls. */
  const opening = new WeakMap<Push, Map<number, Intent>>()
  /** Told once the refs are known to have moved: whoever is told looks at them. */
  const waiting: Omit<ForgeEvent, 'at'>[] = []

  return {
    async decide(push) {
      const protections = await core.store.protections(push.repository)
      const statements: SqlStatement[] = []
      const intents = new Map<number, Intent>()
      const proposed = new Set<string>()
      let next: number | undefined
      const decisions: PushDecision[] = []
      for (const [index, command] of push.commands.entries()) {
        const decision = command.ref.startsWith(prefix) ? await propose(index, command) : branch(command)
        if (decision.kind !== 'refuse' && command.to !== undefined) {
          statements.push(core.store.notePush(push.repository, command.to, push.by.username, core.now()))
        }
        decisions.push(decision)
      }
      for (const intent of intents.values()) statements.push(core.store.intend(intent))
      if (statements.length > 0 && !(await core.store.write(statements))) {
        throw new PlimsollError('conflict', 'The push could not be written down.')
      }
      opening.set(push, intents)
      return decisions

      function branch({ ref, to }: PushCommand): PushDecision {
        if (!ref.startsWith('refs/heads/')) return { kind: 'allow' }
        const name = ref.slice('refs/heads/'.length)
        const twin = to === undefined ? undefined : twinOf(ref, push.refs)
        if (twin !== undefined) return { kind: 'refuse', reason: `it differs from ${twin} in letter case alone` }
        const rules = rulesFor(protections, name)
        const isFirst = ![...push.refs.keys()].some((one) => one.startsWith('refs/heads/'))
        if (rules === undefined || isFirst) return { kind: 'allow' }
        if (mayPush(rules, { name: push.by.username, groups: push.by.groups ?? [] })) return { kind: 'allow' }
        return { kind: 'refuse', reason: `protected: open a pull request (git push origin HEAD:refs/for/${name})` }
      }

      async function propose(index: number, { ref, to }: PushCommand): Promise<PushDecision> {
        if (to === undefined) return { kind: 'refuse', reason: 'close the pull request instead' }
        const proposal = readProposal(ref, push)
        if (typeof proposal === 'string') return { kind: 'refuse', reason: proposal }
        const base = push.refs.get(`refs/heads/${proposal.branch}`)
        if (base === undefined) return { kind: 'refuse', reason: `there is no branch ${proposal.branch}` }
        const key = `${proposal.branch} ${proposal.topic}`
        if (proposed.has(key)) return { kind: 'refuse', reason: 'it is in this push twice: give each a topic' }
        if (await isInside(push.repository, to, base)) return { kind: 'refuse', reason: `there is nothing new for ${proposal.branch}` }
        proposed.add(key)
        const own = await core.store.list(push.repository, { state: 'open', author: push.by.username, limit: mostOpenOfOne + 1 })
        const known = own.find((row) => row.head_branch === null && row.base_branch === proposal.branch && row.topic === proposal.topic)
        if (known !== undefined) {
          // Written before anything is taken in: whoever has lost the right to write is outside from this push on.
          if (!push.canWrite && known.is_outside === 0) statements.push(core.store.update(known, { is_outside: 1 }, core.now()))
          return { kind: 'instead', ref: pullRef(known.number), from: push.refs.get(pullRef(known.number)) }
        }
        if (own.length + intents.size > mostOpenOfOne)
          return { kind: 'refuse', reason: `you have ${own.length} open pull requests: close some` }
        next = next === undefined ? await nextNumber(core, push.repository, push.refs) : next + 1
        const detail: OpenDetail = {
          author: push.by.username,
          base: proposal.branch,
          baseCommit: base,
          topic: proposal.topic,
          ...(proposal.title !== undefined && { title: proposal.title }),
          body: proposal.body,
          isDraft: proposal.isDraft,
          isOutside: !push.canWrite,
          head: to,
        }
        intents.set(index, { id: core.newId(), repository: push.repository, number: next, kind: 'open', detail, at: core.now() })
        return { kind: 'instead', ref: pullRef(next), from: undefined }
      }
    },

    async settle(push, results) {
      const intents = opening.get(push) ?? new Map<number, Intent>()
      const messages: string[] = []
      for (const [index, result] of results.entries()) {
        const intent = intents.get(index)
        if (intent !== undefined && result.refusal !== undefined) await core.store.write([core.store.fulfil(intent.id)])
        if (result.refusal !== undefined || result.instead === undefined) continue
        if (intent === undefined) messages.push(...(await updated(push, result)))
        else if (await fulfilProposal(core, intent)) {
          waiting.push({ kind: 'opened', repository: push.repository, number: intent.number, by: push.by.username })
          messages.push(...told(`New pull request ${intent.number}`, push.repository, intent.number))
        }
      }
      return messages
    },

    told(repository) {
      for (const event of waiting.filter((one) => one.repository === repository)) {
        waiting.splice(waiting.indexOf(event), 1)
        core.emit(event)
      }
    },
  }

  /** Of a commit that is here already; most are not yet. */
  async function isInside(repository: string, commit: string, base: string): Promise<boolean> {
    try {
      return await core.git.isAncestor(repository, commit, base)
    } catch (error) {
      if (error instanceof PlimsollError && error.code === 'revision-not-found') return false
      throw error
    }
  }

  /** The row says so before the client is told: an approval of the old head ends here. */
  async function updated(push: Push, { instead, to }: PushResult): Promise<string[]> {
    const number = Number(instead?.split('/')[2])
    const row = await core.store.find(push.repository, number)
    if (row === undefined || to === undefined) return []
    if (row.head_commit !== to && row.state === 'open') {
      const words = `the head moved from ${row.head_commit.slice(0, 7)} to ${to.slice(0, 7)}`
      const done = await core.store.write([
        core.store.update(row, { head_commit: to }, core.now()),
        core.store.voidApprovals(push.repository, number, { head: to, base: row.base_branch }, words),
        eventComment(core, row, push.by.username, words),
      ])
      if (done) waiting.push({ kind: 'headMoved', repository: push.repository, number, by: push.by.username })
    }
    return told(`Updated pull request ${number}`, push.repository, number)
  }

  function told(what: string, repository: string, number: number): string[] {
    return ['', `${what}:`, `  ${core.baseUrl()}/pulls/${encodeURIComponent(repository)}/${number}`, '']
  }
}

/** Where file names have no case (macOS) a push to `refs/heads/MAIN` would move the file of a protected `main`. */
function twinOf(ref: string, refs: ReadonlyMap<string, string>): string | undefined {
  if (refs.has(ref)) return undefined
  const folded = ref.normalize('NFC').toLowerCase()
  return [...refs.keys()].find((one) => one.startsWith('refs/heads/') && one.normalize('NFC').toLowerCase() === folded)
}

/** Numbers are never given twice: those of refs count too. */
export async function nextNumber(core: ForgeCore, repository: string, refs: ReadonlyMap<string, string>): Promise<number> {
  let highest = await core.store.highestNumber(repository)
  for (const ref of refs.keys()) {
    const number = Number(/^refs\/pull\/(\d{1,9})\//.exec(ref)?.[1] ?? 0)
    if (number > highest) highest = number
  }
  return highest + 1
}

async function fulfilProposal(core: ForgeCore, intent: Intent): Promise<boolean> {
  const { repository, number } = intent
  const detail = intent.detail as OpenDetail
  const title = detail.title ?? (await subjectOf(core, repository, detail.head)) ?? `Changes for ${detail.base}`
  const row = newRow({
    repository,
    number,
    title,
    body: detail.body,
    isDraft: detail.isDraft,
    isOutside: detail.isOutside,
    author: detail.author,
    headBranch: null,
    topic: detail.topic,
    head: detail.head,
    baseBranch: detail.base,
    base: detail.baseCommit,
    at: intent.at,
  })
  return core.store.write([core.store.insert(row), core.store.fulfil(intent.id)])
}

/** After a kill: a pull request whose objects have arrived is one; of others nothing stays. Alone on the repository. */
export async function settleProposals(core: ForgeCore, repository: string, refs: ReadonlyMap<string, string>): Promise<void> {
  for (const intent of await core.store.intents(repository)) {
    if (intent.kind !== 'open') continue
    const { number } = intent
    if (!refs.has(pullRef(number))) await core.store.write([core.store.fulfil(intent.id)])
    else if (await fulfilProposal(core, intent)) core.emit({ kind: 'opened', repository, number, by: (intent.detail as OpenDetail).author })
  }
}

async function subjectOf(core: ForgeCore, repository: string, commit: string): Promise<string | undefined> {
  const [first] = await core.git.commits(repository, { to: commit }, 1)
  return oneLine(first?.message.split('\n', 1)[0] ?? '') || undefined
}

/** `refs/for/main%topic=x,draft`, `-o topic=x -o title=…`; what follows an existing branch, `refs/for/main/x`, is a topic too (AGit). */
function readProposal(ref: string, push: Push): Proposal | string {
  const [target, inline] = split(ref.slice(prefix.length), '%')
  const proposal: Proposal = { branch: target, topic: '', title: undefined, body: '', isDraft: false }
  if (!push.refs.has(`refs/heads/${target}`)) {
    const parts = target.split('/')
    for (let length = parts.length - 1; length > 0; length--) {
      const branch = parts.slice(0, length).join('/')
      if (!push.refs.has(`refs/heads/${branch}`)) continue
      proposal.branch = branch
      proposal.topic = parts.slice(length).join('/')
      break
    }
  }
  for (const option of [...inline.split(',').filter(Boolean), ...push.options]) {
    const [name, value] = split(option, '=')
    if (name === 'topic') proposal.topic = value
    else if (name === 'title') proposal.title = oneLine(value)
    else if (name === 'description' || name === 'body') proposal.body = value.slice(0, 65_536)
    else if (name === 'draft') proposal.isDraft = true
    else if (inline.split(',').includes(option)) return `'${oneLine(name)}' is not understood: topic, title, description, draft`
  }
  if (!/^[\w./@#+-]{0,100}$/.test(proposal.topic)) return 'a topic has letters, digits and . / @ # + - only'
  if (proposal.title === '') proposal.title = undefined
  return proposal
}

function split(text: string, at: string): [string, string] {
  const index = text.indexOf(at)
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)]
}
