import type { Application, ResourceResult } from '@plimsoll/api'
import { Link } from '@tanstack/react-router'
import { Fragment, useState } from 'react'
import { toMs } from '../../facts/moment.ts'
import { joinRevisions } from '../../facts/sources.ts'
import { type AppSummary, isLastSyncFailed } from '../../facts/summary.ts'
import type { Look } from '../../facts/tone.ts'
import { short } from '../../facts/why.ts'
import { hasLogs, shortKind } from '../../facts/kind.ts'
import { idOf } from '../../graph/resource-graph.ts'
import { Elapsed } from '../../parts/ago.tsx'
import { Button } from '../../parts/button.tsx'
import { Glyph } from '../../parts/icon.tsx'
import { useLanguage } from '../../words/index.tsx'
import { terminateOperation } from '../dialogs/actions.ts'
import { ask } from '../dialogs/ask.ts'
import { whyNot } from '../../facts/allowed.ts'
import { resultWords } from './result-words.ts'

const resultLook: Record<string, Look> = {
  Synced: { glyph: 'g-ok', tone: 'ok' },
  Pruned: { glyph: 'g-ok', tone: 'ok' },
  PruneSkipped: { glyph: 'g-skipped', tone: 'none' },
  SyncFailed: { glyph: 'g-failed', tone: 'bad' },
}
const queued: Look = { glyph: 'g-queued', tone: 'none' }
const running: Look = { glyph: 'g-progress', tone: 'run', turning: true }

const phases = ['PreSync', 'Sync', 'PostSync', 'SyncFail']

/** A long list is cut: what failed and what runs comes first. */
const most = 12

/** What a sync has done so far, object by object. Stays while it runs, and when it failed. */
export function OperationProgress({ application, summary }: { application: Application; summary: AppSummary }) {
  const { words, format } = useLanguage()
  const w = words.app.operation
  const state = application.status?.operationState
  const [isWhole, setWhole] = useState(false)
  const isRunning = summary.isRequested || state?.phase === 'Running' || state?.phase === 'Terminating'
  const isFailed = isLastSyncFailed(summary)
  if (!isRunning && !isFailed) return null

  const isWaiting = summary.isRequested && state?.phase !== 'Running' && state?.phase !== 'Terminating'
  const operation = isWaiting ? application.operation : state?.operation
  const results = isWaiting ? [] : (state?.syncResult?.resources ?? [])
  const done = results.filter((one) => !one.hookType).length
  const wanted = operation?.sync?.resources?.length ?? Math.max(summary.objects, done)
  const revision = (isWaiting ? '' : joinRevisions(state?.syncResult)) || joinRevisions(operation?.sync) || summary.revision
  const startedAt = isWaiting ? undefined : toMs(state?.startedAt)
  const initiator = operation?.initiatedBy
  const sorted = results.toSorted((a, b) => weightOf(b) - weightOf(a))
  const shown = isWhole ? sorted : sorted.slice(0, most)
  // Phases are only of interest where there are hooks; what runs stands in its order there.
  const hasHooks = results.some((one) => one.hookType)
  const groups = hasHooks ? inPhases(results.filter((one) => shown.includes(one))) : [{ phase: undefined, results: shown }]
  const there = new Set((application.status?.resources ?? []).filter((one) => one.hook === true).map(idOf))
  const reason = whyNot('terminate', summary)
  return (
    <section className="panel operation" aria-label={isRunning ? w.title : w.titleDone}>
      <div className="panel-head">
        <Glyph look={isRunning ? running : { glyph: 'g-failed', tone: 'bad' }} />
        <h2>
          {isWaiting ? w.asked : isRunning ? w.title : words.state.syncFailed} <code className="hash">{short(revision)}</code>
        </h2>
        <span className="muted dotted">
          <span>{w.objects(done, wanted)}</span>
          {isRunning && startedAt !== undefined && (
            <span>
              <Elapsed since={startedAt} />
            </span>
          )}
          {!isRunning && state?.finishedAt && <span>{format.moment(new Date(state.finishedAt))}</span>}
          {(initiator?.automated || initiator?.username) && (
            <span>{initiator.automated ? w.automated : w.by(initiator.username ?? '')}</span>
          )}
          {operation?.sync?.dryRun === true && <span>{w.dryRun}</span>}
          {(state?.retryCount ?? 0) > 0 && <span>{w.retry(state?.retryCount ?? 0)}</span>}
        </span>
        {isRunning && (
          <span className="end">
            {summary.waitsFor === 'pruning' && (
              <Button small icon="i-check" onClick={() => ask({ name: 'confirm', app: summary })}>
                {w.confirmPruning}
              </Button>
            )}
            <Button
              small
              icon="i-stop"
              look="danger"
              reason={reason && words.reasons[reason]}
              onClick={() => void terminateOperation(summary, words)}
            >
              {words.app.terminate}
            </Button>
          </span>
        )}
      </div>
      {isRunning && (
        <div
          className="progress-bar"
          role="progressbar"
          aria-valuemin={0}
          aria-valuemax={wanted}
          aria-valuenow={done}
          aria-label={w.objects(done, wanted)}
        >
          <i style={{ width: `${wanted === 0 ? 0 : Math.min(100, (done / wanted) * 100)}%` }} />
        </div>
      )}
      {!isWaiting && state?.message && (!isRunning || state.message.startsWith('waiting for')) && (
        <p className="operation-message said">{state.message}</p>
      )}
      {shown.length > 0 && (
        <ul className="results" aria-label={w.result}>
          {groups.map((group) => (
            <Fragment key={group.phase ?? ''}>
              {group.phase !== undefined && <li className="phase muted small">{group.phase}</li>}
              {group.results.map((one) => (
                <li key={`${idOf(one)}/${one.hookType ?? ''}`}>
                  <Glyph look={lookOf(one)} />
                  <span className="result-name">
                    {shortKind(one.kind)} <code>{one.name}</code>
                    {one.hookType && <span className="tag">{words.inspector.hook}</span>}
                  </span>
                  <span className="soft small">
                    {resultWords(one, words)}
                    {one.hookType && hasLogs(one.kind) && there.has(idOf(one)) && (
                      <>
                        {' '}
                        <Link
                          className="link"
                          to="/applications/$namespace/$name"
                          params={summary}
                          search={{ resource: idOf(one), tab: 'logs' }}
                          aria-label={w.logs(one.name)}
                        >
                          {words.inspector.logs}
                        </Link>
                      </>
                    )}
                  </span>
                </li>
              ))}
            </Fragment>
          ))}
          {sorted.length > most && !isWhole && (
            <li>
              <span />
              <button type="button" className="link" onClick={() => setWhole(true)}>
                {words.history.all(sorted.length)}
              </button>
            </li>
          )}
        </ul>
      )}
    </section>
  )
}

function inPhases(results: readonly ResourceResult[]): { phase: string; results: ResourceResult[] }[] {
  return phases
    .map((phase) => ({ phase, results: results.filter((one) => (one.syncPhase ?? 'Sync') === phase) }))
    .filter((group) => group.results.length > 0)
}

function lookOf(one: ResourceResult): Look {
  if (one.hookPhase === 'Running') return running
  if (one.hookPhase === 'Failed' || one.hookPhase === 'Error') return resultLook['SyncFailed'] ?? queued
  return one.status === undefined ? running : (resultLook[one.status] ?? queued)
}

function weightOf(one: ResourceResult): number {
  return one.status === 'SyncFailed' ? 2 : one.hookPhase === 'Running' || one.status === undefined ? 1 : 0
}
