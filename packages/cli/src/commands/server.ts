import { resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { print } from '../output/print.ts'
import { defaultDataDir } from '../server/data-dir.ts'
import type { ServerStartOptions } from '../server/run-server.ts'
import { containerEngineHelp } from './arguments.ts'

/** `plimsoll server start`: what `npm start` runs; and the way to end one that has no terminal any more. */
export function addServerCommands(program: Command): void {
  const server = program.command('server').description('run Plimsoll on this machine')
  server
    .command('start')
    .description('start the server, the embedded cluster and Git hosting, and stay until Ctrl-C')
    .option('--data-dir <dir>', 'where everything is kept (default: $PLIMSOLL_DATA_DIR, or .plimsoll beside this clone)')
    .option(
      '--port <port>',
      'of console, API and git; 0: any free one, chosen once and kept (default: the one used before, or 7420)',
      readPort,
    )
    .option('--gateway-port <port>', 'where Services and Ingresses of the embedded cluster are reached', readPort)
    .option('--demo', 'with the demo repository and application (default: with the embedded cluster only)')
    .option('--no-demo', 'without them')
    .option('--kubeconfig <file>', 'use a real cluster as home and first target, in the place of the embedded one')
    .option('--context <name>', 'of that kubeconfig; its current one by default')
    .option(
      '--allow-git-host <host...>',
      'host names, addresses and ranges (10.0.0.0/8) inside your network that repositories may be fetched from',
    )
    .option(
      '--allowed-scm-providers <address...>',
      'addresses of forges that application sets may ask (default: $ARGOCD_APPLICATIONSET_CONTROLLER_ALLOWED_SCM_PROVIDERS, or any)',
    )
    .option('--no-scm-providers', 'no application set asks a forge elsewhere')
    .option(
      '--application-namespaces <pattern...>',
      'namespaces besides argocd in which Applications count, with * and ?, or regular expressions in slashes (default: $ARGOCD_APPLICATION_NAMESPACES, or application.namespaces of ConfigMap argocd-cmd-params-cm)',
    )
    .option(
      '--program <name=path...>',
      'foreign programs that rendering may start: helm3, helm4 and kubectl to compare with, and jsonnet where it is not on the PATH',
    )
    .option(
      '--cluster-command <name=path...>',
      'credential commands that clusters may name in execProviderConfig, such as argocd-k8s-auth=/usr/local/bin/argocd-k8s-auth (default: none)',
    )
    .option('--cluster-command-env <name...>', 'variables that clusters may set for these, besides those that are harmless')
    .option('--plugins <dir>', 'config management plugins: a folder of files as Argo CD has them in plugin.yaml')
    .option('--cdk8s [modules]', 'render cdk8s applications in TypeScript; the folder is a node_modules that they may import')
    .option('--no-remote-bases', 'kustomizations may not use bases in other repositories')
    .addOption(
      new Option('--ci-run-on <place>', 'where jobs of workflows run (default: pods with --kubeconfig, machine without)').choices([
        'pods',
        'machine',
      ]),
    )
    .option('--ci-image <image>', 'of jobs in pods that name none: with bash, git, tar and Node.js (default: node:22-bookworm)')
    .option('--ci-namespace <name>', 'of those pods, made when it is missing (default: plimsoll-ci)')
    .option('--ci-pod-template <file>', 'merged over each of those pods: nodes, tolerations, pull secrets, resources (YAML of a Pod)')
    .option('--ci-server-url <url>', 'where steps in pods reach this server (default: through the connection to their pod)')
    .option('--container-engine <program>', containerEngineHelp)
    .option('--outside-containers', 'pull requests from outside may use containers even where root of a container is root of this machine')
    .option('--log-level <level>', 'of server.log in the data directory: debug, info, warn, error', 'info')
    // The whole server comes with it: the commands that only talk to one do not wait for that.
    .action(async (options: ServerStartOptions) => (await import('../server/run-server.ts')).runServer(options))
  server
    .command('stop')
    .description('stop the server that was started here, its cluster and every container in it, also when a crash has left them behind')
    .option('--data-dir <dir>', 'of the server (default: $PLIMSOLL_DATA_DIR, or .plimsoll beside this clone)')
    .action(async (options: { dataDir?: string }) => {
      const { stopServer } = await import('../server/stop-server.ts')
      print(await stopServer(resolve(options.dataDir ?? defaultDataDir())))
    })
}

function readPort(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.')
  return port
}
