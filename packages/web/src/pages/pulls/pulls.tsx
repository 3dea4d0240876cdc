import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { PullRequest, PullRequestPage } from '@plimsoll/api'
import { useRef } from 'react'
import { canPropose } from '../../facts/may.ts'
import { toMs } from '../../facts/moment.ts'
import { pullLooks, pullWord, type PullWord } from '../../facts/pull-look.ts'
import { repositoryLabel } from '../../facts/hosted.ts'
import { connectionsQuery } from '../../loaders/connections.ts'
import { pullListQuery, repositoriesQuery, usePullListStream } from '../../loaders/pulls.ts'
import { useSession } from '../../loaders/session.ts'
import { Ago } from '../../parts/ago.tsx'
import { Button } from '../../parts/button.tsx'
import { Bones, Empty } from '../../parts/empty.tsx'
import { Glyph } from '../../parts/icon.tsx'
import { useKeys } from '../../parts/keys.ts'
import { PageHead } from '../../parts/page-head.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure, Problem } from '../../parts/problem.tsx'
import { Badge } from '../../parts/status.tsx'
import { useLanguage } from '../../words/index.tsx'
import { toPullFilter, type PullListSearch } from './pull-list-search.ts'
import { PullsToolbar } from './pulls-toolbar.tsx'
import { Who } from './who.tsx'

/** Where the server cannot say that something is new. */
const whileNotLiveMs = 20_000

