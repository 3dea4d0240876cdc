import type { Command } from 'commander'
import { addArgocdOptions, type ClusterOptions } from '../../migrate/options.ts'
import { addSwitch } from '../arguments.ts'

// What runs is read when it is asked for: it brings a client of clusters along.
export interface CompareOptions extends ClusterOptions {
  output: string
  live?: boolean
}

export function addCompare(migrate: Command): void {
  const command = migrate
    .command('compare [APPNAMES...]')
    .description('whether Plimsoll sees the same in applications that come from Argo CD: their objects, sync status and health')
    .option('-o, --output <format>', 'text, json, yaml', 'text')
  addArgocdOptions(command)
  addSwitch(command, '--live', 'ask the cluster of Argo CD what it says now, instead of what it said when they were read')
  command.action(async (names: string[], options: CompareOptions) => (await import('./run-compare.ts')).runCompare(command, names, options))
}
