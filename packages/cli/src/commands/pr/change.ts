import { spawn } from 'node:child_process'
import type { PullRequest } from '@plimsoll/api'
import type { Command } from 'commander'
import { CommandFailure, exitCodes, usageFailure } from '../../exit-code.ts'
import { print } from '../../output/print.ts'
import { withClient } from '../with-client.ts'
import { addRepo, findRepo, pullPath, readBody, readNumber } from './pull-argument.ts'

async function change(
  command: Command,
  text: string,
  repo: string | undefined,
  body: Record<string, unknown>,
  done: string,
): Promise<void> {
  const number = readNumber(text)
  const name = await findRepo(repo)
  await withClient(command, async (client) => {
    await client.send<PullRequest>('PATCH', pullPath(name, number), { body })
    print(`pull request ${number} ${done}`)
  })
}

export function addClose(pr: Command): void {
  const command = addRepo(pr.command('close <NUMBER>')).description('close a pull request without merging it')
  command.action((text: string, { repo }: { repo?: string }) => change(command, text, repo, { state: 'closed' }, 'closed'))
}

export function addReopen(pr: Command): void {
  const command = addRepo(pr.command('reopen <NUMBER>')).description('open a pull request again')
  command.action((text: string, { repo }: { repo?: string }) => change(command, text, repo, { state: 'open' }, 'reopened'))
}

export function addReady(pr: Command): void {
  const command = addRepo(pr.command('ready <NUMBER>'))
    .description('mark a draft as ready for review')
    .option('--undo', 'make it a draft again')
  command.action((text: string, { repo, undo }: { repo?: string; undo?: boolean }) =>
    change(command, text, repo, { isDraft: undo ?? false }, undo ? 'is a draft' : 'is ready for review'),
  )
}

export function addEdit(pr: Command): void {
  const command = addRepo(pr.command('edit <NUMBER>'))
    .description('change title, description or target; another target voids every approval')
    .option('-t, --title <text>', 'title')
    .option('-b, --body <text>', 'description, as Markdown')
    .option('-F, --body-file <file>', 'description from a file; -: from standard input')
    .option('-B, --base <branch>', 'where it is to go')
  command.action(async (text: string, options: { repo?: string; title?: string; body?: string; bodyFile?: string; base?: string }) => {
    const body = await readBody(options)
    const { title, base } = options
    const wanted = { ...(title !== undefined && { title }), ...(base !== undefined && { base }), ...(body !== undefined && { body }) }
    if (Object.keys(wanted).length === 0) throw usageFailure('There is nothing to change.', 'Give --title, --body or --base.')
    await change(command, text, options.repo, wanted, 'changed')
  })
}

export function addCheckout(pr: Command): void {
  const command = pr
    .command('checkout <NUMBER>')
    .description('fetch the head of a pull request into the clone in this folder, as branch pr-NUMBER')
    .option('-f, --force', 'also where that branch has other commits')
  command.action(async (text: string, { force }: { force?: boolean }) => {
    const number = readNumber(text)
    const branch = `pr-${number}`
    await git('fetch', 'origin', `${force ? '+' : ''}refs/pull/${number}/head:refs/remotes/origin/${branch}`)
    await git('checkout', force ? '-B' : '-b', branch, `refs/remotes/origin/${branch}`)
  })
}

async function git(...args: string[]): Promise<void> {
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn('git', args, { stdio: 'inherit' })
    child.on('error', (error) => reject(new CommandFailure(`git could not be started: ${error.message}`)))
    child.on('close', resolve)
  })
  if (code !== 0) throw new CommandFailure(`git ${args[0]} ended with ${code ?? 'a signal'}.`, { exitCode: exitCodes.notSo })
}
