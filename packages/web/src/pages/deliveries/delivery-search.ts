import type { DeploymentQuery } from '@plimsoll/api'

/** Filters of the table of promotions, as the address holds them. */
export interface HistorySearch {
  delivery?: string
  stage?: string
  model?: string
  pull?: number
  /** A day: 2026-11-20. */
  since?: string
}

export function readHistorySearch(search: Record<string, unknown>): HistorySearch {
  const result: HistorySearch = {}
  for (const name of ['delivery', 'stage', 'model'] as const) {
    const value = search[name]
    if ((typeof value === 'string' || typeof value === 'number') && value !== '') result[name] = String(value)
  }
  const pull = Number(search['pull'])
  if (Number.isSafeInteger(pull) && pull > 0) result.pull = pull
  const since = search['since']
  if (typeof since === 'string' && /^\d{4}-\d\d-\d\d$/.test(since)) result.since = since
  return result
}

export function toDeploymentQuery({ delivery, stage, model, pull, since }: HistorySearch): DeploymentQuery {
  const from = since === undefined ? undefined : new Date(`${since}T00:00:00`)
  return {
    ...(delivery !== undefined && { delivery }),
    ...(stage !== undefined && { stage }),
    ...(model !== undefined && { model }),
    ...(pull !== undefined && { pullRequest: pull }),
    ...(from !== undefined && !Number.isNaN(from.getTime()) && { since: from.toISOString() }),
  }
}
