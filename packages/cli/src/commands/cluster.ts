import type { Command } from 'commander'
import { addAdd } from './cluster/add.ts'
import { addGet, addList } from './cluster/show.ts'
import { addInvalidateCache, addRemove, addRotateAuth, addSet } from './cluster/change.ts'

/** `plimsoll cluster …`: verbs and flags as `argocd cluster` has them. */
export function addClusterCommands(program: Command): void {
  const cluster = program.command('cluster').description('clusters that applications are deployed to')
  for (const add of [addAdd, addList, addGet, addSet, addRemove, addRotateAuth, addInvalidateCache]) add(cluster)
}
