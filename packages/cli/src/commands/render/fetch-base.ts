import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sources, Tree } from '@plimsoll/render/engines'
import { findExecutable, runProgram } from '@plimsoll/processes'
import { CommandFailure } from '../../exit-code.ts'

type BaseRequest = Parameters<Sources['git']>[0]

/** What git may speak: no transport that starts a program named in an address. */
const protocols = 'https:http:ssh:git:file'
/** Handed on, so that whoever runs this reaches their repositories as they are used to. */
const kept = [
  'HOME',
  'PATH',
  'SSH_AUTH_SOCK',
  'XDG_CONFIG_HOME',
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'NO_PROXY',
  'no_proxy',
]

/** A remote base of a kustomization, fetched by this machine's git with the rights of whoever runs the command. It is gone when the command ends. */
export async function readBase({ url, revision }: BaseRequest): Promise<Tree> {
  const { DirectoryTree } = await import('@plimsoll/render/engines')
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-base-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  await git(folder, ['init', '--quiet'])
  await git(folder, ['fetch', '--quiet', '--depth=1', '--end-of-options', url, revision === '' ? 'HEAD' : revision])
  await git(folder, ['checkout', '--quiet', 'FETCH_HEAD'])
  return new DirectoryTree(folder)
}

async function git(folder: string, args: readonly string[]): Promise<void> {
  const environment: Record<string, string> = { GIT_ALLOW_PROTOCOL: protocols, GIT_TERMINAL_PROMPT: '0', GIT_LFS_SKIP_SMUDGE: '1' }
  for (const name of kept) if (process.env[name] !== undefined) environment[name] = process.env[name]
  const program = findExecutable('git', process.env.PATH, folder)
  const result = await runProgram({
    command: [program, '-c', 'core.hooksPath=/dev/null', ...args],
    folder,
    environment,
    timeoutMs: 120_000,
    outputBytes: 1_000_000,
    memoryBytes: 4_000_000_000,
  })
  if (result.end === 'exited' && result.exitCode === 0) return
  throw new CommandFailure(`git ${args[0]} failed: ${result.stderr.trim() || result.end}`, {
    remedy: 'Check the address and the revision of the remote base.',
  })
}
