import type { Application } from '@plimsoll/api'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { AppSummary } from '../../facts/summary.ts'
import { clustersQuery } from '../../loaders/queries.ts'
import { OutsideLink, safeUrl } from '../../parts/outside-link.tsx'
import { Phase } from '../../parts/status.tsx'
import { useLanguage } from '../../words/index.tsx'

export function ApplicationFacts({ application, summary }: { application: Application; summary: AppSummary }) {
  const { words, format } = useLanguage()
  const w = words.app.facts
  const { data: clusters } = useQuery(clustersQuery)
  const cluster = summary.clusterName || clusters?.items?.find((one) => one.server === summary.server)?.name || summary.server
  const { operation } = summary
  const took =
    operation?.startedAt !== undefined && operation.finishedAt !== undefined ? operation.finishedAt - operation.startedAt : undefined
  const { sourceType, sourceTypes } = application.status ?? {}
  const types = [...new Set(sourceTypes && sourceTypes.length > 0 ? sourceTypes : sourceType ? [sourceType] : [])].filter(Boolean)
  const urls = (application.status?.summary?.externalURLs ?? []).filter((one) => safeUrl(one))
  const off = [...(summary.automated && !summary.prune ? [w.prune] : []), ...(summary.automated && !summary.selfHeal ? [w.selfHeal] : [])]
  return (
    <dl className="fact-row app-facts">
      <div>
        <dt>{w.lastSync}</dt>
        <dd>
          {operation ? (
            <>
              <Phase of={operation.phase} />
              <span className="muted">
                {operation.finishedAt !== undefined && format.moment(new Date(operation.finishedAt))}
                {took !== undefined && `, ${format.took(took)}`}
              </span>
            </>
          ) : (
            <span className="muted">{w.never}</span>
          )}
        </dd>
      </div>
      <div>
        <dt>{w.source}</dt>
        <dd>
          <OutsideLink to={summary.repoURL}>
            <code>{repoName(summary.repoURL)}</code>
          </OutsideLink>
          {summary.path && (
            <>
              <span className="muted">/</span>
              <code>{summary.path}</code>
            </>
          )}
          {summary.sources.length > 1 && <span className="muted">{words.source.more(summary.sources.length - 1)}</span>}
        </dd>
      </div>
      {types.length > 0 && (
        <div>
          <dt>{w.rendered}</dt>
          <dd>
            <Link
              className="quiet"
              to="/applications/$namespace/$name"
              params={summary}
              search={{ view: 'source' }}
              title={words.source.open}
              resetScroll={false}
            >
              {words.list(types.map((type) => (Object.hasOwn(words.app.renderers, type) ? (words.app.renderers[type] ?? type) : type)))}
            </Link>
          </dd>
        </div>
      )}
      <div>
        <dt>{w.destination}</dt>
        <dd title={summary.server}>
          {cluster}
          <span className="muted">/ {summary.destinationNamespace}</span>
        </dd>
      </div>
      <div>
        <dt>{w.automation}</dt>
        <dd>
          {summary.hold
            ? w.held
            : summary.automated
              ? words.list([w.autoSync, ...(summary.prune ? [w.prune] : []), ...(summary.selfHeal ? [w.selfHeal] : [])])
              : w.manual}
          {off.length > 0 && <span className="muted">{words.list(off.map(w.off))}</span>}
        </dd>
      </div>
      <div>
        <dt>{w.project}</dt>
        <dd>
          <Link className="quiet" to="/applications" search={{ project: summary.project }}>
            {summary.project}
          </Link>
        </dd>
      </div>
      {urls.length > 0 && (
        <div>
          <dt>{w.links}</dt>
          <dd>
            {urls.slice(0, 3).map((url) => (
              <OutsideLink key={url} to={url}>
                {url.replace(/^https?:\/\//, '').replace(/\/$/, '')}
              </OutsideLink>
            ))}
          </dd>
        </div>
      )}
    </dl>
  )
}

/** `risk/fraud-features` of an address; the whole address is in the link. */
export function repoName(url: string): string {
  const path = url.replace(/^[a-z+]+:\/\/[^/]*\//i, '').replace(/^[^@/]+@[^:]+:/, '')
  return path.replace(/^git\//, '').replace(/\.git\/?$/, '') || url
}
