import type { Command } from 'commander'
import { addCheckout, addClose, addEdit, addReady, addReopen } from './pr/change.ts'
import { addCreate } from './pr/create.ts'
import { addChecks, addDiff, addGet } from './pr/get.ts'
import { addList } from './pr/list.ts'
import { addComment, addMerge, addReview } from './pr/review.ts'

/** `plimsoll pr …`: verbs and flags as `gh pr` has them, where it has them. */
export function addPullCommands(program: Command): void {
  const pr = program.command('pr').description('pull requests of the repositories that live here')
  for (const add of [addList, addGet, addCreate, addDiff, addChecks, addCheckout, addComment, addReview, addMerge]) add(pr)
  for (const add of [addClose, addReopen, addReady, addEdit]) add(pr)
}
