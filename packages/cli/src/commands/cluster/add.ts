import type { Cluster, ClusterConfig } from '@plimsoll/api'
import type { ClusterAccess } from '@plimsoll/kube'
import type { Command } from 'commander'
import { CommandFailure, usageFailure } from '../../exit-code.ts'
import { print } from '../../output/print.ts'
import { addSwitch, collect, readPairs } from '../arguments.ts'
import { confirm } from '../confirm.ts'
import { withClient } from '../with-client.ts'

interface AddOptions {
  name?: string
  kubeconfig?: string
  namespace?: string[]
  clusterResources?: boolean
  label?: string[]
  annotation?: string[]
  serviceAccount?: string
  systemNamespace: string
  upsert?: boolean
  inCluster?: boolean
  clusterEndpoint?: string
  project?: string
  shard?: string
  proxyUrl?: string
  disableCompression?: boolean
  execCommand?: string
  execCommandArgs?: string[]
  execCommandEnv?: string[]
  execCommandApiVersion?: string
  execCommandInstallHint?: string
  awsClusterName?: string
  yes?: boolean
}

const homeServer = 'https://kubernetes.default.svc'

export function addAdd(cluster: Command): void {
  const command = cluster
    .command('add <CONTEXT>')
    .description('add the cluster of a context of your kubeconfig: a service account is made there, and its token alone is sent')
    .option('--kubeconfig <file>', 'of this machine (default: $KUBECONFIG, or ~/.kube/config)')
    .option('--name <name>', 'of the cluster here (default: CONTEXT)')
    .option('--namespace <name>', 'namespaces that may be deployed to (default: all)', collect)
    .option('--label <key=value>', 'labels of the cluster', collect)
    .option('--annotation <key=value>', 'annotations of the cluster', collect)
    .option('--service-account <name>', 'one that is there, instead of making argocd-manager')
    .option('--system-namespace <name>', 'of the service account', 'kube-system')
    .option('--cluster-endpoint <endpoint>', 'kubeconfig, or internal: as --in-cluster')
    .option('--project <name>', 'only applications of this project may use it')
    .option('--shard <number>', 'kept for Argo CD')
    .option('--proxy-url <url>', 'through which the server reaches it')
    .option('--exec-command <name>', 'credential command that the operator of the server has allowed, instead of a token')
    .option('--exec-command-args <argument>', 'its arguments', collect)
    .option('--exec-command-env <key=value>', 'variables for it', collect)
    .option('--exec-command-api-version <version>', 'of what it prints')
    .option('--exec-command-install-hint <text>', 'shown where it is missing')
    .option('--aws-cluster-name <name>', 'not supported: see --exec-command')
  addSwitch(command, '--cluster-resources', 'with --namespace: what is in no namespace may be deployed too')
  addSwitch(command, '--upsert', 'change what is there')
  addSwitch(command, '--in-cluster', `as ${homeServer}: the cluster that the server lives in`)
  addSwitch(command, '--disable-compression', 'kept for Argo CD')
  addSwitch(command, '-y, --yes', 'do not ask')
  command.action(async (context: string, options: AddOptions) => {
    requireSupported(options)
    // Only this command speaks to a cluster itself.
    const { readKubeconfig } = await import('@plimsoll/kube')
    const access = await readKubeconfig({ context, ...(options.kubeconfig !== undefined && { kubeconfigPath: options.kubeconfig }) })
    const config = await configFor(context, access, options)
    const { name = context, namespace, label, annotation, project, shard } = options
    const isInternal = options.inCluster === true || options.clusterEndpoint === 'internal'
    const body = {
      server: isInternal ? homeServer : access.server,
      name,
      config,
      ...(namespace && { namespaces: namespace }),
      ...(options.clusterResources && { clusterResources: true }),
      ...(label && { labels: readPairs(label, 'label') }),
      ...(annotation && { annotations: readPairs(annotation, 'annotation') }),
      ...(project !== undefined && { project }),
      ...(shard !== undefined && { shard }),
    }
    await withClient(command, async (client) => {
      const made = await client.send<Cluster>('POST', `/api/v1/clusters${options.upsert ? '?upsert=true' : ''}`, { body })
      print(`Cluster '${made.server}' added`)
    })
  })
}

function requireSupported({ awsClusterName, inCluster, clusterEndpoint, namespace, clusterResources }: AddOptions): void {
  if (awsClusterName !== undefined)
    throw usageFailure(
      '--aws-cluster-name is not supported.',
      'Use --exec-command argocd-k8s-auth with --exec-command-args aws, and have the operator allow it.',
    )
  if (inCluster && clusterEndpoint !== undefined) throw usageFailure('Can only use one of --in-cluster or --cluster-endpoint')
  if (clusterEndpoint !== undefined && !['kubeconfig', 'internal'].includes(clusterEndpoint))
    throw usageFailure(`--cluster-endpoint '${clusterEndpoint}' is neither kubeconfig nor internal.`)
  if (clusterResources && !namespace) throw usageFailure('--cluster-resources says something only together with --namespace.')
}

/** Nothing of the kubeconfig's own user is sent: only the address, its certificate authority, and an account of the server's own. */
async function configFor(context: string, access: ClusterAccess, options: AddOptions): Promise<ClusterConfig> {
  const { tls, proxyUrl: own } = await access.credentials()
  const proxyUrl = options.proxyUrl ?? own
  const insecure = tls.rejectUnauthorized === false
  const common: ClusterConfig = {
    tlsClientConfig: {
      insecure,
      ...(tls.servername && { serverName: tls.servername }),
      ...(tls.ca && !insecure && { caData: Buffer.from(tls.ca).toString('base64') }),
    },
    ...(proxyUrl && { proxyUrl }),
    ...(options.disableCompression && { disableCompression: true }),
  }
  if (options.execCommand !== undefined) return { ...common, execProviderConfig: execConfigOf(options) }
  const { serviceAccount, systemNamespace, namespace = [] } = options
  const [{ HttpKubeClient }, { accountToken, installManager }] = await Promise.all([
    import('@plimsoll/kube'),
    import('./manager-account.ts'),
  ])
  const client = new HttpKubeClient(access)
  try {
    if (serviceAccount !== undefined) return { ...common, bearerToken: await accountToken(client, serviceAccount, systemNamespace) }
    await requireConsent(context, options)
    return { ...common, bearerToken: await installManager(client, { systemNamespace, namespaces: namespace }) }
  } finally {
    await client.close()
  }
}

async function requireConsent(context: string, { yes, namespace }: AddOptions): Promise<void> {
  if (yes || !process.stdin.isTTY) return
  const level = namespace ? 'namespace' : 'cluster'
  const question = `This will create a service account argocd-manager on the cluster of context '${context}' with full ${level} level privileges. Do you want to continue [y/N]? `
  if (!(await confirm(question))) throw new CommandFailure('Nothing was changed.', { exitCode: 1 })
}

function execConfigOf(options: AddOptions): NonNullable<ClusterConfig['execProviderConfig']> {
  const { execCommand, execCommandArgs, execCommandEnv, execCommandApiVersion, execCommandInstallHint } = options
  return {
    ...(execCommand !== undefined && { command: execCommand }),
    ...(execCommandArgs && { args: execCommandArgs }),
    ...(execCommandEnv && { env: readPairs(execCommandEnv, 'exec-command-env') }),
    ...(execCommandApiVersion !== undefined && { apiVersion: execCommandApiVersion }),
    ...(execCommandInstallHint !== undefined && { installHint: execCommandInstallHint }),
  }
}
