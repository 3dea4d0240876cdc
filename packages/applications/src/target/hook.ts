import { annotations } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { at, fieldOf } from '../json.ts'

export const syncPhases = ['PreSync', 'Sync', 'PostSync', 'SyncFail'] as const
export type SyncPhase = (typeof syncPhases)[number]

export const deletionPhases = ['PreDelete', 'PostDelete'] as const
export type DeletionPhase = (typeof deletionPhases)[number]

export type HookDeletePolicy = 'BeforeHookCreation' | 'HookSucceeded' | 'HookFailed'

const helmHook = 'helm.sh/hook'
/** What Helm calls them, and which phase of ours each is (argo-cd docs/user-guide/helm.md, "Helm Hooks"). Those of `helm test` and `helm rollback` have none. */
const helmPhases = new Map<string, SyncPhase>([
  ['pre-install', 'PreSync'],
  ['pre-upgrade', 'PreSync'],
  ['post-install', 'PostSync'],
  ['post-upgrade', 'PostSync'],
])
const helmDeletionPhases = new Map<string, DeletionPhase>([
  ['pre-delete', 'PreDelete'],
  ['post-delete', 'PostDelete'],
])
const helmPolicies = new Map<string, HookDeletePolicy>([
  ['before-hook-creation', 'BeforeHookCreation'],
  ['hook-succeeded', 'HookSucceeded'],
  ['hook-failed', 'HookFailed'],
])
const ownPolicies = new Set<string>(helmPolicies.values())

/** Whether an object is a hook, of a sync or of a deletion, be it one that nobody here runs. `crd-install` alone marks none: it is applied as everything else. */
export function isHook(object: KubeObject): boolean {
  const found = at(object, 'metadata', 'annotations')
  if (fieldOf(found, annotations.hook) !== undefined) return !isSkipped(object)
  const helms = fieldOf(found, helmHook)
  return helms !== undefined && helms !== 'crd-install'
}

/** `argocd.argoproj.io/hook: Skip`: it is shown, and never applied. */
export function isSkipped(object: KubeObject): boolean {
  const own = new Set(itemsOf(object, annotations.hook).filter((name) => name === 'Skip' || isSyncPhase(name)))
  return own.size === 1 && own.has('Skip')
}

/** The phases of a sync in which a hook runs, each once, in their order. Where Argo CD's own annotation names one, Helm's does not count. */
export function syncPhasesOf(object: KubeObject): SyncPhase[] {
  const own = itemsOf(object, annotations.hook)
  const isOwn = own.some((name) => name === 'Skip' || isSyncPhase(name))
  const found = new Set<string | undefined>(isOwn ? own : itemsOf(object, helmHook).map((name) => helmPhases.get(name)))
  return syncPhases.filter((phase) => found.has(phase))
}

/** The phases of a deletion in which a hook runs; here both annotations count. */
export function deletionPhasesOf(object: KubeObject): DeletionPhase[] {
  const found = new Set<string | undefined>([
    ...itemsOf(object, annotations.hook),
    ...itemsOf(object, helmHook).map((name) => helmDeletionPhases.get(name)),
  ])
  return deletionPhases.filter((phase) => found.has(phase))
}

/** When a hook's object goes; without a word it stays until its next run. */
export function deletePoliciesOf(object: KubeObject): ReadonlySet<HookDeletePolicy> {
  const found = ownDeletePolicies(object)
  return found.size > 0 ? found : new Set(['BeforeHookCreation'])
}

export function hasOwnDeletePolicy(object: KubeObject): boolean {
  return ownDeletePolicies(object).size > 0
}

function ownDeletePolicies(object: KubeObject): Set<HookDeletePolicy> {
  const found = new Set<HookDeletePolicy>()
  for (const name of itemsOf(object, annotations.hookDeletePolicy)) if (ownPolicies.has(name)) found.add(name as HookDeletePolicy)
  for (const name of itemsOf(object, 'helm.sh/hook-delete-policy')) {
    const policy = helmPolicies.get(name)
    if (policy) found.add(policy)
  }
  return found
}

/** `argocd.argoproj.io/sync-wave`, or Helm's weight; what is no integer is wave 0, as in Argo CD. */
export function waveOf(object: KubeObject): number {
  const found = at(object, 'metadata', 'annotations')
  return integerOf(fieldOf(found, annotations.syncWave)) ?? integerOf(fieldOf(found, 'helm.sh/hook-weight')) ?? 0
}

function integerOf(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^[+-]?\d+$/.test(text)) return undefined
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : undefined
}

function isSyncPhase(name: string): name is SyncPhase {
  return (syncPhases as readonly string[]).includes(name)
}

function itemsOf(object: KubeObject, annotation: string): string[] {
  const text = fieldOf(at(object, 'metadata', 'annotations'), annotation)
  return typeof text === 'string'
    ? text
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '')
    : []
}
