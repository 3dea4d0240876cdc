import type { Command } from 'commander'
import { addCompare } from './migrate/compare.ts'
import { addFromArgocd } from './migrate/from-argocd.ts'
import { addHandBack, addHandOver } from './migrate/hand-over.ts'
import { addToArgocd } from './migrate/to-argocd.ts'

/** `plimsoll migrate …`: from Argo CD, and back. Each can be stopped at any moment and run again. */
export function addMigrateCommands(program: Command): void {
  const migrate = program.command('migrate').description('move from Argo CD to Plimsoll, and back')
  for (const add of [addFromArgocd, addCompare, addHandOver, addHandBack, addToArgocd]) add(migrate)
}
