import type { Application, ResourceResult } from '@plimsoll/api'
import { useState } from 'react'
import { toMs } from '../../facts/moment.ts'
import type { AppSummary } from '../../facts/summary.ts'
import type { Look } from '../../facts/tone.ts'
import { short } from '../../facts/why.ts'
import { shortKind } from '../../facts/kind.ts'
import { Elapsed } from '../../parts/ago.tsx'
import { Button } from '../../parts/button.tsx'
import { Glyph } from '../../parts/icon.tsx'
import { useLanguage } from '../../words/index.tsx'
import { terminateOperation } from '../dialogs/actions.ts'
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

/** A long list is cut: what failed and what runs comes first. */
const most = 12

/** What a sync has done so far, object by object. Stays while it runs, and when it failed. */
export function OperationProgress({ application, summary }: { application: Application; summary: AppSummary }) {
  const { words, format } = useLanguage()
  const w = words.app.operation
  const state = application.status?.operationState
  const [isWhole, setWhole] = useState(false)
  const isRunning = summary.isRequested || state?.phase === 'Running' || state?.phase === 'Terminating'
  const isFailed = (state?.phase === 'Failed' || state?.phase === 'Error') && summary.sync !== 'Synced'
  if (!isRunning && !isFailed) return null

  const isWaiting = summary.isRequested && state?.phase !== 'Running' && state?.phase !== 'Terminating'
  const operation = isWaiting ? application.operation : state?.operation
  const results = isWaiting ? [] : (state?.syncResult?.resources ?? [])
  const wanted = operation?.sync?.resources?.length ?? Math.max(summary.objects, results.length)
  const revision = (isWaiting ? operation?.sync?.revision : (state?.syncResult?.revision ?? operation?.sync?.revision)) ?? summary.revision
  const startedAt = isWaiting ? undefined : toMs(state?.startedAt)
  const initiator = operation?.initiatedBy
  const sorted = results.toSorted((a, b) => weightOf(b) - weightOf(a))
  const shown = isWhole ? sorted : sorted.slice(0, most)
  const reason = whyNot('terminate', summary)
  return (
    <section className="panel operation" aria-label={isRunning ? w.title : w.titleDone}>
      <div className="panel-head">
        <Glyph look={isRunning ? running : { glyph: 'g-failed', tone: 'bad' }} />
        <h2>
          {isWaiting ? w.asked : isRunning ? w.title : words.state.syncFailed} <code className="hash">{short(revision)}</code>
        </h2>
        <span className="muted dotted">
          <span>{w.objects(results.length, wanted)}</span>
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
          aria-valuenow={results.length}
          aria-label={w.objects(results.length, wanted)}
        >
          <i style={{ width: `${wanted === 0 ? 0 : Math.min(100, (results.length / wanted) * 100)}%` }} />
        </div>
      )}
      {!isRunning && state?.message && <p className="operation-message said">{state.message}</p>}
      {shown.length > 0 && (
        <ul className="results" aria-label={w.result}>
          {shown.map((one) => (
            <li key={`${one.group}/${one.kind}/${one.namespace}/${one.name}/${one.hookType ?? ''}`}>
              <Glyph look={lookOf(one)} />
              <span className="result-name">
                {shortKind(one.kind)} <code>{one.name}</code>
                {one.hookType && <span className="tag">{w.hook(one.hookType)}</span>}
              </span>
              <span className="soft small">{one.message ?? resultWords(one, words)}</span>
            </li>
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

function lookOf(one: ResourceResult): Look {
  if (one.hookPhase === 'Running') return running
  if (one.hookPhase === 'Failed' || one.hookPhase === 'Error') return resultLook['SyncFailed'] ?? queued
  return one.status === undefined ? running : (resultLook[one.status] ?? queued)
}

function weightOf(one: ResourceResult): number {
  return one.status === 'SyncFailed' ? 2 : one.hookPhase === 'Running' || one.status === undefined ? 1 : 0
}
