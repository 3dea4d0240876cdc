import { Link } from '@tanstack/react-router'
import type { SourceRendering } from '../../../client/rendering.ts'
import { nameOfSource, type SourceAt } from '../../../facts/sources.ts'
import type { AppSummary } from '../../../facts/summary.ts'
import { short } from '../../../facts/why.ts'
import { useLanguage } from '../../../words/index.tsx'
import { repoName } from '../application-facts.tsx'
import { iconOfSource } from './source-kind.ts'
import { Icon } from '../../../parts/icon.tsx'

/** All sources of an application that has several, one under the other as its spec names them. */
export function SourceList({
  summary,
  renderings,
  chosen,
}: {
  summary: AppSummary
  renderings: readonly SourceRendering[]
  chosen: SourceAt | undefined
}) {
  const { words, format } = useLanguage()
  const w = words.source
  return (
    <nav aria-label={w.list}>
      <ol className="source-list">
        {summary.sources.map((one) => {
          const rendering = renderings[one.index]
          const took = rendering?.renderMs ?? rendering?.durationMs
          return (
            <li key={one.index}>
              <Link
                to="/applications/$namespace/$name"
                params={summary}
                search={{ view: 'source', source: one.index + 1 }}
                resetScroll={false}
                replace
                aria-current={one === chosen ? 'true' : undefined}
                activeOptions={{ exact: true, includeSearch: true }}
              >
                <Icon name={iconOfSource(one)} className="kind" />
                <span className="source-name clip">
                  <code className="name">{nameOfSource(one)}</code> <span className="muted">{repoName(one.repoURL)}</span>
                </span>
                <span className="source-kind muted">
                  {w.kinds[one.isReference ? 'reference' : (rendering?.sourceType ?? (one.chart ? 'Helm' : 'unknown'))]}
                </span>
                <code className="hash clip">{short(rendering?.revision ?? one.revision)}</code>
                <span className="muted num">{took !== undefined && format.took(took)}</span>
              </Link>
            </li>
          )
        })}
      </ol>
    </nav>
  )
}
