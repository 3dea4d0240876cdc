import { spawn } from 'node:child_process'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { identify, isSameProcess, type ProcessIdentity } from '@plimsoll/processes'
import { compiledFile } from '../storage/index.ts'
import { askCluster } from './ask-cluster.ts'
import { clusterFiles, makeDataDir, readClusterRecord, readLogTail, type ClusterRecord } from './cluster-record.ts'

export interface LaunchOptions {
  /** The cluster's own directory. Made when it is missing. One process at a time works in it. */
  dataDir: string
  /** 0 or absent: any free port, chosen at the first start and kept. */
  apiPort?: number
  /** Where Services and Ingresses are reached. 0 or absent: as above. */
  gatewayPort?: number
  /** Folders of this machine that pods may mount by hostPath. Default: none. */
  allowedHostPaths?: string[]
  /** Default 60 s. */
  readyTimeoutMs?: number
}

export interface LaunchedCluster {
  /** Path of a kubeconfig that only the owner can read. */
  kubeconfig: string
  /** `https://127.0.0.1:PORT`. */
  apiUrl: string
  /** `http://127.0.0.1:PORT`; a Service is at `NAME.NAMESPACE.localhost` on that port. */
  gatewayUrl: string
  pid: number
  /** True when it ran already. */
  isAdopted: boolean
  /** Resolves when the process has ended, however it did. A cluster that was killed is started again by `launchCluster`. */
  waitForExit(signal?: AbortSignal): Promise<void>
  /** Ends the cluster and every container in it. Resolves when the process is gone. */
  stop(): Promise<void>
}

/** The cluster did not start. The message says why and what to do. */
export class ClusterLaunchError extends Error {
  override readonly name = 'ClusterLaunchError'
}

/** Exit code of a cluster process that found the directory in use (sysexits EX_TEMPFAIL). */
export const exitInUse = 75

const pollMs = 20
/** How soon somebody who waits for its end hears of it. */
const watchMs = 250
const answerTimeoutMs = 3_000
/** Containers get their grace, then the process ends by itself; it is killed only when it hangs. */
const stopTimeoutMs = 60_000

/**
 * Starts the cluster as a process of its own that outlives this one, or adopts the one that already runs in `dataDir`.
 * Resolves when its API answers. Rejects with `ClusterLaunchError`.
 */
export async function launchCluster(options: LaunchOptions): Promise<LaunchedCluster> {
  const dataDir = resolve(options.dataDir)
  const deadline = Date.now() + (options.readyTimeoutMs ?? 60_000)
  await makeDataDir(dataDir)
  for (;;) {
    const running = await findRunning(dataDir)
    if (running !== undefined) {
      const adopted = await waitForReady(dataDir, running.identity, deadline, { isAdopted: true })
      if (adopted !== undefined) return adopted
      continue
    }
    const started = await startProcess(dataDir, options)
    const outcome = await Promise.race([
      waitForReady(dataDir, started.identity, deadline, { isAdopted: false }).catch((error: unknown) =>
        error instanceof Error ? error : new Error(String(error)),
      ),
      started.exited,
    ])
    if (typeof outcome === 'object' && 'kubeconfig' in outcome) return outcome
    if (outcome instanceof Error) throw outcome
    const code = outcome ?? (await started.exited)
    if (code !== exitInUse) throw await launchFailure(dataDir, `The cluster process ended with exit code ${code} before it was ready.`)
    // Somebody else started one at the same moment, or the old one is still ending: look again.
    if (Date.now() > deadline) throw await launchFailure(dataDir, `Another process uses ${dataDir} and does not answer.`)
    await sleep(10 * pollMs)
  }
}

async function findRunning(dataDir: string): Promise<ClusterRecord | undefined> {
  const record = await readClusterRecord(dataDir)
  return record !== undefined && isSameProcess(record.identity) ? record : undefined
}

interface StartedProcess {
  identity: ProcessIdentity
  exited: Promise<number>
}

