import { useQuery } from '@tanstack/react-query'
import type { Application } from '@plimsoll/api'
import { useMemo, useState } from 'react'
import type { Deployment } from '../../client/api.ts'
import { whyNot } from '../../facts/allowed.ts'
import { toMs } from '../../facts/moment.ts'
import { commitPage, commitThen, joinRevisions, mainSource, sourcesThen, type SourceAt } from '../../facts/sources.ts'
import type { AppSummary } from '../../facts/summary.ts'
import type { Look } from '../../facts/tone.ts'
import { short } from '../../facts/why.ts'
import { deploymentsQuery, revisionQuery } from '../../loaders/queries.ts'
import { Button } from '../../parts/button.tsx'
import { Glyph } from '../../parts/icon.tsx'
import { OutsideLink } from '../../parts/outside-link.tsx'
import { useLanguage } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { ask } from '../dialogs/ask.ts'
import { OperationProgress } from './operation-progress.tsx'

interface Entry {
  key: string
  id?: number
  /** Of several sources one after the other, with commas between. */
  revision: string
  sources: readonly SourceAt[]
  at: number | undefined
  tookMs?: number
  who: string
  automated: boolean
  failed?: string
  dryRun: boolean
  isCurrent: boolean
}

const shownFirst = 6
const asked = 100

/** What ran here: the history that the application carries, and the failures that the records remember. */
export function History({ application, summary }: { application: Application; summary: AppSummary }) {
  const { words } = useLanguage()
  const w = words.history
  const stamp = `${application.status?.history?.length ?? 0} ${application.status?.operationState?.finishedAt ?? ''}`
  const { data } = useQuery(deploymentsQuery(summary, asked, stamp))
  const [isWhole, setWhole] = useState(false)
  const entries = useMemo(() => toEntries(application, summary.sources, data?.items ?? []), [application, summary.sources, data])
  const shown = isWhole ? entries : entries.slice(0, shownFirst)
  return (
    <section className="section history" aria-labelledby="history">
      {/* Below the tree: a sync that comes and goes must not move what one looks at. */}
      <OperationProgress application={application} summary={summary} />
      <div className="section-head">
        <h2 id="history">{w.title}</h2>
        <p>{w.text}</p>
        {entries.length > shownFirst && (
          <span className="end">
            <button type="button" className="link" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
              {isWhole ? w.fewer : w.all(entries.length)}
            </button>
          </span>
        )}
      </div>
      {entries.length === 0 ? (
        <p className="muted">{w.empty}</p>
      ) : (
        <ol className="entries">
          {shown.map((one) => (
            <OneEntry key={one.key} entry={one} summary={summary} />
          ))}
        </ol>
      )}
    </section>
  )
}

const ok: Look = { glyph: 'g-ok', tone: 'ok' }
const bad: Look = { glyph: 'g-failed', tone: 'bad' }
const past: Look = { glyph: 'g-ok', tone: 'none' }

