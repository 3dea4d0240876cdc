import type { Command } from 'commander'
import { addApprove, addHold, addOverride, addPromote, addResume, addRevert } from './delivery/decide.ts'
import { addHistory } from './delivery/history.ts'
import { addCreate, addDelete, addGet, addList } from './delivery/show.ts'
import { addWait } from './delivery/wait.ts'

/** `plimsoll delivery …`: what goes where next, what it waits for, and who brought what. */
export function addDeliveryCommands(program: Command): void {
  const delivery = program.command('delivery').description('the way of releases through their stages')
  for (const add of [addList, addGet, addCreate, addDelete, addApprove, addPromote, addRevert, addOverride, addHold, addResume])
    add(delivery)
  for (const add of [addHistory, addWait]) add(delivery)
}

export function deliveryPath(name: string, below = ''): string {
  return `/api/v1/deliveries/${encodeURIComponent(name)}${below}`
}
