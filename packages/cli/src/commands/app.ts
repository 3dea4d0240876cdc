import type { Command } from 'commander'
import { addPatch, addResume, addSet, addTerminate } from './app/change.ts'
import { addCreate } from './app/create.ts'
import { addDelete } from './app/delete.ts'
import { addDiff } from './app/diff.ts'
import { addGet, addRefresh } from './app/get.ts'
import { addHistory, addRollback } from './app/history.ts'
import { addList } from './app/list.ts'
import { addLogs } from './app/logs.ts'
import { addManifests, addResources } from './app/resources.ts'
import { addSync } from './app/sync.ts'
import { addWait } from './app/wait.ts'

/** `plimsoll app …`: verbs, flags, columns and exit codes as `argocd app` has them. */
export function addAppCommands(program: Command): void {
  const app = program.command('app').description('applications: what Git says should run where')
  for (const add of [addCreate, addList, addGet, addSync, addWait, addDiff, addHistory, addRollback, addResume, addLogs]) add(app)
  for (const add of [addResources, addManifests, addSet, addPatch, addRefresh, addTerminate, addDelete]) add(app)
}
