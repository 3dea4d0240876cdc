import type { Store, StoredObject, StoreEvent } from '../storage/index.ts'
import { expired, tooOld } from './api-failure.ts'
import type { KindDefinition } from './kind-registry.ts'
import { readRevision } from './list-objects.ts'
import { resourceOf } from './object-verbs.ts'
import { optionsInvalid } from './request-options.ts'
import type { Selection } from './selection.ts'

export interface WatchRequest {
  resourceVersion?: string
  resourceVersionMatch?: string
  allowBookmarks: boolean
  sendInitialEvents?: boolean
}

export type WatchItem =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; stored: StoredObject }
  /** `endsInitialEvents`: everything that existed has been sent. */
  | { type: 'BOOKMARK'; revision: number; endsInitialEvents: boolean }

export interface WatchSink {
  /** False: this reader is too slow, end the watch. */
  send(item: WatchItem): boolean
}

export interface RunningWatch {
  /** Revision up to which everything has been sent. */
  revision(): number
  stop(): void
}

/** What can be told before the stream begins. Throws 400, 422. */
export function checkWatchRequest(request: WatchRequest): void {
  const { resourceVersion = '', resourceVersionMatch = '', sendInitialEvents } = request
  if (resourceVersion !== '') readRevision(resourceVersion)
  if (sendInitialEvents !== undefined && resourceVersionMatch !== 'NotOlderThan') {
    throw optionsInvalid(
      'ListOptions',
      'resourceVersionMatch',
      'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    )
  }
  if (sendInitialEvents === undefined && resourceVersionMatch !== '') {
    throw optionsInvalid(
      'ListOptions',
      'resourceVersionMatch',
      'Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    )
  }
}

/**
 * Starts a watch: what has to be sent first is sent before this returns, then each event as it becomes visible.
 * Throws 410. `onEnd` is called when the sink says that it cannot follow.
 */
export function watchObjects(
  store: Store,
  definition: KindDefinition,
  selection: Selection,
  request: WatchRequest,
  sink: WatchSink,
  onEnd: () => void,
): RunningWatch {
  const resource = resourceOf(definition)
  const { resourceVersion = '' } = request
  const fromNow = resourceVersion === '' || resourceVersion === '0'
  const sendsState = request.sendInitialEvents ?? fromNow
  let revision = store.revision
  let stopSubscription = (): void => undefined
  let ended = false

  const end = (): void => {
    if (ended) return
    ended = true
    stopSubscription()
    onEnd()
  }
  const deliver = (event: StoreEvent): void => {
    if (ended || event.revision <= revision) return
    revision = event.revision
    const item = itemFor(selection, event)
    if (item !== undefined && !sink.send(item)) end()
  }

  if (sendsState) {
    if (!fromNow && readRevision(resourceVersion) > store.revision)
      throw expired(`Too large resource version: ${resourceVersion}, current: ${store.revision}`)
    for (const stored of store.list(resource, selection.namespace)) {
      if (!selection.isAll && !selection.matches(stored.object)) continue
      if (!sink.send({ type: 'ADDED', stored })) {
        ended = true
        onEnd()
        return { revision: () => revision, stop: end }
      }
    }
    if (request.sendInitialEvents === true && request.allowBookmarks) sink.send({ type: 'BOOKMARK', revision, endsInitialEvents: true })
  } else if (!fromNow) {
    const wanted = readRevision(resourceVersion)
    if (wanted > store.revision) throw expired(`Too large resource version: ${wanted}, current: ${store.revision}`)
    const events = store.eventsSince(resource, wanted)
    if (events === undefined) throw tooOld(wanted, store.oldestRevision(resource))
    revision = wanted
    for (const event of events) deliver(event)
  }
  if (!ended) {
    const unsubscribe = store.subscribe(resource, deliver)
    stopSubscription = unsubscribe
  }
  return {
    // Events of other resources move the store on as well: nothing before its revision is still to come.
    revision: () => Math.max(revision, store.revision),
    stop: () => {
      ended = true
      stopSubscription()
    },
  }
}

/** An object that begins or stops to match is ADDED or DELETED for this watcher, whatever happened to it. */
function itemFor(selection: Selection, event: StoreEvent): WatchItem | undefined {
  const { current, previous } = event
  if (selection.namespace !== undefined && current.namespace !== selection.namespace) return undefined
  if (selection.name !== undefined && current.name !== selection.name) return undefined
  if (selection.isAll) return { type: event.type, stored: current }
  const was = previous !== undefined && selection.matches(previous.object)
  const is = event.type !== 'DELETED' && selection.matches(current.object)
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', stored: current }
  return was ? { type: 'DELETED', stored: current } : undefined
}
