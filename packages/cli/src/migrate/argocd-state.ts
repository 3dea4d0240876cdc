import { type Application, ApplicationStatus } from '@plimsoll/api'

/** What Argo CD said of an Application last. Kept on the Application, because there Plimsoll says its own. */
export interface ArgocdState {
  at: string
  sync?: string
  revisions: string[]
  health?: string
  /** `GROUP/KIND/NAMESPACE/NAME`, and how it compared. Absent when there are too many to keep. */
  resources?: Record<string, string>
}

/** All annotations of an object may hold 256 KiB together. */
const maxBytes = 100 * 1024

export function stateOf(status: unknown): ArgocdState | undefined {
  const parsed = ApplicationStatus.safeParse(status)
  if (!parsed.success || parsed.data.sync === undefined) return undefined
  const { sync, health, resources = [], reconciledAt } = parsed.data
  return {
    at: reconciledAt ?? '',
    sync: sync.status,
    revisions: sync.revisions ?? (sync.revision === undefined ? [] : [sync.revision]),
    ...(health?.status !== undefined && { health: health.status }),
    // Hooks are there or not by what has happened, not by what is wanted.
    resources: Object.fromEntries(
      resources
        .filter(({ hook }) => hook !== true)
        .map(({ group = '', kind, namespace = '', name, status = '' }) => [`${group}/${kind}/${namespace}/${name}`, status]),
    ),
  }
}

export function writeState(state: ArgocdState): string {
  const text = JSON.stringify(state)
  if (Buffer.byteLength(text) <= maxBytes) return text
  const { resources: _resources, ...rest } = state
  return JSON.stringify(rest)
}

/** Undefined for what somebody else has written there. */
export function readState(text: string | undefined): ArgocdState | undefined {
  if (text === undefined) return undefined
  try {
    const value = JSON.parse(text) as Partial<ArgocdState> | null
    if (typeof value !== 'object' || value === null || !Array.isArray(value.revisions)) return undefined
    return { ...value, at: String(value.at ?? ''), revisions: value.revisions.map(String) }
  } catch {
    return undefined
  }
}

/** How Plimsoll's look at an Application differs from Argo CD's, in words; empty when both say the same. */
export function differencesBetween(theirs: ArgocdState, application: Application): string[] {
  const ours = stateOf(application.status)
  if (ours === undefined) return ['Plimsoll has not looked at it yet']
  const said: string[] = []
  const conditions = (application.status?.conditions ?? []).filter(({ type }) => type.endsWith('Error'))
  if (theirs.sync !== ours.sync) said.push(`sync: Argo CD says ${theirs.sync ?? 'nothing'}, Plimsoll ${ours.sync ?? 'nothing'}`)
  if (theirs.health !== ours.health) said.push(`health: Argo CD says ${theirs.health ?? 'nothing'}, Plimsoll ${ours.health ?? 'nothing'}`)
  if (theirs.resources && ours.resources) said.push(...resourceDifferences(theirs.resources, ours.resources))
  // A reason alone is no difference: Argo CD may have had the same.
  if (said.length > 0) said.push(...conditions.map(({ type, message }) => `${type}: ${message}`))
  return said
}

function resourceDifferences(theirs: Readonly<Record<string, string>>, ours: Readonly<Record<string, string>>): string[] {
  const keys = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])].toSorted()
  return keys.flatMap((key) => {
    const [there, here] = [Object.hasOwn(theirs, key) ? theirs[key] : undefined, Object.hasOwn(ours, key) ? ours[key] : undefined]
    if (there === here) return []
    if (here === undefined) return [`${key}: only Argo CD has it`]
    if (there === undefined) return [`${key}: only Plimsoll has it`]
    return [`${key}: Argo CD says ${there || 'nothing'}, Plimsoll ${here || 'nothing'}`]
  })
}
