import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './paths.ts'
import { eventually, mustRun, run, type RunOptions, type RunResult } from './run.ts'

export const cliProgram = join(root, 'packages', 'cli', 'bin', 'plimsoll.js')

/** A running Plimsoll with a data directory of its own, started as a user starts it. */
export interface Plimsoll {
  dataDir: string
  url: string
  token: string
  kubeconfig: string
  gatewayUrl: string
  pid: number
  /** Everything it has printed so far. */
  output(): string
  cli(args: readonly string[], options?: RunOptions): Promise<RunResult>
  /** JSON of an API route; rejects with the body for a status of 400 and above. */
  api<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T>
  /** Makes a repository by a first push, or pushes to one that is there. Answers with the commit. */
  push(repository: string, files: Record<string, string | null>, message?: string, beforePush?: () => void): Promise<string>
  repositoryUrl(name: string): string
  /** Ends the server process at once, as a crash would. */
  kill(): Promise<void>
  /** Starts again on the same data directory. */
  restart(): Promise<void>
  /** Ctrl-C, and everything is gone. */
  stop(): Promise<void>
}

export interface PlimsollOptions {
  demo?: boolean
  args?: readonly string[]
}

export async function startPlimsoll(options: PlimsollOptions = {}): Promise<Plimsoll> {
  const dataDir = mkdtempSync(join(tmpdir(), 'plimsoll-e2e-'))
  const workDir = mkdtempSync(join(tmpdir(), 'plimsoll-work-'))
  let child: ChildProcess
  let printed = ''
  const running = { url: '', token: '', kubeconfig: '', gatewayUrl: '', pid: 0 }

  async function start(): Promise<void> {
    rmSync(join(dataDir, 'ready.json'), { force: true })
    child = spawn(
      process.execPath,
      [
        '--no-memory-reducer',
        cliProgram,
        'server',
        'start',
        '--data-dir',
        dataDir,
        '--port',
        '0',
        ...(options.demo ? [] : ['--no-demo']),
        ...(options.args ?? []),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], cwd: root },
    )
    const collect = (chunk: Buffer): void => {
      printed += chunk.toString('utf8')
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    let exit: number | null | undefined
    child.on('exit', (code) => {
      exit = code
    })
    const ready = await eventually(
      'Plimsoll is ready',
      async () => {
        if (exit !== undefined) throw new Error(`it ended with ${exit}:\n${printed}`)
        const file = join(dataDir, 'ready.json')
        return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : undefined
      },
      60_000,
    ).catch((error: unknown) => {
      child.kill('SIGKILL')
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${printed}`)
    })
    Object.assign(running, {
      url: ready.url,
      kubeconfig: ready.kubeconfig,
      gatewayUrl: ready.gateway ?? '',
      token: readFileSync(ready.tokenFile ?? '', 'utf8').trim(),
      pid: Number(ready.pid),
    })
  }

  async function ended(): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once('exit', resolve))
  }

  await start()
  return {
    dataDir,
    get url() {
      return running.url
    },
    get token() {
      return running.token
    },
    get kubeconfig() {
      return running.kubeconfig
    },
    get gatewayUrl() {
      return running.gatewayUrl
    },
    get pid() {
      return running.pid
    },
    output: () => printed,
    cli: (args, runOptions = {}) =>
      run(process.execPath, [cliProgram, ...args], {
        ...runOptions,
        env: { PLIMSOLL_SERVER: running.url, PLIMSOLL_AUTH_TOKEN: running.token, ...runOptions.env },
      }),
    async api<T>(method: string, path: string, body?: unknown): Promise<T> {
      const response = await fetch(new URL(path, running.url), {
        method,
        headers: { authorization: `Bearer ${running.token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
      return (text === '' ? {} : JSON.parse(text)) as T
    },
    repositoryUrl: (name) => `${running.url}/git/${name}.git`,
    async push(repository, files, message = 'Change', beforePush) {
      const dir = join(workDir, repository)
      const git = (...args: string[]): Promise<string> =>
        mustRun('git', ['-C', dir, '-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args], {
          env: { GIT_TERMINAL_PROMPT: '0' },
        })
      if (!existsSync(dir)) {
        await mustRun('git', ['init', '--quiet', '--initial-branch=main', dir])
        const url = new URL(`${running.url}/git/${repository}.git`)
        url.username = 'admin'
        url.password = running.token
        await git('remote', 'add', 'origin', url.href)
      }
      for (const [path, content] of Object.entries(files)) {
        const full = join(dir, path)
        if (content === null) rmSync(full, { force: true, recursive: true })
        else {
          mkdirSync(join(full, '..'), { recursive: true })
          writeFileSync(full, content)
        }
      }
      await git('add', '--all')
      await git('commit', '--quiet', '--allow-empty', '-m', message)
      beforePush?.()
      await git('push', '--quiet', '--force', 'origin', 'HEAD:main')
      return (await git('rev-parse', 'HEAD')).trim()
    },
    async kill() {
      process.kill(running.pid, 'SIGKILL')
      await ended()
    },
    restart: start,
    async stop() {
      child.kill('SIGINT')
      await ended()
      rmSync(dataDir, { recursive: true, force: true })
      rmSync(workDir, { recursive: true, force: true })
    },
  }
}

/** Asks the gateway for a host, as a browser would whose resolver knows `*.localhost`. */
export function askGateway(
  plimsoll: Plimsoll,
  host: string,
  options: { path?: string; method?: string; body?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; body: string; headers: Record<string, string | string[] | undefined> }> {
  const { port } = new URL(plimsoll.gatewayUrl)
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        path: options.path ?? '/',
        method: options.method ?? 'GET',
        headers: { ...options.headers, host: `${host}:${port}` },
      },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8'), headers: answer.headers }),
        )
      },
    )
    asked.on('error', reject)
    asked.end(options.body)
  })
}

