import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { PullRequest } from '@plimsoll/api'
import type { Command } from 'commander'
import type { ApiClient } from '../../client/api-client.ts'
import { usageFailure } from '../../exit-code.ts'

const run = promisify(execFile)

/** `-R`, which every verb has. */
export function addRepo(command: Command): Command {
  return command.option('-R, --repo <name>', 'repository (default: $PLIMSOLL_REPO, or that of the clone in this folder)')
}

/** The repository that is meant. */
export async function findRepo(given: string | undefined): Promise<string> {
  const found = await repoMeant(given)
  if (found === undefined) throw usageFailure('Which repository?', 'Name it with --repo NAME, or run the command in a clone of it.')
  return found
}

/** Undefined where none is named, and this folder is no clone of one. */
export async function repoMeant(given: string | undefined): Promise<string | undefined> {
  const named = given ?? process.env['PLIMSOLL_REPO']
  if (named !== undefined && named !== '') return named
  const url = await gitHere('remote', 'get-url', 'origin')
  const name = url === undefined ? undefined : /\/git\/(.+?)(?:\.git)?\/?$/.exec(url)?.[1]
  if (name === undefined) {
    // A clone of one that lives elsewhere: the server says whether it is connected. What signs in there stays here.
    if (url !== undefined && /^(?:https?|ssh):\/\/|^[^/@\s]+@[^/:\s]+:/.test(url)) return url.replace(/^(https?:\/\/)[^/@]*@/, '$1')
    return undefined
  }
  return decodeURIComponent(name)
}

/** What git says in this folder; undefined when it is no clone. */
export async function gitHere(...args: string[]): Promise<string | undefined> {
  try {
    return (await run('git', args, { encoding: 'utf8' })).stdout.trim()
  } catch {
    return undefined
  }
}

export function repoPath(repo: string, below = ''): string {
  return `/api/v1/repositories/${encodeURIComponent(repo)}${below}`
}

export function pullPath(repo: string, number: number, below = ''): string {
  return repoPath(repo, `/pulls/${number}${below}`)
}

/** `3`, or `#3`. */
export function readNumber(text: string): number {
  const number = Number(/^#?(\d{1,9})$/.exec(text)?.[1] ?? 0)
  if (number === 0) throw usageFailure(`'${text}' is not the number of a pull request.`, 'List them with `plimsoll pr list`.')
  return number
}

export function getPull(client: ApiClient, repo: string, number: number): Promise<PullRequest> {
  return client.get<PullRequest>(pullPath(repo, number))
}

/** A text from `--body`, from a file, or from standard input where the file is `-`. */
export async function readBody(options: { body?: string; bodyFile?: string }): Promise<string | undefined> {
  if (options.body !== undefined && options.bodyFile !== undefined) throw usageFailure('--body and --body-file cannot be given together.')
  if (options.bodyFile === undefined) return options.body
  if (options.bodyFile === '-') return (await import('node:stream/consumers')).text(process.stdin)
  const { readFile } = await import('node:fs/promises')
  try {
    return await readFile(options.bodyFile, 'utf8')
  } catch (error) {
    throw usageFailure(`'${options.bodyFile}' cannot be read: ${(error as Error).message}`)
  }
}
