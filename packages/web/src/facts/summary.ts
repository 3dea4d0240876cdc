import type { AppSummary } from '@plimsoll/api'

export { type AppSummary, isLastSyncFailed, summarizeApplication as summarize, type Trouble } from '@plimsoll/api'

/** What a row shows: two summaries that agree in this look the same but for the time. */
export function appearance(summary: AppSummary): string {
  return `${summary.health} ${summary.sync} ${summary.revision} ${summary.operation?.phase ?? ''}`
}
