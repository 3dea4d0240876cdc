import type { Application } from '@plimsoll/api'
import { api, type ApplicationKey, type SyncRequest } from '../../client/api.ts'
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
  fleet.put(application)
  queryClient.setQueryData(['application', application.metadata.namespace ?? '', application.metadata.name], application)
}

export async function refreshApplication(app: ApplicationKey, kind: 'normal' | 'hard', words: Words): Promise<void> {
  try {
    take(await api.application(app, kind))
    await Promise.all([
      queryClient.invalidateQueries({ queryKey: ['managed', app.namespace, app.name] }),
      queryClient.invalidateQueries({ queryKey: ['tree', app.namespace, app.name] }),
    ])
    toast({ look: ok, title: words.app.toast.refreshed(app.name) })
  } catch (error) {
    failed(words.app.refresh, error, words)
  }
}

export async function syncApplication(app: ApplicationKey, request: SyncRequest, language: Language): Promise<void> {
  const { toast: w } = language.words.app
  const follow = followOperation(app, startOf(app), language, {
    begun: request.dryRun ? w.dryRan(app.name) : w.syncing(app.name),
    done: request.dryRun ? w.dryRan(app.name) : w.synced(app.name),
    failed: w.syncFailed(app.name),
  })
  try {
    take(await api.sync(app, request))
  } catch (error) {
    follow.cancel()
    throw error
  }
  follow.show()
}

export async function rollbackApplication(
  app: ApplicationKey,
  request: { id: number; prune: boolean; dryRun: boolean },
  revision: string,
  language: Language,
): Promise<void> {
  const { toast: w } = language.words.app
  const follow = followOperation(app, startOf(app), language, {
    begun: request.dryRun ? w.dryRan(app.name) : w.rollingBack(app.name, short(revision)),
    done: request.dryRun ? w.dryRan(app.name) : w.rolledBack(app.name, short(revision)),
    failed: w.rollbackFailed(app.name),
  })
  try {
    take(await api.rollback(app, request))
  } catch (error) {
    follow.cancel()
    throw error
  }
  follow.show()
}

export async function resumeApplication(app: ApplicationKey, words: Words): Promise<void> {
  try {
    take(await api.resume(app))
    toast({ look: ok, title: words.app.toast.resumed(app.name) })
  } catch (error) {
    failed(words.app.resume, error, words)
  }
}

export async function terminateOperation(app: ApplicationKey, words: Words): Promise<void> {
  try {
    await api.terminate(app)
    toast({ look: ok, title: words.app.toast.terminated(app.name) })
  } catch (error) {
    failed(words.app.terminate, error, words)
  }
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

function startOf({ namespace, name }: ApplicationKey): number | undefined {
  return fleet.getSnapshot().byKey.get(`${namespace}/${name}`)?.operation?.startedAt
}

/** Watches for the end of the operation that is asked for now: the first that starts after the one known before. */
function followOperation(
  app: ApplicationKey,
  startBefore: number | undefined,
  { words, format }: Language,
  titles: { begun: string; done: string; failed: string },
) {
  let id: number | undefined
  let ending: (() => void) | undefined
  const stop = fleet.onApplication((type, application) => {
    if (application.metadata.name !== app.name || (application.metadata.namespace ?? '') !== app.namespace) return
    const state = application.status?.operationState
    if (type === 'DELETED') return finish(() => {})
    if (!state || application.operation || toMs(state.startedAt) === startBefore) return
    if (state.phase === 'Running' || state.phase === 'Terminating') return
    finish(() => {
      const isOk = state.phase === 'Succeeded'
      const count = state.syncResult?.resources?.length ?? 0
      const took = (toMs(state.finishedAt) ?? Date.now()) - (toMs(state.startedAt) ?? Date.now())
      id = toast(
        {
          look: isOk ? ok : bad,
          title: isOk ? titles.done : titles.failed,
          text: isOk ? words.app.toast.objects(count, format.took(took)) : state.message,
        },
        id,
      )
    })
  })
  const timer = setTimeout(() => stop(), followMs)

  function finish(say: () => void): void {
    stop()
    clearTimeout(timer)
    // It may be over before the request is answered.
    if (id === undefined) ending = say
    else say()
  }

  return {
    cancel() {
      stop()
      clearTimeout(timer)
    },
    show() {
      id = toast({ look: ending ? ok : run, title: titles.begun })
      ending?.()
    },
  }
}
