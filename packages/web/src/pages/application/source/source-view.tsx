import { useQuery } from '@tanstack/react-query'
import type { Application } from '@plimsoll/api'
import { useMemo } from 'react'
import { ApiError } from '../../../client/http.ts'
import { isError } from '../../../facts/condition.ts'
import { renderingStamp } from '../../../facts/rendering-stamp.ts'
import type { AppSummary } from '../../../facts/summary.ts'
import { renderedManifestsQuery, renderingQuery } from '../../../loaders/queries.ts'
import { Button } from '../../../parts/button.tsx'
import { Bones } from '../../../parts/empty.tsx'
import { Icon } from '../../../parts/icon.tsx'
import { Failure } from '../../../parts/problem.tsx'
import { useWords } from '../../../words/index.tsx'
import { Manifests, ManifestsHead } from './manifests.tsx'
import { Notes } from './notes.tsx'
import { Notices } from './notices.tsx'
import { Parameters } from './parameters.tsx'
import { SourceFacts } from './source-facts.tsx'
import { SourceList } from './source-list.tsx'

/** How an application is rendered: from what, by what, how long it takes, and to what. */
export function SourceView({ application, summary, place }: { application: Application; summary: AppSummary; place: number | undefined }) {
  const words = useWords()
  const w = words.source
  const stamp = useMemo(() => renderingStamp(application), [application])
  const rendering = useQuery(renderingQuery(summary, stamp))
  const manifests = useQuery(renderedManifestsQuery(summary, stamp))
  const renderings = rendering.data?.items ?? []
  const chosen =
    summary.sources.find((one) => one.index + 1 === place) ?? summary.sources.find((one) => !one.isReference) ?? summary.sources[0]
  const shown = chosen && renderings[chosen.index]
  const isMultiple = summary.sources.length > 1

  return (
    <div className="source-view">
      <div className="source-main" aria-busy={rendering.isFetching || undefined}>
        {isMultiple && <SourceList summary={summary} renderings={renderings} chosen={chosen} />}
        {rendering.error ? (
          <RenderFailure
            error={rendering.error}
            summary={summary}
            onRetry={() => {
              void rendering.refetch()
              void manifests.refetch()
            }}
          />
        ) : chosen && shown ? (
          <>
            <SourceFacts source={chosen} rendering={shown} applicationName={summary.name} />
            <Notices application={application} summary={summary} rendering={shown} />
            <Parameters key={chosen.index} source={chosen} rendering={shown} />
            {shown.details?.notes && <Notes text={shown.details.notes} />}
          </>
        ) : (
          <>
            <div className="source-facts-waits">
              <Bones lines={3} />
            </div>
            <Bones lines={14} />
          </>
        )}
      </div>
      <aside className="source-manifests" aria-labelledby="manifests" aria-busy={manifests.isFetching || undefined}>
        {manifests.data && !rendering.error ? (
          <Manifests texts={manifests.data.manifests ?? []} />
        ) : (
          <>
            <ManifestsHead />
            {rendering.error ? (
              <p className="muted">{w.noneWhileFailing}</p>
            ) : manifests.error ? (
              <Failure title={words.failure.title.load(w.theManifests)} error={manifests.error} onRetry={() => void manifests.refetch()} />
            ) : (
              <Bones lines={10} />
            )}
          </>
        )}
      </aside>
    </div>
  )
}

/** Why nothing can be shown. What the page says above already, as a condition of the application, is not said twice. */
function RenderFailure({ error, summary, onRetry }: { error: Error; summary: AppSummary; onRetry: () => void }) {
  const words = useWords()
  const w = words.source
  const isOfSource = error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 403
  const isTold = isOfSource && summary.conditions.some((one) => isError(one.type) && one.message.includes(error.message))
  if (!isTold) {
    return <Failure title={isOfSource ? w.cannotRender : words.failure.title.load(w.theRendering)} error={error} onRetry={onRetry} />
  }
  return (
    <div className="why tone-none calm">
      <Icon name="g-failed" className="glyph" />
      <p>{w.toldAbove}</p>
      <span className="buttons">
        <Button small icon="i-refresh" onClick={onRetry}>
          {words.common.tryAgain}
        </Button>
      </span>
    </div>
  )
}
