import { resolve } from 'node:path'
import { createKubeClient, type HttpKubeClient, KubeApiError, KubeConnectionError } from '@plimsoll/kube'
import type { Command } from 'commander'
import { findConnection, type GlobalOptions } from '../client/connection.ts'
import { CommandFailure } from '../exit-code.ts'
import { defaultDataDir, readReadyFile } from '../server/data-dir.ts'
import type { ClusterOptions } from './options.ts'
import { identityOf } from './read-cluster.ts'

/** The control plane's namespace of Plimsoll. */
export const homeNamespace = 'argocd'

/** Runs with a client for a cluster; what it cannot do is told in its own words. */
export async function withCluster<T>(
  options: { kubeconfig?: string | undefined; context?: string | undefined },
  work: (client: HttpKubeClient) => Promise<T>,
): Promise<T> {
  const { kubeconfig, context } = options
  let client: HttpKubeClient | undefined
  try {
    client = await createKubeClient({
      ...(kubeconfig !== undefined && { kubeconfigPath: resolve(kubeconfig) }),
      ...(context !== undefined && { context }),
    })
    return await work(client)
  } catch (error) {
    if (error instanceof KubeApiError || error instanceof KubeConnectionError)
      throw new CommandFailure(`The cluster${context === undefined ? '' : ` of context ${context}`}: ${error.message}`, {
        remedy: 'Check --kubeconfig and --context. What was done so far stays, and the command can be run again.',
      })
    throw error
  } finally {
    await client?.close()
  }
}

/** The kubeconfig of Plimsoll's home; undefined when nobody has said, and no server of this machine is meant. */
export async function homeAccess(command: Command): Promise<{ kubeconfig: string; context?: string } | undefined> {
  const { homeKubeconfig, homeContext, ...global } = command.optsWithGlobals<ClusterOptions & GlobalOptions>()
  if (homeKubeconfig !== undefined) return { kubeconfig: homeKubeconfig, ...(homeContext !== undefined && { context: homeContext }) }
  const local = readReadyFile(defaultDataDir())
  const connection = await findConnection(global).catch(() => undefined)
  if (!local || connection?.url !== local.url) return undefined
  return { kubeconfig: local.kubeconfig, ...(local.context !== undefined && { context: local.context }) }
}

export function noHome(): CommandFailure {
  return new CommandFailure("It is not known where Plimsoll's home cluster is.", {
    remedy: 'Start Plimsoll on this machine, or name the cluster it was started with by --home-kubeconfig FILE [--home-context NAME].',
  })
}

export async function isSameCluster(one: HttpKubeClient, other: HttpKubeClient): Promise<boolean> {
  const [first, second] = await Promise.all([identityOf(one), identityOf(other)])
  return first !== undefined && first === second
}
