import type { Application } from '../application.ts'
import { toMs } from './moment.ts'

const holdAnnotation = 'plimsoll.dev/automation-hold'
const holdCondition = 'AutomationHeldWarning'

/** Why automated sync waits. Each fact is there only if it was recorded. */
export interface Hold {
  since?: number
  by?: string
  reason?: string
  revision?: string
}

/** The annotation's value is JSON; an older or hand-written one may be any text, and then the text is the reason. */
export function readHold(application: Application): Hold | undefined {
  const value = application.metadata.annotations?.[holdAnnotation]
  const condition = application.status?.conditions?.find((one) => one.type === holdCondition)
  if (value === undefined && !condition) return undefined
  const hold = value === undefined ? {} : parseHold(value)
  const since = hold.since ?? toMs(condition?.lastTransitionTime)
  return { ...hold, ...(since !== undefined && { since }) }
}

function parseHold(value: string): Hold {
  let parsed: unknown
  try {
    parsed = JSON.parse(value)
  } catch {
    return { reason: value }
  }
  if (typeof parsed !== 'object' || parsed === null) return { reason: value }
  const fields = new Map(Object.entries(parsed))
  const text = (...names: string[]) =>
    names.map((name) => fields.get(name)).find((one): one is string => typeof one === 'string' && one !== '')
  const time = ['since', 'at', 'time'].map((name) => fields.get(name)).find((one) => typeof one === 'string' || typeof one === 'number')
  const since = toMs(time as string | number | undefined)
  const by = text('by', 'username', 'actor', 'initiatedBy')
  const reason = text('reason', 'why', 'message')
  const revision = text('revision', 'to')
  return { ...(since !== undefined && { since }), ...(by && { by }), ...(reason && { reason }), ...(revision && { revision }) }
}
