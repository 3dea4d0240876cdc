import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { Readable, type Writable } from 'node:stream'
import { maskCredentials } from './repository-url.ts'

export type GitProcess = ChildProcessByStdio<Writable, Readable, Readable>

export interface GitRun {
  /** Protocols that may be dialled (gitprotocol-v2, GIT_ALLOW_PROTOCOL); none when absent. */
  protocols?: string
  /** Settings for this run, `section.key=value`. */
  config?: string[]
  env?: Record<string, string>
  input?: Buffer | string | Readable
  timeoutMs?: number
  maxOutputBytes?: number
  signal?: AbortSignal
}

/** What `git` said when it did not do what it was asked. `stderr` carries no credentials. */
export class GitFailure extends Error {
  override readonly name = 'GitFailure'
  readonly exitCode: number | undefined
  readonly stderr: string
  readonly reason: 'exit' | 'timeout' | 'aborted' | 'too-much-output' | 'not-started'
  /** What it had written by then: some exit codes are answers. */
  readonly stdout: Buffer | undefined

  constructor(reason: GitFailure['reason'], exitCode: number | undefined, stderr: string, stdout?: Buffer) {
    const masked = maskCredentials(stderr)
    super(describe(reason, masked))
    this.reason = reason
    this.exitCode = exitCode
    this.stderr = masked
    this.stdout = stdout
  }
}

/**
 * For every run: no configuration but ours, no hooks, no prompt, no transport that names a program, no file system monitor. Ownership is
 * not checked, because every directory that is opened is one that we made or the operator named (git-config(1), `safe.directory`).
 */
const settings = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.askPass=',
  'credential.helper=',
  'protocol.allow=never',
  'protocol.ext.allow=never',
  'safe.directory=*',
  'safe.bareRepository=all',
  'gc.auto=0',
  'maintenance.auto=false',
  'advice.detachedHead=false',
  'init.defaultBranch=main',
]

/** Passed through because a network or a key needs them; everything else of our environment stays here. */
const inherited = (
  'PATH HOME TMPDIR SSH_AUTH_SOCK SYSTEMROOT HTTPS_PROXY https_proxy HTTP_PROXY http_proxy ALL_PROXY all_proxy NO_PROXY no_proxy ' +
  'SSL_CERT_FILE SSL_CERT_DIR GIT_SSL_CAINFO GIT_SSL_CAPATH'
).split(' ')

/** Starts `git` with an argument array, at the head of a process group of its own. Whoever starts it ends it, by `killGit`. */
export function startGit(args: string[], run: Pick<GitRun, 'protocols' | 'config' | 'env'> = {}): GitProcess {
  const env: Record<string, string> = {}
  for (const name of inherited) {
    const value = process.env[name]
    if (value !== undefined) env[name] = value
  }
  Object.assign(env, {
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_LITERAL_PATHSPECS: '1',
    // A constant: no word of a user's gets into it. Unknown host keys are the operator's to accept.
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=15 -o ClearAllForwardings=yes -o PermitLocalCommand=no',
    ...run.env,
    GIT_ALLOW_PROTOCOL: run.protocols ?? 'none',
  })
  const config = [...settings, ...(run.config ?? [])].flatMap((setting) => ['-c', setting])
  const child = spawn('git', [...config, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'], cwd: '/', detached: true })
  // A pipe that breaks because git has ended shows in its exit code.
  child.stdin.on('error', ignore)
  child.stdout.on('error', ignore)
  child.stderr.on('error', ignore)
  return child
}

/** Ends a `git` and what it has started: a transport that hangs on the network would hold its pipes open for ever. */
export function killGit(child: GitProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // All of them have ended.
  }
}

/** Runs `git` to its end and gives what it wrote. Throws `GitFailure`. */
export function runGit(args: string[], run: GitRun = {}): Promise<Buffer> {
  const { timeoutMs = 30_000, maxOutputBytes = 64 * 1024 * 1024, signal } = run
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new GitFailure('aborted', undefined, ''))
      return
    }
    const child = startGit(args, run)
    const output: Buffer[] = []
    let outputBytes = 0
    let stderr = ''
    let ended: GitFailure['reason'] | undefined
    const end = (reason: GitFailure['reason']): void => {
      ended ??= reason
      killGit(child)
    }
    const timer = setTimeout(() => end('timeout'), timeoutMs)
    const onAbort = (): void => end('aborted')
    signal?.addEventListener('abort', onAbort, { once: true })

    child.stdout.on('data', (chunk: Buffer) => {
      outputBytes += chunk.length
      if (outputBytes > maxOutputBytes) end('too-much-output')
      else output.push(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < 16_384) stderr += chunk.toString()
    })
    child.on('error', (error) => finish(() => reject(new GitFailure('not-started', undefined, error.message))))
    child.on('exit', (_code, killedBy) => {
      if (killedBy !== null) killGit(child)
    })
    child.on('close', (code) => {
      finish(() => {
        if (ended === undefined && code === 0) resolve(Buffer.concat(output))
        else reject(new GitFailure(ended ?? 'exit', code ?? undefined, stderr, Buffer.concat(output)))
      })
    })
    if (run.input instanceof Readable) run.input.on('error', () => end('aborted')).pipe(child.stdin)
    else child.stdin.end(run.input)

    function finish(settle: () => void): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      settle()
    }
  })
}

function describe(reason: GitFailure['reason'], stderr: string): string {
  if (reason === 'timeout') return 'git did not answer in time'
  if (reason === 'aborted') return 'git was stopped'
  if (reason === 'too-much-output') return 'git answered with more than is accepted'
  if (reason === 'not-started') return `git could not be started: ${stderr}`
  return firstLine(stderr)
}

/** The line that says most: what ssh refuses for, which git only passes on; else what git calls `fatal:` or `error:`, else the first one. */
export function firstLine(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '')
  const line =
    lines.find((candidate) => /Permission denied|Host key verification failed|host key is known/.test(candidate)) ??
    lines.find((candidate) => /^(fatal|error|remote|ssh):/i.test(candidate)) ??
    lines[0] ??
    'git ended without a word'
  return line.replace(/^(fatal|error): /i, '').slice(0, 500)
}

function ignore(): void {}
