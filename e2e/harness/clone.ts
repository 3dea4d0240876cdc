import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './paths.ts'
import { eventually } from './run.ts'

/** What a `git clone` of this work tree would hold, with what is not committed yet: sources, and nothing that was installed or built. */
export function copyClone(target: string): void {
  const files = execFileSync('git', ['-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  for (const file of files.split('\0')) {
    if (file === '' || !existsSync(join(root, file))) continue
    mkdirSync(dirname(join(target, file)), { recursive: true })
    // Times as they are: what was built from them stays built.
    cpSync(join(root, file), join(target, file), { preserveTimestamps: true })
  }
}

export const isGitClone = existsSync(join(root, '.git'))

/** Variables that say that npm runs us already. A newcomer's shell has none of them. */
export function newcomerEnvironment(extra: Record<string, string | undefined> = {}): Record<string, string | undefined> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_ENV$|VITEST|PLIMSOLL_)/i.test(name)),
  )
  return { ...env, npm_config_prefer_offline: 'true', NODE_OPTIONS: undefined, ...extra }
}

export interface Started {
  child: ChildProcess
  output(): string
  /** Resolves with the exit code, or the signal's name. */
  exited: Promise<number | string>
}

export function startIn(cwd: string, program: string, args: readonly string[], env: Record<string, string | undefined> = {}): Started {
  const child = spawn(program, args, { cwd, env: newcomerEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let printed = ''
  const collect = (chunk: Buffer): void => {
    printed += chunk.toString('utf8')
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const exited = new Promise<number | string>((resolve) => child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown')))
  return { child, output: () => printed, exited }
}

export interface Ready {
  url: string
  kubeconfig: string
  username: string
  tokenFile: string
  pid: number
  gateway: string
}

/** As a terminal does it: all of them get the signal, npm and what npm has started. */
export function pressCtrlC({ child }: Started): void {
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT')
}

/** Waits for `ready.json`; fails at once, with what was printed, when the process ends instead. */
export async function untilReady(started: Started, dataDir: string, timeoutMs = 60_000): Promise<Ready> {
  let ended: number | string | undefined
  void started.exited.then((code) => (ended = code))
  const file = join(dataDir, 'ready.json')
  const ready = await eventually(
    `${file} appears`,
    async () => {
      if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Ready
      return ended === undefined ? undefined : 'ended'
    },
    timeoutMs,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${started.output()}`)
  })
  if (ready === 'ended') throw new Error(`It ended with ${ended}:\n${started.output()}`)
  return ready
}

/** Process ids whose command line or working folder names this folder. Linux only. */
export function processesOf(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter(
      (pid) =>
        read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).includes(folder) ||
        read(() => readlinkSync(`/proc/${pid}/cwd`)).startsWith(folder),
    )
    .map(Number)
}

function read(get: () => string): string {
  try {
    return get()
  } catch {
    return ''
  }
}