/** What of our environment the cluster needs. Nothing else: there may be secrets in it. */
const inheritedVariables = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'TZ', 'USER', 'NODE_EXTRA_CA_CERTS', 'SystemRoot']

async function startProcess(dataDir: string, options: LaunchOptions): Promise<StartedProcess> {
  const settings = {
    dataDir,
    apiPort: options.apiPort ?? 0,
    gatewayPort: options.gatewayPort ?? 0,
    allowedHostPaths: options.allowedHostPaths ?? [],
  }
  const env = Object.fromEntries(
    inheritedVariables.filter((name) => process.env[name] !== undefined).map((name) => [name, process.env[name]]),
  )
  const log = await open(clusterFiles.log(dataDir), 'a', 0o600)
  try {
    const child = spawn(
      process.execPath,
      ['--no-memory-reducer', fileURLToPath(compiledFile('./main.js', import.meta.url)), JSON.stringify(settings)],
      {
        cwd: dataDir,
        env,
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
      },
    )
    const exited = new Promise<number>((done, reject) => {
      child.once('error', reject)
      child.once('exit', (code, signal) => done(code ?? (signal === null ? 1 : 128)))
    })
    // Looked at only while we wait for it; a rejection after that is nobody's.
    exited.catch(() => undefined)
    child.unref()
    const identity = child.pid === undefined ? undefined : identify(child.pid)
    if (identity === undefined) {
      const code = await exited
      throw await launchFailure(dataDir, `The cluster process ended with exit code ${code} at once.`)
    }
    return { identity, exited }
  } finally {
    await log.close()
  }
}

/** Undefined when the process ends instead. */
async function waitForReady(
  dataDir: string,
  identity: ProcessIdentity,
  deadline: number,
  { isAdopted }: { isAdopted: boolean },
): Promise<LaunchedCluster | undefined> {
  let why = 'it has not written where it listens'
  for (;;) {
    const record = await readClusterRecord(dataDir)
    if (record !== undefined && record.identity.pid === identity.pid && record.identity.started === identity.started) {
      const answer = await askCluster(record.kubeconfig, answerTimeoutMs)
      if (answer.state === 'ready') return launched(record, isAdopted)
      ;({ why } = answer)
    }
    if (!isSameProcess(identity)) return undefined
    if (Date.now() > deadline) throw await launchFailure(dataDir, `The cluster process ${identity.pid} did not become ready: ${why}.`)
    await sleep(pollMs)
  }
}

function launched(record: ClusterRecord, isAdopted: boolean): LaunchedCluster {
  const { kubeconfig, apiUrl, gatewayUrl, identity } = record
  return {
    kubeconfig,
    apiUrl,
    gatewayUrl,
    pid: identity.pid,
    isAdopted,
    stop: () => stopProcess(identity),
    waitForExit: (signal) => waitForExit(identity, signal),
  }
}

async function waitForExit(identity: ProcessIdentity, signal?: AbortSignal): Promise<void> {
  while (signal?.aborted !== true && isSameProcess(identity)) await sleep(watchMs, undefined, { ref: false })
}

async function stopProcess(identity: ProcessIdentity): Promise<void> {
  const deadline = Date.now() + stopTimeoutMs
  let isAsked = false
  while (isSameProcess(identity)) {
    if (!isAsked) {
      isAsked = true
      signal(identity, 'SIGTERM')
    } else if (Date.now() > deadline) {
      signal(identity, 'SIGKILL')
    }
    await sleep(pollMs)
  }
}

function signal(identity: ProcessIdentity, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(identity.pid, name)
  } catch {
    // Gone in the meantime: what was wanted.
  }
}

async function launchFailure(dataDir: string, what: string): Promise<ClusterLaunchError> {
  const tail = (await readLogTail(dataDir)).trim()
  const log = clusterFiles.log(dataDir)
  return new ClusterLaunchError(tail === '' ? `${what} Its log ${log} is empty.` : `${what} The end of its log ${log}:\n${tail}`)
}
