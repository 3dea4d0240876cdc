import { useQuery } from '@tanstack/react-query'
import type { ResourceStatus } from '@plimsoll/api'
import { useId, useMemo, useState } from 'react'
import { calledOf } from '../../facts/application-name.ts'
import type { SyncRequest } from '../../client/api.ts'
import { whyNot } from '../../facts/allowed.ts'
import { nameOfSource, type SourceAt } from '../../facts/sources.ts'
import { summarize } from '../../facts/summary.ts'
import { idOf } from '../../graph/resource-graph.ts'
import { applicationQuery } from '../../loaders/queries.ts'
import { Button, Reason } from '../../parts/button.tsx'
import { commandEnter } from '../../parts/command-key.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { Bones } from '../../parts/empty.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Failure } from '../../parts/problem.tsx'
import { Sync } from '../../parts/status.tsx'
import { useLanguage, useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { syncApplication } from './actions.ts'
import type { Question } from './ask.ts'
import { Choice } from './choice.tsx'
import { useSubmit } from './use-submit.ts'

/** Above this many objects a field filters them. */
const manyObjects = 12

export function SyncDialog({ question: { app, only }, onClose }: { question: Extract<Question, { name: 'sync' }>; onClose: () => void }) {
  const language = useLanguage()
  const { words } = language
  const w = words.sync
  const id = useId()
  const { data: application, error: loadError, refetch } = useQuery({ ...applicationQuery(app), refetchOnMount: 'always' })
  const resources = useMemo(() => (application?.status?.resources ?? []).filter((one) => one.hook !== true), [application])
  const summary = useMemo(() => application && summarize(application), [application])
  const outOfSync = resources.filter((one) => one.status === 'OutOfSync')

  /** What is typed, by the place of the source. */
  const [typed, setTyped] = useState<Readonly<Record<number, string>>>({})
  /** Undefined: everything, which is more than the list, should Git hold new objects by then. */
  const [chosen, setChosen] = useState<ReadonlySet<string> | undefined>(() => (only ? new Set(only) : undefined))
  const [filter, setFilter] = useState('')
  const [prune, setPrune] = useState(false)
  const [dryRun, setDryRun] = useState(false)
  const [force, setForce] = useState(false)
  const [replace, setReplace] = useState(false)
  const [onlyOutOfSync, setOnlyOutOfSync] = useState(false)
  const [createNamespace, setCreateNamespace] = useState(
    () => application?.spec.syncPolicy?.syncOptions?.includes('CreateNamespace=true') ?? false,
  )

  const all = resources.map(idOf)
  const isChosen = (one: ResourceStatus) => chosen?.has(idOf(one)) ?? true
  const chosenResources = resources.filter(isChosen)
  const toPrune = chosenResources.filter((one) => one.requiresPruning === true)
  const count = chosen ? chosenResources.length : resources.length
  const shown = resources
    .filter((one) => `${one.kind} ${one.name}`.toLowerCase().includes(filter.trim().toLowerCase()))
    .toSorted((a, b) => Number(b.status === 'OutOfSync') - Number(a.status === 'OutOfSync'))
  const toggle = (one: ResourceStatus) => {
    const key = idOf(one)
    const next = new Set(chosen ?? all)
    if (next.has(key)) next.delete(key)
    else next.add(key)
    setChosen(next.size === all.length ? undefined : next)
  }

  const sources = summary?.sources ?? []
  const wanted = sources.map((one) => ({ source: one, revision: (typed[one.index] ?? '').trim() })).filter((one) => one.revision !== '')
  // `automation-enabled`: automated sync would bring back what it follows.
  const isUndone = summary?.automated === true && !summary.hold && !dryRun && wanted.some((one) => one.revision !== followedBy(one.source))
  const blocked = summary && (whyNot('sync', summary) ?? (isUndone ? 'automation-moves-it' : undefined))
  const isNothing = chosen !== undefined && chosenResources.length === 0
  const options = [
    ...(createNamespace ? ['CreateNamespace=true'] : []),
    ...(onlyOutOfSync ? ['ApplyOutOfSyncOnly=true'] : []),
    ...(replace ? ['Replace=true'] : []),
  ]
  const request: SyncRequest = {
    ...(sources.length > 1
      ? wanted.length > 0 && {
          revisions: wanted.map((one) => one.revision),
          sourcePositions: wanted.map((one) => one.source.index + 1),
        }
      : wanted[0] && { revision: wanted[0].revision }),
    prune,
    dryRun,
    strategy: { apply: { force } },
    ...(chosen && {
      resources: chosenResources.map((one) => ({ group: one.group ?? '', kind: one.kind, name: one.name, namespace: one.namespace ?? '' })),
    }),
    ...(options.length > 0 && { syncOptions: { items: options } }),
  }
  const { isBusy, error, submit } = useSubmit(() => syncApplication(app, request, language), onClose)
  const submitLabel = dryRun ? w.submitDry(count) : chosen ? w.submit(count) : resources.length > 0 ? w.submitAll(count) : words.app.sync

  return (
    <Dialog
      title={<Prose of={w.title(calledOf(app))} />}
      onClose={onClose}
      onSubmit={isNothing || blocked ? undefined : submit}
      foot={
        <>
          {blocked && (
            <span className="left">
              <Reason>{words.reasons[blocked]}</Reason>
            </span>
          )}
          <Button onClick={onClose}>
            {words.common.cancel}
            <kbd>esc</kbd>
          </Button>
          <Button
            icon="i-sync"
            look="primary"
            busy={isBusy}
            reason={blocked ? words.reasons[blocked] : isNothing ? w.nothing : undefined}
            keyCap={commandEnter}
            onClick={submit}
          >
            {submitLabel}
          </Button>
        </>
      }
    >
      {error !== undefined && <Failure title={words.failure.title.act(w.failed)} error={error} />}
      {loadError && !application && (
        <Failure title={words.failure.title.load(words.app.theApplication)} error={loadError} onRetry={() => void refetch()} />
      )}
      <RevisionFields
        id={id}
        sources={sources}
        typed={typed}
        onType={(index, text) => setTyped((before) => ({ ...before, [index]: text }))}
      />
      <fieldset className="field">
        <legend className="label">{w.objects(outOfSync.length, resources.length)}</legend>
        {!application ? (
          <Bones lines={3} />
        ) : resources.length === 0 ? (
          <span className="hint">{w.noObjects}</span>
        ) : (
          <>
            {resources.length > manyObjects && (
              <label className="input">
                <Icon name="i-search" />
                <input
                  type="search"
                  aria-label={w.filter}
                  placeholder={w.filter}
                  value={filter}
                  onChange={(event) => setFilter(event.target.value)}
                />
              </label>
            )}
            <ul className="pick scrolls">
              {shown.map((one) => (
                <li key={idOf(one)}>
                  <Choice checked={isChosen(one)} onChange={() => toggle(one)}>
                    {one.kind} <code>{one.name}</code>
                    {one.requiresPruning === true && <span className="tag">{words.inspector.notInGit}</span>}
                  </Choice>
                  {one.status && <Sync of={one.status} />}
                </li>
              ))}
            </ul>
            <span className="hint choose">
              {w.choose}{' '}
              <button type="button" className="link" onClick={() => setChosen(undefined)}>
                {w.all}
              </button>
              ,{' '}
              <button type="button" className="link" onClick={() => setChosen(new Set(outOfSync.map(idOf)))}>
                {w.outOfSync}
              </button>
              ,{' '}
              <button type="button" className="link" onClick={() => setChosen(new Set())}>
                {w.none}
              </button>
            </span>
          </>
        )}
      </fieldset>
      <fieldset className="option-grid">
        <legend className="visually-hidden">{w.options}</legend>
        <Choice checked={prune} onChange={setPrune} hint={w.pruneHint}>
          {w.prune}
        </Choice>
        <Choice checked={dryRun} onChange={setDryRun} hint={w.dryRunHint}>
          {w.dryRun}
        </Choice>
        <Choice checked={onlyOutOfSync} onChange={setOnlyOutOfSync} hint={w.onlyOutOfSyncHint}>
          {w.onlyOutOfSync}
        </Choice>
        <Choice checked={createNamespace} onChange={setCreateNamespace} hint={w.createNamespaceHint(summary?.destinationNamespace ?? '')}>
          {w.createNamespace}
        </Choice>
        <Choice checked={replace} onChange={setReplace} hint={w.replaceHint}>
          {w.replace}
        </Choice>
        <Choice checked={force} onChange={setForce} hint={w.forceHint}>
          {w.force}
        </Choice>
      </fieldset>
      {prune && toPrune.length > 0 && !dryRun && (
        <p className="reason warn">
          <Icon name="g-warning" />
          <span>
            <Prose of={w.willPrune(toPrune.length)} />
          </span>
        </p>
      )}
      {summary?.hold && <Reason>{w.heldHint}</Reason>}
    </Dialog>
  )
}

function followedBy(source: SourceAt): string {
  return source.targetRevision || (source.chart ? '*' : 'HEAD')
}

/** One field for each source. */
function RevisionFields({
  id,
  sources,
  typed,
  onType,
}: {
  id: string
  sources: readonly SourceAt[]
  typed: Readonly<Record<number, string>>
  onType: (index: number, text: string) => void
}) {
  const words = useWords()
  const w = words.sync
  const field = (index: number, isChart: boolean, followed: string) => (
    <span className="input">
      <Icon name={isChart ? 'i-k-object' : 'i-commit'} />
      <input
        id={`${id}-revision-${index}`}
        className="mono"
        placeholder={followed}
        spellCheck={false}
        autoComplete="off"
        value={typed[index] ?? ''}
        onChange={(event) => onType(index, event.target.value)}
      />
    </span>
  )
  if (sources.length > 1) {
    return (
      <fieldset className="field">
        <legend className="label">{w.revisions}</legend>
        <div className="source-revisions">
          {sources.map((one) => (
            <label key={one.index}>
              <code className="clip" title={`${nameOfSource(one)} ${one.repoURL}`}>
                {nameOfSource(one)}
              </code>
              {field(one.index, one.chart !== '', followedBy(one))}
            </label>
          ))}
        </div>
        <span className="hint">{w.revisionsHint}</span>
      </fieldset>
    )
  }
  // Until the application is known the field stands where it will be.
  const [only] = sources
  const isChart = only !== undefined && only.chart !== ''
  const followed = only ? followedBy(only) : 'HEAD'
  return (
    <div className="field">
      <label htmlFor={`${id}-revision-0`}>{isChart ? w.version : w.revision}</label>
      {field(0, isChart, followed)}
      <span className="hint">{isChart ? w.versionHint(followed) : w.revisionHint(followed)}</span>
    </div>
  )
}
