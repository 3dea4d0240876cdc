import type { PullRequest, PullRequestPage } from '@plimsoll/api'
import { type Command, Option } from 'commander'
import type { ApiClient } from '../../client/api-client.ts'
import { note, print, printStructured, requireOutput } from '../../output/print.ts'
import { table } from '../../output/table.ts'
import { readCount } from '../arguments.ts'
import { withClient } from '../with-client.ts'
import { addRepo, repoMeant, repoPath } from './pull-argument.ts'

interface ListOptions {
  repo?: string
  all?: boolean
  state: string
  author?: string
  reviewer?: string
  limit: number
  output: string
}

const pageSize = 100
const columns = ['NUMBER', 'TITLE', 'FROM', 'INTO', 'AUTHOR', 'STATE', 'MERGE']

export function addList(pr: Command): void {
  const command = addRepo(pr.command('list'))
    .description('list pull requests of a repository, newest first; outside of a clone those of all, the newest change first')
    .option('-a, --all', 'of all repositories, in a clone as well')
    .addOption(new Option('-s, --state <state>', 'which').choices(['open', 'closed', 'merged', 'all']).default('open'))
    .option('-A, --author <name>', 'opened by somebody')
    .option('--reviewer <name>', 'reviewed by somebody')
    .option('-L, --limit <number>', 'at most so many', readCount, 30)
    .option('-o, --output <format>', 'wide, name, json, yaml', 'wide')
  command.action(async (options: ListOptions) => {
    requireOutput(options.output, ['wide', 'name', 'json', 'yaml', ''])
    const repo = options.all ? undefined : await repoMeant(options.repo)
    await withClient(command, async (client) => {
      const items = repo === undefined ? await listAll(client, options) : await listOf(client, repo, options)
      if (printStructured(items, options.output)) return
      if (options.output === 'name') {
        for (const { repository, number } of items) print(repo === undefined ? `${repository}#${number}` : String(number))
      } else if (repo === undefined) {
        print(
          table(
            ['REPOSITORY', ...columns],
            items.map((pull) => [pull.repository, ...rowOf(pull)]),
          ),
        )
      } else print(table(columns, items.map(rowOf)))
    })
  })
}

async function listOf(client: ApiClient, repo: string, { state, author, reviewer, limit }: ListOptions): Promise<PullRequest[]> {
  const { items } = await client.get<{ items: PullRequest[] }>(repoPath(repo, '/pulls'), { state, author, reviewer, limit })
  return items
}

/** What could not be asked is told beside the list: it is not complete then. */
async function listAll(client: ApiClient, { state, author, reviewer, limit }: ListOptions): Promise<PullRequest[]> {
  const found: PullRequest[] = []
  const notes = new Set<string>()
  let after: string | undefined
  do {
    const query = { state, author, reviewer, after, limit: Math.min(limit - found.length, pageSize) }
    const page = await client.get<PullRequestPage>('/api/v1/pulls', query)
    found.push(...page.items)
    after = page.next
    for (const { repository, message, remedy } of page.unreachable ?? []) {
      notes.add(`Without the pull requests of ${repository}: ${message} ${remedy}`.trim())
    }
    for (const repository of page.cut ?? []) notes.add(`Of ${repository} only the newest are looked through; all: --repo ${repository}`)
  } while (after !== undefined && found.length < limit)
  for (const one of notes) note(one)
  return found
}

function rowOf(pull: PullRequest): string[] {
  return [String(pull.number), pull.title, sourceOf(pull), pull.base.branch, pull.author, stateOf(pull), verdictOf(pull)]
}

export function sourceOf({ head, author, isOutside }: PullRequest): string {
  return head.branch ?? (isOutside ? `${author} (outside)` : author)
}

export function stateOf({ state, isDraft }: PullRequest): string {
  return state === 'open' && isDraft ? 'draft' : state
}

/** Whether it can be merged as it is, in a word. */
export function verdictOf({ state, mergeability, requirements }: PullRequest): string {
  if (state !== 'open') return ''
  if (mergeability.state !== 'clean') return mergeability.state
  return requirements.every(({ isMet }) => isMet) ? 'ready' : 'blocked'
}
