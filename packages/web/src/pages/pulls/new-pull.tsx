import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useId, useState } from 'react'
import { pullsApi } from '../../client/pulls.ts'
import { compareQuery, repositoriesQuery, repositoryQuery } from '../../loaders/pulls.ts'
import { Button } from '../../parts/button.tsx'
import { Bones } from '../../parts/empty.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure, Problem } from '../../parts/problem.tsx'
import { useLanguage } from '../../words/index.tsx'
import { Choice } from '../dialogs/choice.tsx'
import { CommitList } from '../repositories/commit-list.tsx'
import { BranchSelect } from './branch-select.tsx'
import type { NewPullSearch } from './new-pull-search.ts'

/** From a branch into another, with what that would be before it is opened. */
export function NewPull() {
  const { words } = useLanguage()
  const w = words.pulls
  const id = useId()
  usePageTitle(w.newPull)
  const navigate = useNavigate()
  const client = useQueryClient()
  const search: NewPullSearch = useSearch({ from: '/pulls/new' })
  const repositories = useQuery(repositoriesQuery)
  const names = (repositories.data?.items ?? []).map(({ name }) => name)
  const repository = search.repository ?? (names.length === 1 ? (names[0] ?? '') : '')
  const facts = useQuery(repositoryQuery(repository))
  const branches = (facts.data?.branches ?? []).map(({ name }) => name)
  const base = search.base ?? facts.data?.defaultBranch ?? ''
  const head = search.head ?? ''
  const compared = useQuery(compareQuery(repository, base, head))
  const change = (next: NewPullSearch) => void navigate({ to: '/pulls/new', search: { ...search, ...next }, replace: true })

  const [typed, setTitle] = useState<string>()
  const [body, setBody] = useState('')
  const [isDraft, setDraft] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const commits = compared.data?.commits ?? []
  const title = typed ?? (commits.length > 0 ? (commits.at(-1)?.message.split('\n')[0] ?? '') : '')
  const reason =
    repository === '' || head === '' || base === ''
      ? w.needBranches
      : head === base
        ? w.sameBranch
        : compared.data && commits.length === 0
          ? w.nothingToMerge
          : title.trim() === ''
            ? w.needTitle
            : undefined
  const submit = () => {
    if (isBusy || reason !== undefined) return
    setBusy(true)
    setError(undefined)
    pullsApi.open(repository, { title: title.trim(), body, head, base, ...(isDraft && { isDraft }) }).then(
      (made) => {
        void client.invalidateQueries({ queryKey: ['pulls'] })
        void navigate({ to: '/pulls/$repository/$number', params: { repository, number: String(made.number) } })
      },
      (cause: unknown) => {
        setError(cause)
        setBusy(false)
      },
    )
  }
  return (
    <>
      <PageHead title={w.newPull} lede={w.newText} />
      {repositories.isPending ? (
        <Bones lines={8} />
      ) : repositories.error && !repositories.data ? (
        <Failure
          title={words.failure.title.load(words.repositories.title)}
          error={repositories.error}
          onRetry={() => void repositories.refetch()}
        />
      ) : (
        <div className="new-pull">
          <section className="panel">
            <div className="panel-body field-row">
              <div className="field">
                <label htmlFor={`${id}-repository`}>{w.repository}</label>
                <BranchSelect
                  id={`${id}-repository`}
                  value={repository}
                  branches={names}
                  none={w.choose}
                  onChange={(name) => void navigate({ to: '/pulls/new', search: name === '' ? {} : { repository: name }, replace: true })}
                />
              </div>
              <div className="field">
                <label htmlFor={`${id}-head`}>{w.headField}</label>
                <BranchSelect
                  id={`${id}-head`}
                  value={head}
                  branches={branches.filter((name) => name !== base)}
                  none={w.choose}
                  onChange={(name) => change({ head: name })}
                />
              </div>
              <div className="field">
                <label htmlFor={`${id}-base`}>{w.target}</label>
                <BranchSelect
                  id={`${id}-base`}
                  value={base}
                  branches={branches.filter((name) => name !== head)}
                  {...(base === '' && { none: w.choose })}
                  onChange={(name) => change({ base: name })}
                />
              </div>
            </div>
            <div className="panel-body with-line">
              <div className="field">
                <label htmlFor={`${id}-title`}>{w.titleField}</label>
                <span className="input">
                  <input id={`${id}-title`} maxLength={256} value={title} onChange={(event) => setTitle(event.target.value)} />
                </span>
              </div>
              <div className="field">
                <label htmlFor={`${id}-body`}>{w.description}</label>
                <textarea
                  id={`${id}-body`}
                  className="input"
                  rows={6}
                  maxLength={65_536}
                  placeholder={w.descriptionHint}
                  value={body}
                  onChange={(event) => setBody(event.target.value)}
                />
                <span className="hint">{w.markdownHint}</span>
              </div>
              <Choice checked={isDraft} onChange={setDraft} hint={w.draftHint}>
                {w.asDraft}
              </Choice>
              {error !== undefined && <Failure title={words.failure.title.act(w.theOpening)} error={error} />}
            </div>
            <div className="panel-foot">
              <span>{reason}</span>
              <span className="end">
                <Button icon="i-pulls" look="primary" busy={isBusy} reason={reason} onClick={submit}>
                  {isDraft ? w.openDraft : w.openPull}
                </Button>
              </span>
            </div>
          </section>
          {head !== '' && base !== '' && head !== base && (
            <section className="section" aria-label={w.tabs.commits}>
              {compared.data && (compared.data.conflicts ?? []).length > 0 && (
                <Problem title={w.wouldConflict(base)} tone="warn" icon="g-warning" role="status">
                  <p>
                    {(compared.data.conflicts ?? []).slice(0, 10).map((path) => (
                      <code key={path}>{path} </code>
                    ))}
                  </p>
                </Problem>
              )}
              {compared.error ? (
                <Failure title={words.failure.title.load(w.theComparison)} error={compared.error} onRetry={() => void compared.refetch()} />
              ) : compared.isPending ? (
                <Bones lines={4} />
              ) : commits.length === 0 ? (
                <p className="muted">{w.nothingToMerge}</p>
              ) : (
                <CommitList repository={repository} commits={commits} label={w.tabs.commits} />
              )}
            </section>
          )}
        </div>
      )}
    </>
  )
}
