import type { Repositories } from '@plimsoll/git'
import type { Records } from '@plimsoll/records'
import type { JobLimits } from '../job/job-spec.ts'
import type { PodsOptions } from '../sandbox/pods/open-pods.ts'
import type { StorageLimits } from '../storage/storage-limits.ts'
import type { Retention } from './retention.ts'

/** What runs are made of: everything from outside comes in here. */
export interface RunsContext {
  /** A folder of its own: logs, workspaces. Made when it is missing. */
  dataDir: string
  records: Records
  repositories: Repositories
  isHosted(repository: string): Promise<boolean>
  log: {
    info(fields: object, message: string): void
    warn(fields: object, message: string): void
    error(fields: object, message: string): void
  }
  /** Milliseconds since 1970. */
  now?: () => number
  /** What steps must never see, wherever it is: the server's data directory. */
  secretFolders: readonly string[]
  /** Folders of this machine that steps may read as well. */
  visibleFolders?: readonly string[]
  /** Where programs for steps are looked for. Default: the PATH of this process. */
  searchPath?: string
  /** Jobs at once. Default: cores; 20 in pods. */
  concurrency?: number
  /** `none`: steps are not isolated, and nothing from outside runs. Default `auto`. */
  isolation?: 'auto' | 'none'
  /** Jobs are pods of this cluster, and not processes of this machine. */
  pods?: PodsOptions
  /** For what runs in containers: a program, `none`, or `auto`, which is the first of docker and podman that answers. Default `auto`. */
  containerEngine?: string
  /** Runs from outside may use an engine that runs as root. Default false. */
  outsideContainers?: boolean
  limits?: Partial<JobLimits>
  /** For reading all workflow files of one commit together, in milliseconds; those that are left then fail. Default 20 s. */
  readingMs?: number
  /** After how many days logs, artifacts and unused caches are taken away. Default 90, 90 and 7. */
  retention?: Partial<Retention>
  /** How much artifacts and caches may have. */
  storage?: Partial<StorageLimits>
  /** Hosts of actions and workflows that are not hosted here. Default `github.com`. */
  actionHosts?: readonly string[]
  /** Steps' debug messages are shown. */
  isDebug?: boolean
  /** Only these: a workflow by path or file name, jobs (and what they need), values of the matrix. */
  selection?: { workflow?: string; jobs?: readonly string[]; matrix?: Readonly<Record<string, string>> }
}
