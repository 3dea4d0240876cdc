import { isMap, textsOf } from './argo-object.ts'

const author = 'plimsoll migrate'

/** Automation waits until it is handed over. */
export function migrationHold(reason: string, now: Date): string {
  return JSON.stringify({ reason, by: author, since: now.toISOString(), revision: '' })
}

/** A hold, by its annotation, that somebody else wants: a rollback, or a person. Undefined where there is none, or it is one of a migration. */
export function othersHold(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  try {
    const hold: unknown = JSON.parse(text)
    if (!isMap(hold)) return text.slice(0, 200)
    const { reason, by } = textsOf(hold)
    return by === author ? undefined : `${reason ?? 'held'}, by ${by ?? 'somebody'}`
  } catch {
    return text.slice(0, 200)
  }
}
