import type { Command } from 'commander'
import { addArgocdOptions, type ClusterOptions } from '../../migrate/options.ts'
import { addSwitch } from '../arguments.ts'

// What runs is read when it is asked for: it brings a client of clusters along.
export interface HandOverOptions extends ClusterOptions {
  all?: boolean
  acceptDifferences?: boolean
  stopArgocd?: boolean
  withoutArgocd?: boolean
}

export function addHandOver(migrate: Command): void {
  const command = migrate
    .command('hand-over [APPNAMES...]')
    .description("take applications out of Argo CD's hands, and let Plimsoll's automation go; never are both at work")
  addArgocdOptions(command)
  addSwitch(command, '--all', 'all that come from Argo CD')
  addSwitch(command, '--accept-differences', 'those, too, that Plimsoll sees otherwise than Argo CD')
  addSwitch(command, '--stop-argocd', "scale Argo CD's controllers down first")
  addSwitch(command, '--without-argocd', 'there is no Argo CD any more: do not look for it')
  command.action(async (names: string[], options: HandOverOptions) =>
    (await import('./run-hand-over.ts')).runHandOver(command, names, options),
  )
}

export function addHandBack(migrate: Command): void {
  const command = migrate
    .command('hand-back [APPNAMES...]')
    .description('put the automation of applications on hold, and let Argo CD work on them again')
  addArgocdOptions(command)
  addSwitch(command, '--all', 'all that were handed over')
  command.action(async (names: string[], options: HandOverOptions) =>
    (await import('./run-hand-over.ts')).runHandBack(command, names, options),
  )
}
