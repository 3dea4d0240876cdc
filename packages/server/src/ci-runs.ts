import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { WorkflowRun } from '@plimsoll/api'
import type { Log } from '@plimsoll/applications'
import type { Forge } from '@plimsoll/forge'
import type { GitHost, Repositories } from '@plimsoll/git'
import type { Records } from '@plimsoll/records'
import type { HttpKubeClient } from '@plimsoll/kube'
import {
  createWorkflowRuns,
  openPodCluster,
  readSchedules,
  scheduledBetween,
  type JobLimits,
  type PodsOptions,
  type WorkflowRuns,
} from '@plimsoll/workflows'
import { isAllowed } from './auth/principal.ts'
import { issueRunToken } from './auth/run-token.ts'
import type { Tokens } from './auth/tokens.ts'
import { nameOfRunCheck } from './check-names.ts'
import type { CiSettings } from './ci-settings.ts'

export type { WorkflowEvent, WorkflowRuns } from '@plimsoll/workflows'
export type { WorkflowRun } from '@plimsoll/api'

export interface CiOptions {
  /** `pods`: each job is a pod of the home cluster, which must not be the embedded one. Default: there, where the home is a cluster of its own. */
  runOn?: 'pods' | 'machine'
  /** Image of jobs in pods that name none: it needs bash, git, tar and Node.js 20 or newer. Default `node:22-bookworm`. */
  image?: string
  /** Of those pods; made when it is missing. Default `plimsoll-ci`. */
  namespace?: string
  /** Where steps in pods reach this server. Default: through the connection to their pod, without a way from the cluster to the server. */
  serverUrl?: string
  /** Merged over each of those pods (strategic merge patch of a Pod). */
  podTemplate?: Record<string, unknown>
  /** Jobs at once. Default: cores; 20 in pods. */
  concurrency?: number
  /** `none`: steps are not isolated, and nothing from outside runs. Default `auto`. */
  isolation?: 'auto' | 'none'
  /** Folders of this machine that steps may read as well: toolchains, packages. */
  visibleFolders?: readonly string[]
  /** PATH of the steps. Default: the server's. */
  searchPath?: string
  /** For containers, services and actions with images: `docker`, `podman` or a path; `none`; `auto`, the first of the two that answers. Default `auto`. */
  containerEngine?: string
  /** Runs from outside may use an engine that runs as root on this machine. Default false: only one that is rootless or has user namespaces. */
  outsideContainers?: boolean
  /** Hosts of actions that are not hosted here. Default `github.com`. */
  actionHosts?: readonly string[]
  limits?: Partial<JobLimits>
  /** After how many days logs, artifacts and unused caches are taken away. Default 90, 90 and 7. */
  retention?: { logDays?: number; artifactDays?: number; cacheDays?: number }
  /** In bytes: artifacts of a run (10 GiB) and of a repository (50 GiB), caches of a repository (10 GiB). */
  storage?: { artifactsOfRun?: number; artifactsOfRepository?: number; cachesOfRepository?: number }
}

export interface CiRunsContext {
  dataDir: string
  records: Records
  repositories: Repositories & GitHost
  forge: Forge
  /** How a repository elsewhere that is connected is called here. */
  connected(address: string): string | undefined
  tokens: Tokens
  settings: CiSettings
  serverUrl(): string
  connect(): Duplex
  /** Undefined: it is no place for jobs. */
  cluster?: HttpKubeClient
  log: Log
  options: CiOptions
}

const defaultNamespace = 'plimsoll-ci'

/** Runs of workflows, in this house. */
export async function createCiRuns(context: CiRunsContext): Promise<WorkflowRuns> {
  const { repositories, forge, tokens, settings, dataDir, log } = context
  const { runOn = context.cluster ? 'pods' : 'machine', image, namespace, serverUrl, podTemplate, ...options } = context.options
  if (runOn === 'pods' && !context.cluster)
    throw new Error('The embedded cluster runs containers as processes of this machine: jobs cannot be its pods. Leave runOn at machine, or start with a kubeconfig.') // prettier-ignore
  const pods: PodsOptions | undefined =
    runOn === 'pods' && context.cluster
      ? {
          cluster: openPodCluster({ client: context.cluster, namespace: namespace ?? defaultNamespace, log }),
          ...(image !== undefined && { image }),
          ...(serverUrl !== undefined && { serverUrl: serverUrl.replace(/\/+$/, '') }),
          ...(podTemplate && { template: podTemplate }),
        }
      : undefined
  const runs: WorkflowRuns = await createWorkflowRuns(
    {
      ...options,
      ...(pods && { pods }),
      dataDir: join(dataDir, 'ci'),
      records: context.records,
      repositories,
      isHosted: (repository) => repositories.hosted.has(repository),
      log,
      secretFolders: [dataDir],
    },
    {
      // The name is a workflow file's, which a pull request may bring: it must not be that of a gate.
      setCheck: (repository, check) => forge.setCheck(repository, { ...check, name: nameOfRunCheck(check.name) }),
      secrets: (repository, environment) => settings.secrets(repository, environment),
      variables: (repository, environment) => settings.variables(repository, environment),
      environment: (repository, name) => settings.environment(repository, name),
      async token({ repository, id, permissions, isOutside, ttlMs }) {
        const run = await runs.get(id)
        const commit = await headOf(run)
        const issued = issueRunToken(tokens, {
          repository,
          permissions,
          isOutside,
          ...(ttlMs !== undefined && { ttlMs }),
          about: { commit, runId: id, ...(run.pullRequest !== undefined && { pullRequest: run.pullRequest }) },
        })
        const facts = tokens.verify(issued.token)
        return { ...issued, ...(facts && { handle: JSON.stringify({ id: facts.id, expiresAt: facts.expiresAt }) }) }
      },
      revokeToken: (handle) => tokens.revoke(JSON.parse(handle) as { id: string; expiresAt: number }),
      async canWrite(_repository, account) {
        const found = tokens.accounts.get(account)
        return found?.enabled === true && isAllowed(found.role, 'repositories:update')
      },
      serverUrl: () => context.serverUrl(),
      connect: () => context.connect(),
      cloneUrl: (repository) => repositories.hosted.urlOf(repository),
      async connectedUrl(by, repository, server) {
        if (server === '' && (await repositories.hosted.has(repository))) return undefined
        const servers = server === '' ? (context.options.actionHosts ?? ['github.com']).map((host) => `https://${host}`) : [server]
        const [found] = servers.flatMap((one) => context.connected(`${one.replace(/\/+$/, '')}/${repository}`) ?? [])
        return found && `${context.serverUrl()}/git-connected/${encodeURIComponent(by)}/${encodeURIComponent(found)}.git`
      },
    },
  )
  return runs

  /** What the run is about, even when the pull request has moved on: nothing that an old head shows is said of the new one. */
  async function headOf({ repository, pullRequest, ref, commit }: WorkflowRun): Promise<string> {
    if (pullRequest === undefined || /^refs\/pull\/\d+\/head$/.test(ref)) return commit
    // Of `pull_request_target` it is the target that runs.
    if (!/^refs\/pull\/\d+\/merge$/.test(ref)) return (await forge.get(repository, pullRequest)).head.commit
    const [tested] = await repositories.history.commits(repository, { to: commit }, 1)
    return tested?.parents[1] ?? commit
  }
}

export const nextScheduled = { crons: readSchedules, due: scheduledBetween }
export const newDispatchId = randomUUID
