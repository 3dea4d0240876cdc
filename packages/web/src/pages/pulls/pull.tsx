import { useQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import type { PullRequest } from '@plimsoll/api'
import { lazy, Suspense, type ReactNode } from 'react'
import { ApiError } from '../../client/http.ts'
import {
  checksQuery,
  commentsQuery,
  commitsQuery,
  filesQuery,
  pullQuery,
  reportsQuery,
  reviewsQuery,
  usePullStream,
} from '../../loaders/pulls.ts'
import { Bones, Empty } from '../../parts/empty.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure } from '../../parts/problem.tsx'
import { useWords } from '../../words/index.tsx'
import { CommitsTab } from './commits-tab.tsx'
import { Conversation } from './conversation.tsx'
import { MergeBox } from './merge-box.tsx'
import { PlanTab } from './plan-tab.tsx'
import { PullHead } from './pull-head.tsx'
import { pullTabs, type PullTab } from './pull-search.ts'
import { ReportTab } from './report-tab.tsx'
import { ReviewForm } from './review-form.tsx'
import { Checks, Reviewers, WentIn } from './side-panels.tsx'

const FilesTab = lazy(() => import('./files/files-tab.tsx').then((one) => ({ default: one.FilesTab })))

/** One pull request: what it would change, whether it may, and what was said. */
export function PullPage() {
  const words = useWords()
  const { repository = '', number = '' } = useParams({ strict: false })
  const at = Number(number)
  const isNumber = Number.isSafeInteger(at) && at > 0
  const { data: pull, error, isPending, refetch } = useQuery({ ...pullQuery(repository, at), enabled: isNumber })
  usePageTitle(pull ? `${pull.title} #${at}` : `#${number}`)
  if (pull) return <Loaded key={`${repository} ${at}`} pull={pull} repository={repository} number={at} />
  if (!isNumber || (error instanceof ApiError && error.status === 404))
    return (
      <Empty isPage icon="i-pulls" title={words.pulls.gone(number, repository)}>
        <p>{words.shell.notFoundText}</p>
        <p>
          <Link className="link" to="/pulls">
            {words.pulls.title}
          </Link>
        </p>
      </Empty>
    )
  return (
    <>
      <div className="page-head">
        <div className="titles">
          <div className="title">
            <h1>
              {repository} <span className="number">#{number}</span>
            </h1>
          </div>
        </div>
      </div>
      {isPending ? (
        <Bones lines={12} />
      ) : (
        <Failure title={words.failure.title.load(words.pulls.thePull)} error={error} onRetry={() => void refetch()} />
      )}
    </>
  )
}

function Loaded({ pull, repository, number }: { pull: PullRequest; repository: string; number: number }) {
  const search = useSearch({ from: '/pulls/$repository/$number' })
  const stream = usePullStream(repository, number)
  const comments = useQuery(commentsQuery(repository, number))
  const reviews = useQuery(reviewsQuery(repository, number))
  const files = useQuery(filesQuery(repository, number))
  const commits = useQuery(commitsQuery(repository, number))
  const reports = useQuery(reportsQuery(repository, number))
  const checks = useQuery(checksQuery(repository, number, pull.head.commit))

  const standing = reports.data?.items ?? []
  const report = standing.find(({ id }) => id === search.report) ?? standing[0]
  // The report is what most come for; without one it is the conversation.
  const tab: PullTab = search.tab ?? (reports.isPending || standing.length > 0 ? 'report' : 'conversation')
  const talk = (comments.data?.items ?? []).filter(({ kind }) => kind === 'comment' || kind === 'line').length
  const counts: Record<PullTab, number | undefined> = {
    report: standing.length > 1 ? standing.length : undefined,
    plan: undefined,
    conversation: comments.data ? talk : undefined,
    files: files.data?.files.length,
    commits: commits.data?.items.length,
  }
  return (
    <>
      <PullHead pull={pull} files={files.data} commits={commits.data?.items.length} stream={stream} />
      <PullTabs repository={repository} number={number} tab={tab} counts={counts} />
      {tab === 'files' ? (
        <Suspense fallback={<Bones lines={12} />}>
          <FilesTab pull={pull} changed={files} comments={comments.data?.items ?? []} checks={checks.data?.items ?? []} />
        </Suspense>
      ) : (
        <div className="with-side">
          <div className="main-column">
            {tab === 'report' && <ReportTab pull={pull} reports={reports} report={report} />}
            {tab === 'plan' && <PlanTab pull={pull} />}
            {tab === 'conversation' && (
              <>
                <Conversation pull={pull} comments={comments} reviews={reviews} reports={standing} />
                <ReviewForm pull={pull} />
              </>
            )}
            {tab === 'commits' && <CommitsTab pull={pull} commits={commits} />}
          </div>
          <Side>
            <MergeBox pull={pull} />
            <Checks checks={checks} />
            <Reviewers pull={pull} reviews={reviews.data?.items ?? []} />
            {report && <WentIn report={report} />}
          </Side>
        </div>
      )}
    </>
  )
}

function Side({ children }: { children: ReactNode }) {
  const words = useWords()
  return (
    <aside className="side" aria-label={words.pulls.side}>
      {children}
    </aside>
  )
}

function PullTabs({
  repository,
  number,
  tab,
  counts,
}: {
  repository: string
  number: number
  tab: PullTab
  counts: Record<PullTab, number | undefined>
}) {
  const words = useWords()
  return (
    <nav className="tabs" aria-label={words.pulls.views}>
      {pullTabs.map((one) => (
        <Link
          key={one}
          to="/pulls/$repository/$number"
          params={{ repository, number: String(number) }}
          search={{ tab: one }}
          resetScroll={false}
          aria-current={one === tab ? 'page' : undefined}
          activeOptions={exactly}
        >
          {words.pulls.tabs[one]}
          {counts[one] !== undefined && counts[one] > 0 && <span className="count">{counts[one]}</span>}
        </Link>
      ))}
    </nav>
  )
}

/** The router would call several current: it looks at the path alone. */
const exactly = { exact: true, includeSearch: true }
