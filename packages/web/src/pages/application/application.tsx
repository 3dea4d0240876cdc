import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useCallback, useMemo, useState } from 'react'
import type { Application } from '@plimsoll/api'
import { ApiError } from '../../client/http.ts'
import { summarize } from '../../facts/summary.ts'
import { useApplicationMessages } from '../../loaders/fleet.ts'
import { applicationQuery } from '../../loaders/queries.ts'
import { Bones, Empty } from '../../parts/empty.tsx'
import { useKeys } from '../../parts/keys.ts'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure } from '../../parts/problem.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { refreshApplication } from '../dialogs/actions.ts'
import { ask } from '../dialogs/ask.ts'
import { ApplicationFacts } from './application-facts.tsx'
import { ApplicationHead } from './application-head.tsx'
import { ApplicationWhy } from './application-why.tsx'
import { ViewTabs } from './view-tabs.tsx'
import { Workbench } from './workbench.tsx'

const SourceView = lazy(() => import('./source/source-view.tsx').then((one) => ({ default: one.SourceView })))

export function ApplicationPage() {
  const { namespace, name } = useParams({ from: '/applications/$namespace/$name' })
  return <OneApplication key={`${namespace}/${name}`} namespace={namespace} name={name} />
}

function OneApplication({ namespace, name }: { namespace: string; name: string }) {
  const words = useWords()
  usePageTitle(name)
  const queryClient = useQueryClient()
  const app = useMemo(() => ({ namespace, name }), [namespace, name])
  const query = applicationQuery(app)
  const { data: application, error, refetch } = useQuery(query)
  const [wasDeleted, setDeleted] = useState(false)

  const onMessage = useCallback(
    (_type: string, _key: string, next: Application | undefined) => {
      if (!next) setDeleted(true)
      else {
        setDeleted(false)
        queryClient.setQueryData(query.queryKey, (before: Application | undefined) =>
          before?.metadata.resourceVersion !== undefined && before.metadata.resourceVersion === next.metadata.resourceVersion
            ? before
            : next,
        )
      }
    },
    [queryClient, query.queryKey],
  )
  useApplicationMessages(`${namespace}/${name}`, onMessage)

  useKeys({
    s: () => ask({ name: 'sync', app }),
    r: () => void refreshApplication(app, 'normal', words),
  })

  const isGone = wasDeleted || (error instanceof ApiError && error.status === 404)
  if (isGone) return <Gone name={name} />
  if (!application) {
    return (
      <div className="lone">
        {error ? (
          <>
            <h1 className="visually-hidden">{name}</h1>
            <Failure title={words.failure.title.load(words.app.theApplication)} error={error} onRetry={() => void refetch()} />
          </>
        ) : (
          <div className="page-loading">
            <h1>
              <code>{name}</code>
            </h1>
            <Bones lines={5} />
          </div>
        )}
      </div>
    )
  }
  return <Loaded application={application} />
}

function Loaded({ application }: { application: Application }) {
  const summary = useMemo(() => summarize(application), [application])
  const { view, source } = useSearch({ from: '/applications/$namespace/$name' })
  return (
    <>
      <ApplicationHead application={application} summary={summary} />
      <ApplicationFacts application={application} summary={summary} />
      <ApplicationWhy summary={summary} />
      <ViewTabs summary={summary} view={view} />
      {view === 'source' ? (
        <Suspense fallback={<Bones lines={12} />}>
          <SourceView application={application} summary={summary} place={source} />
        </Suspense>
      ) : (
        <Workbench application={application} summary={summary} />
      )}
    </>
  )
}

function Gone({ name }: { name: string }) {
  const words = useWords()
  return (
    <div className="lone">
      <Empty title={words.app.gone} bare isPage>
        <p>
          <Prose of={words.app.goneText(name)} />
        </p>
        <div className="buttons">
          <Link className="button" to="/applications">
            {words.shell.toApplications}
          </Link>
        </div>
      </Empty>
    </div>
  )
}
