import type { Command } from 'commander'
import { addConfirmDeletion } from './appset/confirm-deletion.ts'
import { addCreate, addGenerate } from './appset/create.ts'
import { addDelete } from './appset/delete.ts'
import { addGet, addList } from './appset/show.ts'

/** `plimsoll appset …`: verbs, flags and columns as `argocd appset` has them, and the confirmation of a deletion. */
export function addAppsetCommands(program: Command): void {
  const appset = program.command('appset').description('application sets: what makes applications by template')
  for (const add of [addList, addGet, addCreate, addDelete, addGenerate, addConfirmDeletion]) add(appset)
}
