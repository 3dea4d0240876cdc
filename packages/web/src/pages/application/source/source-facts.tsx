import type { ReactNode } from 'react'
import type { SourceRendering } from '../../../client/rendering.ts'
import { commitPage, followsVersions, isCommit, type SourceAt } from '../../../facts/sources.ts'
import { short } from '../../../facts/why.ts'
import { OutsideLink } from '../../../parts/outside-link.tsx'
import { useLanguage } from '../../../words/index.tsx'
import { Prose } from '../../../words/prose.tsx'
import { repoName } from '../application-facts.tsx'
import { kindOf } from './source-kind.ts'

/** What a source is and where it stands, in one row as on the rest of the page. */
export function SourceFacts({
  source,
  rendering,
  applicationName,
}: {
  source: SourceAt
  rendering: SourceRendering
  applicationName: string
}) {
  const { words, format } = useLanguage()
  const w = words.source
  const { helm } = rendering.source
  const { chart, engine, renderMs, durationMs, fromCache } = rendering
  const revision = rendering.revision || source.revision
  const took = renderMs ?? durationMs
  const valueFiles = helm?.valueFiles ?? []
  const release = helm?.releaseName && helm.releaseName !== applicationName ? helm.releaseName : undefined
  return (
    <>
      <dl className="fact-row source-facts">
        <Fact name={w.facts.type}>
          <span>{w.kinds[kindOf(source, rendering)]}</span>
          {engine && <code className="tag">{engine.replace('/', ' ')}</code>}
        </Fact>
        {chart && (
          <Fact name={w.facts.chart}>
            <code>{chart.name}</code>
            <code className="hash">{chart.version}</code>
            {chart.appVersion && <span className="muted">{w.app(chart.appVersion)}</span>}
          </Fact>
        )}
        <Fact name={w.facts.repository}>
          <OutsideLink to={source.repoURL}>
            <code title={source.repoURL}>{repoName(source.repoURL)}</code>
          </OutsideLink>
        </Fact>
        {source.chart === '' && !source.isReference && (
          <Fact name={w.facts.path}>
            <code>{source.path || '.'}</code>
          </Fact>
        )}
        {source.ref && (
          <Fact name={w.facts.reference}>
            <code>${source.ref}</code>
          </Fact>
        )}
        <Fact name={source.chart ? w.facts.version : w.facts.revision}>
          <OutsideLink to={commitPage(source.repoURL, revision)}>
            <code className="hash" title={isCommit(revision) ? revision : undefined}>
              {short(revision) || '–'}
            </code>
          </OutsideLink>
          <span className="muted">{follows(source)}</span>
        </Fact>
        {took !== undefined && (
          <Fact name={w.facts.took}>
            <span className="num" title={durationMs === undefined ? undefined : w.tookTitle(format.took(durationMs))}>
              {format.took(took)}
            </span>
            {fromCache && <span className="muted">{renderMs === undefined ? w.fromCacheOnly : w.fromCache}</span>}
          </Fact>
        )}
        {release && (
          <Fact name={w.facts.release}>
            <code>{release}</code>
          </Fact>
        )}
        {valueFiles.length > 0 && (
          <Fact name={w.facts.valueFiles}>
            {valueFiles.map((file) => (
              <code key={file}>{file}</code>
            ))}
          </Fact>
        )}
      </dl>
      {source.isReference && (
        <p className="soft">
          <Prose of={w.referenceText(source.ref)} />
        </p>
      )}
    </>
  )

  function follows(one: SourceAt): string | undefined {
    if (one.chart) return followsVersions(one) ? w.newest(one.targetRevision || '*') : undefined
    return one.targetRevision === revision ? undefined : w.on(one.targetRevision || 'HEAD')
  }
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
