import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { launchCluster } from '@plimsoll/embedded-cluster'
import { CommandFailure } from '../exit-code.ts'
import { removeReadyFile } from './data-dir.ts'
import { lockHolder } from './data-dir-lock.ts'

const pollMs = 50

/** Stops the server that works in a data directory, and the cluster that a killed one has left behind. Returns what it did, for people. */
export async function stopServer(dataDir: string): Promise<string> {
  const holder = lockHolder(dataDir)
  if (holder) {
    signal(holder.pid)
    while (lockHolder(dataDir)?.pid === holder.pid) await sleep(pollMs)
  }
  const clusterDir = join(dataDir, 'cluster')
  const pid = await clusterPid(clusterDir)
  const isLeft = pid !== undefined && isAlive(pid)
  // It is only adopted, to be stopped with its containers: a cluster that does not run is not started for that.
  if (isLeft) await (await launchCluster({ dataDir: clusterDir })).stop()
  removeReadyFile(dataDir)
  if (holder) return `Stopped: the server (process ${holder.pid}) and what it had started.`
  return isLeft
    ? 'The server had ended without its cluster. The cluster and every container in it are stopped now.'
    : `Nothing runs on ${dataDir}.`
}

async function clusterPid(clusterDir: string): Promise<number | undefined> {
  try {
    const record = JSON.parse(await readFile(join(clusterDir, 'cluster.json'), 'utf8')) as { identity?: { pid?: unknown } }
    return typeof record.identity?.pid === 'number' ? record.identity.pid : undefined
  } catch {
    return undefined
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH')
      throw new CommandFailure(`Process ${pid} belongs to another user.`, { remedy: 'Stop it as that user.' })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
