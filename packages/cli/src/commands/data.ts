import type { Command } from 'commander'
import { addDataAdd } from './data/add.ts'
import { addDataPull } from './data/pull.ts'
import { addDataPush } from './data/push.ts'

/** `plimsoll data …`: what DVC keeps beside a repository, where no DVC is installed. */
export function addDataCommands(program: Command): void {
  const data = program
    .command('data')
    .description('data under DVC: fetch and hand over what the .dvc files and dvc.lock of a repository name')
  addDataAdd(data)
  addDataPull(data)
  addDataPush(data)
}
