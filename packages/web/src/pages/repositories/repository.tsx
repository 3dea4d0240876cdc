import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { ApiError } from '../../client/http.ts'
import type { RepositoryFacts } from '../../client/pulls.ts'
import { historyQuery, repositoryQuery } from '../../loaders/pulls.ts'
import { Button } from '../../parts/button.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Bones, Empty } from '../../parts/empty.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure } from '../../parts/problem.tsx'
import { useWords } from '../../words/index.tsx'
import { CommitList } from './commit-list.tsx'
import { Folder } from './folder.tsx'
import { Protections } from './protections.tsx'
import { repositoryTabs, type RepositorySearch, type RepositoryTab } from './repository-search.ts'

/** One repository: its files at a revision, commits, branches, and what the branches demand. */
export function RepositoryPage() {
  const words = useWords()
  const w = words.repositories
  const { name = '' } = useParams({ strict: false })
  const search: RepositorySearch = useSearch({ from: '/repositories/$name' })
  const navigate = useNavigate()
  usePageTitle(name)
  const { data, error, isPending, refetch } = useQuery(repositoryQuery(name))
  if (error instanceof ApiError && error.status === 404)
    return (
      <Empty isPage icon="i-folder" title={w.gone(name)}>
        <p>
          <Link className="link" to="/repositories">
            {w.title}
          </Link>
        </p>
      </Empty>
    )
  const tab: RepositoryTab = search.tab ?? 'files'
  const revision = search.ref ?? data?.defaultBranch ?? ''
  const go = (next: RepositorySearch) => void navigate({ to: '/repositories/$name', params: { name }, search: next })
  return (
    <>
      <div className="page-head">
        <div className="titles">
          <div className="title">
            <h1 className="name">{name}</h1>
          </div>
          {data && (
            <p className="lede">
              <span className="copied">
                <code className="clip">{data.url}</code>
                <CopyButton text={`git clone ${data.url}`} label={w.copyClone} />
              </span>
            </p>
          )}
        </div>
        <div className="actions">
          <Button icon="i-pulls" onClick={() => void navigate({ to: '/pulls', search: { repository: name } })}>
            {words.pulls.title}
          </Button>
        </div>
      </div>
      {!data ? (
        isPending ? (
          <Bones lines={10} />
        ) : (
          <Failure title={words.failure.title.load(w.theRepository)} error={error} onRetry={() => void refetch()} />
        )
      ) : (
        <>
          <nav className="tabs" aria-label={w.views}>
            {repositoryTabs.map((one) => (
              <Link
                key={one}
                to="/repositories/$name"
                params={{ name }}
                search={{ ...(one !== 'files' && { tab: one }), ...(search.ref !== undefined && { ref: search.ref }) }}
                aria-current={one === tab ? 'page' : undefined}
                activeOptions={{ exact: true, includeSearch: true }}
                resetScroll={false}
              >
                {w.tabs[one]}
                {one === 'branches' && data.branches.length > 0 && <span className="count">{data.branches.length}</span>}
                {one === 'protection' && data.protections.length > 0 && <span className="count">{data.protections.length}</span>}
              </Link>
            ))}
          </nav>
          {data.branches.length === 0 && tab !== 'protection' ? (
            <Empty icon="i-folder" title={w.isEmpty}>
              <p>{w.emptyText}</p>
              <p>
                <code>git push {data.url} HEAD:main</code>
              </p>
            </Empty>
          ) : (
            <div className="repository-body">
              {(tab === 'files' || tab === 'commits') && (
                <RevisionChoice facts={data} revision={revision} onChoose={(ref) => go({ ...search, ref })} />
              )}
              {tab === 'files' && <Folder name={name} revision={revision} path={search.path ?? ''} />}
              {tab === 'commits' && <History name={name} revision={revision} path={search.path ?? ''} />}
              {tab === 'branches' && <Branches facts={data} />}
              {tab === 'protection' && <Protections key={JSON.stringify(data.protections)} facts={data} />}
            </div>
          )}
        </>
      )}
    </>
  )
}

function RevisionChoice({ facts, revision, onChoose }: { facts: RepositoryFacts; revision: string; onChoose: (ref: string) => void }) {
  const words = useWords()
  const w = words.repositories
  const known = [...facts.branches, ...facts.tags].some(({ name }) => name === revision)
  return (
    <div className="field inline-field">
      <label htmlFor="revision">{w.revision}</label>
      <select id="revision" className="input mono" value={revision} onChange={(event) => onChoose(event.target.value)}>
        {!known && <option value={revision}>{/^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 7) : revision}</option>}
        <optgroup label={w.tabs.branches}>
          {facts.branches.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </optgroup>
        {facts.tags.length > 0 && (
          <optgroup label={w.tags}>
            {facts.tags.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </optgroup>
        )}
      </select>
    </div>
  )
}

function History({ name, revision, path }: { name: string; revision: string; path: string }) {
  const words = useWords()
  const { data, error, isPending, refetch } = useQuery(historyQuery(name, revision, path))
  if (isPending) return <Bones lines={8} />
  if (error && !data)
    return <Failure title={words.failure.title.load(words.repositories.tabs.commits)} error={error} onRetry={() => void refetch()} />
  return <CommitList repository={name} commits={data?.items ?? []} label={words.repositories.tabs.commits} />
}

function Branches({ facts }: { facts: RepositoryFacts }) {
  const words = useWords()
  const w = words.repositories
  const navigate = useNavigate()
  return (
    <div className="panel fleet">
      <table className="table" aria-label={w.tabs.branches}>
        <thead>
          <tr>
            <th scope="col">{w.columns.branchName}</th>
            <th scope="col">{w.columns.commit}</th>
            <th scope="col" className="right" />
          </tr>
        </thead>
        <tbody>
          {facts.branches.map((one) => (
            <tr key={one.name}>
              <td>
                <Link className="name" to="/repositories/$name" params={{ name: facts.name }} search={{ ref: one.name }}>
                  {one.name}
                </Link>{' '}
                {one.name === facts.defaultBranch && <span className="tag">{w.default}</span>}
              </td>
              <td>
                <code className="hash">{one.commit.slice(0, 7)}</code>
              </td>
              <td className="right">
                {one.name !== facts.defaultBranch && (
                  <Button
                    small
                    icon="i-pulls"
                    aria-label={w.proposeFrom(one.name)}
                    onClick={() => void navigate({ to: '/pulls/new', search: { repository: facts.name, head: one.name } })}
                  >
                    {words.pulls.newPull}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
