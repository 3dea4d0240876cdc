import { Link } from '@tanstack/react-router'
import type { AppSummary } from '../../facts/summary.ts'
import { useWords } from '../../words/index.tsx'

/** The router would call the first one current on both: its search is part of every other. */
const exactly = { exact: true, includeSearch: true }

/** What runs, and how it comes about: two views of one application, each with an address. */
export function ViewTabs({ summary, view }: { summary: AppSummary; view: 'source' | undefined }) {
  const words = useWords()
  const count = summary.sources.length
  return (
    <nav className="tabs app-views" aria-label={words.source.views}>
      <Link
        to="/applications/$namespace/$name"
        params={summary}
        search={{}}
        resetScroll={false}
        aria-current={view === undefined ? 'page' : undefined}
        activeOptions={exactly}
      >
        {words.app.resources}
        {summary.objects > 0 && <span className="count">{summary.objects}</span>}
      </Link>
      <Link
        to="/applications/$namespace/$name"
        params={summary}
        search={{ view: 'source' }}
        resetScroll={false}
        aria-current={view === 'source' ? 'page' : undefined}
        activeOptions={exactly}
      >
        {count > 1 ? words.source.list : words.source.view}
        {count > 1 && <span className="count">{count}</span>}
      </Link>
    </nav>
  )
}
