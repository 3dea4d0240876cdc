import type { Account } from '@plimsoll/api'
import type { Accounts, NewAccount } from './accounts.ts'

/** Who the demo is played by. Neither has a password: whoever runs the demo takes their place with one click. */
export const demoAuthor = {
  name: 'mina',
  displayName: 'Mina Park',
  email: 'mina@plimsoll.localhost',
  role: 'maintainer',
  groups: ['ml-engineers'],
} as const satisfies NewAccount

export const demoApprover = {
  name: 'jonas',
  displayName: 'Jonas Weber',
  email: 'jonas@plimsoll.localhost',
  role: 'maintainer',
  groups: ['approvers'],
} as const satisfies NewAccount

/** Makes those who are not there. What somebody has changed in them stays. */
export async function ensureDemoPeople(accounts: Accounts): Promise<{ author: Account; approver: Account }> {
  const author = accounts.get(demoAuthor.name) ?? (await accounts.create(demoAuthor))
  const approver = accounts.get(demoApprover.name) ?? (await accounts.create(demoApprover))
  return { author, approver }
}
