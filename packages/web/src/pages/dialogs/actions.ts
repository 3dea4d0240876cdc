import type { Application, ResourceAction } from '@plimsoll/api'
import { calledOf } from '../../facts/application-name.ts'
import { api, type ApplicationKey, type ResourceKey, type SyncRequest } from '../../client/api.ts'
import { fleet } from '../../client/fleet.ts'
import { ApiError } from '../../client/http.ts'
import { toMs } from '../../facts/moment.ts'
import { short } from '../../facts/why.ts'
import { queryClient } from '../../loaders/queries.ts'
import { toast } from '../../parts/toasts.tsx'
import type { Language } from '../../words/index.tsx'
import type { Words } from '../../words/en.ts'

/** What one can do to an application, with what is said about it while it runs and when it is over. Refusals are thrown to the caller. */

const ok = { glyph: 'g-ok', tone: 'ok' } as const
const bad = { glyph: 'g-failed', tone: 'bad' } as const
const run = { glyph: 'g-progress', tone: 'run', turning: true } as const

/** An operation that is not over by then is followed on its page, not in a toast. */
const followMs = 10 * 60 * 1000

function take(application: Application | undefined): void {
  if (!application?.metadata?.name) return
  queryClient.setQueryData(['application', application.metadata.namespace ?? '', application.metadata.name], application)
}

export async function refreshApplication(app: ApplicationKey, kind: 'normal' | 'hard', words: Words): Promise<void> {
  try {
    take(await api.application(app, kind))
    await Promise.all([
      queryClient.invalidateQueries({ queryKey: ['managed', app.namespace, app.name] }),
      queryClient.invalidateQueries({ queryKey: ['tree', app.namespace, app.name] }),
      queryClient.invalidateQueries({ queryKey: ['rendering', app.namespace, app.name] }),
      queryClient.invalidateQueries({ queryKey: ['rendered-manifests', app.namespace, app.name] }),
    ])
    toast({ look: ok, title: words.app.toast.refreshed(calledOf(app)) })
  } catch (error) {
    failed(words.app.refresh, error, words)
  }
}

export async function syncApplication(app: ApplicationKey, request: SyncRequest, language: Language): Promise<void> {
  const { toast: w } = language.words.app
  const follow = followOperation(app, language, {
    begun: request.dryRun ? w.dryRan(calledOf(app)) : w.syncing(calledOf(app)),
    done: request.dryRun ? w.dryRan(calledOf(app)) : w.synced(calledOf(app)),
    failed: w.syncFailed(calledOf(app)),
  })
  try {
    const application = await api.sync(app, request)
    take(application)
    follow.begin(application)
  } catch (error) {
    follow.cancel()
    throw error
  }
}

export async function rollbackApplication(
  app: ApplicationKey,
  request: { id: number; prune: boolean; dryRun: boolean },
  revision: string,
  language: Language,
): Promise<void> {
  const { toast: w } = language.words.app
  const follow = followOperation(app, language, {
    begun: request.dryRun ? w.dryRan(calledOf(app)) : w.rollingBack(calledOf(app), short(revision)),
    done: request.dryRun ? w.dryRan(calledOf(app)) : w.rolledBack(calledOf(app), short(revision)),
    failed: w.rollbackFailed(calledOf(app)),
  })
  try {
    const application = await api.rollback(app, request)
    take(application)
    follow.begin(application)
  } catch (error) {
    follow.cancel()
    throw error
  }
}

export async function resumeApplication(app: ApplicationKey, words: Words): Promise<void> {
  try {
    take(await api.resume(app))
    toast({ look: ok, title: words.app.toast.resumed(calledOf(app)) })
  } catch (error) {
    failed(words.app.resume, error, words)
  }
}

/** Refusals are thrown. */
export async function rotateApplication(app: ApplicationKey, words: Words): Promise<void> {
  take(await api.rotate(app))
  toast({ look: ok, title: words.source.rotation.done(calledOf(app)) })
}

/** Refusals are thrown. */
export async function runAction(
  app: ApplicationKey,
  resource: ResourceKey,
  action: ResourceAction,
  params: Readonly<Record<string, string>>,
  words: Words,
): Promise<void> {
  await api.runAction(app, resource, action.name, params)
  await queryClient.invalidateQueries({ queryKey: ['actions', app.namespace, app.name] })
  toast({ look: ok, title: words.action.done(action.displayName || action.name, `${resource.kind} ${resource.name}`) })
}

export async function terminateOperation(app: ApplicationKey, words: Words): Promise<void> {
  try {
    await api.terminate(app)
    toast({ look: ok, title: words.app.toast.terminated(calledOf(app)) })
  } catch (error) {
    failed(words.app.terminate, error, words)
  }
}

/** Refusals are thrown. */
export async function confirmDeletion(app: ApplicationKey, words: Words): Promise<void> {
  take(await api.confirmDeletion(app))
  toast({ look: ok, title: words.app.toast.confirmed(calledOf(app)) })
}

export function failed(what: string, error: unknown, words: Words): void {
  const text =
    error instanceof ApiError && error.reason === 'no-answer'
      ? words.failure.noAnswer
      : error instanceof Error
        ? error.message
        : String(error)
  toast({ look: bad, title: words.app.toast.notDone(what), text })
}

/** Watches for the end of the operation that is asked for: the first that starts after the one that the answer still shows. */
function followOperation(app: ApplicationKey, { words, format }: Language, titles: { begun: string; done: string; failed: string }) {
  const appKey = `${app.namespace}/${app.name}`
  /** The newest state; it may be over before the request is answered. */
  let latest: Application | undefined
  let begun: { startBefore: number | undefined; id: number } | undefined
  const stopListening = fleet.onApplication((_type, key, application) => {
    if (key !== appKey) return
    if (!application) return stop()
    latest = application
    look()
  })
  const release = fleet.follow(appKey)
  const timer = setTimeout(stop, followMs)

  function look(): void {
    const state = latest?.status?.operationState
    if (!begun || !state || latest?.operation || toMs(state.startedAt) === begun.startBefore) return
    if (state.phase === 'Running' || state.phase === 'Terminating') return
    stop()
    const isOk = state.phase === 'Succeeded'
    const count = state.syncResult?.resources?.length ?? 0
    const took = (toMs(state.finishedAt) ?? Date.now()) - (toMs(state.startedAt) ?? Date.now())
    toast(
      {
        look: isOk ? ok : bad,
        title: isOk ? titles.done : titles.failed,
        text: isOk ? words.app.toast.objects(count, format.took(took)) : state.message,
      },
      begun.id,
    )
  }

  function stop(): void {
    stopListening()
    release()
    clearTimeout(timer)
  }

  return {
    cancel: stop,
    begin(answer: Application) {
      begun = { startBefore: toMs(answer.status?.operationState?.startedAt), id: toast({ look: run, title: titles.begun }) }
      look()
    },
  }
}
