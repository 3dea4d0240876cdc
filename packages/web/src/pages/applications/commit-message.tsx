import { useQuery } from '@tanstack/react-query'
import { mainSource, sourceWithCommit } from '../../facts/sources.ts'
import type { AppSummary } from '../../facts/summary.ts'
import { revisionQuery } from '../../loaders/queries.ts'
import { useWords } from '../../words/index.tsx'

/** The first line of the commit's message, once it is known. A chart has a name instead. */
export function CommitMessage({ app }: { app: AppSummary }) {
  const words = useWords()
  const main = mainSource(app.sources)
  // What is said here is about the source that is named first: values of a chart have commits too, but those say little.
  const isChart = main !== undefined && main.chart !== ''
  const { data } = useQuery(revisionQuery(app, isChart ? undefined : sourceWithCommit(app.sources)))
  const line = isChart ? words.source.chart(main.chart) : (data?.message?.split('\n', 1)[0] ?? '')
  return (
    <span className="clip" title={line || undefined}>
      {line || app.targetRevision}
    </span>
  )
}
