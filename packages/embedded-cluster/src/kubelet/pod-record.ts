import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Terminated } from './pod.ts'
import type { RestartBackoff } from './restart-backoff.ts'

/**
 * What the node must know about a pod after a restart, in `pods/UID/pod.json`. No value of an environment or a volume is in it;
 * how a process ended is in its own state directory.
 */
export interface PodRecord {
  uid: string
  namespace: string
  name: string
  podIP: string
  /** RFC 3339. */
  startTime: string
  graceSeconds: number
  containers: Record<string, ContainerRecord>
}

export interface ContainerRecord {
  role: 'init' | 'sidecar' | 'main'
  /** How often it was started before: its restart count. */
  attempt: number
  run?: RunRecord
  /** How the run before this one ended. */
  last?: Terminated
  backoff?: RestartBackoff
  /** Real port by container port; '' is the one of `PORT` where the container names none. */
  ports: Record<string, number>
}

/** One start of a container. */
export interface RunRecord {
  image: string
  /** Milliseconds since 1970. */
  startedAt: number
  isSimulated?: boolean
  /** It was ended because the cluster was stopped: its next start is no consequence of a failure. */
  wasShutDown?: boolean
  finished?: { exitCode: number; finishedAt: number; reason: string; message?: string }
}

export interface PodRecords {
  folderOf(uid: string): string
  all(): PodRecord[]
  save(record: PodRecord): void
  /** With everything else in the pod's folder. */
  remove(uid: string): void
}

export function openPodRecords(folder: string): PodRecords {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const folderOf = (uid: string) => {
    if (!/^[A-Za-z0-9-]{1,64}$/.test(uid)) throw new Error(`not the UID of a pod: ${JSON.stringify(uid)}`)
    return join(folder, uid)
  }
  return {
    folderOf,
    all() {
      return readdirSync(folder).flatMap((uid) => {
        try {
          const record = JSON.parse(readFileSync(join(folderOf(uid), 'pod.json'), 'utf8')) as PodRecord
          // A container may be called `constructor`.
          record.containers = Object.assign(Object.create(null) as PodRecord['containers'], record.containers)
          return record.uid === uid ? [record] : []
        } catch {
          // Cut off before its first write was whole: nothing was started for it yet.
          return []
        }
      })
    },
    save(record) {
      const target = folderOf(record.uid)
      mkdirSync(target, { recursive: true, mode: 0o700 })
      const file = join(target, 'pod.json')
      writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 })
      renameSync(`${file}.new`, file)
    },
    remove: (uid) => rmSync(folderOf(uid), { recursive: true, force: true }),
  }
}
