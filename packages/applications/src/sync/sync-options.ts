import { annotations, type SyncOperation } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'

/** `NAME=VALUE` texts of an operation, or of an application's `spec.syncPolicy`. */
export type SyncOptions = readonly string[] | null | undefined

/** The value of a sync option: what an object says about itself counts before what is said for all. The first object that says something wins. */
export function syncOption(options: SyncOptions, name: string, ...objects: (KubeObject | undefined)[]): string | undefined {
  for (const object of objects) {
    const text: unknown = object?.metadata.annotations?.[annotations.syncOptions]
    const own = typeof text === 'string' ? valueIn(text.split(','), name) : undefined
    if (own !== undefined) return own
  }
  return valueIn(options ?? [], name)
}

export function isOptionOn(options: SyncOptions, name: string, ...objects: (KubeObject | undefined)[]): boolean {
  return syncOption(options, name, ...objects) === 'true'
}

function valueIn(items: readonly string[], name: string): string | undefined {
  const prefix = `${name}=`
  return items
    .map((item) => item.trim())
    .find((item) => item.startsWith(prefix))
    ?.slice(prefix.length)
}

/** Delete and make anew what cannot be changed: for the whole operation, or for one object. */
export function isForced({ syncStrategy, syncOptions }: SyncOperation, ...objects: (KubeObject | undefined)[]): boolean {
  const isAsked = syncStrategy?.apply?.force === true || syncStrategy?.hook?.force === true
  return isAsked || isOptionOn(syncOptions, 'Force', ...objects)
}

/** Hooks run with a whole sync, and not with strategy `apply` (argo-cd docs/user-guide/selective_sync.md). */
export function runsHooks({ syncStrategy, resources }: SyncOperation): boolean {
  return (resources ?? []).length === 0 && (syncStrategy?.apply === undefined || syncStrategy.apply === null)
}

const propagationPolicies = new Map([
  ['background', 'Background'],
  ['foreground', 'Foreground'],
  ['orphan', 'Orphan'],
] as const)

/** What becomes of what a pruned object owns. */
export function prunePropagation(options: SyncOptions): 'Background' | 'Foreground' | 'Orphan' {
  const asked = syncOption(options, 'PrunePropagationPolicy')
  return propagationPolicies.get(asked as 'background') ?? 'Foreground'
}
