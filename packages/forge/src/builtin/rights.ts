import { PlimsollError } from '@plimsoll/api'
import type { ForgeActor } from '../contract.ts'

/** What may not be read is answered as what is not there. */
export function requireRead(by: ForgeActor, repository: string): void {
  if (!by.canRead(repository)) throw new PlimsollError('not-found', `There is no repository '${repository}'.`)
}

export function requireWrite(by: ForgeActor, repository: string, what: string, remedy: string): void {
  requireRead(by, repository)
  if (!by.canWrite(repository)) throw new PlimsollError('permission-denied', `${by.name} may not ${what} in '${repository}'.`, { remedy })
}
