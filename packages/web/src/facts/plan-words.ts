import type { ApplicationPlan, PlannedChange } from '@plimsoll/api'

export const signOf: Record<PlannedChange['action'], { sign: string; look: 'add' | 'edit' | 'del' | 'keep' | 'run' }> = {
  create: { sign: '+', look: 'add' },
  change: { sign: '~', look: 'edit' },
  prune: { sign: '\u2212', look: 'del' },
  keep: { sign: '=', look: 'keep' },
  run: { sign: '\u203a', look: 'run' },
}

export function countActions(changes: readonly PlannedChange[]): Record<PlannedChange['action'], number> {
  const counts = { create: 0, change: 0, prune: 0, keep: 0, run: 0 }
  for (const { action } of changes) counts[action] += 1
  return counts
}

/** Which fields differ, the first few by name. */
export function fieldsOf(change: PlannedChange, most = 3): { names: string[]; more: number } {
  const names = change.differences.map(({ path }) => path)
  return { names: names.slice(0, most), more: Math.max(0, names.length - most) }
}

export function planKey(plan: ApplicationPlan, change: PlannedChange): string {
  return [plan.application, change.phase, change.group, change.kind, change.namespace ?? '', change.name].join('/')
}
