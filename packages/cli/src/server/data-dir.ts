import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CommandFailure } from '../exit-code.ts'

/** The root of this clone: the data directory is beside it, unless somebody says otherwise. */
export const cloneRoot = dirname(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))))

export function defaultDataDir(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env.PLIMSOLL_DATA_DIR || join(cloneRoot, '.plimsoll'))
}

/** Makes it, for its owner alone. Throws what to do when it cannot be used: what is in there must be one user's. */
export function prepareDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    chmodSync(dataDir, 0o700)
    const probe = join(dataDir, `.probe-${process.pid}`)
    writeFileSync(probe, 'x')
    rmSync(probe)
  } catch (error) {
    if (error instanceof CommandFailure) throw error
    throw dataDirFailure(dataDir, error as NodeJS.ErrnoException)
  }
}

export function dataDirFailure(dataDir: string, error: NodeJS.ErrnoException): CommandFailure {
  const { code } = error
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new CommandFailure(`The disk of ${dataDir} is full.`, {
      remedy: 'Make room (the log and the pods of the cluster are below it), and start again.',
    })
  if (code === 'EEXIST' || code === 'ENOTDIR')
    return new CommandFailure(`${dataDir} is a file, or below one.`, { remedy: 'Choose another directory with --data-dir DIR.' })
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new CommandFailure(`The data directory ${dataDir} cannot be written by this user (${ownership(dataDir) ?? code}).`, {
      remedy: 'Start as its owner, or choose a directory of your own with --data-dir DIR.',
    })
  }
  return new CommandFailure(`The data directory ${dataDir} cannot be used: ${error.message}`, {
    remedy: 'Choose another directory with --data-dir DIR.',
  })
}

function ownership(dataDir: string): string | undefined {
  try {
    const { uid } = statSync(dataDir)
    const user = process.getuid?.()
    return user === undefined || uid === user ? undefined : `it belongs to user ${uid}, and this is user ${user}`
  } catch {
    return undefined
  }
}

/** What a running server says of itself in `ready.json`. */
export interface ReadyFile {
  url: string
  kubeconfig: string
  /** Of the kubeconfig, where it is not its current one. */
  context?: string
  username: string
  tokenFile: string
  pid: number
  /** Where Services and Ingresses of the embedded cluster are reached. */
  gateway?: string
}

export function readReadyFile(dataDir: string): ReadyFile | undefined {
  const file = join(dataDir, 'ready.json')
  if (!existsSync(file)) return undefined
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ReadyFile
  } catch {
    return undefined
  }
}

/** Whoever waits for the file never sees half of it. */
export function writeReadyFile(dataDir: string, ready: ReadyFile): void {
  const file = join(dataDir, 'ready.json')
  writeFileSync(`${file}.tmp`, `${JSON.stringify(ready, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.tmp`, file)
}

/** By the holder of the lock only: whoever it names has ended, or is about to. */
export function removeReadyFile(dataDir: string): void {
  rmSync(join(dataDir, 'ready.json'), { force: true })
}
