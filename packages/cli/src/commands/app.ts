import type { Command } from 'commander'
import { addActions } from './app/actions.ts'
import { addConfirmDeletion, addPatch, addResume, addRotate, addSet, addTerminate } from './app/change.ts'
import { addCreate } from './app/create.ts'
import { addDelete } from './app/delete.ts'
import { addDiff } from './app/diff.ts'
import { addGet, addRefresh } from './app/get.ts'
import { addHistory, addRollback } from './app/history.ts'
import { addList } from './app/list.ts'
import { addLogs } from './app/logs.ts'
import { addManifests, addResources } from './app/resources.ts'
import { addPlan } from './app/plan.ts'
import { addAddSource, addRemoveSource } from './app/sources.ts'
import { addSync } from './app/sync.ts'
import { addWait } from './app/wait.ts'
import { addWhy } from './app/why.ts'

/** `plimsoll app …`: verbs, flags, columns and exit codes as `argocd app` has them. */
export function addAppCommands(program: Command): void {
  const app = program.command('app').description('applications: what Git says should run where')
  for (const add of [addCreate, addList, addGet, addWhy, addSync, addWait, addDiff, addPlan, addHistory, addRollback, addResume, addLogs])
    add(app)
  for (const add of [
    addResources,
    addActions,
    addManifests,
    addSet,
    addAddSource,
    addRemoveSource,
    addPatch,
    addRotate,
    addRefresh,
    addTerminate,
    addConfirmDeletion,
    addDelete,
  ])
    add(app)
}
