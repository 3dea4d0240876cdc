import type { Command } from 'commander'

/** Where Argo CD is, and where Plimsoll keeps its own objects: two clusters, or one. */
export interface ClusterOptions {
  kubeconfig?: string
  context?: string
  namespace: string
  homeKubeconfig?: string
  homeContext?: string
}

export function addArgocdOptions(command: Command, whose = 'of Argo CD'): Command {
  return command
    .option('--kubeconfig <file>', `a kubeconfig with the cluster ${whose} (default: $KUBECONFIG, or that of the user)`)
    .option('--context <name>', 'which of its contexts (default: the current one)')
    .option('-n, --namespace <name>', 'the namespace that Argo CD is in', 'argocd')
}

export function addHomeOptions(command: Command): Command {
  return command
    .option('--home-kubeconfig <file>', "a kubeconfig with Plimsoll's home cluster (default: that of the server started here)")
    .option('--home-context <name>', 'which of its contexts')
}
