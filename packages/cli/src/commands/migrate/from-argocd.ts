import type { Command } from 'commander'
import { addArgocdOptions, addHomeOptions, type ClusterOptions } from '../../migrate/options.ts'
import { addSwitch } from '../arguments.ts'

// What runs is read when it is asked for: it brings a client of clusters along.
export interface FromOptions extends ClusterOptions {
  output: string
  apply?: boolean
  dryRun?: boolean
  hold?: boolean
  upsert?: boolean
  includeSecrets?: boolean
  inCluster?: string
  inPlace?: boolean
  stopArgocd?: boolean
}

export function addFromArgocd(migrate: Command): void {
  const command = migrate
    .command('from-argocd [FILES...]')
    .description('say what of an Argo CD installation is taken as it is, otherwise or not at all, and with --apply take it')
  addArgocdOptions(command)
  addHomeOptions(command)
  command
    .option('-o, --output <format>', 'text, json, yaml', 'text')
    .option('--in-cluster <address>', "how Plimsoll calls the cluster that Argo CD is in; `home`: it is Plimsoll's own")
  addSwitch(command, '--apply', 'write it to Plimsoll; nothing is written without')
  addSwitch(command, '--dry-run', 'only say it: so it is without --apply')
  addSwitch(command, '--hold', 'automation waits until it is handed over (the default)')
  addSwitch(command, '--upsert', 'change what is there already and says something else')
  addSwitch(command, '--include-secrets', 'copy the Secrets of clusters, repositories and credentials too')
  addSwitch(command, '--in-place', 'Plimsoll will run on the cluster that Argo CD is in, and use its objects')
  addSwitch(command, '--stop-argocd', "with --in-place: scale Argo CD's controllers down first")
  command.action(async (files: string[], options: FromOptions) =>
    (await import('./run-from-argocd.ts')).runFromArgocd(command, files, options),
  )
}
