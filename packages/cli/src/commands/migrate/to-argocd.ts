import type { Command } from 'commander'
import { addArgocdOptions, addHomeOptions, type ClusterOptions } from '../../migrate/options.ts'
import { addSwitch } from '../arguments.ts'

// What runs is read when it is asked for: it brings a client of clusters along.
export interface ToOptions extends ClusterOptions {
  out?: string
  apply?: boolean
  includeSecrets?: boolean
  inCluster?: string
  inPlace?: boolean
  startArgocd?: boolean
  upsert?: boolean
}

export function addToArgocd(migrate: Command): void {
  const command = migrate
    .command('to-argocd')
    .description('write plain manifests of Argo CD: to standard output, to a folder, or with --apply to a cluster; what they lose is said')
  addArgocdOptions(command, 'that --apply writes to')
  addHomeOptions(command)
  command
    .option('--out <folder>', 'a file for each object')
    .option(
      '--in-cluster <address>',
      'the address of the cluster that Argo CD is in, as applications have it now: it becomes https://kubernetes.default.svc',
    )
  addSwitch(command, '--apply', 'write them to the cluster; Argo CD leaves applications alone until they are handed back')
  addSwitch(command, '--include-secrets', 'the Secrets of clusters, repositories and credentials too, to --out or with --apply')
  addSwitch(command, '--upsert', 'change what is there already and says something else')
  addSwitch(command, '--in-place', 'Plimsoll has run on the cluster of Argo CD and is stopped: take away what it has noted there')
  addSwitch(command, '--start-argocd', "with --in-place: give Argo CD's controllers their replicas again")
  command.action(async (options: ToOptions) => (await import('./run-to-argocd.ts')).runToArgocd(command, options))
}
