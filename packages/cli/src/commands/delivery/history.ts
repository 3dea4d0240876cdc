import type { PromotionView } from '@plimsoll/api'
import type { Command } from 'commander'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { table } from '../../output/table.ts'
import { readCount } from '../arguments.ts'
import { withClient } from '../with-client.ts'

interface HistoryOptions {
  stage?: string
  app?: string
  repo?: string
  pullRequest?: number
  model?: string
  release?: string
  since?: string
  until?: string
  limit: number
  before?: string
  output: string
}

export function addHistory(delivery: Command): void {
  const command = delivery
    .command('history [NAME]')
    .description('who deployed what, when, from which pull request, with which verdict; newest first, for all time')
    .option('--stage <stage>', 'of this stage')
    .option('--app <application>', 'of this application')
    .option('--repo <repository>', 'from pull requests of this repository')
    .option('--pull-request <number>', 'from this pull request', readCount)
    .option('--model <digest>', 'with this model: its digest, or the beginning of it')
    .option('--release <release>', 'of this release')
    .option('--since <time>', 'RFC 3339: 2026-01-31T12:00:00Z')
    .option('--until <time>', 'RFC 3339')
    .option('--limit <count>', 'so many lines at most', readCount, 50)
    .option('--before <id>', 'those before this line')
    .option('-o, --output <format>', 'wide, json, yaml', 'wide')
  command.action(async (name: string | undefined, options: HistoryOptions) => {
    requireOutput(options.output, ['wide', 'json', 'yaml', ''])
    await withClient(command, async (client) => {
      const { stage, app, repo, pullRequest, model, release, since, until, limit, before } = options
      const query = { delivery: name, stage, application: app, repository: repo, pullRequest, model, release, since, until, limit, before }
      const { items } = await client.get<{ items: PromotionView[] }>('/api/v1/deployments', query)
      if (printStructured(items, options.output)) return
      const headers = ['WHEN', 'STAGE', 'RELEASE', 'MODEL', 'FROM', 'AUTHOR', 'GATE', 'APPROVED BY', 'BY', 'OUTCOME', 'COMMIT']
      print(table(headers, items.map(rowOf)))
    })
  })
}

function rowOf({ startedAt, stage, release, by, approvedBy, phase, why, commit }: PromotionView): string[] {
  return [
    startedAt.slice(0, 19).replace('T', ' '),
    stage,
    release.name,
    release.model?.digest.replace(/^sha256:/, '').slice(0, 8) ?? '',
    `${release.pullRequest ? `#${release.pullRequest.number} ` : ''}${release.title}`.slice(0, 60),
    release.author,
    release.verdict ?? '',
    approvedBy.join(', '),
    by,
    why === undefined ? phase : `${phase} (${why.slice(0, 60)})`,
    commit?.slice(0, 7) ?? '',
  ]
}
