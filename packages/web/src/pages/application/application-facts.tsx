import type { Application } from '@plimsoll/api'
import { Link } from '@tanstack/react-router'
import type { AppSummary } from '../../facts/summary.ts'
import { clusterOf } from '../../facts/fleet-filter.ts'
import { OutsideLink, safeUrl } from '../../parts/outside-link.tsx'
import { Phase } from '../../parts/status.tsx'
import { useLanguage } from '../../words/index.tsx'
import { useClusterNames } from '../applications/applications.tsx'

export function ApplicationFacts({ application, summary }: { application: Application; summary: AppSummary }) {
  const { words, format } = useLanguage()
  const w = words.app.facts
  const names = useClusterNames()
  const { operation } = summary
  const took =
    operation?.startedAt !== undefined && operation.finishedAt !== undefined ? operation.finishedAt - operation.startedAt : undefined
  const type = application.status?.sourceType
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
        </dd>
      </div>
      {type && (
        <div>
          <dt>{w.rendered}</dt>
          <dd>{Object.hasOwn(words.app.renderers, type) ? words.app.renderers[type] : type}</dd>
        </div>
      )}
      <div>
        <dt>{w.destination}</dt>
        <dd title={summary.server}>
          {clusterOf(summary, names)}
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
