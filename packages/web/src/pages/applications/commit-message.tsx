import { useQuery } from '@tanstack/react-query'
import type { AppSummary } from '../../facts/summary.ts'
import { revisionQuery } from '../../loaders/queries.ts'

/** The first line of the commit's message, once it is known. */
export function CommitMessage({ app }: { app: AppSummary }) {
  const { data } = useQuery(revisionQuery(app, app.repoURL, app.revision))
  const line = data?.message?.split('\n', 1)[0] ?? ''
  return (
    <span className="clip" title={line || undefined}>
      {line || app.targetRevision}
    </span>
  )
}
