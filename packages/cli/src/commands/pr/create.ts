import type { PullRequest } from '@plimsoll/api'
import type { Command } from 'commander'
import { usageFailure } from '../../exit-code.ts'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { withClient } from '../with-client.ts'
import { addRepo, findRepo, gitHere, readBody, repoPath } from './pull-argument.ts'

interface CreateOptions {
  repo?: string
  head?: string
  base?: string
  title?: string
  body?: string
  bodyFile?: string
  draft?: boolean
  output: string
}

export function addCreate(pr: Command): void {
  const command = addRepo(pr.command('create'))
    .description('open a pull request from a branch that is pushed')
    .option('-H, --head <branch>', 'what is proposed (default: the branch of the clone in this folder)')
    .option('-B, --base <branch>', 'where it is to go (default: the default branch of the repository)')
    .option('-t, --title <text>', 'title (default: the subject of the last commit in this folder)')
    .option('-b, --body <text>', 'description, as Markdown')
    .option('-F, --body-file <file>', 'description from a file; -: from standard input')
    .option('-d, --draft', 'not ready for review yet')
    .option('-o, --output <format>', 'wide, json, yaml', 'wide')
  command.action(async (options: CreateOptions) => {
    requireOutput(options.output, ['wide', 'json', 'yaml', ''])
    const repo = await findRepo(options.repo)
    const head = options.head ?? (await gitHere('symbolic-ref', '--short', 'HEAD'))
    const title = options.title ?? (await gitHere('log', '-1', '--format=%s'))
    if (head === undefined) throw usageFailure('Which branch is proposed?', 'Name it with --head BRANCH.')
    if (title === undefined || title === '') throw usageFailure('A pull request has a title.', 'Give it with --title TEXT.')
    const body = (await readBody(options)) ?? ''
    await withClient(command, async (client) => {
      const base = options.base ?? (await client.get<{ defaultBranch?: string }>(repoPath(repo))).defaultBranch
      const isDraft = options.draft ?? false
      const made = await client.send<PullRequest>('POST', repoPath(repo, '/pulls'), { body: { head, base, title, body, isDraft } })
      if (printStructured(made, options.output)) return
      print(`pull request ${made.number} opened: ${client.connection.url}/pulls/${encodeURIComponent(repo)}/${made.number}`)
    })
  })
}
