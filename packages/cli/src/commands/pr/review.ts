import type { Comment, PullRequest, Review } from '@plimsoll/api'
import type { Command } from 'commander'
import { usageFailure } from '../../exit-code.ts'
import { print } from '../../output/print.ts'
import { readCount } from '../arguments.ts'
import { withClient } from '../with-client.ts'
import { addRepo, findRepo, getPull, pullPath, readBody, readNumber } from './pull-argument.ts'

export function addComment(pr: Command): void {
  const command = addRepo(pr.command('comment <NUMBER>'))
    .description('comment on a pull request, or on a line of it')
    .option('-b, --body <text>', 'what to say, as Markdown')
    .option('-F, --body-file <file>', 'from a file; -: from standard input')
    .option('--path <file>', 'file of the line')
    .option('--line <number>', 'line, counted from 1', readCount)
    .option('--old', 'of the file as it was before')
  command.action(
    async (text: string, options: { repo?: string; body?: string; bodyFile?: string; path?: string; line?: number; old?: boolean }) => {
      const number = readNumber(text)
      const body = await readBody(options)
      if (body === undefined) throw usageFailure('A comment needs a text.', 'Give it with --body or --body-file.')
      const repo = await findRepo(options.repo)
      const { path, line } = options
      const place = { ...(path !== undefined && { path }), ...(line !== undefined && { line }), ...(options.old && { side: 'old' }) }
      await withClient(command, async (client) => {
        const { id } = await client.send<Comment>('POST', pullPath(repo, number, '/comments'), { body: { body, ...place } })
        print(`comment ${id} added to pull request ${number}`)
      })
    },
  )
}

interface ReviewOptions {
  repo?: string
  approve?: boolean
  requestChanges?: boolean
  comment?: boolean
  body?: string
  bodyFile?: string
  matchHeadCommit?: string
}

export function addReview(pr: Command): void {
  const command = addRepo(pr.command('review <NUMBER>'))
    .description('approve, request changes, or comment, for the head as it is now')
    .option('-a, --approve', 'approve')
    .option('-r, --request-changes', 'request changes')
    .option('-c, --comment', 'neither')
    .option('-b, --body <text>', 'what to say, as Markdown')
    .option('-F, --body-file <file>', 'from a file; -: from standard input')
    .option('--match-head-commit <sha>', 'only when the head is this commit')
  command.action(async (text: string, options: ReviewOptions) => {
    const number = readNumber(text)
    const chosen = [options.approve && 'approved', options.requestChanges && 'changesRequested', options.comment && 'commented'].filter(
      Boolean,
    )
    if (chosen.length !== 1) throw usageFailure('One of --approve, --request-changes and --comment is needed.')
    const repo = await findRepo(options.repo)
    const body = (await readBody(options)) ?? ''
    await withClient(command, async (client) => {
      const pull = await getPull(client, repo, number)
      const head = options.matchHeadCommit ?? pull.head.commit
      const request = { state: chosen[0], body, head, base: pull.base.branch }
      const { state } = await client.send<Review>('POST', pullPath(repo, number, '/reviews'), { body: request })
      print(`pull request ${number} ${state === 'changesRequested' ? 'has changes requested' : state} at ${head.slice(0, 7)}`)
    })
  })
}

interface MergeOptions {
  repo?: string
  merge?: boolean
  squash?: boolean
  rebase?: boolean
  subject?: string
  body?: string
  bodyFile?: string
  matchHeadCommit?: string
}

export function addMerge(pr: Command): void {
  const command = addRepo(pr.command('merge <NUMBER>'))
    .description('merge a pull request, once everything that its target demands is met')
    .option('-m, --merge', 'with a merge commit (default)')
    .option('-s, --squash', 'as one commit')
    .option('-r, --rebase', 'each commit anew on top of the target')
    .option('-t, --subject <text>', 'subject of the commit that is made')
    .option('-b, --body <text>', 'its message')
    .option('-F, --body-file <file>', 'its message from a file; -: from standard input')
    .option('--match-head-commit <sha>', 'only when the head is this commit')
  command.action(async (text: string, options: MergeOptions) => {
    const number = readNumber(text)
    const chosen = [options.merge && 'merge', options.squash && 'squash', options.rebase && 'rebase'].filter(Boolean)
    if (chosen.length > 1) throw usageFailure('Only one of --merge, --squash and --rebase can be given.')
    const repo = await findRepo(options.repo)
    const message = await readBody(options)
    await withClient(command, async (client) => {
      const head = options.matchHeadCommit ?? (await getPull(client, repo, number)).head.commit
      const title = options.subject
      const request = {
        head,
        method: chosen[0] ?? 'merge',
        ...(title !== undefined && { title }),
        ...(message !== undefined && { message }),
      }
      const merged = await client.send<PullRequest>('POST', pullPath(repo, number, '/merge'), { body: request })
      print(`pull request ${number} merged into ${merged.base.branch} as ${merged.merged?.commit.slice(0, 7) ?? ''}`)
    })
  })
}
