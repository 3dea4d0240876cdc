import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import type { Application } from '@plimsoll/api'
import { ApiError } from '../../client/http.ts'
import { summarize } from '../../facts/summary.ts'
import { useApplicationMessages, useFleet } from '../../loaders/fleet.ts'
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
import { Workbench } from './workbench.tsx'

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
  const { byKey, stream, isKnown } = useFleet()
  const [wasDeleted, setDeleted] = useState(false)

  const onMessage = useCallback(
    (type: string, next: Application) => {
      if (type === 'DELETED') setDeleted(true)
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

  // After a break the list is read again; what it knows of this one may be newer than what is here.
  const listed = byKey.get(`${namespace}/${name}`)
  const isStale =
    listed !== undefined && application !== undefined && listed.resourceVersion !== (application.metadata.resourceVersion ?? '')
  useRefetchOnce(isStale ? listed.resourceVersion : undefined, refetch)

  useKeys({
    s: () => ask({ name: 'sync', app }),
    r: () => void refreshApplication(app, 'normal', words),
  })

  const isGone =
    wasDeleted || (error instanceof ApiError && error.status === 404) || (stream.name === 'live' && isKnown && application && !listed)
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
  return (
    <>
      <ApplicationHead application={application} summary={summary} />
      <ApplicationFacts application={application} summary={summary} />
      <ApplicationWhy summary={summary} />
      <Workbench application={application} summary={summary} />
    </>
  )
}

function useRefetchOnce(stamp: string | undefined, refetch: () => unknown): void {
  const [asked, setAsked] = useState<string>()
  if (stamp === undefined || stamp === asked) return
  setAsked(stamp)
  queueMicrotask(() => void refetch())
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
