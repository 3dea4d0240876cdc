import { spawn } from 'node:child_process'
import { maskCredentials } from '@plimsoll/git'

const maxOutputBytes = 64 * 1024 * 1024

/** What `git` said when it did not do what it was asked; without credentials. */
export class GitRefusal extends Error {
  override readonly name = 'GitRefusal'
  readonly exitCode: number | undefined
  readonly output: string

  constructor(exitCode: number | undefined, stdout: string, stderr: string) {
    super(
      maskCredentials(
        stderr
          .split('\n')
          .find((line) => /^(fatal|error|remote):/i.test(line))
          ?.replace(/^(fatal|error): /i, '') ??
          stderr.split('\n')[0] ??
          'git ended without a word',
      ).slice(0, 500),
    )
    this.exitCode = exitCode
    this.output = maskCredentials(`${stdout}\n${stderr}`)
  }
}

export interface GitAsk {
  config?: readonly string[]
  /** That may be dialled; none when absent. */
  protocols?: string
  env?: Readonly<Record<string, string>>
  input?: Buffer
  timeoutMs: number
}

/** Runs `git` with arguments, never a shell: no configuration but ours, no hooks, no prompt, no transport but those that are asked for (SECURITY, "Git"). */
export function runGit(args: readonly string[], { config = [], protocols = 'none', env = {}, input, timeoutMs }: GitAsk): Promise<Buffer> {
  const settings = [
    'core.hooksPath=/dev/null',
    'core.fsmonitor=false',
    'credential.helper=',
    'protocol.allow=never',
    'gc.auto=0',
    'safe.directory=*',
    'safe.bareRepository=all',
    ...config,
  ]
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...settings.flatMap((one) => ['-c', one]), ...args], {
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      env: {
        ...Object.fromEntries(
          ['PATH', 'HTTPS_PROXY', 'https_proxy', 'SSL_CERT_FILE', 'SSL_CERT_DIR'].flatMap((name) =>
            process.env[name] ? [[name, process.env[name]]] : [],
          ),
        ),
        LC_ALL: 'C',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_TERMINAL_PROMPT: '0',
        GIT_ASKPASS: '',
        GIT_ALLOW_PROTOCOL: protocols,
        GIT_LITERAL_PATHSPECS: '1',
        GIT_NO_REPLACE_OBJECTS: '1',
        ...env,
      },
    })
    const chunks: Buffer[] = []
    let bytes = 0
    let stderr = ''
    child.stdin.on('error', () => undefined)
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > maxOutputBytes) child.kill('SIGKILL')
      else chunks.push(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < 16_384) stderr += chunk.toString()
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(chunks))
      else reject(new GitRefusal(code ?? undefined, Buffer.concat(chunks).toString('utf8', 0, 4096), stderr))
    })
    child.stdin.end(input)
  })
}
