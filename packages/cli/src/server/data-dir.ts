import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of this clone: the data directory is beside it, unless somebody says otherwise. */
export const cloneRoot = dirname(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))))

export function defaultDataDir(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env.PLIMSOLL_DATA_DIR || join(cloneRoot, '.plimsoll'))
}

export function prepareDataDir(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  chmodSync(dataDir, 0o700)
}

/** What a running server says of itself in `ready.json`. */
export interface ReadyFile {
  url: string
  kubeconfig: string
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

export function removeReadyFile(dataDir: string, pid: number): void {
  if (readReadyFile(dataDir)?.pid === pid) rmSync(join(dataDir, 'ready.json'), { force: true })
}
