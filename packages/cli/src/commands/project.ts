import type { Command } from 'commander'
import { addCreate, addDelete, addEdit, addSet } from './project/define.ts'
import { addLists } from './project/lists.ts'
import { addRoles } from './project/roles.ts'
import { addGet, addList } from './project/show.ts'
import { addWindows } from './project/windows.ts'

/** `plimsoll proj …`: verbs and flags as `argocd proj` has them. */
export function addProjectCommands(program: Command): void {
  const project = program.command('proj').description('projects: what applications may do, and when')
  for (const add of [addList, addGet, addCreate, addEdit, addSet, addDelete, addLists, addRoles, addWindows]) add(project)
}