/** An Application as a user writes one. */
export function applicationManifest(
  plimsoll: Plimsoll,
  name: string,
  options: {
    repository?: string
    path?: string
    namespace?: string
    automated?: boolean
    prune?: boolean
    selfHeal?: boolean
    createNamespace?: boolean
    revision?: string
  } = {},
): Record<string, unknown> {
  const { automated = true, prune = true, selfHeal = true, createNamespace = true } = options
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd' },
    spec: {
      project: 'default',
      source: {
        repoURL: plimsoll.repositoryUrl(options.repository ?? name),
        path: options.path ?? '.',
        targetRevision: options.revision ?? 'main',
      },
      destination: { server: 'https://kubernetes.default.svc', namespace: options.namespace ?? name },
      syncPolicy: {
        ...(automated && { automated: { prune, selfHeal } }),
        ...(createNamespace && { syncOptions: ['CreateNamespace=true'] }),
      },
    },
  }
}

interface Seen {
  status?: {
    sync?: { status?: string; revision?: string }
    health?: { status?: string }
    conditions?: { type: string; message: string }[]
    operationState?: { phase?: string; message?: string }
  }
}

export function untilSynced(
  plimsoll: Plimsoll,
  name: string,
  wanted: { revision?: string; health?: string } = {},
  timeoutMs = 60_000,
): Promise<Seen> {
  let last: Seen | undefined
  return eventually(
    `application ${name} is Synced`,
    async () => {
      last = await plimsoll.api<Seen>('GET', `/api/v1/applications/${name}`)
      const { sync, health } = last.status ?? {}
      return sync?.status === 'Synced' &&
        (wanted.revision === undefined || sync.revision === wanted.revision) &&
        (wanted.health === undefined || health?.status === wanted.health)
        ? last
        : undefined
    },
    timeoutMs,
  ).catch((error: unknown) => {
    throw new Error(
      `${error instanceof Error ? error.message : String(error)}; its status: ${JSON.stringify(last?.status, null, 1)?.slice(0, 3000)}`,
    )
  })
}
