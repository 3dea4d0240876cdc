import type { Command } from 'commander'
import { addAdd, addGet, addRemove } from './repo/add.ts'
import { addConnect, addDisconnect, addTest, addWebhook } from './repo/connect.ts'
import { addCreate, addList } from './repo/list.ts'
import { addProtect } from './repo/protect.ts'

/** `plimsoll repo …`: repositories that live here, and those elsewhere that are connected or kept. */
export function addRepositoryCommands(program: Command): void {
  const repo = program.command('repo').description('repositories that live here, or are connected')
  for (const add of [addList, addGet, addAdd, addRemove, addCreate, addProtect, addConnect, addTest, addWebhook, addDisconnect]) add(repo)
}
