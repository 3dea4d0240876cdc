import type { ApprovalView, PromotionView, ReleaseView } from '@plimsoll/api'
import type { Command } from 'commander'
import { print, printStructured, requireOutput } from '../output/print.ts'
import { field, printable, table } from '../output/table.ts'
import { readCount } from './arguments.ts'
import { releaseText } from './delivery/show.ts'
import { withClient } from './with-client.ts'

/** `plimsoll release …`: what is promoted. */
export function addReleaseCommands(program: Command): void {
  const release = program.command('release').description('what is promoted: immutable, by digest')
  addList(release)
  addGet(release)
}

function addList(release: Command): void {
  const command = release
    .command('list')
    .alias('ls')
    .description('list releases, newest first')
    .option('--delivery <delivery>', 'of this delivery')
    .option('--limit <count>', 'so many at most', readCount, 20)
    .option('--before <number>', 'those of a delivery before this number', readCount)
    .option('-o, --output <format>', 'wide, name, json, yaml', 'wide')
  command.action(async (options: { delivery?: string; limit: number; before?: number; output: string }) => {
    requireOutput(options.output, ['wide', 'name', 'json', 'yaml', ''])
    await withClient(command, async (client) => {
      const { delivery, limit, before } = options
      const { items } = await client.get<{ items: ReleaseView[] }>('/api/v1/releases', { delivery, limit, before })
      if (printStructured(items, options.output)) return
      if (options.output === 'name') for (const { name } of items) print(name)
      else print(table(['NAME', 'CREATED', 'REVISION', 'MODEL', 'FROM', 'AUTHOR', 'GATE', 'SUPERSEDED BY'], items.map(rowOf)))
    })
  })
}

function rowOf({ name, createdAt, revision, model, title, pullRequest, author, verdict, supersededBy }: ReleaseView): string[] {
  return [
    name,
    createdAt.slice(0, 19).replace('T', ' '),
    revision.slice(0, 7),
    model?.digest.replace(/^sha256:/, '').slice(0, 8) ?? '',
    `${pullRequest ? `#${pullRequest.number} ` : ''}${title}`.slice(0, 60),
    author,
    verdict ?? '',
    supersededBy ?? '',
  ]
}

function addGet(release: Command): void {
  const command = release
    .command('get <NAME>')
    .description('show a release: what it is, who approved it, where it is and was')
    .option('-o, --output <format>', 'wide, json, yaml', 'wide')
  command.action(async (name: string, { output }: { output: string }) => {
    requireOutput(output, ['wide', 'json', 'yaml', ''])
    await withClient(command, async (client) => {
      const view = await client.get<ReleaseView & { approvals: ApprovalView[]; promotions: PromotionView[] }>(
        `/api/v1/releases/${encodeURIComponent(name)}`,
      )
      if (printStructured(view, output)) return
      print(releaseText(view))
      print(field('Revision:', `${view.repoURL} ${view.revision}`))
      if (view.model) print(field('Model:', view.model.digest))
      for (const image of view.images) print(field('Image:', `${image.newName ?? image.name}:${image.tag ?? ''} ${image.digest ?? ''}`))
      if (view.reviewers.length > 0) print(field('Reviewed by:', view.reviewers.join(', ')))
      if (view.supersededBy) print(field('Superseded by:', view.supersededBy))
      for (const approval of view.approvals)
        print(
          field(
            'Approved:',
            `for ${approval.stage} by ${approval.by} at ${approval.at}${approval.void ? ` (void: ${approval.void})` : ''}`,
          ),
        )
      for (const one of view.promotions)
        print(printable(`${one.startedAt}  ${one.stage}  ${one.kind} by ${one.by}: ${one.phase}${one.text ? `, ${one.text}` : ''}`))
    })
  })
}
