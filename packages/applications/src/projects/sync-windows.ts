import { type Application, type ApplicationSyncWindows, type AppProject, PlimsollError, type SyncWindow, syncWindowAt } from '@plimsoll/api'
import { compileGlob } from '@plimsoll/render'

/** Who asks, and since when what asks is under way. */
export interface SyncAttempt {
  isManual: boolean
  /** Milliseconds since 1970; absent for what has not begun. */
  startedAt?: number | undefined
}

/** `until`: when the answer is another, in milliseconds since 1970; undefined when that is not in sight. */
export type SyncPermission =
  | { isAllowed: true; until: number | undefined }
  | { isAllowed: false; message: string; until: number | undefined }

/** Windows that concern an application, and those of them that are open (argo-cd docs/user-guide/sync_windows.md). */
export function windowsOf(project: AppProject | undefined, application: Application): SyncWindow[] {
  return (project?.spec.syncWindows ?? []).filter((window) => concerns(window, application))
}

function concerns(window: SyncWindow, { metadata, spec }: Application): boolean {
  const { server, name, namespace } = spec.destination
  const answers = [
    matchesOne(window.applications, [metadata.name]),
    matchesOne(window.clusters, [name, server]),
    matchesOne(window.namespaces, [namespace]),
  ].filter((answer) => answer !== undefined)
  if (answers.length === 0) return false
  return window.andOperator ? answers.every(Boolean) : answers.some(Boolean)
}

/** Undefined: the window does not choose by this. */
function matchesOne(patterns: readonly string[] | null | undefined, texts: readonly (string | undefined)[]): boolean | undefined {
  if (!patterns || patterns.length === 0) return undefined
  return patterns.some((pattern) => texts.some((text) => text && compileGlob(pattern)?.matches(text)))
}

interface Opened {
  window: SyncWindow
  isOpen: boolean
  changesAt: number | undefined
}

/** Where none of so many changes lets it through, nobody is told of an end. */
const mostChanges = 50

/**
 * Whether an application may be synced now: an open deny window forbids it, whatever else is open; where there are allow windows, one must be open.
 * `manualSync` lets through who asks by hand, `syncOverrun` what began when it might. A window that cannot be read forbids everything.
 */
export function permissionAt(windows: readonly SyncWindow[], attempt: SyncAttempt, now: number): SyncPermission {
  if (windows.length === 0) return { isAllowed: true, until: undefined }
  try {
    const opened = openedAt(windows, now)
    const until = nextChange(opened)
    const why = refusalOf(windows, opened, attempt)
    if (why === undefined) return { isAllowed: true, until }
    return { isAllowed: false, message: why, until: allowedAgain(windows, attempt, until) }
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error
    return { isAllowed: false, message: `a sync window is not valid: ${error.message}`, until: undefined }
  }
}

/** What the API tells, with the words of a refusal. */
export function shownWindows(windows: readonly SyncWindow[], now: number): ApplicationSyncWindows {
  const byHand = permissionAt(windows, { isManual: true }, now)
  const byItself = permissionAt(windows, { isManual: false }, now)
  const refused = [byItself, byHand].find((permission) => !permission.isAllowed)
  const until = refused?.until ?? byItself.until
  return {
    activeWindows: windows.filter((window) => isOpen(window, now)).map(shown),
    assignedWindows: windows.map(shown),
    canSync: byHand.isAllowed,
    canSyncAutomatically: byItself.isAllowed,
    ...(until !== undefined && { until: new Date(until).toISOString() }),
    ...(refused && !refused.isAllowed && { message: refused.message }),
  }
}

function shown({
  kind = '',
  schedule = '',
  duration = '',
  manualSync = false,
}: SyncWindow): ApplicationSyncWindows['activeWindows'][number] {
  return { kind, schedule, duration, manualSync }
}

function isOpen(window: SyncWindow, now: number): boolean {
  try {
    return syncWindowAt(window, now).isOpen
  } catch {
    // That it cannot be read is told as the reason of the refusal.
    return false
  }
}

/** Of each window the last answer, with the time for which it holds: an idle application asks at every look. */
const answers = new WeakMap<SyncWindow, { from: number; to: number; opened: Opened }>()

function openedAt(windows: readonly SyncWindow[], at: number): Opened[] {
  return windows.map((window) => {
    const known = answers.get(window)
    if (known && at >= known.from && at < known.to) return known.opened
    const state = syncWindowAt(window, at)
    const opened = { window, isOpen: state.isOpen, changesAt: state.isOpen ? state.closesAt : state.opensAt }
    if (opened.changesAt !== undefined) answers.set(window, { from: at, to: opened.changesAt, opened })
    return opened
  })
}

function nextChange(opened: readonly Opened[]): number | undefined {
  const times = opened.flatMap(({ changesAt }) => changesAt ?? [])
  return times.length > 0 ? Math.min(...times) : undefined
}

function refusalOf(windows: readonly SyncWindow[], opened: readonly Opened[], { isManual, startedAt }: SyncAttempt): string | undefined {
  const denies = opened.filter(({ window, isOpen: now }) => window.kind === 'deny' && now)
  const allows = opened.filter(({ window }) => window.kind === 'allow')
  const against = denies.length > 0 ? denies : allows.some(({ isOpen: now }) => now) ? [] : allows
  if (against.length === 0) return undefined
  if (isManual && against.every(({ window }) => window.manualSync)) return undefined
  const mayOverrun = startedAt !== undefined && against.every(({ window }) => window.syncOverrun)
  if (mayOverrun && refusalOf(windows, openedAt(windows, startedAt), { isManual }) === undefined) return undefined
  const [first] = against
  const which = first
    ? `'${first.window.schedule ?? ''}' for ${first.window.duration ?? ''}${first.window.timeZone ? ` (${first.window.timeZone})` : ''}`
    : ''
  return denies.length > 0 ? `a deny window is open: ${which}` : `no allow window is open: ${which}`
}

function allowedAgain(windows: readonly SyncWindow[], attempt: SyncAttempt, from: number | undefined): number | undefined {
  let at = from
  for (let change = 0; at !== undefined && change < mostChanges; change++) {
    const opened = openedAt(windows, at)
    if (refusalOf(windows, opened, attempt) === undefined) return at
    at = nextChange(opened)
  }
  return undefined
}