/** Pull requests of all repositories. */
export function Pulls() {
  const { words } = useLanguage()
  const w = words.pulls
  usePageTitle(w.title)
  const search: PullListSearch = useSearch({ from: '/pulls' })
  const navigate = useNavigate()
  const filter = toPullFilter(search)
  const stream = usePullListStream(filter)
  const list = useInfiniteQuery({ ...pullListQuery(filter), refetchInterval: stream.name === 'live' ? false : whileNotLiveMs })
  const { data, error, isPending, isPlaceholderData, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = list
  const hosted = useQuery(repositoriesQuery).data?.items
  const connected = useQuery(connectionsQuery).data?.items
  const change = (next: PullListSearch) => void navigate({ to: '/pulls', search: next, replace: true })
  const pulls = (data?.pages ?? []).flatMap(({ items }) => items)
  const text = (search.q ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const shown = pulls.filter((one) => {
    const haystack = `${one.title} #${one.number} ${one.author} ${one.head.branch ?? ''} ${one.repository}`.toLowerCase()
    return text.every((word) => haystack.includes(word))
  })
  const isFiltered = Object.keys(filter).length > 1 || text.length > 0
  const hasHosted = hosted === undefined || hosted.length > 0
  const repositories = [...(hosted ?? []).map(({ name }) => name), ...(connected ?? []).map(({ url }) => url)]
  return (
    <>
      <PageHead title={w.title}>
        <NewPull hasRepositories={hasHosted} />
      </PageHead>
      {error && !data ? (
        <Failure title={words.failure.title.load(w.thePulls)} error={error} onRetry={() => void refetch()} />
      ) : (
        <>
          <PullsToolbar search={search} pulls={pulls} repositories={repositories} onChange={change} />
          <Unreachable page={data?.pages[0]} onRetry={() => void refetch()} />
          {isPending ? (
            <div className="panel">
              <Bones lines={8} />
            </div>
          ) : shown.length === 0 ? (
            <NoPulls
              isFiltered={isFiltered}
              hasRepositories={hasHosted || repositories.length > 0}
              state={filter.state}
              onClear={() => change(search.state === undefined ? {} : { state: search.state })}
            />
          ) : (
            <PullTable pulls={shown} isOld={isPlaceholderData} />
          )}
          {!isPending && pulls.length > 0 && (
            <div className="list-foot">
              <span>{w.shown(shown.length, pulls.length)}</span>
              {hasNextPage && (
                <Button small busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                  {w.more}
                </Button>
              )}
              {data?.pages[0]?.cut && <span>{w.cut(words.list(data.pages[0].cut.map(repositoryLabel)))}</span>}
            </div>
          )}
        </>
      )}
    </>
  )
}

/** What is missing from the list, and why. The rest is there. */
function Unreachable({ page, onRetry }: { page: PullRequestPage | undefined; onRetry: () => void }) {
  const { words } = useLanguage()
  const missing = page?.unreachable ?? []
  if (missing.length === 0) return null
  return (
    <Problem title={words.pulls.unreachable(missing.length)} tone="warn" icon="g-warning" role="status">
      {missing.map(({ repository, message, remedy }) => (
        <p key={repository}>
          <span className="name">{repositoryLabel(repository)}</span>: {message} {remedy}
        </p>
      ))}
      <div className="buttons">
        <Button small icon="i-refresh" onClick={onRetry}>
          {words.common.tryAgain}
        </Button>
      </div>
    </Problem>
  )
}

function NewPull({ hasRepositories }: { hasRepositories: boolean }) {
  const { words } = useLanguage()
  const w = words.pulls
  const session = useSession()
  const navigate = useNavigate()
  const may = session.name === 'in' && canPropose(session.identity)
  const reason = !may ? w.mayNotPropose : hasRepositories ? undefined : w.noRepositories
  return (
    <Button icon="i-plus" look="primary" reason={reason} onClick={() => void navigate({ to: '/pulls/new' })}>
      {w.newPull}
    </Button>
  )
}

function NoPulls({
  isFiltered,
  hasRepositories,
  state,
  onClear,
}: {
  isFiltered: boolean
  hasRepositories: boolean
  state: string
  onClear: () => void
}) {
  const { words } = useLanguage()
  const w = words.pulls
  if (isFiltered)
    return (
      <Empty title={w.noMatch}>
        <div className="buttons">
          <Button onClick={onClear}>{words.fleet.clear}</Button>
        </div>
      </Empty>
    )
  return (
    <Empty icon="i-pulls" title={hasRepositories ? (state === 'open' ? w.noneOpen : w.none) : w.noRepositories}>
      <p>{hasRepositories ? w.noneText : w.noRepositoriesText}</p>
      {!hasRepositories && (
        <p>
          <Link className="link" to="/repositories">
            {words.repositories.title}
          </Link>
        </p>
      )}
    </Empty>
  )
}

function PullTable({ pulls, isOld }: { pulls: readonly PullRequest[]; isOld: boolean }) {
  const { words } = useLanguage()
  const w = words.pulls
  const body = useRef<HTMLTableSectionElement>(null)
  const step = (by: 1 | -1) => {
    const links = [...(body.current?.querySelectorAll<HTMLElement>('.pull-title') ?? [])]
    const at = links.findIndex((one) => one === document.activeElement)
    links[at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.max(0, Math.min(links.length - 1, at + by))]?.focus()
  }
  useKeys({ j: () => step(1), k: () => step(-1) })
  return (
    <div className="panel fleet">
      <table className="table pull-table" aria-label={w.title} aria-busy={isOld}>
        <thead>
          <tr>
            <th scope="col">{w.columns.pull}</th>
            <th scope="col" className="c-branches">
              {w.columns.branches}
            </th>
            <th scope="col">{w.columns.stands}</th>
            <th scope="col" className="right">
              {w.columns.changed}
            </th>
          </tr>
        </thead>
        <tbody ref={body}>
          {pulls.map((one) => (
            <tr key={`${one.repository} ${one.number}`} className="link-row">
              <td className="c-title">
                <span className="pull-cell">
                  <Glyph look={pullLooks[pullWord(one)]} />
                  <span>
                    <Link
                      className="pull-title"
                      to="/pulls/$repository/$number"
                      params={{ repository: one.repository, number: String(one.number) }}
                    >
                      {one.title} <span className="muted">#{one.number}</span>
                    </Link>
                    <span className="line small muted">
                      <span className="name">{repositoryLabel(one.repository)}</span> · <Who name={one.author} />
                      {one.isOutside && <span className="tag dashed">{w.outside}</span>}
                      {one.isDraft && one.state === 'open' && <span className="tag">{w.words.draft}</span>}
                    </span>
                  </span>
                </span>
              </td>
              <td className="c-branches small">
                <code className="clip">{one.head.branch ?? one.head.commit.slice(0, 7)}</code>
                <span className="muted"> {w.into} </span>
                <code className="clip">{one.base.branch}</code>
              </td>
              <td className="small">
                <Stands pull={one} />
              </td>
              <td className="right muted small">
                <Ago at={toMs(one.updatedAt)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** What the reader has to know: the first thing that stands in the way, or that nothing does. */
function Stands({ pull }: { pull: PullRequest }) {
  const { words } = useLanguage()
  const w = words.pulls
  const word: PullWord = pullWord(pull)
  if (pull.state !== 'open') return <Badge look={pullLooks[word]} word={w.words[word]} />
  const open = pull.requirements.filter(({ isMet }) => !isMet)
  const first = open[0]
  if (!first) return <span className="soft">{w.canMerge}</span>
  return (
    <span className="soft stands">
      {first.text} {open.length > 1 && <span className="muted">{w.andMore(open.length - 1)}</span>}
    </span>
  )
}
