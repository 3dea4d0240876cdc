import type { ChangedFile, Check, Comment, PullRequest, Review } from '@plimsoll/api'
import type { Command } from 'commander'
import { CommandFailure, exitCodes } from '../../exit-code.ts'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { field, printable, table } from '../../output/table.ts'
import { withClient } from '../with-client.ts'
import { sourceOf, stateOf, verdictOf } from './list.ts'
import { addRepo, findRepo, getPull, pullPath, readNumber, repoPath } from './pull-argument.ts'

export function addGet(pr: Command): void {
  const command = addRepo(pr.command('get <NUMBER>'))
    .alias('view')
    .description('show a pull request, and what its target demands')
    .option('-c, --comments', 'with the conversation')
    .option('-o, --output <format>', 'wide, json, yaml', 'wide')
  command.action(async (text: string, options: { repo?: string; comments?: boolean; output: string }) => {
    requireOutput(options.output, ['wide', 'json', 'yaml', ''])
    const number = readNumber(text)
    const repo = await findRepo(options.repo)
    await withClient(command, async (client) => {
      const pull = await getPull(client, repo, number)
      const { items: reviews } = await client.get<{ items: Review[] }>(pullPath(repo, number, '/reviews'))
      const comments = options.comments ? (await client.get<{ items: Comment[] }>(pullPath(repo, number, '/comments'))).items : undefined
      if (printStructured({ ...pull, reviews, ...(comments && { comments }) }, options.output)) return
      print(describe(pull, reviews))
      if (comments) print(`\n${comments.map(told).join('\n\n')}`)
    })
  })
}

function describe(pull: PullRequest, reviews: readonly Review[]): string {
  const lines = [
    field('Number:', String(pull.number)),
    field('Title:', pull.title),
    field('State:', [stateOf(pull), verdictOf(pull)].filter(Boolean).join(', ')),
    field('Author:', `${pull.author}${pull.isOutside ? ' (from outside)' : ''}`),
    field('From:', `${sourceOf(pull)} (${pull.head.commit.slice(0, 7)})`),
    field('Into:', `${pull.base.branch} (${pull.base.commit.slice(0, 7)})`),
  ]
  if (pull.merged) lines.push(field('Merged:', `${pull.merged.at} by ${pull.merged.by} as ${pull.merged.commit.slice(0, 7)}`))
  for (const { isMet, text } of pull.requirements) lines.push(field(isMet ? 'Met:' : 'Not met:', text))
  for (const { author, state, commit, void: why } of reviews) {
    lines.push(field('Review:', `${author} ${state} ${commit.slice(0, 7)}${why === undefined ? '' : ` (void: ${why})`}`))
  }
  if (pull.body.trim() !== '') lines.push('', pull.body.split('\n').map(printable).join('\n'))
  return lines.join('\n')
}

function told({ author, createdAt, body, path, line, kind }: Comment): string {
  const where = path === undefined ? '' : ` on ${path}:${line ?? ''}`
  const head = printable(`${author} ${createdAt}${kind === 'report' ? ' (report)' : ''}${where}`)
  return `${head}\n${body
    .split('\n')
    .map((text) => `  ${printable(text)}`)
    .join('\n')}`
}

export function addDiff(pr: Command): void {
  const command = addRepo(pr.command('diff <NUMBER>'))
    .description('show what a pull request changes, as git diff does')
    .option('--name-only', 'the files alone')
    .option('-o, --output <format>', 'json, yaml', '')
  command.action(async (text: string, options: { repo?: string; nameOnly?: boolean; output: string }) => {
    requireOutput(options.output, ['json', 'yaml', ''])
    const repo = await findRepo(options.repo)
    const number = readNumber(text)
    await withClient(command, async (client) => {
      const answer = await client.get<{ files: ChangedFile[]; isTruncated: boolean }>(pullPath(repo, number, '/files'))
      if (printStructured(answer, options.output)) return
      for (const file of answer.files) print(options.nameOnly ? printable(file.path) : patchOf(file))
      if (answer.isTruncated) print('… and more files than are shown')
    })
  })
}

function patchOf(file: ChangedFile): string {
  const before = file.previousPath ?? file.path
  const lines = [`diff --git a/${before} b/${file.path}`]
  if (file.previousPath !== undefined) lines.push(`rename from ${before}`, `rename to ${file.path}`)
  if (file.isBinary) lines.push(`Binary files a/${before} and b/${file.path} differ`)
  else if (file.hunks === undefined) lines.push(`(${file.additions} lines added, ${file.deletions} deleted: too large to show)`)
  else if (file.hunks.length > 0) {
    lines.push(
      file.status === 'added' ? '--- /dev/null' : `--- a/${before}`,
      file.status === 'removed' ? '+++ /dev/null' : `+++ b/${file.path}`,
    )
    for (const hunk of file.hunks) {
      const old = hunk.lines.filter((line) => /^[- ]/.test(line)).length
      const fresh = hunk.lines.filter((line) => /^[+ ]/.test(line)).length
      lines.push(`@@ -${hunk.oldStart},${old} +${hunk.newStart},${fresh} @@ ${hunk.heading}`.trimEnd(), ...hunk.lines)
    }
  }
  // Tabs are part of a text; what moves the cursor or colours the terminal is not let through.
  return lines.map((line) => line.split('\t').map(printable).join('\t')).join('\n')
}

export function addChecks(pr: Command): void {
  const command = addRepo(pr.command('checks <NUMBER>'))
    .description('show the checks of its head; exits with 1 when one failed, or has not ended')
    .option('-o, --output <format>', 'wide, json, yaml', 'wide')
  command.action(async (text: string, options: { repo?: string; output: string }) => {
    requireOutput(options.output, ['wide', 'json', 'yaml', ''])
    const number = readNumber(text)
    const repo = await findRepo(options.repo)
    await withClient(command, async (client) => {
      const { head } = await getPull(client, repo, number)
      const { items } = await client.get<{ items: Check[] }>(repoPath(repo, `/commits/${head.commit}/checks`))
      if (!printStructured(items, options.output)) {
        // Two workflow files may be called the same, and one may run for a push and for the pull request: then it matters which of them says it.
        const isTwofold = new Set(items.map(({ name }) => name)).size < items.length
        const rows = items.map(({ name, status, conclusion, title, source }) => [
          name,
          conclusion ?? status,
          ...(isTwofold ? [source?.workflow ?? '', source?.event ?? ''] : []),
          title,
        ])
        print(table(['NAME', 'STATE', ...(isTwofold ? ['WORKFLOW', 'EVENT'] : []), 'TITLE'], rows))
      }
      if (items.length === 0) throw new CommandFailure(`Nothing has checked ${head.commit.slice(0, 8)} yet.`, { exitCode: exitCodes.notSo })
      const open = items.filter(({ conclusion }) => conclusion === undefined || !['success', 'neutral', 'skipped'].includes(conclusion))
      if (open.length > 0) {
        throw new CommandFailure(`${open.length} of ${items.length} checks have not succeeded`, { exitCode: exitCodes.notSo })
      }
    })
  })
}