function OneEntry({ entry, summary }: { entry: Entry; summary: AppSummary }) {
  const { words, format } = useLanguage()
  const w = words.history
  const commit = commitThen(entry.sources, summary.sources)
  const { data } = useQuery(revisionQuery(summary, commit))
  const chart = mainSource(entry.sources)?.chart
  const message = data?.message?.split('\n', 1)[0]
  const author = data?.author?.replace(/\s*<[^>]*>\s*$/, '')
  const blocked = whyNot('rollback', summary)
  // Any entry but the current one can be gone back to, whether or not there is one before it.
  const reason = blocked && blocked !== 'no-earlier-revision' ? words.reasons[blocked] : undefined
  const at = entry.at === undefined ? undefined : new Date(entry.at)
  return (
    <li className={entry.isCurrent ? 'entry now' : 'entry'}>
      <time dateTime={at?.toISOString()} title={at && format.full(at)}>
        {at && format.moment(at)}
      </time>
      <span className="entry-mark">
        <Glyph look={entry.failed !== undefined ? bad : entry.isCurrent ? ok : past} />
      </span>
      <div className="entry-body">
        <p>
          {entry.failed !== undefined ? (
            <Prose of={w.failed(short(entry.revision))} />
          ) : (
            <>
              <code className="hash">{short(entry.revision)}</code>{' '}
              {message ? (
                <OutsideLink to={commit && commitPage(commit.repoURL, commit.revision)}>{message}</OutsideLink>
              ) : (
                <span className="muted">{chart ? words.source.chart(chart) : w.noMessage}</span>
              )}
            </>
          )}
        </p>
        <p className="entry-meta dotted">
          {author && <span>{author}</span>}
          {message && chart && <span>{words.source.chart(chart)}</span>}
          {entry.automated ? <span>{w.automated}</span> : entry.who && <span>{w.by(entry.who)}</span>}
          {entry.tookMs !== undefined && <span>{format.took(entry.tookMs)}</span>}
          {entry.dryRun && <span>{w.dryRun}</span>}
          {entry.failed && <span>{entry.failed}</span>}
        </p>
      </div>
      <div className="entry-action">
        {entry.isCurrent ? (
          <span className="tag">{w.now}</span>
        ) : (
          entry.id !== undefined &&
          entry.failed === undefined && (
            <Button
              small
              icon="i-rollback"
              aria-label={w.rollbackTo(short(entry.revision))}
              reason={reason}
              onClick={() => ask({ name: 'rollback', app: summary, id: entry.id ?? 0 })}
            >
              {w.rollback}
            </Button>
          )
        )}
      </div>
    </li>
  )
}

function toEntries(application: Application, today: readonly SourceAt[], deployments: readonly Deployment[]): Entry[] {
  const history = application.status?.history ?? []
  const current = history.at(-1)?.id
  const entries: Entry[] = history.map((one) => {
    const at = toMs(one.deployedAt)
    const start = toMs(one.deployStartedAt)
    return {
      key: `history ${one.id}`,
      id: one.id,
      revision: joinRevisions(one),
      sources: sourcesThen(one, today),
      at,
      ...(at !== undefined && start !== undefined && at >= start && { tookMs: at - start }),
      who: one.initiatedBy?.username ?? '',
      automated: one.initiatedBy?.automated === true,
      dryRun: false,
      isCurrent: one.id === current,
    }
  })
  const known = new Set(history.map((one) => `${joinRevisions(one)} ${Math.floor((toMs(one.deployedAt) ?? 0) / 2_000)}`))
  for (const [index, one] of deployments.entries()) {
    const at = toMs(one.finishedAt) ?? toMs(one.startedAt)
    const isFailed = one.phase === 'Failed' || one.phase === 'Error'
    // What succeeded is in the history too, unless that was cut; the two clocks differ by the time of writing.
    if (!isFailed && at !== undefined) {
      const slot = Math.floor(at / 2_000)
      if ([slot - 1, slot, slot + 1].some((near) => known.has(`${one.revision} ${near}`))) continue
      const oldest = toMs(history[0]?.deployedAt)
      if (oldest !== undefined && at >= oldest) continue
    }
    const startedAt = toMs(one.startedAt)
    const who = typeof one.initiatedBy === 'object' ? (one.initiatedBy.username ?? '') : (one.initiatedBy ?? '')
    entries.push({
      key: `deployment ${index} ${one.startedAt ?? ''}`,
      revision: joinRevisions(one),
      sources: sourcesThen(one, today),
      at,
      ...(at !== undefined && startedAt !== undefined && { tookMs: at - startedAt }),
      who,
      automated: one.automated === true || (typeof one.initiatedBy === 'object' && one.initiatedBy.automated === true),
      ...(isFailed && { failed: one.message ?? '' }),
      dryRun: one.dryRun === true,
      isCurrent: false,
    })
  }
  return entries.toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0))
}
