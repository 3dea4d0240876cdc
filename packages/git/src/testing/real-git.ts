import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { GitPrincipal } from '../contract.ts'
import { createRepositories, type GitRepositories, type RepositoriesOptions } from '../repositories.ts'

const run = promisify(execFile)

/** A user's own git, in a directory, with nothing of this machine's configuration. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: cwd,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'ada@example.org',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'ada@example.org',
  }
  const { stdout } = await run('git', ['-c', 'init.defaultBranch=main', ...args], { cwd, env, maxBuffer: 1 << 28 })
  return stdout.trim()
}

export interface Bench {
  dir: string
  repositories: GitRepositories
  /** Address of the HTTP server, `http://127.0.0.1:PORT`. */
  url: string
  server: Server
  close(): Promise<void>
}

export const everything: GitPrincipal = { username: 'ada', canRead: () => true, canCreate: () => true, canWrite: () => true }

/** Repositories over a temporary directory, behind a real HTTP server on a free port. */
export async function startBench(options: Partial<RepositoriesOptions> = {}, principal: GitPrincipal = everything): Promise<Bench> {
  const dir = await mkdtemp(join(tmpdir(), 'plimsoll-git-'))
  let url = ''
  const repositories = createRepositories({
    dataDir: join(dir, 'data'),
    hosting: { baseUrl: () => url, root: join(dir, 'hosted') },
    ...options,
  })
  const server = createServer((request, response) => void repositories.handle(request, response, principal))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  return {
    dir,
    repositories,
    url,
    server,
    async close() {
      await repositories.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Process ids of this process's children whose command line has a word in it. */
export function childrenRunning(word: string): number[] {
  if (!existsSync('/proc/self/stat')) {
    const lines = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' }).split('\n')
    return lines
      .map((line) => line.trim().split(/\s+/))
      .filter(([, parent]) => Number(parent) === process.pid)
      .filter((words) => words.includes(word))
      .map(([pid]) => Number(pid))
  }
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map(Number)
    .filter((pid) => {
      try {
        const parent = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]
        return Number(parent) === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word)
      } catch {
        return false
      }
    })
}
