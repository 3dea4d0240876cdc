import type { Readable } from 'node:stream'
import type { GitPrincipal, Push, PushCommand, PushDecision, PushResult, PushRules } from '../contract.ts'
import { BodyRefused } from '../request-body.ts'
import { isRefName } from '../revision.ts'
import { formatPushReport, parsePushReport, type PushReport } from './push-report.ts'
import { readReceiveHead, rewriteReceiveHead } from './receive-commands.ts'

export interface ReceivePush {
  repository: string
  by: GitPrincipal
  canWrite: boolean
  refs: ReadonlyMap<string, string>
  rules: PushRules | undefined
  /** Runs `git receive-pack` over what is given. */
  receive(input: Readable): Promise<Buffer>
}

/**
 * One push: each command is allowed, refused, or led to another ref, `git receive-pack` takes in what is left, and the client is told about
 * the refs that it named. Called alone on the repository.
 */
export async function receivePush(body: Readable, context: ReceivePush): Promise<Buffer> {
  const head = await readReceiveHead(body)
  const { commands, capabilities, options } = head
  // A client that has nothing to say probes whether it may (git http.c, large requests).
  if (commands.length === 0) return context.receive(rewriteReceiveHead(head, []))
  const push: Push = { repository: context.repository, by: context.by, canWrite: context.canWrite, commands, options, refs: context.refs }
  const decisions = await decide(push, context.rules)
  if (capabilities.includes('atomic') && decisions.some(({ kind }) => kind === 'refuse')) {
    for (const [index, decision] of decisions.entries()) {
      if (decision.kind !== 'refuse')
        decisions[index] = { kind: 'refuse', reason: 'nothing was taken: another ref of this atomic push is refused' }
    }
  }
  const sent: PushCommand[] = []
  for (const [index, command] of commands.entries()) {
    const decision = decisions[index]
    if (decision?.kind === 'allow') sent.push(command)
    else if (decision?.kind === 'instead') sent.push({ ref: decision.ref, from: decision.from, to: command.to })
  }
  const hasSideBand = capabilities.includes('side-band-64k') || capabilities.includes('side-band')
  const answer: PushReport =
    sent.length === 0
      ? { unpack: 'ok', refs: new Map(), progress: Buffer.alloc(0) }
      : parsePushReport(await context.receive(rewriteReceiveHead(head, sent)), hasSideBand)
  head.rest.destroy()
  const results = commands.map((command, index): PushResult => {
    const decision = decisions[index]
    if (decision === undefined || decision.kind === 'refuse') return { ...command, refusal: decision?.reason ?? 'refused' }
    const ref = decision.kind === 'instead' ? decision.ref : command.ref
    const refusal = answer.refs.has(ref)
      ? answer.refs.get(ref)
      : answer.unpack === 'ok'
        ? 'git did not say what became of it'
        : 'unpacker error'
    return { ...command, ...(decision.kind === 'instead' && { instead: ref }), ...(refusal !== undefined && { refusal }) }
  })
  const messages = (await context.rules?.settle(push, results)) ?? []
  const refs = results.map(({ ref, refusal }, index) => {
    const decision = decisions[index]
    return { ref, refusal, ...(decision?.kind === 'instead' && { instead: { ref: decision.ref, from: decision.from } }) }
  })
  return formatPushReport(capabilities, { unpack: answer.unpack, refs, progress: answer.progress, messages })
}

const knownFolders = new Set(['heads', 'tags', 'for', 'notes', 'remotes'])

/** What holds for every repository; the rest is for the rules to say. */
async function decide(push: Push, rules: PushRules | undefined): Promise<PushDecision[]> {
  const names = new Set<string>()
  for (const { ref } of push.commands) {
    if (names.has(ref)) throw new BodyRefused(400, 'The push names a ref twice.')
    names.add(ref)
  }
  const given = rules === undefined ? push.commands.map(withoutRules) : await rules.decide(push)
  return push.commands.map((command, index) => refusalOf(command, push) ?? given[index] ?? { kind: 'refuse', reason: 'refused' })

  function withoutRules({ ref }: PushCommand): PushDecision {
    if (ref.startsWith('refs/for/')) return { kind: 'refuse', reason: 'pull requests are not to be had here' }
    return { kind: 'allow' }
  }
}

function refusalOf({ ref, to }: PushCommand, push: Push): PushDecision | undefined {
  const isProposal = ref.startsWith('refs/for/')
  // What follows the branch (`%topic=x`) is not part of a name: the rules read it.
  if (!ref.startsWith('refs/') || (!isProposal && !isRefName(ref))) return { kind: 'refuse', reason: 'this is not the name of a ref' }
  const [, folder = '', name = ''] = ref.split('/', 3)
  const folded = folder.normalize('NFKC').toLowerCase()
  // Where file names have no case (macOS) `refs/Pull/1/head` is the file of `refs/pull/1/head`, and `refs/HEADS/main` that of a protected main.
  if (folded === 'pull' || folded === 'plimsoll') return { kind: 'refuse', reason: 'this ref is kept by Plimsoll: nobody writes it' }
  if (folded !== folder && knownFolders.has(folded))
    return { kind: 'refuse', reason: `it differs from refs/${folded}/ in letter case alone` }
  // Git reads other objects in the place of those that were reviewed (git-replace(1)): not here, but in a clone that fetches them.
  if (folded === 'replace') return { kind: 'refuse', reason: 'objects are not replaced here' }
  // `git branch` refuses both: one is read as an option, the other one as the ref of the same name.
  if (folder === 'heads' && to !== undefined && (name.startsWith('-') || name === 'HEAD'))
    return { kind: 'refuse', reason: 'this is not the name of a branch' }
  if (!isProposal && !push.canWrite) {
    return { kind: 'refuse', reason: 'you may not write here: propose it with git push origin HEAD:refs/for/BRANCH' }
  }
  return undefined
}
