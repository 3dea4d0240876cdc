import type { RunState } from '@plimsoll/api'
import type { RunFilter } from '../../client/runs.ts'

/** The list's filter as the address holds it. `q` filters what is here; the rest the server does. */
export interface RunsSearch {
  q?: string
  repository?: string
  workflow?: string
  pull?: number
  commit?: string
  state?: RunState
}

export interface RunSearch {
  /** Id of the job that is shown. */
  job?: string
  /** Of its log. */
  line?: number
}

const states: readonly RunState[] = ['queued', 'waiting', 'inProgress', 'completed']

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined
}

function positive(value: unknown): number | undefined {
  const number = typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : Number.NaN
  return Number.isSafeInteger(number) && number > 0 ? number : undefined
}

export function readRunsSearch(search: Record<string, unknown>): RunsSearch {
  const result: RunsSearch = {}
  for (const name of ['q', 'repository', 'workflow', 'commit'] as const) {
    const value = textOf(search[name])
    if (value !== undefined) result[name] = value
  }
  const pull = positive(search['pull'])
  if (pull !== undefined) result.pull = pull
  const state = states.find((one) => one === search['state'])
  if (state) result.state = state
  return result
}

export function readRunSearch(search: Record<string, unknown>): RunSearch {
  const job = textOf(search['job'])
  const line = positive(search['line'])
  return { ...(job !== undefined && { job }), ...(line !== undefined && { line }) }
}

export function toRunFilter({ repository, workflow, pull, commit, state }: RunsSearch): RunFilter {
  return {
    ...(repository !== undefined && { repository }),
    ...(workflow !== undefined && { workflow }),
    ...(pull !== undefined && { pullRequest: pull }),
    ...(commit !== undefined && { commit }),
    ...(state !== undefined && { state }),
  }
}
