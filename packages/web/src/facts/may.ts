import type { Identity } from '../client/api.ts'

/** What roles may, as docs/spec/people.md has it. The server decides; this only says so before the click. */
export function canWrite({ role }: Pick<Identity, 'role'>): boolean {
  // A server that does not tell roles has one account, which may everything.
  return role === undefined || role === 'admin' || role === 'maintainer'
}

export function canAdminister({ role }: Pick<Identity, 'role'>): boolean {
  return role === undefined || role === 'admin'
}

export function canPropose({ role }: Pick<Identity, 'role'>): boolean {
  return role !== 'readonly' && role !== 'none'
}
