import type { UseQueryResult } from '@tanstack/react-query'
import type { CommitSummary, PullRequest } from '@plimsoll/api'
import { Bones, Empty } from '../../parts/empty.tsx'
import { Failure } from '../../parts/problem.tsx'
import { useWords } from '../../words/index.tsx'
import { CommitList } from '../repositories/commit-list.tsx'

export function CommitsTab({ pull, commits }: { pull: PullRequest; commits: UseQueryResult<{ items: CommitSummary[] }> }) {
  const words = useWords()
  if (commits.isPending) return <Bones lines={6} />
  if (commits.error && !commits.data)
    return (
      <Failure title={words.failure.title.load(words.pulls.tabs.commits)} error={commits.error} onRetry={() => void commits.refetch()} />
    )
  const items = commits.data?.items ?? []
  if (items.length === 0) return <Empty icon="i-commit" title={words.pulls.noCommits} />
  return <CommitList repository={pull.repository} commits={items} label={words.pulls.tabs.commits} />
}
