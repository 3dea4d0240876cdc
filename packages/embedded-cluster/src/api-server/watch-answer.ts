import type { IncomingMessage, ServerResponse } from 'node:http'
import type { KubeApiError, KubeObject } from '@plimsoll/kube'
import type { Store } from '../storage/index.ts'
import { encodingOf, protobufEvent, protobufType } from './answer-encoding.ts'
import { asFailure, statusOf, tooOld } from './api-failure.ts'
import type { AnswerForm } from './accept.ts'
import type { KindDefinition } from './kind-registry.ts'
import type { ResourceTable } from './resource-table.ts'
import { apiVersionOf, resourceOf, type ObjectVerbs } from './object-verbs.ts'
import type { Selection } from './selection.ts'
import { type IncludeObject, partialObject, tableOf } from './table-answer.ts'
import { watchObjects, type RunningWatch, type WatchItem, type WatchRequest } from './watch-objects.ts'

export interface WatchAnswer {
  store: Store
  table: ResourceTable
  verbs: ObjectVerbs
  definition: KindDefinition
  selection: Selection
  watch: WatchRequest
  form: AnswerForm
  include: IncludeObject
  timeoutMs: number
  now: () => number
  /** Ends the watch with the server. */
  onStop(stop: () => void): () => void
}

/** Events that a reader may be behind besides what existed when the watch began. */
const maxBacklog = 10_000
/** A reader that takes nothing for this long is gone. */
const stallMs = 60_000
/** As often as a real server sends them. */
const bookmarkMs = 60_000
const initialEventsEnd = 'k8s.io/initial-events-end'

/** Streams events, one JSON document a line, until the client, the time or the server ends it. */
export function answerWatch(request: IncomingMessage, response: ServerResponse, answer: WatchAnswer): void {
  const { store, definition } = answer
  const resource = resourceOf(definition)
  const backlog: WatchItem[] = []
  const limit = store.count(resource) + maxBacklog
  let running: RunningWatch | undefined
  let isTooSlow = false
  let isEnded = false
  let isBlocked = false
  let sentColumns = false
  /** Of the backlog, what existed when the watch began: the store keeps that anyway. */
  let stateLeft = 0

  const isProtobuf = encodingOf(request.headers.accept) === 'protobuf'
  // Frames of bytes travel through the same strings, one character a byte.
  const characters = isProtobuf ? 'latin1' : 'utf8'
  const eventText = (type: string, object: string): string =>
    (isProtobuf ? protobufEvent(type, object)?.toString('latin1') : undefined) ?? `{"type":"${type}","object":${object}}\n`

  response.statusCode = 200
  response.setHeader('Content-Type', isProtobuf ? `${protobufType};stream=watch` : 'application/json')
  response.setHeader('Cache-Control', 'no-cache, private')
  // A client waits for the headers before it believes that the watch has begun.
  response.flushHeaders()
  request.socket.setNoDelay(true)

  const bookmark = (revision: number, endsInitialEvents: boolean): string => {
    const metadata = {
      resourceVersion: String(revision),
      creationTimestamp: null,
      ...(endsInitialEvents ? { annotations: { [initialEventsEnd]: 'true' } } : {}),
    }
    const object =
      answer.form.as === 'object'
        ? { kind: definition.type.kind, apiVersion: apiVersionOf(definition), metadata }
        : answer.form.as === 'partial'
          ? { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }
          : {
              kind: 'Table',
              apiVersion: 'meta.k8s.io/v1',
              metadata: { resourceVersion: String(revision) },
              columnDefinitions: sentColumns ? [] : definition.columns,
              rows: endsInitialEvents
                ? [
                    {
                      cells: definition.columns.map(() => null),
                      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata },
                    },
                  ]
                : [],
            }
    return eventText('BOOKMARK', JSON.stringify(object))
  }

  const textOf = (item: WatchItem): string => {
    if (item.type === 'BOOKMARK') return bookmark(item.revision, item.endsInitialEvents)
    const { stored } = item
    const object: KubeObject = answer.verbs.atVersion(definition, stored.object)
    let text: string
    if (answer.form.as === 'object') text = object === stored.object ? stored.text : JSON.stringify(object)
    else if (answer.form.as === 'partial') text = JSON.stringify(partialObject(object))
    else {
      const metadata = { resourceVersion: object.metadata.resourceVersion }
      text = JSON.stringify(
        tableOf(definition, [object], metadata, { include: answer.include, now: answer.now(), withColumns: !sentColumns }),
      )
      sentColumns = true
    }
    return eventText(item.type, text)
  }

  const end = (error?: KubeApiError): void => {
    if (isEnded) return
    isEnded = true
    running?.stop()
    clearTimeout(timer)
    clearInterval(bookmarks)
    clearTimeout(stall)
    stopWithServer()
    stopWithKind()
    if (error !== undefined) response.end(eventText('ERROR', JSON.stringify(statusOf(error))), characters)
    else if (!response.writableEnded) response.end()
  }

  let stall: NodeJS.Timeout | undefined
  const pump = (): void => {
    if (isEnded || isBlocked) return
    let index = 0
    let text = ''
    while (index < backlog.length) {
      text += textOf(backlog[index++] as WatchItem)
      if (text.length < 64 * 1024 && index < backlog.length) continue
      if (!response.write(text, characters)) {
        isBlocked = true
        text = ''
        break
      }
      text = ''
    }
    backlog.splice(0, index)
    stateLeft = Math.max(0, stateLeft - index)
    if (isBlocked) {
      stall = setTimeout(() => response.destroy(), stallMs)
    } else if (isTooSlow) {
      end(tooOld(running?.revision() ?? 0, store.oldestRevision(resource)))
    }
  }
  response.on('drain', () => {
    isBlocked = false
    clearTimeout(stall)
    pump()
  })
  response.on('close', () => end())
  response.on('error', () => end())

  const timer = setTimeout(() => {
    if (answer.watch.allowBookmarks && !isBlocked && running !== undefined) response.write(bookmark(running.revision(), false), characters)
    end()
  }, answer.timeoutMs)
  const bookmarks = setInterval(() => {
    if (answer.watch.allowBookmarks && !isBlocked && backlog.length === 0 && running !== undefined)
      response.write(bookmark(running.revision(), false), characters)
  }, bookmarkMs)
  const stopWithServer = answer.onStop(() => end())
  // Ends with its kind, when a custom resource definition goes.
  const stopWithKind = answer.table.onChange(() => {
    const { group, version, plural } = definition.type
    if (answer.table.find(group, version, plural) === undefined) queueMicrotask(() => end())
  })

  /** What it waits for is kept for this reader alone: memory for slow readers is that of the history. */
  const isForgotten = (): boolean => {
    const oldest = backlog[stateLeft]
    return isBlocked && oldest !== undefined && 'stored' in oldest && oldest.stored.revision <= store.oldestRevision(resource)
  }

  let scheduled = false
  try {
    running = watchObjects(
      store,
      definition,
      answer.selection,
      answer.watch,
      {
        send(item) {
          backlog.push(item)
          if (!scheduled) {
            scheduled = true
            // Events of one group are written together.
            queueMicrotask(() => {
              scheduled = false
              pump()
            })
          }
          return backlog.length <= limit && !isForgotten()
        },
      },
      () => {
        isTooSlow = true
        backlog.length = 0
        if (isBlocked) response.destroy()
      },
    )
    stateLeft = backlog.length
  } catch (error) {
    // The headers are out: an expired watch is told in the stream, as a real server does.
    end(asFailure(error))
  }
}
